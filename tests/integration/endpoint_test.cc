// The daemon's HTTP endpoint over real rooms: health, metrics, and how many series there are.
#include <algorithm>
#include <filesystem>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/installation.h"
#include "tests/integration/waiting.h"

namespace roomkeeper::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* promtool = ROOMKEEPER_TOOLS_DIR "/promtool";

std::size_t series(const std::string& page) {
  std::istringstream lines(page);
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty() && line.front() != '#') ++count;
  }
  return count;
}

std::string checked_by_promtool(const std::string& page) {
  TempDirectory directory;
  const auto written = directory.write("page", page);
  const ChildResult result = run_program(
      {.program = "/bin/sh",
       .arguments = {"-c", "exec \"$0\" check metrics < \"$1\"", promtool, written.string()}});
  return result.exit_code == 0
             ? result.out + result.err
             : "exit " + std::to_string(result.exit_code) + result.out + result.err;
}

TEST(Endpoint, IsBoundedWhateverTheNumberOfRooms) {
  ASSERT_TRUE(std::filesystem::exists(promtool)) << promtool << " is missing: `make deps` gets it";
  Installation installed({.yaml = "templates: { default: { storage: memory, retention: {until: "
                                  "midnight, days: 0, timezone: Asia/Seoul} } }\n"
                                  "rooms: [ {id: general}, {range: \"r-{1..299}\"} ]\n"});
  ASSERT_TRUE(installed.ready());
  ASSERT_TRUE(installed.client("bob")->store("chat.general.bob", "hello"));
  ASSERT_EQ(installed.roomctl({"apply"}).exit_code, 0);
  EXPECT_EQ(installed.http("/healthz").status, 200);
  const std::string page = installed.http("/metrics").body;
  EXPECT_LT(series(page), 1500U);
  EXPECT_EQ(checked_by_promtool(page), "");
  EXPECT_EQ(installed.metric("roomkeeper_up"), 1);
  EXPECT_EQ(installed.metric(R"(roomkeeper_rooms{template="default",state="ready"})"), 300);
  EXPECT_EQ(installed.metric(R"(roomkeeper_messages{template="default"})"), 1);
  EXPECT_EQ(installed.metric(R"(roomkeeper_retention_overdue_seconds{template="default"})"), 0);
  EXPECT_GT(installed.metric(R"(roomkeeper_next_purge_timestamp_seconds{timezone="Asia/Seoul"})"),
            0);
  EXPECT_GE(installed.metric(R"(roomkeeper_server_connections{server_name="roomkeeper-dev"})"), 1);

  const std::string some = installed.http("/metrics/rooms?match=r-1?&limit=4").body;
  EXPECT_EQ(checked_by_promtool(some), "");
  EXPECT_THAT(some, HasSubstr("roomkeeper_detail_rooms_exported 4"));
  EXPECT_THAT(some, HasSubstr(R"(roomkeeper_detail_rooms_suppressed{reason="filter"} 290)"));
  EXPECT_THAT(some, HasSubstr(R"(roomkeeper_detail_rooms_suppressed{reason="limit"} 6)"));
  EXPECT_THAT(some, Not(HasSubstr("general")));
  const std::string one = installed.http("/metrics/rooms?match=general").body;
  EXPECT_THAT(one, HasSubstr(R"(roomkeeper_room_messages{room="general"} 1)"));
}

}  // namespace
}  // namespace roomkeeper::testing
