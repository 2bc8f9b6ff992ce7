// The daemon's HTTP endpoint over real rooms: health, metrics, and how many series there are.
#include <algorithm>
#include <filesystem>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

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

nlohmann::json page_json(const Installation& installed, const std::string& target) {
  const HttpResponse response = installed.http(target);
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(response.headers.at("content-type"), "application/json; charset=utf-8");
  return nlohmann::json::parse(response.body, nullptr, false);
}

TEST(StatusPage, SaysWhatTheAdminApiSays) {
  Installation installed(
      {.yaml = "templates:\n"
               "  default: { storage: memory, stream: { max_messages: 10 },\n"
               "             retention: { until: midnight, days: 0, timezone: Asia/Seoul } }\n"
               "  lobby: { layout: pooled, storage: memory, stream: { on_full: reject_new } }\n"
               "rooms: [ {id: general, title: 전체 대화}, {range: \"r-{1..150}\"},\n"
               "         {id: hall, template: lobby} ]\n"});
  ASSERT_TRUE(installed.ready());
  ASSERT_TRUE(installed.client("bob")->store("chat.general.bob", "hello"));
  ASSERT_EQ(installed.roomctl({"apply"}).exit_code, 0);
  ASSERT_EQ(installed.roomctl({"purge", "--room", "general", "--all", "--yes"}).exit_code, 0);
  const HttpResponse page = installed.http("/");
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.body, HasSubstr("<!doctype html>"));

  nlohmann::json status = page_json(installed, "/page/status.json");
  EXPECT_EQ(status["status"]["server_version"],
            installed.roomctl_json({"status"})["server_version"]);
  EXPECT_EQ(status["status"]["zones"][0]["timezone"], "Asia/Seoul");
  EXPECT_TRUE(status["status"]["ready"].get<bool>());
  EXPECT_TRUE(becomes_true([&] {
    status = page_json(installed, "/page/status.json");
    return !status["audit"]["purges"].empty();
  })) << status.dump();
  EXPECT_EQ(status["audit"]["state"], "read");
  EXPECT_EQ(status["audit"]["purges"][0]["kind"], "purge");
  EXPECT_LE(status["audit"]["entries"].size(), 50U);

  const nlohmann::json first = page_json(installed, "/page/rooms.json");
  EXPECT_EQ(first["total"], 152);
  EXPECT_EQ(first["rooms"].size(), 100U);
  const nlohmann::json second =
      page_json(installed, "/page/rooms.json?cursor=" + first["next_cursor"].get<std::string>());
  EXPECT_EQ(second["rooms"].size(), 52U);
  EXPECT_EQ(second["next_cursor"], "");
  // 전체, as a browser sends it.
  const nlohmann::json korean = page_json(installed, "/page/rooms.json?match=%EC%A0%84%EC%B2%B4");
  ASSERT_EQ(korean["rooms"].size(), 1U);
  EXPECT_EQ(korean["rooms"][0]["room"]["id"], "general");
  EXPECT_EQ(korean["rooms"][0]["stored"]["max_messages"], 10);
  EXPECT_EQ(korean["rooms"][0]["stored"]["pool"], false);
  const nlohmann::json pooled = page_json(installed, "/page/rooms.json?match=hall");
  EXPECT_EQ(pooled["rooms"][0]["stored"]["pool"], true);
  EXPECT_EQ(installed.http("/page/rooms.json?state=nonsense").status, 400);
  EXPECT_EQ(installed.metric(R"(roomkeeper_http_refused_total{reason="busy"})"), 0);
}

TEST(StatusPage, SaysThatThereIsNoServer) {
  Installation installed({.yaml = "rooms: [ {id: general} ]\n", .start_server = false});
  const nlohmann::json status = page_json(installed, "/page/status.json");
  EXPECT_FALSE(status["status"]["connected"].get<bool>());
  EXPECT_THAT(status["status"]["nats_error"].get<std::string>(), Not(""));
  EXPECT_EQ(status["audit"]["state"], "unread");
}

}  // namespace
}  // namespace roomkeeper::testing
