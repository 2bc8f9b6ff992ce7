#include "policies/removal.h"

#include <algorithm>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

namespace roomkeeper::policies {
namespace {

/// Why the room shall go. nullopt: nothing proves that it shall.
std::optional<Reason> why_remove(const UnwantedRoom& unwanted, OnRemoval on_removal) {
  if (on_removal == OnRemoval::orphan) return std::nullopt;
  if (unwanted.owner == to_string(RoomOwner::api)) {
    return unwanted.asked_through_api ? std::optional(Reason::removed_by_api) : std::nullopt;
  }
  return unwanted.owner == to_string(RoomOwner::file) ? std::optional(Reason::not_wanted)
                                                      : std::nullopt;
}

std::string guard_text(const PlanLimits& limits, std::size_t rooms, std::size_t wanted) {
  return std::to_string(wanted) + " removals are wanted, " +
         std::to_string(removals_allowed(limits, rooms)) + " more may be done this hour (of " +
         std::to_string(rooms) + " rooms; max_removals " + std::to_string(limits.max_removals) +
         "; done in the last hour " + std::to_string(limits.removals_in_last_hour) + ")";
}

Change removal(const RemovalCandidate& candidate, Reason reason) {
  Change change{.kind = ChangeKind::remove,
                .room = candidate.room,
                .stream = candidate.stream->name,
                .reason = reason};
  change.messages = candidate.messages;
  change.created = candidate.stream->stored.created;
  change.target = candidate.target;
  return change;
}

/// REQUIRES: there is one.
RoomVerdict& verdict_of(Plan& plan, const RemovalCandidate& candidate) {
  auto& verdicts = candidate.target == ChangeTarget::pool_stream ? plan.pools : plan.verdicts;
  return *std::lower_bound(
      verdicts.begin(), verdicts.end(), candidate.room,
      [](const RoomVerdict& verdict, const RoomId& room) { return verdict.room < room; });
}

}  // namespace

int removals_allowed(const PlanLimits& limits, std::size_t rooms) {
  constexpr std::size_t one_in = 20;  // 5 %
  const std::size_t share = std::max<std::size_t>(rooms / one_in, 1);
  const auto most = static_cast<std::size_t>(std::max(limits.max_removals, 0));
  const int allowed = static_cast<int>(std::min(most, share));  // at most max_removals: fits
  return std::max(allowed - std::max(limits.removals_in_last_hour, 0), 0);
}

RoomVerdict judge_unwanted(const UnwantedRoom& unwanted, OnRemoval on_removal) {
  const auto verdict = [&](RoomState state, Reason reason, std::string detail = {}) {
    return RoomVerdict{unwanted.room, state, reason, std::move(detail), {}};
  };
  if (!unwanted.desired_complete) {
    return verdict(RoomState::unknown, Reason::desired_incomplete);
  }
  if (!unwanted.has_leader) {
    return verdict(RoomState::unknown, Reason::observation_incomplete, "the stream has no leader");
  }
  const std::optional<Reason> why = why_remove(unwanted, on_removal);
  if (!why) {
    const bool from_api = unwanted.owner == to_string(RoomOwner::api);
    return verdict(RoomState::orphaned, Reason::orphaned,
                   from_api && !unwanted.asked_through_api
                       ? "made through the API, and no removal of it is recorded"
                       : "");
  }
  if (on_removal == OnRemoval::remove_if_empty && unwanted.messages > 0) {
    return verdict(RoomState::orphaned, Reason::not_empty);
  }
  return verdict(RoomState::removing,
                 unwanted.observed_complete ? *why : Reason::observation_incomplete);
}

bool may_go(const RoomVerdict& verdict) {
  return verdict.state == RoomState::removing && verdict.reason != Reason::observation_incomplete;
}

void plan_removals(std::vector<RemovalCandidate> candidates, const PlanLimits& limits, Plan& plan) {
  std::sort(candidates.begin(), candidates.end(),
            [](const RemovalCandidate& a, const RemovalCandidate& b) {
              return std::tie(a.room, a.target) < std::tie(b.room, b.target);
            });
  // Names that strangers have made up are no rooms, and do not widen the guard.
  const auto rooms = static_cast<std::size_t>(std::count_if(
      plan.verdicts.begin(), plan.verdicts.end(),
      [](const RoomVerdict& verdict) { return verdict.reason != Reason::never_defined; }));
  const auto allowed = static_cast<std::size_t>(removals_allowed(limits, rooms));
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    RoomVerdict& verdict = verdict_of(plan, candidates[i]);
    if (i < allowed) {
      plan.changes.push_back(removal(candidates[i], verdict.reason));
    } else {
      verdict.reason = Reason::removal_guard;
      verdict.detail = guard_text(limits, rooms, candidates.size());
    }
  }
}

void note_conflict(RoomVerdict& verdict) {
  if (verdict.state == RoomState::ready) verdict.reason = Reason::owner_conflict;
  if (verdict.detail.empty()) verdict.detail = "defined through the API too; the file is in force";
}

}  // namespace roomkeeper::policies
