#include "policies/removal.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace roomkeeper::policies {
namespace {

bool is_owned_by(const ObservedStream& stream, RoomOwner owner) {
  return stream.config.mark->owner == to_string(owner);
}

/// Why the room shall go. nullopt: nothing proves that it shall.
std::optional<Reason> why_remove(const ObservedStream& stream, const RemovalEvidence& evidence,
                                 OnRemoval on_removal) {
  if (on_removal == OnRemoval::orphan) return std::nullopt;
  if (is_owned_by(stream, RoomOwner::api)) {
    return evidence.asked_through_api ? std::optional(Reason::removed_by_api) : std::nullopt;
  }
  return is_owned_by(stream, RoomOwner::file) ? std::optional(Reason::not_wanted) : std::nullopt;
}

std::string guard_text(const PlanLimits& limits, std::size_t rooms, std::size_t wanted) {
  return std::to_string(wanted) + " removals are wanted, " +
         std::to_string(removals_allowed(limits, rooms)) + " more may be done this hour (of " +
         std::to_string(rooms) + " rooms; max_removals " + std::to_string(limits.max_removals) +
         "; done in the last hour " + std::to_string(limits.removals_in_last_hour) + ")";
}

Change removal(const RoomVerdict& verdict, const ObservedStream& stream) {
  Change change{.kind = ChangeKind::remove,
                .room = verdict.room,
                .stream = stream.name,
                .reason = verdict.reason};
  change.messages = stream.stored.messages;
  change.created = stream.stored.created;
  return change;
}

}  // namespace

int removals_allowed(const PlanLimits& limits, std::size_t rooms) {
  constexpr std::size_t one_in = 20;  // 5 %
  const std::size_t share = std::max<std::size_t>(rooms / one_in, 1);
  const auto most = static_cast<std::size_t>(std::max(limits.max_removals, 0));
  const int allowed = static_cast<int>(std::min(most, share));  // at most max_removals: fits
  return std::max(allowed - std::max(limits.removals_in_last_hour, 0), 0);
}

RoomVerdict judge_unwanted(const RoomId& room, const ObservedStream& stream,
                           const RemovalEvidence& evidence, OnRemoval on_removal) {
  const auto verdict = [&](RoomState state, Reason reason, std::string detail = {}) {
    return RoomVerdict{room, state, reason, std::move(detail), {}};
  };
  if (!evidence.desired_complete) {
    return verdict(RoomState::unknown, Reason::desired_incomplete);
  }
  if (!stream.has_leader) {
    return verdict(RoomState::unknown, Reason::observation_incomplete, "the stream has no leader");
  }
  const std::optional<Reason> why = why_remove(stream, evidence, on_removal);
  if (!why) {
    const bool from_api = is_owned_by(stream, RoomOwner::api);
    return verdict(RoomState::orphaned, Reason::orphaned,
                   from_api && !evidence.asked_through_api
                       ? "made through the API, and no removal of it is recorded"
                       : "");
  }
  if (on_removal == OnRemoval::remove_if_empty && stream.stored.messages > 0) {
    return verdict(RoomState::orphaned, Reason::not_empty);
  }
  return verdict(RoomState::removing,
                 evidence.observed_complete ? *why : Reason::observation_incomplete);
}

void plan_removals(const std::vector<RemovalCandidate>& candidates, const PlanLimits& limits,
                   Plan& plan) {
  const std::size_t rooms = plan.verdicts.size();
  const auto allowed = static_cast<std::size_t>(removals_allowed(limits, rooms));
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    RoomVerdict& verdict = plan.verdicts[candidates[i].verdict];
    if (i < allowed) {
      plan.changes.push_back(removal(verdict, *candidates[i].stream));
    } else {
      verdict.reason = Reason::removal_guard;
      verdict.detail = guard_text(limits, rooms, candidates.size());
    }
  }
}

}  // namespace roomkeeper::policies
