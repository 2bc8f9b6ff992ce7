// Purges and holds of rooms in a pool with the real programs: what roomctl counts, deletes and
// holds, and a daemon that is killed in the middle of a job.
#include <chrono>
#include <csignal>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/integration/installation.h"
#include "tests/integration/waiting.h"

namespace roomkeeper::testing {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr int rooms = 200;
constexpr const char* pool_of_games =
    "templates: { lobby: { layout: pooled } }\n"
    "rooms:\n"
    "  - { range: \"game-{001..200}\", template: lobby }\n"
    "  - { id: general }\n";

class PooledJobsTest : public ::testing::TestWithParam<const char*> {
 protected:
  PooledJobsTest() : installed_({.version = GetParam(), .yaml = pool_of_games}) {}
  void SetUp() override {
    ASSERT_TRUE(installed_.ready());
    bob_ = installed_.client("bob");
    alice_ = installed_.client("alice");
  }
  std::string good(const std::vector<std::string>& arguments) {
    const ChildResult result = installed_.roomctl(arguments);
    EXPECT_EQ(result.exit_code, 0)
        << ::testing::PrintToString(arguments) << result.out << result.err;
    return result.out;
  }
  static std::string game(int number) {
    const std::string text = std::to_string(number);
    return "game-" + std::string(3 - text.size(), '0') + text;
  }
  void say(const std::string& room) {
    ASSERT_TRUE(bob_->store("chat.lobby." + room + ".bob", "x"));
    ASSERT_TRUE(alice_->store("chat.lobby." + room + ".alice", "x"));
  }
  /// What the pool stores of a subject, which may have wildcards.
  std::uint64_t stored(const std::string& subject) {
    const json info = installed_.jetstream(
        "STREAM.INFO.POOL_lobby", json{{"subjects_filter", "chat.lobby." + subject}}.dump());
    std::uint64_t messages = 0;
    const json subjects = info["state"].value("subjects", json::object());
    for (const auto& item : subjects.items()) messages += item.value().get<std::uint64_t>();
    return messages;
  }

  Installation installed_;
  std::unique_ptr<NatsClient> bob_;
  std::unique_ptr<NatsClient> alice_;
};

TEST_P(PooledJobsTest, AKilledDaemonGoesOnWithItsJob) {
  for (int i = 1; i <= rooms; ++i) say(game(i));
  const json asked = installed_.roomctl_json(
      {"purge", "--match", "game-*", "--user", "bob", "--rate", "50", "--yes", "--no-wait"});
  const std::string id = asked.value("id", "");
  // The first are gone and recorded, the last are not.
  ASSERT_TRUE(becomes_true([&] { return stored(game(80) + ".bob") == 0; }));
  EXPECT_EQ(stored(game(rooms) + ".bob"), 1U) << "the job was too fast for this test";
  installed_.stop_daemon(SIGKILL);
  ASSERT_TRUE(bob_->store("chat.lobby." + game(1) + ".bob", "later"));
  ASSERT_TRUE(bob_->store("chat.lobby." + game(rooms) + ".bob", "later"));
  ASSERT_TRUE(installed_.start_daemon());
  ASSERT_TRUE(installed_.ready());
  const ChildResult waited = installed_.roomctl({"job", "show", id, "--wait"});
  EXPECT_EQ(waited.exit_code, 0) << waited.out << waited.err;
  EXPECT_THAT(waited.out, AllOf(HasSubstr("1 time after a restart"), HasSubstr("in 200 rooms")));
  EXPECT_EQ(stored("*.bob"), 2U) << "what came later was not meant";
  EXPECT_EQ(stored(game(1) + ".bob"), 1U);
  EXPECT_EQ(stored("*.alice"), rooms);
}

TEST_P(PooledJobsTest, CountsDeletesAndHoldsRoomsOfAPool) {
  for (const char* room : {"game-001", "game-002"}) say(room);
  say("game-001");
  ASSERT_TRUE(bob_->store("chat.general.bob", "x"));
  EXPECT_THAT(
      good({"purge", "--user", "bob", "--match", "*"}),
      AllOf(HasSubstr("4 of 7 messages in 201 rooms would be deleted"), HasSubstr("game-001")));
  EXPECT_THAT(good({"room", "hold", "game-001", "--note", "case 7"}),
              HasSubstr("game-001 is held: 4 messages"));
  EXPECT_THAT(good({"purge", "--room", "game-001", "--keep", "1", "--yes"}),
              HasSubstr("3 of 4 messages in 1 room deleted"));
  EXPECT_EQ(stored("game-001.*"), 1U);
  EXPECT_EQ(stored("game-002.*"), 2U);
  EXPECT_THAT(good({"retention", "--room", "game-001"}), HasSubstr("HOLD_game-001"));
  const json held = installed_.roomctl_json({"room", "holds"});
  EXPECT_EQ(held["holds"][0]["messages"], 4) << held;
  EXPECT_EQ(held["holds"][0]["only_here"], 3) << held;
  EXPECT_THAT(good({"purge", "--template", "lobby", "--all", "--yes"}),
              HasSubstr("3 of 3 messages in 200 rooms deleted"));
  EXPECT_EQ(stored("*.*"), 0U);
  EXPECT_EQ(installed_.messages("general"), 1U);
  EXPECT_THAT(good({"room", "unhold", "game-001", "--yes"}), HasSubstr("ended: 4 messages"));
}

INSTANTIATE_TEST_SUITE_P(Servers, PooledJobsTest, ::testing::Values("2.15", "2.10"),
                         [](const auto& test) {
                           return std::string(test.param) == "2.15" ? "v2_15" : "v2_10";
                         });

}  // namespace
}  // namespace roomkeeper::testing
