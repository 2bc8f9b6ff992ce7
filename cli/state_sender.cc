#include "cli/state_sender.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "api/bulk.h"
#include "cli/backend.h"
#include "cli/format.h"
#include "cli/progress.h"

namespace roomkeeper::cli {
namespace {

/// Below the server's max_payload, also when every second byte is escaped.
constexpr std::size_t request_bytes = 256U << 10U;
constexpr int failures_max = 6;
constexpr auto first_rest = std::chrono::milliseconds(250);
constexpr auto between_requests = std::chrono::milliseconds(1);

/// Asked again it may go well.
bool is_passing(api::ApiCode code) {
  using api::ApiCode;
  return code == ApiCode::timeout || code == ApiCode::busy || code == ApiCode::not_ready ||
         code == ApiCode::not_connected || code == ApiCode::not_leader;
}

/// A write that was not confirmed: sent again it says what is there.
bool has_passing(const api::StateImportReply& reply) {
  return std::any_of(reply.lines.begin(), reply.lines.end(), [](const auto& line) {
    const auto code = api::parse_api_code(line.code);
    return code && (is_passing(*code) || *code == api::ApiCode::conflict);
  });
}

void add(api::StateImportReply& all, api::StateImportReply reply) {
  all.created += reply.created;
  all.updated += reply.updated;
  all.unchanged += reply.unchanged;
  all.exists += reply.exists;
  all.skipped += reply.skipped;
  all.refused += reply.refused;
  all.complete = reply.complete;
  all.lines.insert(all.lines.end(), std::make_move_iterator(reply.lines.begin()),
                   std::make_move_iterator(reply.lines.end()));
}

}  // namespace

api::ApiResult<StateFile> parse_state_file(std::string_view text, std::string name) {
  StateFile file{.name = std::move(name), .header = {}, .lines = {}};
  for (std::uint64_t number = 1; !text.empty(); ++number) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.find_first_not_of(" \t") == std::string_view::npos) continue;
    if (line.size() > api::state_line_bytes) {
      return usage_error(file.name + ":" + std::to_string(number) +
                         ": longer than 128 KiB; nothing was sent");
    }
    if (file.header.empty()) {
      file.header = line;
    } else {
      file.lines.push_back({number, std::string(line)});
    }
  }
  if (file.lines.empty())
    return usage_error(file.name + ": no exported state: it has no records, and no end");
  return file;
}

/// Behind the last line that went into the request.
std::size_t StateSender::fill(api::StateImportRequest& request, const StateFile& file,
                              std::size_t from) {
  std::size_t bytes = 0;
  std::size_t at = from;
  request.first_line = file.lines[from].number;
  for (; at < file.lines.size() && request.lines.size() < api::state_lines_max; ++at) {
    const std::string& line = file.lines[at].text;
    // Blank lines have no number of their own in a request.
    const bool is_next = file.lines[at].number == request.first_line + request.lines.size();
    if (at > from && (!is_next || bytes + line.size() > request_bytes)) break;
    bytes += line.size();
    request.lines.push_back(line);
  }
  return at;
}

api::ApiResult<api::StateImportReply> StateSender::ask(const api::StateImportRequest& request) {
  for (int failures = 0;; ++failures) {
    auto reply = call<api::StateImportReply>(invocation_.backend, api::Verb::state_import, request);
    const bool again = reply ? has_passing(*reply) : is_passing(reply.error().code);
    if (!again || failures >= failures_max) return reply;
    if (!invocation_.backend.pause(first_rest * (1 << failures))) return reply;
  }
}

api::ApiResult<api::StateImportReply> StateSender::send(const StateFile& file) {
  api::StateImportReply all;
  Progress progress(invocation_.output, invocation_.backend.clock());
  for (std::size_t at = 0; at < file.lines.size();) {
    api::StateImportRequest request = wanted_;
    request.header = file.header;
    request.before = at;
    request.refused = all.refused;
    at = fill(request, file, at);
    request.last = at == file.lines.size();
    auto reply = ask(request);
    if (!reply) {
      progress.end();
      return reply;
    }
    add(all, *std::move(reply));
    if (at == file.lines.size()) break;
    progress.show(format_count(at) + " of " + counted(file.lines.size(), "line") +
                  (wanted_.dry_run ? " checked" : " sent"));
    if (!invocation_.backend.pause(between_requests)) {
      progress.end();
      return tl::unexpected<api::ApiError>(
          api::ApiError{api::ApiCode::internal,
                        "interrupted; run it again to go on: what is there is unchanged",
                        {}});
    }
  }
  progress.end();
  return all;
}

}  // namespace roomkeeper::cli
