#include "tests/simulation/random_rooms.h"

#include <array>
#include <chrono>

#include "tests/simulation/daemon_world.h"

namespace roomkeeper::testing {
namespace {

using namespace std::chrono_literals;

/// Half hours and quarters, midnights that do not exist or happen twice, winter time that is the
/// exception, dates that were skipped.
constexpr std::array zones = {"Africa/Cairo",
                              "America/Havana",
                              "Atlantic/Azores",
                              "America/Santiago",
                              "Asia/Beirut",
                              "Australia/Lord_Howe",
                              "Pacific/Apia",
                              "Pacific/Kiritimati",
                              "Pacific/Chatham",
                              "America/Asuncion",
                              "America/St_Johns",
                              "Africa/Casablanca",
                              "Asia/Kathmandu",
                              "Asia/Seoul",
                              "Europe/Berlin",
                              "America/New_York",
                              "Europe/Dublin",
                              "America/Scoresbysund",
                              "Antarctica/Troll",
                              "Asia/Gaza",
                              "Pacific/Pago_Pago",
                              "Asia/Tehran",
                              "UTC",
                              "America/Sao_Paulo"};

/// A few days around changes of clocks somewhere, and ordinary ones.
constexpr std::array moments = {
    "2026-06-15T00:00:00Z", "2026-12-31T00:00:00Z", "2028-02-28T12:00:00Z",  // ordinary, leap day
    "2026-03-07T00:00:00Z", "2026-10-31T12:00:00Z",                          // Havana, New York
    "2026-03-28T00:00:00Z", "2026-10-24T00:00:00Z",  // Azores, Beirut, Troll
    "2026-04-22T20:00:00Z", "2026-10-28T20:00:00Z",  // Cairo
    "2026-09-05T00:00:00Z", "2026-04-03T20:00:00Z",  // Santiago, Lord Howe
    "2026-10-02T20:00:00Z", "2026-02-13T00:00:00Z",  // Lord Howe, Casablanca
    "2011-12-29T00:00:00Z",                          // Apia skips the 30th
    "1994-12-30T00:00:00Z",                          // Kiritimati skips one
    "2010-11-06T00:00:00Z",                          // St John's: at 00:01
    "2018-11-03T00:00:00Z", "2018-02-16T20:00:00Z",  // Sao Paulo
    "2022-03-20T18:00:00Z", "2022-09-20T18:00:00Z",  // Tehran
    "2024-03-22T20:00:00Z"};                         // Asuncion

std::string written(const KeepRule& rule) {
  switch (rule.kind) {
    case KeepRule::Kind::forever:
      return "forever";
    case KeepRule::Kind::age:
      return "{ max_age: " + std::to_string(rule.age / 24h) + "d }";
    case KeepRule::Kind::midnight:
      return "{ until: midnight, days: " + std::to_string(rule.days) + ", timezone: " + rule.zone +
             " }";
  }
  return "";
}

std::string written(RandomRoom::Stream stream) {
  switch (stream) {
    case RandomRoom::Stream::plain:
      return "";
    case RandomRoom::Stream::workqueue:
      return ", stream: { retention: workqueue }";
    case RandomRoom::Stream::interest:
      return ", stream: { retention: interest }";
    case RandomRoom::Stream::full:
      return ", stream: { max_consumers: 1 }";
  }
  return "";
}

}  // namespace

Scene any_scene(Dice& dice) {
  Scene scene{.around = at(dice.of(moments)), .zones = {}};
  for (std::size_t count = 1 + dice.below(4); count > 0; --count)
    scene.zones.emplace_back(dice.of(zones));
  return scene;
}

RandomRooms::RandomRooms(Dice& dice, const Scene& scene) : dice_(dice), scene_(scene) {
  constexpr std::array in_flight = {1, 2, 16};
  in_flight_ = dice.of(in_flight);
  const std::size_t ruled = 2 + dice.below(4);
  for (std::size_t i = 0; i < ruled; ++i) {
    RandomRoom room;
    room.id = "r" + std::to_string(i);
    room.rule = any_rule();
    if (dice.one_in(2)) room.stream = static_cast<RandomRoom::Stream>(dice.below(4));
    rooms_.push_back(room);
  }
  rooms_.push_back({.id = "kept", .rule = {}});
  KeepRule month;
  month.kind = KeepRule::Kind::age;
  month.age = 30 * 24h;
  rooms_.push_back({.id = "aged", .rule = month});
}

KeepRule RandomRooms::any_rule() {
  KeepRule rule;
  rule.kind = KeepRule::Kind::midnight;
  rule.days = static_cast<int>(dice_.below(4));
  rule.zone = dice_.of(scene_.zones);
  return rule;
}

std::string RandomRooms::file() const {
  std::string text = "instance: seoul\nreconcile: { in_flight: " + std::to_string(in_flight_) +
                     " }\nrooms:\n  - { id: unmarked, retention: { until: midnight, days: 0, "
                     "timezone: UTC } }\n  - { id: theirs, retention: { until: midnight, days: 0, "
                     "timezone: UTC } }\n";
  for (const RandomRoom& room : rooms_) {
    if (room.in_file)
      text += "  - { id: " + room.id + ", retention: " + written(room.rule) + written(room.stream) +
              " }\n";
  }
  return text;
}

std::map<std::string, KeepRule> RandomRooms::wanted() const {
  std::map<std::string, KeepRule> rules;
  for (const RandomRoom& room : rooms_) {
    if (room.in_file) rules[room.id] = room.rule;
  }
  return rules;
}

std::string RandomRooms::change_one() {
  RandomRoom& room = rooms_[dice_.below(rooms_.size() - 2)];
  const std::size_t what = dice_.below(8);
  if (!room.in_file || what == 7) {
    room.in_file = !room.in_file;
    return room.id + (room.in_file ? " is in the file again" : " is not in the file any more");
  }
  if (what < 3 && room.rule.kind == KeepRule::Kind::midnight && room.rule.days < 3) {
    ++room.rule.days;
  } else if (what == 6) {
    room.rule = KeepRule{};
  } else {
    room.rule = any_rule();
  }
  return room.id + " shall be kept " + written(room.rule);
}

}  // namespace roomkeeper::testing
