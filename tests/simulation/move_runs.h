// Rooms on their way to another home: a world to move them in, and what is where.
//
// Thread: the test's.
#ifndef ROOMKEEPER_TESTS_SIMULATION_MOVE_RUNS_H_
#define ROOMKEEPER_TESTS_SIMULATION_MOVE_RUNS_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/simulation/operator.h"

namespace roomkeeper::testing {

/// A direction in which the room `general` moves.
struct Way {
  std::string from;
  std::string to;
  std::string old_stream;
  std::string new_stream;
  std::string old_prefix;
  std::string new_prefix;
};

inline constexpr std::string_view moves_start = "2026-11-22T10:00:00Z";

/// `general` is a room of the file; where it lives is `home`, a template.
inline std::string moving_house(const std::string& home, const std::string& more = {}) {
  return R"(
instance: seoul
reconcile: { max_removals: 100 }
templates:
  default: { retention: { until: midnight, days: 0, timezone: Asia/Seoul } }
  week: { retention: { until: midnight, days: 1, timezone: Asia/Seoul } }
  hour: { retention: { max_age: 1h } }
  queue: { stream: { retention: workqueue } }
  lobby: { layout: pooled, retention: { until: midnight, days: 0, timezone: Asia/Seoul } }
  games: { layout: pooled, retention: { until: midnight, days: 1, timezone: Asia/Seoul } }
)" + more +
         "rooms:\n  - { id: general, template: " + home +
         " }\n  - { id: other, template: lobby }\n" + "  - { id: chess, template: games }\n";
}

inline const Way into_pool{"default",    "lobby",         "ROOM_general",
                           "POOL_lobby", "chat.general.", "chat.lobby.general."};
inline const Way out_of_pool{
    "lobby", "default", "POOL_lobby", "ROOM_general", "chat.lobby.general.", "chat.general."};
inline const Way between_pools{
    "lobby", "games", "POOL_lobby", "POOL_games", "chat.lobby.general.", "chat.games.general."};

class Moves : public ::testing::Test {
 protected:
  void begin(const Way& way, const std::string& more = {}) {
    way_ = way;
    more_ = more;
    world_ = std::make_unique<DaemonWorld>(moving_house(way.from, more), moves_start);
    world_->boot();
    world_->pass(std::chrono::seconds(5));
  }
  void say(int count, const std::string& prefix, const std::string& text = "m") {
    for (int i = 0; i < count; ++i) {
      const std::string data = text + std::to_string(said_++);
      world_->nats.publish(prefix + (i % 2 == 0 ? "bob" : "eve"), data, {{"Lang", "ko"}});
      expected_.push_back(data);
      world_->pass(std::chrono::milliseconds(1));
    }
  }
  /// The file names the new template, as it must before its room is moved.
  void name_target() {
    world_->write_config(moving_house(way_.to, more_));
    world_->pass(std::chrono::seconds(5));
  }
  nlohmann::json move(const std::string& more = R"("copy":true,"grace_seconds":30)") {
    return ask(
        *world_, "room.move",
        R"({"room":"general","template":")" + way_.to + R"(","dry_run":false,)" + more + "}");
  }
  nlohmann::json now() const {
    const nlohmann::json all = ask(*world_, "room.moves", R"({"room":"general"})");
    return all["moves"].empty() ? nlohmann::json::object() : all["moves"][0];
  }
  std::string state() const { return now().value("state", "(none)"); }
  void pass_until(const std::string& wanted,
                  policies::Nanoseconds longest = std::chrono::minutes(5)) {
    for (policies::Nanoseconds passed{}; passed < longest && state() != wanted;
         passed += std::chrono::milliseconds(100))
      world_->pass(std::chrono::milliseconds(100));
    ASSERT_EQ(state(), wanted) << now().dump(1);
  }
  std::vector<std::string> stored(const std::string& stream, const std::string& prefix) const {
    std::vector<std::string> data;
    const FakeStream* found = world_->nats.stream(stream);
    if (found == nullptr) return data;
    for (const auto& [seq, message] : found->messages()) {
      if (message.subject.starts_with(prefix)) data.push_back(message.data);
    }
    return data;
  }
  std::vector<std::string> in_new() const { return stored(way_.new_stream, way_.new_prefix); }
  std::vector<std::string> in_old() const { return stored(way_.old_stream, way_.old_prefix); }
  std::size_t records() const {
    const FakeStream* bucket = world_->nats.stream("KV_roomkeeper");
    std::size_t found = 0;
    for (const auto& [key, count] : bucket->subjects("$KV.roomkeeper.move.>")) {
      const FakeMessage* last = bucket->last_of(key);
      found += last != nullptr && !last->data.empty() ? 1U : 0U;
    }
    return found;
  }

  Way way_;
  std::string more_;
  int said_ = 0;
  std::vector<std::string> expected_;
  std::unique_ptr<DaemonWorld> world_;
};

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_SIMULATION_MOVE_RUNS_H_
