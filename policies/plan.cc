#include "policies/plan.h"

#include <algorithm>
#include <limits>
#include <unordered_set>
#include <utility>

#include "policies/field_text.h"
#include "policies/removal.h"
#include "policies/retention_judge.h"
#include "policies/stream_diff.h"
#include "policies/stream_traits.h"
#include "policies/subject_claims.h"
#include "policies/wanted.h"

namespace roomkeeper::policies {
namespace {

/// Only the mark remembers what we applied last. So a changed rule, owner or template is known to
/// come from the configuration; any other difference may as well be somebody's hand, and is called
/// drift.
Reason update_reason(const std::vector<FieldChange>& differences) {
  const bool from_configuration =
      std::any_of(differences.begin(), differences.end(), [](const FieldChange& change) {
        return change.field == Field::retention_rule || change.field == Field::mark;
      });
  return from_configuration ? Reason::settings_changed : Reason::drift;
}

std::uint64_t sequence_after(std::uint64_t highest) {
  return highest == std::numeric_limits<std::uint64_t>::max() ? highest : highest + 1;
}

/// One plan in the making: a merge of the desired rooms and the observed streams, both in the order
/// of ids.
class Planner {
 public:
  Planner(const DesiredRooms& desired, const ObservedStreams& observed, const SeenStreams& seen,
          const PlanLimits& limits, const Names& names, const ZoneLookup& zones)
      : desired_(desired),
        observed_(observed),
        seen_(seen),
        limits_(limits),
        names_(names),
        judge_(zones),
        wanted_(names, limits.instance, judge_),
        claims_(observed, names),
        conflicts_(desired.conflicts.begin(), desired.conflicts.end()),
        removed_by_api_(desired.removed_by_api.begin(), desired.removed_by_api.end()) {}

  Plan run() {
    plan_.verdicts.reserve(desired_.rooms.size());
    merge();
    plan_.changes = std::move(updates_);
    std::move(creates_.begin(), creates_.end(), std::back_inserter(plan_.changes));
    plan_removals(removals_, limits_, plan_);
    return std::move(plan_);
  }

 private:
  void merge() {
    const std::string& prefix = names_.stream_prefix;
    auto room = desired_.rooms.begin();
    auto stream = std::lower_bound(
        observed_.streams.begin(), observed_.streams.end(), prefix,
        [](const ObservedStream& s, const std::string& wanted) { return s.name < wanted; });
    const auto id_of = [&](const ObservedStream& s) {
      return std::string_view(s.name).substr(prefix.size());
    };
    for (; stream != observed_.streams.end() && stream->name.starts_with(prefix); ++stream) {
      for (; room != desired_.rooms.end() && room->id.text() < id_of(*stream); ++room) {
        without_stream(*room);
      }
      if (room != desired_.rooms.end() && room->id.text() == id_of(*stream)) {
        with_stream(*room++, *stream);
      } else {
        unwanted(*stream);
      }
    }
    for (; room != desired_.rooms.end(); ++room) without_stream(*room);
  }

  // A wanted room that has no stream.

  void without_stream(const RoomSpec& room) {
    if (!observed_.complete) {
      say(room.id, RoomState::unknown, Reason::observation_incomplete);
      return;
    }
    std::string name = names_.stream_of(room.id);
    if (const ObservedStream* holder = claims_.other_holder(room.id, name)) {
      say(room.id, RoomState::blocked, Reason::subject_overlap).detail = overlap_text(*holder);
      return;
    }
    const auto known = seen_.find(name);
    const bool is_lost = known != seen_.end();
    Change change = change_of(ChangeKind::create, room.id, std::move(name));
    change.reason = is_lost ? Reason::room_lost : Reason::room_missing;
    if (is_lost) change.first_seq = sequence_after(known->second.highest_seq);
    change.wanted = wanted_.of(room);
    say(room.id, RoomState::pending, change.reason);
    creates_.push_back(std::move(change));
    mention_conflict(room.id);
  }

  // A wanted room whose stream is there.

