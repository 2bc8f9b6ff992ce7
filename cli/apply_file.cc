#include "cli/apply_file.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "cli/arguments.h"
#include "cli/backend.h"
#include "cli/capacity_notice.h"
#include "cli/follow_pass.h"
#include "cli/format.h"
#include "cli/output.h"
#include "cli/render.h"
#include "cli/room_file.h"
#include "cli/room_sender.h"
#include "cli/safe_text.h"

namespace roomkeeper::cli {
namespace {

using Json = nlohmann::ordered_json;

/// `10,000 rooms: 9,900 created, 0 updated, 0 unchanged, 100 refused`
std::string summary(const RoomFile& file, const SentRooms& sent, bool dry_run) {
  std::string text =
      safe_text(file.name) + ": " + counted(file.rooms.size() + file.refused.size(), "room") + ": ";
  text += format_count(sent.created) + (dry_run ? " would be created, " : " created, ") +
          format_count(sent.updated) + (dry_run ? " would be updated, " : " updated, ") +
          format_count(sent.unchanged) + " unchanged, " + format_count(sent.refused.size()) +
          " refused";
  if (sent.left > 0) text += ", " + format_count(sent.left) + " not sent";
  return text + ".\n";
}

/// `rooms.yaml:12: general: owned_by_file: ...`, one line a room, and before them how many of each.
std::string refusals(const RoomFile& file, const SentRooms& sent) {
  std::vector<RoomTrouble> counts;
  std::string lines;
  for (const RefusedRoom& room : sent.refused) {
    counts.push_back({.room = {}, .reason = room.code, .detail = {}});
    lines += safe_text(file.name) + ":" + std::to_string(room.line) + ": " +
             (room.id.empty() ? std::string("(no id)") : safe_text(room.id)) + ": " +
             safe_text(room.code) + ": " + safe_text(room.message) + "\n";
  }
  return render_counts(counts) + lines;
}

std::string rest_text(const SentRooms& sent) {
  if (sent.left == 0) return {};
  std::string text = sent.interrupted ? "Interrupted: " : "Given up: ";
  text += counted(sent.left, "room") + " not sent";
  if (!sent.interrupted && !sent.last_error.message.empty())
    text += ": " + safe_text(sent.last_error.message);
  return text + ". Run it again to go on: what is there is unchanged.\n";
}

std::string json_of(const RoomFile& file, const SentRooms& sent, bool dry_run,
                    const std::optional<api::PassReply>& pass) {
  Json refused = Json::array();
  for (const RefusedRoom& room : sent.refused) {
    refused.push_back(
        Json{{"line", room.line}, {"id", room.id}, {"code", room.code}, {"message", room.message}});
  }
  Json report{{"file", file.name},
              {"dry_run", dry_run},
              {"created", sent.created},
              {"updated", sent.updated},
              {"unchanged", sent.unchanged},
              {"left", sent.left},
              {"refused", std::move(refused)}};
  if (pass) report["pass"] = Json::parse(api::encode(*pass), nullptr, false);
  return report.dump(-1, ' ', false, Json::error_handler_t::replace);
}

api::ApiResult<api::PassReply> run_pass(const Invocation& invocation) {
  auto pass = call<api::PassReply>(invocation.backend, api::Verb::apply, api::ApplyRequest());
  if (!pass || invocation.arguments.has("no-wait")) return pass;
  return wait_for_pass(invocation, *std::move(pass));
}

/// Those that were not sent to begin with, and those that the daemon refused, by line.
void add_refusals_of_file(const RoomFile& file, SentRooms& sent) {
  sent.refused.insert(sent.refused.end(), file.refused.begin(), file.refused.end());
  std::stable_sort(sent.refused.begin(), sent.refused.end(),
                   [](const RefusedRoom& a, const RefusedRoom& b) { return a.line < b.line; });
}

}  // namespace

Outcome apply_file(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  if (!arguments.positionals.empty() || arguments.has("allow-lossy")) {
    return usage_error(
        "--file defines the rooms of the file; run `roomctl apply [ROOM...] --allow-lossy` "
        "afterwards to agree to what would delete messages");
  }
  const auto file = read_room_file(arguments.value("file"), invocation.output);
  if (!file) return tl::unexpected<api::ApiError>(file.error());
  const bool dry_run = arguments.has("dry-run");
  SentRooms sent = RoomSender(invocation, dry_run).send(file->rooms);
  add_refusals_of_file(*file, sent);
  std::optional<api::PassReply> pass;
  const bool json = arguments.has("json");
  if (!json) {
    invocation.output.note(refusals(*file, sent));
    invocation.output.print(summary(*file, sent, dry_run));
    invocation.output.note(rest_text(sent));
  }
  const bool is_whole = sent.left == 0;
  bool is_cramped = false;  // rooms are held back because they do not fit
  if (is_whole && !dry_run) {
    is_cramped = note_capacity(invocation) > 0;
    auto done = run_pass(invocation);
    if (!done) return tl::unexpected<api::ApiError>(std::move(done).error());
    pass = *std::move(done);
  }
  if (json) print_json(invocation.output, json_of(*file, sent, dry_run, pass));
  if (pass && !json) show_pass(invocation, *pass, {});
  if (is_cramped && pass && pass->done) is_cramped = held_for_capacity(invocation) > 0;
  const bool failed =
      is_cramped || !is_whole || !sent.refused.empty() || (pass && pass->failed > 0);
  return failed ? exit_error : exit_ok;
}

}  // namespace roomkeeper::cli
