#include "tests/policies/plan_world.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <utility>

#include <date/tz.h>
#include <gtest/gtest.h>

namespace roomkeeper::testing {

using namespace policies;

namespace {

constexpr std::int64_t one_mib = 1024 * 1024;

bool holds_subject_of(const ObservedStream& stream, const std::vector<std::string>& subjects) {
  return std::any_of(subjects.begin(), subjects.end(), [&](const std::string& subject) {
    return std::any_of(stream.config.subjects.begin(), stream.config.subjects.end(),
                       [&](const std::string& held) { return subjects_overlap(subject, held); });
  });
}

bool is_immutable_change(const StreamSettings& from, const StreamSettings& to) {
  const bool workqueue =
      from.retention == StreamRetention::workqueue || to.retention == StreamRetention::workqueue;
  return from.storage != to.storage || from.max_consumers != to.max_consumers ||
         (from.retention != to.retention && workqueue);
}

std::string refuse_update(const World& world, const Change& change, const ObservedStream& stream) {
  if (stream.stored.created != change.created) return "another stream than the planned one";
  if (stream.traits.sealed || stream.traits.mirror) return "sealed or mirror";
  if (is_immutable_change(stream.config.settings, change.wanted->settings))
    return "immutable field";
  const Nanoseconds window = change.wanted->settings.duplicate_window;
  if (change.wanted->max_age > Nanoseconds::zero() && window > change.wanted->max_age) {
    return "duplicate window longer than max age";
  }
  if (stream.config.subjects != change.wanted->subjects) {
    for (const ObservedStream& other : world.observed.streams) {
      if (other.name != stream.name && holds_subject_of(other, change.wanted->subjects)) {
        return "subjects overlap";
      }
    }
  }
  return {};
}

std::string update(World& world, const Change& change) {
  for (ObservedStream& stream : world.observed.streams) {
    if (stream.name != change.stream) continue;
    std::string refused = refuse_update(world, change, stream);
    if (!refused.empty()) return refused;
    stream.config = *change.wanted;
    const bool clears_traits =
        std::any_of(change.fields.begin(), change.fields.end(),
                    [](const FieldChange& field) { return field.field == Field::traits; });
    if (clears_traits) {
      stream.traits.allow_rollup = stream.traits.allow_msg_schedules;
      stream.traits.delete_markers = false;
    }
    return {};
  }
  return "no such stream";
}

std::string create(World& world, const Change& change) {
  for (const ObservedStream& other : world.observed.streams) {
    if (other.name == change.stream) return "stream exists";
    if (holds_subject_of(other, change.wanted->subjects)) return "subjects overlap";
  }
  ObservedStream stream;
  stream.name = change.stream;
  stream.config = *change.wanted;
  stream.stored.first_seq = std::max<std::uint64_t>(change.first_seq, 1);
  stream.stored.last_seq = stream.stored.first_seq - 1;
  world.put(std::move(stream));
  return {};
}

std::string remove(World& world, const Change& change) {
  auto& streams = world.observed.streams;
  const auto found = std::find_if(streams.begin(), streams.end(),
                                  [&](const ObservedStream& s) { return s.name == change.stream; });
  if (found == streams.end()) return "no such stream";
  if (found->stored.created != change.created) return "another stream than the planned one";
  streams.erase(found);
  ++world.limits.removals_in_last_hour;
  return {};
}

}  // namespace

ZoneLookup zones() {
  return [](std::string_view name) -> const date::time_zone* {
    try {
      return date::locate_zone(name);
    } catch (const std::runtime_error&) {
      return nullptr;
    }
  };
}

UntilMidnight midnight(int days, std::string_view name) {
  return UntilMidnight{days, date::locate_zone(name)};
}

RoomId room_id(std::string_view text) {
  return RoomId::parse(text).value();
}

RoomSpec room(std::string_view id) {
  return room(id, [](RoomSettings&) {});
}

RoomSpec room(std::string_view id, const std::function<void(RoomSettings&)>& change) {
  auto settings = std::make_shared<RoomSettings>();
  settings->retention = midnight(0);
  settings->stream.max_messages = 1000;
  settings->stream.max_bytes = one_mib;
  change(*settings);
  RoomSpec spec{
      .id = room_id(id), .title = {}, .topic = {}, .tags = {}, .settings = {}, .place = {}};
  spec.settings = std::move(settings);
  return spec;
}

World::World() {
  observed.complete = true;
  limits.instance = "seoul";
}

void World::want(RoomSpec spec) {
  forget(spec.id.text());
  const auto place = std::find_if(desired.rooms.begin(), desired.rooms.end(),
                                  [&](const RoomSpec& other) { return spec.id < other.id; });
  desired.rooms.insert(place, std::move(spec));
}

void World::forget(std::string_view id) {
  std::erase_if(desired.rooms, [&](const RoomSpec& spec) { return spec.id.text() == id; });
}

ObservedStream& World::put(ObservedStream stream) {
  auto& streams = observed.streams;
  std::erase_if(streams, [&](const ObservedStream& other) { return other.name == stream.name; });
  const auto place = std::find_if(streams.begin(), streams.end(), [&](const ObservedStream& other) {
    return stream.name < other.name;
  });
  return *streams.insert(place, std::move(stream));
}

ObservedStream& World::put_stream_of(const RoomSpec& spec, std::uint64_t messages) {
  ObservedStream stream;
  stream.name = names.stream_of(spec.id);
  stream.config = wanted_stream(spec, names, limits.instance);
  stream.stored.messages = messages;
  stream.stored.first_seq = 1;
  stream.stored.last_seq = messages;
  stream.stored.created = WallTime(std::chrono::hours(24 * 365 * 50));
  return put(std::move(stream));
}

ObservedStream& World::put_plain(std::string name, std::vector<std::string> subjects) {
  ObservedStream stream;
  stream.name = std::move(name);
  stream.config.subjects = std::move(subjects);
  stream.stored.messages = 3;
  return put(std::move(stream));
}

Plan World::plan() const {
  return plan_rooms(desired, observed, seen, limits, names, zones());
}

std::vector<std::string> World::apply(const Plan& plan) {
  std::vector<std::string> refused;
  for (const Change& change : plan.changes) {
    std::string why;
    switch (change.kind) {
      case ChangeKind::create:
        why = create(*this, change);
        break;
      case ChangeKind::update:
      case ChangeKind::adopt:
        why = update(*this, change);
        break;
      case ChangeKind::remove:
        why = remove(*this, change);
        break;
    }
    if (!why.empty()) refused.push_back(change.stream + ": " + why);
  }
  return refused;
}

World world_where_general_asks(const std::function<void(RoomSettings&)>& change,
                               std::uint64_t messages) {
  World world;
  world.put_stream_of(room("general"), messages);
  world.want(room("general", change));
  return world;
}

void expect_verdict(const Plan& plan, std::string_view id, RoomState state, Reason reason) {
  EXPECT_EQ(to_string(verdict(plan, id).state), to_string(state)) << id;
  EXPECT_EQ(to_string(verdict(plan, id).reason), to_string(reason)) << id;
}

const RoomVerdict& verdict(const Plan& plan, std::string_view id) {
  const auto found = std::find_if(plan.verdicts.begin(), plan.verdicts.end(),
                                  [&](const RoomVerdict& v) { return v.room.text() == id; });
  if (found == plan.verdicts.end()) throw std::out_of_range("no verdict on " + std::string(id));
  return *found;
}

std::vector<Field> fields(const std::vector<FieldChange>& changes) {
  std::vector<Field> found;
  found.reserve(changes.size());
  for (const FieldChange& change : changes) found.push_back(change.field);
  return found;
}

}  // namespace roomkeeper::testing