  void with_stream(const RoomSpec& room, const ObservedStream& stream) {
    if (!stream.config.mark) {
      unmarked(room, stream);
    } else if (!is_of_our_instance(stream)) {
      say(room.id, RoomState::blocked, Reason::foreign_instance).detail =
          "instance " + quoted(stream.config.mark->instance);
    } else if (stream.config.mark->room != room.id.text()) {
      wrong_room(room.id, stream);
    } else if (!stream.has_leader) {
      no_leader(room.id);
    } else {
      ours(room, stream);
    }
    mention_conflict(room.id);
  }

  void unmarked(const RoomSpec& room, const ObservedStream& stream) {
    if (limits_.adopt == Adopt::never) {
      say(room.id, RoomState::blocked, Reason::unmarked_stream);
    } else if (is_unadoptable(stream.traits)) {
      say(room.id, RoomState::blocked, Reason::incompatible_stream);
    } else if (!stream.has_leader) {
      no_leader(room.id);
    } else {
      adopt(room, stream);
    }
  }

  void adopt(const RoomSpec& room, const ObservedStream& stream) {
    const StreamConfig& wanted = wanted_.of(room);
    std::vector<FieldChange> differences = diff_stream(stream, wanted, judge_);
    if (limits_.adopt == Adopt::if_compatible && !is_compatible(differences)) {
      RoomVerdict& verdict = say(room.id, RoomState::blocked, Reason::unmarked_stream);
      verdict.detail = "not compatible as it is";
      verdict.fields = std::move(differences);
      return;
    }
    if (const ObservedStream* holder = holder_in_the_way(room, stream, differences)) {
      say(room.id, RoomState::blocked, Reason::subject_overlap).detail = overlap_text(*holder);
      return;
    }
    apply(room, stream, wanted, differences, ChangeKind::adopt);
  }

  void ours(const RoomSpec& room, const ObservedStream& stream) {
    const StreamConfig& wanted = wanted_.of(room);
    if (stream.config == wanted && !has_dangerous(stream.traits)) {
      say(room.id, RoomState::ready, Reason::ok);
      return;
    }
    std::vector<FieldChange> differences = diff_stream(stream, wanted, judge_);
    if (differences.empty()) {
      say(room.id, RoomState::ready, Reason::ok);
      return;
    }
    const ObservedStream* holder = holder_in_the_way(room, stream, differences);
    if (holder != nullptr) {
      for (FieldChange& change : differences) {
        change.impossible = change.impossible || change.field == Field::subjects;
      }
    }
    RoomVerdict& verdict = apply(room, stream, wanted, differences, ChangeKind::update);
    if (holder != nullptr) {
      verdict.reason = Reason::subject_overlap;
      verdict.detail = overlap_text(*holder);
    }
  }

  /// Plans what may be applied of `wanted`, and says what stays.
  RoomVerdict& apply(const RoomSpec& room, const ObservedStream& stream, const StreamConfig& wanted,
                     const std::vector<FieldChange>& differences, ChangeKind kind) {
    const bool consent = limits_.allow_lossy || limits_.consent.covers(room.id);
    Split split = split_changes(stream, wanted, differences, consent, judge_);
    RoomVerdict& verdict =
        say(room.id, RoomState::pending,
            kind == ChangeKind::adopt ? Reason::adopted : update_reason(differences));
    if (!split.applied.empty()) {
      Change change = change_of(kind, room.id, stream.name);
      change.reason = verdict.reason;
      change.fields = std::move(split.applied);
      change.wanted = std::move(split.target);
      change.messages = stream.stored.messages;
      change.created = stream.stored.created;
      change.keeps_retention = split.keeps_retention;
      updates_.push_back(std::move(change));
    }
    if (!split.stays.empty()) {
      const bool blocked = std::any_of(split.stays.begin(), split.stays.end(),
                                       [](const FieldChange& c) { return c.impossible; });
      verdict.state = blocked ? RoomState::blocked : RoomState::pending_consent;
      verdict.reason = blocked ? Reason::immutable_field : Reason::lossy_change;
      verdict.fields = std::move(split.stays);
    }
    return verdict;
  }

