// Purge jobs with the real programs and real servers of both versions: what roomctl counts and
// deletes, and a daemon that is killed in the middle.
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

class PurgeJobsTest : public ::testing::TestWithParam<const char*> {
 protected:
  static std::string good(Installation& installed, const std::vector<std::string>& arguments) {
    const ChildResult result = installed.roomctl(arguments);
    EXPECT_EQ(result.exit_code, 0)
        << ::testing::PrintToString(arguments) << result.out << result.err;
    return result.out;
  }
};

TEST_P(PurgeJobsTest, CountsThenDeletesOnePersonsMessages) {
  Installation installed(
      {.version = GetParam(), .yaml = "rooms: [ {id: general}, {id: lobby} ]\n"});
  ASSERT_TRUE(installed.ready());
  const auto bob = installed.client("bob");
  const auto alice = installed.client("alice");
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(bob->store("chat.general.bob", "x"));
    ASSERT_TRUE(alice->store("chat.general.alice", "x"));
  }
  ASSERT_TRUE(bob->store("chat.lobby.bob", "x"));
  const ChildResult counted = installed.roomctl({"purge", "--user", "bob", "--match", "*"});
  EXPECT_EQ(counted.exit_code, 0) << counted.err;
  EXPECT_THAT(counted.out, HasSubstr("5 of 9 messages in 2 rooms would be deleted"));
  EXPECT_THAT(counted.err, HasSubstr("purge --match '*' --user bob --yes"));
  EXPECT_EQ(installed.messages("general"), 8U);
  // Of a person's four the newest stays, though messages of others stand between.
  EXPECT_THAT(good(installed, {"purge", "--room", "general", "--user", "alice", "--keep", "1"}),
              HasSubstr("3 of 8 messages"));
  EXPECT_THAT(
      good(installed, {"purge", "--room", "general", "--user", "alice", "--keep", "1", "--yes"}),
      HasSubstr("3 of 8 messages in 1 room deleted"));
  EXPECT_EQ(installed.messages("general"), 5U);
  const json info = installed.stream_info("general");
  EXPECT_EQ(info["state"]["last_seq"], json(8));
  EXPECT_THAT(good(installed, {"purge", "--user", "bob", "--match", "*", "--yes"}),
              HasSubstr("5 of 6 messages in 2 rooms deleted"));
  EXPECT_EQ(installed.messages("general"), 1U);
  EXPECT_EQ(installed.messages("lobby"), 0U);
  const json jobs = installed.roomctl_json({"job", "ls"});
  EXPECT_EQ(jobs["jobs"].size(), 4U);
  EXPECT_EQ(jobs["jobs"][0]["state"], json("done"));
  EXPECT_EQ(jobs["jobs"][0]["messages"], json(5));
}

TEST_P(PurgeJobsTest, AKilledDaemonGoesOnWithItsJob) {
  constexpr int rooms = 200;
  Installation installed(
      {.version = GetParam(), .yaml = "rooms: [ {range: \"game-{001..200}\"} ]\n"});
  ASSERT_TRUE(installed.ready());
  const auto bob = installed.client("bob");
  const auto alice = installed.client("alice");
  std::vector<std::string> ids;
  for (int i = 1; i <= rooms; ++i) {
    const std::string number = std::to_string(i);
    ids.push_back("game-" + std::string(3 - number.size(), '0') + number);
    ASSERT_TRUE(bob->store("chat." + ids.back() + ".bob", "x"));
    ASSERT_TRUE(alice->store("chat." + ids.back() + ".alice", "x"));
  }
  const json asked = installed.roomctl_json(
      {"purge", "--match", "game-*", "--user", "bob", "--rate", "50", "--yes", "--no-wait"});
  const std::string id = asked.value("id", "");
  // The first are gone and recorded, the last are not.
  ASSERT_TRUE(becomes_true([&] { return installed.messages(ids[80]) == 1U; }));
  EXPECT_EQ(installed.messages(ids.back()), 2U) << "the job was too fast for this test";
  installed.stop_daemon(SIGKILL);
  ASSERT_TRUE(bob->store("chat." + ids.front() + ".bob", "later"));
  ASSERT_TRUE(bob->store("chat." + ids.back() + ".bob", "later"));
  ASSERT_TRUE(installed.start_daemon());
  ASSERT_TRUE(installed.ready());
  const ChildResult waited = installed.roomctl({"job", "show", id, "--wait"});
  EXPECT_EQ(waited.exit_code, 0) << waited.out << waited.err;
  EXPECT_THAT(waited.out, AllOf(HasSubstr("1 time after a restart"), HasSubstr("in 200 rooms")));
  for (const std::string& room : ids) {
    const bool later = room == ids.front() || room == ids.back();
    EXPECT_EQ(installed.messages(room), later ? 2U : 1U) << room;
  }
  // What came later was not meant, and an abort finds nothing to do.
  EXPECT_EQ(installed.roomctl({"job", "abort", id}).exit_code, 1);
}

INSTANTIATE_TEST_SUITE_P(Servers, PurgeJobsTest, ::testing::Values("2.15", "2.10"),
                         [](const auto& test) {
                           return std::string(test.param) == "2.15" ? "v2_15" : "v2_10";
                         });

}  // namespace
}  // namespace roomkeeper::testing
