#include "policies/stream_planner.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "policies/field_text.h"
#include "policies/stream_traits.h"

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

std::string overlap_text(const ObservedStream& holder) {
  return "stream " + policies::quoted(holder.name);
}

bool contains(const std::vector<RoomId>& sorted, const RoomId& room) {
  return std::binary_search(sorted.begin(), sorted.end(), room);
}

}  // namespace

bool PlanScene::is_ours(const ObservedStream& stream) const {
  return stream.config.mark && !limits.instance.empty() &&
         stream.config.mark->instance == limits.instance;
}

bool PlanScene::has_conflict(const RoomId& room) const {
  return contains(desired.conflicts, room);
}

bool PlanScene::is_removed_by_api(const RoomId& room) const {
  return contains(desired.removed_by_api, room);
}

bool PlanScene::is_moving(const RoomId& room) const {
  return contains(pools.moving, room);
}

// ---- a merge of what is wanted and what was observed, both in the order of ids

std::vector<RoomVerdict> StreamPlanner::run(const std::vector<const RoomSpec*>& wanted) {
  verdicts_.reserve(wanted.size());
  auto room = wanted.begin();
  const auto& streams = scene_.observed.streams;
  auto stream = std::lower_bound(
      streams.begin(), streams.end(), prefix(),
      [](const ObservedStream& s, const std::string& first) { return s.name < first; });
  const auto id_of = [&](const ObservedStream& s) {
    return std::string_view(s.name).substr(prefix().size());
  };
  for (; stream != streams.end() && stream->name.starts_with(prefix()); ++stream) {
    for (; room != wanted.end() && (*room)->id.text() < id_of(*stream); ++room) {
      without_stream(**room);
    }
    if (room != wanted.end() && (*room)->id.text() == id_of(*stream)) {
      with_stream(**room++, *stream);
    } else {
      unwanted(*stream);
    }
  }
  for (; room != wanted.end(); ++room) without_stream(**room);
  return std::move(verdicts_);
}

// ---- wanted, and there is no stream

void StreamPlanner::without_stream(const RoomSpec& room) {
  if (!scene_.observed.complete) {
    say(room.id, RoomState::unknown, Reason::observation_incomplete);
    return;
  }
  std::string name = prefix() + room.id.text();
  if (const ObservedStream* holder = other_holder(room.id, name)) {
    say(room.id, RoomState::blocked, Reason::subject_overlap).detail = overlap_text(*holder);
    return;
  }
  const auto known = scene_.seen.find(name);
  const bool is_lost = known != scene_.seen.end();
  Change change = change_of(ChangeKind::create, room.id, std::move(name));
  change.reason = is_lost ? Reason::room_lost : Reason::room_missing;
  if (is_lost) change.first_seq = sequence_after(known->second.highest_seq);
  change.wanted = config_of(room);
  say(room.id, RoomState::pending, change.reason);
  parts_.creates.push_back(std::move(change));
  mention_conflict(room.id);
}

// ---- wanted, and its stream is there

void StreamPlanner::with_stream(const RoomSpec& room, const ObservedStream& stream) {
  if (!stream.config.mark) {
    unmarked(room, stream);
  } else if (!scene_.is_ours(stream)) {
    say(room.id, RoomState::blocked, Reason::foreign_instance).detail =
        "instance " + policies::quoted(stream.config.mark->instance);
  } else if (stream.config.mark->room != marked_room(room.id)) {
    wrong_room(room.id, stream);
  } else if (!stream.has_leader) {
    no_leader(room.id);
  } else {
    ours(room, stream);
  }
  mention_conflict(room.id);
}

Adopt StreamPlanner::adoption_of(const RoomSpec& room) const {
  const bool asked = !is_pool() && scene_.limits.consent.covers_adoption(room.id);
  return asked ? Adopt::always : scene_.limits.adopt;
}

void StreamPlanner::unmarked(const RoomSpec& room, const ObservedStream& stream) {
  if (adoption_of(room) == Adopt::never) {
    say(room.id, RoomState::blocked, Reason::unmarked_stream);
  } else if (is_unadoptable(stream.traits)) {
    say(room.id, RoomState::blocked, Reason::incompatible_stream).detail =
        unadoptable_text(stream.traits);
  } else if (!stream.has_leader) {
    no_leader(room.id);
  } else {
    adopt(room, stream);
  }
}

