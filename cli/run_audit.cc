#include <deque>
#include <set>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "cli/arguments.h"
#include "cli/audit_filter.h"
#include "cli/backend.h"
#include "cli/base64.h"
#include "cli/output.h"
#include "cli/read_range.h"
#include "cli/render_audit.h"
#include "cli/run_commands.h"
#include "cli/safe_text.h"
#include "cli/stream_reader.h"
#include "policies/audit_names.h"
#include "policies/rfc3339.h"

namespace roomkeeper::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t last_default = 50;
/// Of so many entries the ids are remembered: a retry comes soon after.
constexpr std::size_t ids_remembered = 10'000;

std::string dumped(const Json& line) {
  return line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

/// The entry as it is stored, with its place before it; fields of a newer Roomkeeper stay.
std::string entry_json(const StreamMessage& message, const api::AuditRecord& record,
                       const AuditFilter& filter) {
  Json line{{"seq", message.seq}, {"stored", policies::format_rfc3339(message.time)}};
  const Json entry = Json::parse(message.data, nullptr, /*allow_exceptions=*/false);
  line.update(entry);
  if (filter.room.empty() || record.rooms.empty()) return dumped(line);
  Json rooms = Json::array();
  for (const api::AuditRoom& room : record.rooms) {
    rooms.push_back({{"room", room.room},
                     {"messages", room.messages},
                     {"before", room.before},
                     {"up_to", room.up_to}});
  }
  line["rooms"] = std::move(rooms);
  if (record.messages) line["messages"] = *record.messages;
  return dumped(line);
}

std::string unreadable_json(const StreamMessage& message, const std::string& why) {
  Json line{{"seq", message.seq},
            {"stored", policies::format_rfc3339(message.time)},
            {"subject", message.subject},
            {"unreadable", why}};
  if (is_utf8(message.data)) {
    line["text"] = message.data;
  } else {
    line["base64"] = base64(message.data);
  }
  return dumped(line);
}

class AuditPrinter {
 public:
  AuditPrinter(const Invocation& invocation, const AuditFilter& filter)
      : output_(invocation.output), filter_(filter), json_(invocation.arguments.has("json")) {}

  bool operator()(const StreamMessage& message) {
    if (is_repeated(message.id)) return true;
    api::ApiResult<api::AuditRecord> record = read_audit(message.subject, message.data);
    if (!record) {
      const std::string& why = record.error().message;
      return print(json_ ? unreadable_json(message, why)
                         : render_unreadable(message, why, output_.width()));
    }
    filter_.reduce(*record);
    return print(json_ ? entry_json(message, *record, filter_)
                       : render_audit(*record, output_.width()));
  }
  bool any() const { return any_; }

 private:
  bool print(const std::string& text) {
    if (!std::exchange(any_, true) && !json_ && !output_.print(audit_head())) return false;
    return output_.print(text);
  }
  /// A retry so late that the server no longer knew the first one.
  bool is_repeated(const std::string& id) {
    if (id.empty()) return false;
    if (!seen_.insert(id).second) return true;
    order_.push_back(id);
    if (order_.size() > ids_remembered) {
      seen_.erase(order_.front());
      order_.pop_front();
    }
    return false;
  }

  Output& output_;
  const AuditFilter& filter_;
  bool json_;
  bool any_ = false;
  std::set<std::string> seen_;
  std::deque<std::string> order_;
};

api::ApiError explained(api::ApiError error) {
  if (error.code == api::ApiCode::room_not_found) {
    return {error.code,
            "there is no stream " + std::string(policies::audit_stream),
            {"Roomkeeper makes it once it is connected, unless audit.enabled is false",
             "roomctl doctor says when another stream is in its way"}};
  }
  if (error.message.find("ermissions") != std::string::npos) {
    error.details.emplace_back(
        "this user may not read the audit; docs/security.md lists the subjects that it takes");
  }
  return error;
}

}  // namespace

Outcome run_audit(const Invocation& invocation) {
  const auto filter = audit_filter(invocation.arguments);
  if (!filter) return tl::unexpected<api::ApiError>(filter.error());
  auto range = read_range(invocation);
  if (!range) return tl::unexpected<api::ApiError>(range.error());
  if (!invocation.arguments.has("last")) range->last = last_default;
  range->follow = invocation.arguments.has("follow");
  const auto session = invocation.backend.session();
  if (!session) return tl::unexpected<api::ApiError>(session.error());

  std::set<std::uint64_t> unreadable;
  const auto wanted = [&filter, &unreadable](const StreamMessage& message) {
    if (!filter->by_content()) return true;
    const auto record = read_audit(message.subject, message.data);
    if (!record) unreadable.insert(message.seq);
    return record && filter->matches(*record);
  };
  StreamReader reader(**session, std::string(policies::audit_stream), filter->subject(),
                      filter->any() ? StreamReader::Wanted(wanted) : StreamReader::Wanted());
  AuditPrinter printer(invocation, *filter);
  const auto read =
      reader.read(*range, [&printer](const StreamMessage& message) { return printer(message); });
  if (!read) return tl::unexpected<api::ApiError>(explained(read.error()));
  if (!unreadable.empty()) {
    invocation.output.note(std::to_string(unreadable.size()) +
                           " messages are no entries of the audit; without --room, --user and "
                           "--reason they are shown\n");
  }
  if (!printer.any() && !invocation.arguments.has("json")) invocation.output.note("no entries\n");
  return exit_ok;
}

}  // namespace roomkeeper::cli
