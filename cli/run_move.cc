// `room move` and `room moves`: a room goes to live where another template lives.
#include <algorithm>
#include <chrono>
#include <utility>

#include "api/moves.h"
#include "cli/arguments.h"
#include "cli/backend.h"
#include "cli/format.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/run_commands.h"
#include "cli/safe_text.h"

namespace roomkeeper::cli {
namespace {

constexpr auto pause_between = std::chrono::milliseconds(250);

std::string home_line(const char* label, const api::MoveHome& home) {
  return std::string(label) + safe_text(home.stream) + " (" + safe_text(home.layout) +
         ", template " + safe_text(home.template_name) + ", " + safe_text(home.retention) + ")\n";
}

std::string plan_text(const api::MoveView& move) {
  std::string text = "room " + safe_text(move.room) + "\n" + home_line("  from  ", move.from) +
                     home_line("  to    ", move.to) + "  " + counted(move.messages, "message") +
                     ", " + format_size(move.bytes) + ": " +
                     (move.state == "none" ? "stay in their stream"
                      : move.copy          ? "are copied"
                                           : "stay in the old place") +
                     "\n";
  for (const std::string& note : move.notes) text += "  - " + safe_text(note) + "\n";
  return text;
}

std::string state_text(const api::MoveView& move) {
  std::string text = safe_text(move.room) + ": " + safe_text(move.state);
  if (move.copy)
    text += ", " + format_count(move.copied) + " of " +
            format_count(std::max(move.messages, move.copied)) + " copied";
  if (!move.detail.empty()) text += ": " + safe_text(move.detail);
  return text;
}

bool is_over(const api::MoveView& move) {
  return move.state == "done" || move.state == "aborted" || move.state == "failed" ||
         move.state == "keeping" || move.state == "left" || move.state == "none";
}

api::ApiResult<api::MoveView> look(Backend& backend, const std::string& room) {
  const auto list = call<api::MoveListReply>(
      backend, api::Verb::room_moves, api::MoveListRequest{.room = room, .limit = 1, .offset = 0});
  if (!list) return tl::unexpected<api::ApiError>(list.error());
  if (list->moves.empty()) {
    return tl::unexpected<api::ApiError>(api::ApiError{
        api::ApiCode::internal, "the move of room " + room + " is not known any more", {}});
  }
  return list->moves.front();
}

/// Until the room lives in its new home: the grace period and what follows need nobody who waits.
api::ApiResult<api::MoveView> wait_for(const Invocation& invocation, const std::string& room,
                                       bool to_the_end) {
  Progress progress(invocation.output, invocation.backend.clock());
  for (;;) {
    const auto now = look(invocation.backend, room);
    const bool lives_there = now && !to_the_end && now->switched.has_value();
    if (!now || is_over(*now) || lives_there) {
      progress.end();
      return now;
    }
    progress.show(state_text(*now));
    if (!invocation.backend.pause(pause_between)) {
      progress.end();
      return tl::unexpected<api::ApiError>(api::ApiError{
          api::ApiCode::internal,
          "stopped waiting; the move goes on",
          {"roomctl room moves " + room + " tells how far it is",
           "roomctl room move " + room + " --abort ends it, while it has not switched"}});
    }
  }
}

Outcome show(const Invocation& invocation, const api::MoveView& move) {
  if (invocation.arguments.has("json")) {
    print_json(invocation.output, api::encode(move));
  } else {
    invocation.output.print(state_text(move) + "\n");
    if (move.state == "tail") {
      invocation.output.print("It lives in " + safe_text(move.to.stream) +
                              " now; the old home goes in " +
                              counted(move.grace_seconds, "second") +
                              " when the copy is verified. roomctl room moves tells of it.\n");
    }
  }
  return move.state == "failed" ? exit_error : exit_ok;
}

Outcome abort_move(const Invocation& invocation, const std::string& room) {
  const auto asked =
      call<api::MoveView>(invocation.backend, api::Verb::room_move,
                          api::MoveRequest{.room = room, .template_name = {}, .abort = true});
  if (!asked) return tl::unexpected<api::ApiError>(asked.error());
  const auto end = wait_for(invocation, room, true);
  if (!end) return tl::unexpected<api::ApiError>(end.error());
  return show(invocation, *end);
}

api::ApiResult<api::MoveRequest> request_of(const Arguments& arguments) {
  api::MoveRequest request;
  request.room = arguments.positionals[0];
  request.template_name = arguments.value("template");
  request.copy = arguments.has("copy");
  const auto grace = arguments.duration("grace");
  if (!grace) return tl::unexpected<api::ApiError>(grace.error());
  if (*grace) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(**grace).count();
    if (seconds < 0 || static_cast<std::uint64_t>(seconds) > api::move_grace_max)
      return usage_error("--grace: 0s to 24h expected");
    request.grace_seconds = static_cast<std::uint64_t>(seconds);
  }
  return request;
}

}  // namespace