void StreamPlanner::adopt(const RoomSpec& room, const ObservedStream& stream) {
  const StreamConfig& wanted = config_of(room);
  std::vector<FieldChange> differences = diff_stream(stream, wanted, scene_.judge);
  if (adoption_of(room) == Adopt::if_compatible && !is_compatible(differences)) {
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

void StreamPlanner::ours(const RoomSpec& room, const ObservedStream& stream) {
  const bool wants_pool = room.settings->layout == Layout::pooled;
  if (!is_pool() && wants_pool) {
    const bool moving = scene_.is_moving(room.id);
    say(room.id, moving ? RoomState::pending : RoomState::blocked,
        moving ? Reason::moving : Reason::layout_change)
        .detail = "its messages are in " + stream.name;
    return;
  }
  const StreamConfig& wanted = config_of(room);
  if (stream.config == wanted && !has_dangerous(stream.traits)) {
    say(room.id, RoomState::ready, Reason::ok);
    return;
  }
  std::vector<FieldChange> differences = diff_stream(stream, wanted, scene_.judge);
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
RoomVerdict& StreamPlanner::apply(const RoomSpec& room, const ObservedStream& stream,
                                  const StreamConfig& wanted,
                                  const std::vector<FieldChange>& differences, ChangeKind kind) {
  Split split = split_changes(stream, wanted, differences, has_consent(room.id), scene_.judge);
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
    parts_.updates.push_back(std::move(change));
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
const ObservedStream* StreamPlanner::holder_in_the_way(
    const RoomSpec& room, const ObservedStream& stream,
    const std::vector<FieldChange>& differences) const {
  const bool differs =
      std::any_of(differences.begin(), differences.end(),
                  [](const FieldChange& change) { return change.field == Field::subjects; });
  return differs ? other_holder(room.id, stream.name) : nullptr;
}

// ---- a stream of this kind that nobody wants

void StreamPlanner::unwanted(const ObservedStream& stream) {
  if (!scene_.is_ours(stream)) return;
  const auto room = RoomId::parse(std::string_view(stream.name).substr(prefix().size()));
  if (!room) return;
  if (stream.config.mark->room != marked_room(*room)) {
    wrong_room(*room, stream);
    return;
  }
  if (is_pool()) return unwanted_pool(*room, stream);
  // What a move has left behind: it takes that away itself. The room's verdict is its new home's.
  if (scene_.pools.roster.find(*room) != nullptr) return;
  if (scene_.is_moving(*room)) {
    say(*room, RoomState::pending, Reason::moving);
    return;
  }
  verdicts_.push_back(judge_unwanted({.room = *room,
                                      .owner = stream.config.mark->owner,
                                      .messages = stream.stored.messages,
                                      .has_leader = stream.has_leader,
                                      .desired_complete = scene_.desired.complete,
                                      .observed_complete = scene_.observed.complete,
                                      .asked_through_api = scene_.is_removed_by_api(*room)},
                                     scene_.limits.on_removal));
  if (may_go(verdicts_.back()))
    parts_.removals.push_back(
        {.target = target_, .room = *room, .stream = &stream, .messages = stream.stored.messages});
}

/// A pool goes only when no room lives in it any more and nothing is stored there.
void StreamPlanner::unwanted_pool(const RoomId& pool, const ObservedStream& stream) {
  const auto& roster = scene_.pools.roster;
  const bool lived_in = !roster.known || std::any_of(roster.rooms.begin(), roster.rooms.end(),
                                                     [&](const PooledRoom& room) {
                                                       return *room.pool == pool.text();
                                                     });
  if (lived_in) {
    RoomVerdict& verdict = say(pool, RoomState::orphaned, Reason::orphaned);
    verdict.detail = "rooms that live in it";
    return;
  }
  const OnRemoval on_removal = scene_.limits.on_removal == OnRemoval::orphan
                                   ? OnRemoval::orphan
                                   : OnRemoval::remove_if_empty;
  verdicts_.push_back(judge_unwanted({.room = pool,
                                      .owner = stream.config.mark->owner,
                                      .messages = stream.stored.messages,
                                      .has_leader = stream.has_leader,
                                      .desired_complete = scene_.desired.complete,
                                      .observed_complete = scene_.observed.complete,
                                      .asked_through_api = false},
                                     on_removal));
  if (may_go(verdicts_.back()))
    parts_.removals.push_back(
        {.target = target_, .room = pool, .stream = &stream, .messages = stream.stored.messages});
}

// ---- verdicts

/// The reference is good until the next verdict.
RoomVerdict& StreamPlanner::say(const RoomId& room, RoomState state, Reason reason) {
  return verdicts_.emplace_back(RoomVerdict{room, state, reason, {}, {}});
}

void StreamPlanner::no_leader(const RoomId& room) {
  say(room, RoomState::unknown, Reason::observation_incomplete).detail = "the stream has no leader";
}

void StreamPlanner::wrong_room(const RoomId& room, const ObservedStream& stream) {
  say(room, RoomState::blocked, Reason::incompatible_stream).detail =
      "its mark names the room " + policies::quoted(stream.config.mark->room);
}

/// Adds to the last verdict that the API defines the room too.
void StreamPlanner::mention_conflict(const RoomId& room) {
  if (is_pool() || !scene_.has_conflict(room)) return;
  note_conflict(verdicts_.back());
}

// ---- what the kind is

const std::string& StreamPlanner::prefix() const {
  return is_pool() ? scene_.names.pool_prefix : scene_.names.stream_prefix;
}

const StreamConfig& StreamPlanner::config_of(const RoomSpec& room) {
  return is_pool() ? scene_.wanted.of_pool(room) : scene_.wanted.of(room);
}

std::string_view StreamPlanner::marked_room(const RoomId& room) const {
  return is_pool() ? all_rooms_mark : std::string_view(room.text());
}

bool StreamPlanner::has_consent(const RoomId& room) const {
  const PlanLimits& limits = scene_.limits;
  return limits.allow_lossy ||
         (is_pool() ? limits.consent.covers_pool(room) : limits.consent.covers(room));
}

const ObservedStream* StreamPlanner::other_holder(const RoomId& room, std::string_view own) const {
  if (!is_pool()) return scene_.claims.other_holder(room, own);
  return holder_of(scene_.observed, scene_.names.pool_subject(room.text()), own);
}

Change StreamPlanner::change_of(ChangeKind kind, const RoomId& room, std::string stream) const {
  Change change{.kind = kind, .room = room, .stream = std::move(stream)};
  change.target = target_;
  return change;
}

}  // namespace roomkeeper::policies
