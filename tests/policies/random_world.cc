#include "tests/policies/random_world.h"

#include <array>
#include <chrono>
#include <random>
#include <string>
#include <utility>

namespace roomkeeper::testing {

using namespace policies;

namespace {

constexpr int ids = 8;

/// Draws one world. `below` instead of std distributions: those differ between libraries.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}

  std::uint64_t below(std::uint64_t n) { return engine_() % n; }
  bool one_in(std::uint64_t n) { return below(n) == 0; }
  template <class T, std::size_t N>
  const T& one_of(const std::array<T, N>& values) {
    return values[below(N)];
  }

 private:
  std::mt19937_64 engine_;
};

RetentionRule random_rule(Dice& dice) {
  using std::chrono::hours;
  // Zones without summer time: working out a backstop is what a plan spends its time on otherwise.
  static const std::array<RetentionRule, 7> rules = {KeepForever{},
                                                     KeepFor{hours(1)},
                                                     KeepFor{hours(26)},
                                                     KeepFor{hours(720)},
                                                     RetentionRule(midnight(0)),
                                                     midnight(1),
                                                     midnight(0, "Asia/Tokyo")};
  return dice.one_of(rules);
}

void change_settings(Dice& dice, StreamSettings& settings) {
  switch (dice.below(12)) {
    case 0:
      settings.storage = Storage::memory;
      break;
    case 1:
      settings.replicas = 3;
      break;
    case 2:
      settings.max_messages = static_cast<std::int64_t>(dice.below(3)) * 1000 - 1;
      break;
    case 3:
      settings.max_bytes = static_cast<std::int64_t>(dice.below(3)) * 1024 - 1;
      break;
    case 4:
      settings.max_messages_per_subject = 10;
      break;
    case 5:
      settings.max_message_size = 1000;
      break;
    case 6:
      settings.on_full = OnFull::reject_new;
      break;
    case 7:
      settings.retention = static_cast<StreamRetention>(dice.below(3));
      break;
    case 8:
      settings.max_consumers = 5;
      break;
    case 9:
      settings.duplicate_window = std::chrono::minutes(1 + dice.below(90));
      break;
    case 10:
      settings.compression = Compression::s2;
      break;
    default:
      settings.placement.tags = {"ssd"};
      break;
  }
}

RoomSpec random_room(Dice& dice, std::string_view id) {
  RoomSpec spec = room(id, [&](RoomSettings& settings) {
    settings.template_name = dice.one_in(3) ? "archive" : "default";
    settings.retention = random_rule(dice);
    while (dice.one_in(2)) change_settings(dice, settings.stream);
  });
  spec.owner = dice.one_in(3) ? RoomOwner::api : RoomOwner::file;
  return spec;
}

bool StreamTraits::* random_trait(Dice& dice) {
  static const std::array<bool StreamTraits::*, 9> traits = {
      &StreamTraits::sealed,         &StreamTraits::mirror,
      &StreamTraits::sources,        &StreamTraits::allow_rollup,
      &StreamTraits::allow_msg_ttl,  &StreamTraits::allow_msg_schedules,
      &StreamTraits::delete_markers, &StreamTraits::deny_purge,
      &StreamTraits::deny_delete};
  return dice.one_of(traits);
}

void disturb_mark(Dice& dice, ObservedStream& stream) {
  switch (dice.below(7)) {
    case 0:
      stream.config.mark.reset();
      break;
    case 1:
      stream.config.mark->instance = "busan";
      break;
    case 2:
      stream.config.mark->room = "somewhere-else";
      break;
    case 3:
      stream.config.mark->owner = dice.one_in(2) ? "api" : "nobody";
      break;
    case 4:
      stream.config.mark->retention = "nonsense";
      break;
    case 5:
      stream.config.mark->retention = to_text(random_rule(dice));
      break;
    default:
      stream.config.mark->template_name = "old";
      break;
  }
}

void disturb(Dice& dice, ObservedStream& stream) {
  if (dice.one_in(2)) disturb_mark(dice, stream);
  if (dice.one_in(4)) stream.config.max_age = std::chrono::hours(dice.below(200));
  while (dice.one_in(3)) change_settings(dice, stream.config.settings);
  if (dice.one_in(8)) stream.traits.*random_trait(dice) = true;
  if (dice.one_in(12)) stream.has_leader = false;
  if (dice.one_in(10)) stream.config.subjects = {"drifted." + stream.name};
}

void add_strangers(Dice& dice, World& world) {
  if (dice.one_in(6)) world.put_plain("LEGACY", {"orders.>", "events.*"});
  if (dice.one_in(12))
    world.put_plain("TAKER", {"chat.r" + std::to_string(dice.below(ids)) + ".*"});
  if (dice.one_in(20)) world.put_plain("ALL", {"chat.*.bob"});
}

}  // namespace

World random_world(std::uint64_t seed) {
  Dice dice(seed);
  World world;
  world.limits.on_removal = static_cast<OnRemoval>(dice.below(3));
  world.limits.adopt = static_cast<Adopt>(dice.below(3));
  world.limits.max_removals = static_cast<int>(dice.below(4));
  world.limits.removals_in_last_hour = static_cast<int>(dice.below(2));
  world.desired.complete = !dice.one_in(5);
  world.observed.complete = !dice.one_in(5);
  for (int i = 0; i < ids; ++i) {
    const std::string id = "r" + std::to_string(i);
    const RoomSpec before = random_room(dice, id);
    if (dice.one_in(4)) world.seen["ROOM_" + id].highest_seq = dice.below(100);
    if (!dice.one_in(3)) {
      ObservedStream& stream = world.put_stream_of(before, dice.one_in(3) ? 0 : 1 + dice.below(9));
      if (dice.one_in(2)) disturb(dice, stream);
    }
    if (!dice.one_in(3)) {
      world.want(dice.one_in(2) ? before : random_room(dice, id));
    } else if (dice.one_in(2)) {
      world.desired.removed_by_api.push_back(before.id);
    }
    if (dice.one_in(8)) world.desired.conflicts.push_back(before.id);
  }
  add_strangers(dice, world);
  return world;
}

}  // namespace roomkeeper::testing
