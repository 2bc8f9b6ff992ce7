// A room moves into a pool and out of it again: the real program, daemon and server.
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

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr const char* example = R"(
templates:
  default: { retention: { until: midnight, days: 1, timezone: Asia/Seoul } }
  lobby: { layout: pooled, retention: { until: midnight, days: 1, timezone: Asia/Seoul } }
rooms:
  - { id: other, template: lobby }
)";

constexpr int messages = 1000;

class RoomctlMoveTest : public ::testing::TestWithParam<const char*> {
 protected:
  RoomctlMoveTest() : installed_({.version = GetParam(), .yaml = example}) {}
  void SetUp() override {
    ASSERT_TRUE(installed_.ready());
    good({"room", "create", "club", "--title", "모임"});
    ASSERT_TRUE(becomes_true([&] { return show()["state"] == "ready"; }));
    const auto bob = installed_.client("bob");
    for (int i = 0; i < messages; ++i) {
      const auto stored = bob->store("chat.club.bob", text_of(i), {{"Lang", "ko"}});
      ASSERT_TRUE(stored) << stored.error().text;
    }
  }
  static std::string text_of(int i) { return "글 " + std::to_string(i); }
  std::string good(std::vector<std::string> arguments) {
    const ChildResult result = installed_.roomctl(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
    return result.out + result.err;
  }
  json show() { return installed_.roomctl_json({"room", "show", "club"}); }
  std::string move_state() {
    return installed_.roomctl_json({"room", "moves", "club"})["moves"][0].value("state", "");
  }
  json info(const std::string& stream) {
    const auto admin = installed_.client("witness");
    const auto reply = admin->request("$JS.API.STREAM.INFO." + stream, "");
    return reply ? json::parse(reply->data) : json();
  }
  /// The room's messages where they are now, oldest first; fails the test when one is not as it
  /// was.
  void expect_all(const std::string& stream, const std::string& subject) {
    const auto admin = installed_.client("witness");
    std::uint64_t seq = 1;
    for (int i = 0; i < messages; ++i) {
      const auto reply = admin->request("$JS.API.STREAM.MSG.GET." + stream,
                                        json{{"seq", seq}, {"next_by_subj", subject}}.dump());
      ASSERT_TRUE(reply);
      const json message = json::parse(reply->data)["message"];
      ASSERT_TRUE(message.is_object()) << i << ": " << reply->data;
      seq = message["seq"].get<std::uint64_t>() + 1;
      ASSERT_EQ(message["data"], base64(text_of(i))) << i;
      ASSERT_TRUE(message["subject"].get<std::string>().ends_with(".bob"));
      ASSERT_NE(message["hdrs"].get<std::string>(), "");
    }
  }
  static std::string base64(const std::string& text) {
    constexpr const char* digits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    for (std::size_t i = 0; i < text.size(); i += 3) {
      unsigned group = 0;
      for (std::size_t k = 0; k < 3; ++k)
        group = group << 8U | (i + k < text.size() ? static_cast<unsigned char>(text[i + k]) : 0U);
      for (std::size_t k = 0; k < 4; ++k)
        out += i + k > text.size() ? '=' : digits[group >> (18 - 6 * k) & 63U];
    }
    return out;
  }

  Installation installed_;
};

TEST_P(RoomctlMoveTest, IntoAPoolAndBackWithEveryMessageInItsPlace) {
  EXPECT_THAT(good({"room", "move", "club", "--template", "lobby", "--copy", "--dry-run"}),
              AllOf(HasSubstr("ROOM_club"), HasSubstr("POOL_lobby"), HasSubstr("1,000 messages")));
  EXPECT_EQ(installed_.roomctl({"room", "move", "club", "--template", "lobby", "--copy"}).exit_code,
            1);
  EXPECT_THAT(good({"room", "move", "club", "--template", "lobby", "--copy", "--grace", "1s",
                    "--yes", "--wait-old"}),
              HasSubstr("keeping, 1,000 of 1,000 copied"));
  EXPECT_EQ(show()["publish_subject"], "chat.lobby.club.{user}");
  EXPECT_TRUE(info("ROOM_club").contains("error"));
  expect_all("POOL_lobby", "chat.lobby.club.*");
  ASSERT_TRUE(becomes_true([&] { return show()["state"] == "ready"; }));

  good({"room", "move", "club", "--template", "default", "--copy", "--grace", "0s", "--yes",
        "--wait-old"});
  EXPECT_EQ(show()["publish_subject"], "chat.club.{user}");
  EXPECT_EQ(info("ROOM_club")["state"]["messages"], messages);
  EXPECT_EQ(info("POOL_lobby")["state"]["messages"], 0);
  expect_all("ROOM_club", "chat.club.*");
  EXPECT_EQ(move_state(), "keeping");
  EXPECT_THAT(good({"audit"}), HasSubstr("lives in ROOM_club now"));
  EXPECT_THAT(good({"room", "moves"}), HasSubstr("1 group of copies"));
}

TEST_P(RoomctlMoveTest, GoesOnWhereItWasKilled) {
  good({"room", "move", "club", "--template", "lobby", "--copy", "--grace", "0s", "--yes",
        "--no-wait"});
  installed_.stop_daemon(SIGKILL);
  ASSERT_TRUE(installed_.start_daemon());
  ASSERT_TRUE(installed_.ready());
  ASSERT_TRUE(becomes_true([&] { return move_state() == "keeping"; }));
  expect_all("POOL_lobby", "chat.lobby.club.*");
  EXPECT_EQ(info("POOL_lobby")["state"]["messages"], messages);
  EXPECT_TRUE(info("ROOM_club").contains("error"));
}

INSTANTIATE_TEST_SUITE_P(Versions, RoomctlMoveTest, ::testing::Values("2.10", "2.15"),
                         [](const auto& version) {
                           return std::string(version.param) == "2.10" ? "v2_10" : "v2_15";
                         });

}  // namespace
}  // namespace roomkeeper::testing