  /// Who holds the room's subjects, when they are among what differs.
  const ObservedStream* holder_in_the_way(const RoomSpec& room, const ObservedStream& stream,
                                          const std::vector<FieldChange>& differences) const {
    const bool differs =
        std::any_of(differences.begin(), differences.end(),
                    [](const FieldChange& change) { return change.field == Field::subjects; });
    return differs ? claims_.other_holder(room.id, stream.name) : nullptr;
  }

  // A stream named as a room's that nobody wants.

  void unwanted(const ObservedStream& stream) {
    if (!is_of_our_instance(stream)) return;
    const std::optional<RoomId> room = names_.room_of_stream(stream.name);
    if (!room) return;
    if (stream.config.mark->room != room->text()) {
      wrong_room(*room, stream);
      return;
    }
    const RemovalEvidence evidence{.desired_complete = desired_.complete,
                                   .observed_complete = observed_.complete,
                                   .asked_through_api = removed_by_api_.contains(*room)};
    plan_.verdicts.push_back(judge_unwanted(*room, stream, evidence, limits_.on_removal));
    const RoomVerdict& verdict = plan_.verdicts.back();
    if (verdict.state == RoomState::removing && verdict.reason != Reason::observation_incomplete) {
      removals_.push_back({&stream, plan_.verdicts.size() - 1});
    }
  }

  // Verdicts.

  /// The reference is good until the next verdict.
  RoomVerdict& say(const RoomId& room, RoomState state, Reason reason) {
    return plan_.verdicts.emplace_back(RoomVerdict{room, state, reason, {}, {}});
  }

  void no_leader(const RoomId& room) {
    say(room, RoomState::unknown, Reason::observation_incomplete).detail =
        "the stream has no leader";
  }

  void wrong_room(const RoomId& room, const ObservedStream& stream) {
    say(room, RoomState::blocked, Reason::incompatible_stream).detail =
        "its mark names the room " + quoted(stream.config.mark->room);
  }

  /// Adds to the last verdict that the API defines the room too.
  void mention_conflict(const RoomId& room) {
    if (!conflicts_.contains(room)) return;
    RoomVerdict& verdict = plan_.verdicts.back();
    if (verdict.state == RoomState::ready) verdict.reason = Reason::owner_conflict;
    if (verdict.detail.empty())
      verdict.detail = "defined through the API too; the file is in force";
  }

  bool is_of_our_instance(const ObservedStream& stream) const {
    return stream.config.mark && !limits_.instance.empty() &&
           stream.config.mark->instance == limits_.instance;
  }

  static std::string overlap_text(const ObservedStream& holder) {
    return "stream " + quoted(holder.name);
  }

  static Change change_of(ChangeKind kind, const RoomId& room, std::string stream) {
    return Change{.kind = kind, .room = room, .stream = std::move(stream)};
  }

  const DesiredRooms& desired_;
  const ObservedStreams& observed_;
  const SeenStreams& seen_;
  const PlanLimits& limits_;
  const Names& names_;
  RetentionJudge judge_;
  WantedStreams wanted_;
  SubjectClaims claims_;
  std::unordered_set<RoomId> conflicts_;
  std::unordered_set<RoomId> removed_by_api_;

  Plan plan_;
  std::vector<Change> updates_;  // adoptions too
  std::vector<Change> creates_;
  std::vector<RemovalCandidate> removals_;
};

}  // namespace

bool Consent::covers(const RoomId& room) const {
  return all || std::binary_search(rooms.begin(), rooms.end(), room);
}

Plan plan_rooms(const DesiredRooms& desired, const ObservedStreams& observed,
                const SeenStreams& seen, const PlanLimits& limits, const Names& names,
                const ZoneLookup& zones) {
  return Planner(desired, observed, seen, limits, names, zones).run();
}

}  // namespace roomkeeper::policies
