// Holds as a person asks for them: the real program against a real daemon and server.
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
  default: { retention: { until: midnight, days: 0, timezone: Asia/Seoul } }
  work: { stream: { retention: workqueue } }
rooms:
  - { id: general, title: 자유 대화방 }
  - { id: tasks, template: work }
)";

class RoomctlHoldTest : public ::testing::Test {
 protected:
  RoomctlHoldTest() : installed_({.yaml = example}) {}
  void SetUp() override { ASSERT_TRUE(installed_.ready()); }
  std::string good(std::vector<std::string> arguments) {
    const ChildResult result = installed_.roomctl(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
    return result.out;
  }
  std::string bad(std::vector<std::string> arguments) {
    const ChildResult result = installed_.roomctl(arguments);
    EXPECT_EQ(result.exit_code, 1) << result.out;
    return result.err;
  }

  Installation installed_;
};

TEST_F(RoomctlHoldTest, HoldsListsAndEnds) {
  EXPECT_EQ(good({"room", "holds"}), "No room is held.\n");
  const auto bob = installed_.client("bob");
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(bob->publish("chat.general.bob", "hello"));
  ASSERT_TRUE(becomes_true([&] { return installed_.messages("general") == 20; }));
  EXPECT_THAT(good({"room", "hold", "general", "--note", "case 7 사건"}),
              AllOf(HasSubstr("general is held: 20 messages"), HasSubstr("HOLD_general")));
  EXPECT_THAT(good({"room", "holds"}),
              AllOf(HasSubstr("general"), HasSubstr("held"), HasSubstr("case 7 사건")));
  const json list = installed_.roomctl_json({"room", "holds"});
  EXPECT_EQ(list["holds"][0]["messages"], 20) << list;
  EXPECT_EQ(list["holds"][0]["missing"], 0);
  good({"purge", "--room", "general", "--all", "--yes"});
  EXPECT_EQ(installed_.messages("general"), 0U);
  EXPECT_THAT(
      good({"room", "unhold", "general"}),
      AllOf(HasSubstr("would end: 20 messages"), HasSubstr("20 of them stored nowhere else")));
  EXPECT_EQ(installed_.roomctl_json({"room", "hold", "general"})["messages"], 20) << "still there";
  EXPECT_THAT(good({"room", "unhold", "general", "--yes"}), HasSubstr("ended: 20 messages"));
  EXPECT_EQ(good({"room", "holds"}), "No room is held.\n");
  EXPECT_THAT(good({"audit"}), AllOf(HasSubstr("case 7"), HasSubstr("unhold")));
}

TEST_F(RoomctlHoldTest, SaysWhyItDoesNotHold) {
  EXPECT_THAT(bad({"room", "hold", "tasks"}), HasSubstr("workqueue"));
  EXPECT_THAT(bad({"room", "hold", "nowhere"}), HasSubstr("nowhere"));
  EXPECT_THAT(bad({"room", "unhold", "general"}), HasSubstr("not held"));
}

}  // namespace
}  // namespace roomkeeper::testing