Outcome run_room_move(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  if (arguments.has("abort") == arguments.has("template"))
    return usage_error("give either --template, or --abort");
  if (arguments.has("abort")) return abort_move(invocation, arguments.positionals[0]);
  auto request = request_of(arguments);
  if (!request) return tl::unexpected<api::ApiError>(request.error());
  const auto plan = call<api::MoveView>(invocation.backend, api::Verb::room_move, *request);
  if (!plan) return tl::unexpected<api::ApiError>(plan.error());
  const bool json = arguments.has("json");
  if (arguments.has("dry-run")) {
    json ? print_json(invocation.output, api::encode(*plan))
         : void(invocation.output.print(plan_text(*plan)));
    return exit_ok;
  }
  if (!json) invocation.output.note(plan_text(*plan));
  if (!arguments.has("yes") && !confirmed(invocation.output, "The room moves."))
    return usage_error("Nothing was done: give --yes to move the room");
  request->dry_run = false;
  const auto asked = call<api::MoveView>(invocation.backend, api::Verb::room_move, *request);
  if (!asked) return tl::unexpected<api::ApiError>(asked.error());
  if (asked->state == "none") {
    if (json) {
      print_json(invocation.output, api::encode(*asked));
    } else {
      invocation.output.print("No move is needed: the template is changed in place.\n");
    }
    return exit_ok;
  }
  if (arguments.has("no-wait")) return show(invocation, *asked);
  const auto end = wait_for(invocation, request->room, arguments.has("wait-old"));
  if (!end) return tl::unexpected<api::ApiError>(end.error());
  return show(invocation, *end);
}

Outcome run_room_moves(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  api::MoveListRequest request;
  request.limit = 500;
  if (!arguments.positionals.empty()) request.room = arguments.positionals[0];
  api::MoveListReply all;
  for (;;) {
    const auto page = call<api::MoveListReply>(invocation.backend, api::Verb::room_moves, request);
    if (!page) return tl::unexpected<api::ApiError>(page.error());
    all.total = page->total;
    all.moves.insert(all.moves.end(), page->moves.begin(), page->moves.end());
    if (page->moves.empty() || all.moves.size() >= page->total) break;
    request.offset = all.moves.size();
  }
  if (arguments.has("json")) {
    print_json(invocation.output, api::encode(all));
    return exit_ok;
  }
  std::string text;
  for (const api::MoveView& move : all.moves) {
    text +=
        state_text(move) + "\n" + home_line("  from  ", move.from) + home_line("  to    ", move.to);
    if (move.ledger > 0)
      text += "  " + counted(move.ledger, "group") + " of copies with a time of their own; next " +
              format_when(move.next_due) + "\n";
  }
  invocation.output.print(text.empty() ? "no room is being moved\n" : text);
  return exit_ok;
}

}  // namespace roomkeeper::cli
