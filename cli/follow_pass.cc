#include "cli/follow_pass.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "cli/backend.h"
#include "cli/format.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/render.h"
#include "cli/safe_text.h"

namespace roomkeeper::cli {
namespace {

constexpr std::uint64_t plan_page_size = 500;
constexpr std::uint64_t room_page_size = 500;
constexpr std::size_t held_rooms_shown = 20;
constexpr auto poll_interval = std::chrono::milliseconds(250);

using Counts = std::map<std::string, std::uint64_t>;

Counts counts_of(const std::vector<RoomTrouble>& troubles) {
  Counts counts;
  for (const RoomTrouble& one : troubles) ++counts[one.reason];
  return counts;
}

std::vector<std::pair<std::string, std::uint64_t>> by_number(const Counts& counts) {
  std::vector<std::pair<std::string, std::uint64_t>> reasons(counts.begin(), counts.end());
  std::stable_sort(reasons.begin(), reasons.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  return reasons;
}

/// What was held back because messages would go. Nothing is said when the plan cannot be had: the
/// pass itself is done.
void show_held(const Invocation& invocation, const std::vector<std::string>& rooms) {
  const auto plan = whole_plan(invocation.backend, false, rooms, {});
  if (plan) invocation.output.note(render_held_losses(*plan, held_rooms_shown));
}

/// Every room in that state; what could be had of them when the daemon stops answering.
void append_rooms_in(Backend& backend, const std::string& state,
                     std::vector<RoomTrouble>& troubles) {
  api::RoomListRequest request;
  request.state = state;
  request.limit = room_page_size;
  do {
    const auto page = call<api::RoomListReply>(backend, api::Verb::room_ls, request);
    if (!page || page->rooms.empty()) return;
    for (const api::RoomView& room : page->rooms)
      troubles.push_back({.room = room.id, .reason = room.reason, .detail = room.detail});
    request.cursor = page->next_cursor;
  } while (!request.cursor.empty());
}

/// The pass tells the first failures; all of them the rooms tell themselves.
void show_failures(const Invocation& invocation, const api::PassReply& pass) {
  if (pass.failed > pass.failures.size()) {
    std::vector<RoomTrouble> troubles;
    append_rooms_in(invocation.backend, "failed", troubles);
    append_rooms_in(invocation.backend, "blocked", troubles);
    if (troubles.size() > pass.failures.size()) {
      invocation.output.note("Rooms that failed or are blocked now:\n" +
                             render_troubles(std::move(troubles)));
      return;
    }
  }
  for (const std::string& failure : pass.failures)
    invocation.output.note("failed: " + safe_text(failure) + "\n");
  if (pass.failed > pass.failures.size()) {
    invocation.output.note("... and " + format_count(pass.failed - pass.failures.size()) +
                           " more failed\n");
  }
}

}  // namespace

api::ApiResult<api::PlanReply> whole_plan(Backend& backend, bool allow_lossy,
                                          const std::vector<std::string>& rooms,
                                          const std::vector<std::string>& pools) {
  api::PlanRequest request;
  request.allow_lossy = allow_lossy;
  request.rooms = rooms;
  request.pools = pools;
  request.limit = plan_page_size;
  auto plan = call<api::PlanReply>(backend, api::Verb::plan, request);
  while (plan && plan->entries.size() < plan->total) {
    request.offset = plan->entries.size();
    const auto page = call<api::PlanReply>(backend, api::Verb::plan, request);
    if (!page) return page;
    if (page->entries.empty()) break;  // it became shorter meanwhile
    plan->entries.insert(plan->entries.end(), page->entries.begin(), page->entries.end());
    plan->would_go += page->would_go;
    plan->held_would_go += page->held_would_go;
    plan->not_counted += page->not_counted;
  }
  return plan;
}

api::ApiResult<api::PassReply> wait_for_pass(const Invocation& invocation, api::PassReply pass) {
  Progress progress(invocation.output, invocation.backend.clock());
  while (!pass.done) {
    progress.show(render_progress(pass));
    if (!invocation.backend.pause(poll_interval)) {
      progress.end();
      return tl::unexpected<api::ApiError>(
          api::ApiError{api::ApiCode::internal,
                        "Stopped waiting. Roomkeeper goes on with pass " +
                            std::to_string(pass.pass) + "; see roomctl status.",
                        {}});
    }
    auto next =
        call<api::PassReply>(invocation.backend, api::Verb::pass, api::PassRequest{pass.pass});
    if (!next) {
      progress.end();
      return next;
    }
    pass = *std::move(next);
  }
  progress.end();
  return pass;
}

int show_pass(const Invocation& invocation, const api::PassReply& pass,
              const std::vector<std::string>& rooms) {
  invocation.output.print(render_progress(pass) + (pass.done ? ".\n" : ", still running.\n"));
  if (pass.failed > 0) show_failures(invocation, pass);
  if (pass.held > 0) {
    invocation.output.note(format_count(pass.held) + " held back; see roomctl plan\n");
    if (pass.done) show_held(invocation, rooms);
  }
  return pass.failed > 0 ? exit_error : exit_ok;
}

std::string render_counts(const std::vector<RoomTrouble>& troubles) {
  std::string out;
  for (const auto& [reason, rooms] : by_number(counts_of(troubles)))
    out += "  " + safe_text(reason) + ": " + counted(rooms, "room") + "\n";
  return out;
}

std::string render_troubles(std::vector<RoomTrouble> troubles) {
  const Counts counts = counts_of(troubles);
  std::stable_sort(troubles.begin(), troubles.end(),
                   [&](const RoomTrouble& a, const RoomTrouble& b) {
                     const std::uint64_t of_a = counts.at(a.reason);
                     const std::uint64_t of_b = counts.at(b.reason);
                     return std::tie(of_b, a.reason, a.room) < std::tie(of_a, b.reason, b.room);
                   });
  std::string out = render_counts(troubles);
  for (const RoomTrouble& one : troubles) {
    out += safe_text(one.room) + ": " + safe_text(one.reason) +
           (one.detail.empty() ? "" : ": " + safe_text(one.detail)) + "\n";
  }
  return out;
}

}  // namespace roomkeeper::cli
