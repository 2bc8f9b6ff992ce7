// Random rooms for a history: rules, kinds of streams, and the configuration file that says so.
#ifndef ROOMKEEPER_TESTS_SIMULATION_RANDOM_ROOMS_H_
#define ROOMKEEPER_TESTS_SIMULATION_RANDOM_ROOMS_H_

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "policies/time.h"
#include "tests/simulation/message_ledger.h"

namespace roomkeeper::testing {

/// Numbers of a seed, the same on every machine.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : random_(seed) {}
  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(random_() % bound); }
  /// True once in `times`.
  bool one_in(std::size_t times) { return below(times) == 0; }
  /// From 0 up to and without `bound`.
  policies::Nanoseconds within(policies::Nanoseconds bound) {
    return policies::Nanoseconds(
        static_cast<std::int64_t>(below(static_cast<std::size_t>(bound.count()))));
  }
  template <class Container>
  const auto& of(const Container& choices) {
    return choices[below(choices.size())];
  }

 private:
  std::mt19937_64 random_;
};

/// A zone and an instant near which something happens to its clocks, or nothing does.
struct Scene {
  policies::WallTime around{};
  std::vector<std::string> zones;  ///< one to four
};
Scene any_scene(Dice& dice);

struct RandomRoom {
  enum class Stream : std::uint8_t { plain, workqueue, interest, full };
  std::string id;
  KeepRule rule;
  Stream stream = Stream::plain;
  bool in_file = true;
  std::string stream_name() const { return "ROOM_" + id; }
  /// Interest streams keep nothing without one; on a full one no other has room.
  bool has_consumer() const { return stream == Stream::interest || stream == Stream::full; }
};

class RandomRooms {
 public:
  RandomRooms(Dice& dice, const Scene& scene);

  const std::vector<RandomRoom>& all() const { return rooms_; }
  /// roomkeeper.yaml.
  std::string file() const;
  /// What the file says, by room.
  std::map<std::string, KeepRule> wanted() const;
  /// Changes the rule of a room, takes it out of the file or puts it back. Says what it did.
  std::string change_one();

 private:
  KeepRule any_rule();

  Dice& dice_;
  const Scene& scene_;
  std::vector<RandomRoom> rooms_;
  int in_flight_ = 16;
};

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_SIMULATION_RANDOM_ROOMS_H_
