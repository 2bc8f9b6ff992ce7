// `limits.users`: limits of single users and of patterns.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/load.h"
#include "config/print.h"
#include "tests/config/config_folder.h"

namespace roomkeeper::testing {
namespace {

using policies::ConnectionLimit;
using policies::OnLimit;
using policies::UserRule;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::SizeIs;

constexpr const char* limits_of_users =
    "limits:\n"
    "  connections_per_user: {max: 3, reserved_for_admins: 1}\n"
    "  users:\n"
    "    bob: {connections: 10}\n"
    "    \"bot-*\": {connections: unlimited}\n"
    "    '자유?':\n"
    "      on_limit: reject_new\n"
    "    \"bot-9\": {connections: 0, on_limit: evict_oldest}\n";

TEST(UserRules, ArriveInTheOrderOfTheFileWithTheirPlaces) {
  const config::Config config = loaded(limits_of_users);
  const std::vector<UserRule>& rules = config.limits.connections.users;
  ASSERT_THAT(rules, SizeIs(4));
  EXPECT_EQ(rules[0].pattern, "bob");
  EXPECT_EQ(rules[0].max, 10);
  EXPECT_FALSE(rules[0].on_limit.has_value());
  EXPECT_THAT(rules[0].origin, ::testing::EndsWith("rk.yaml:4:5"));
  EXPECT_EQ(rules[1].pattern, "bot-*");
  ASSERT_TRUE(rules[1].max.has_value());
  EXPECT_LT(*rules[1].max, 0);
  EXPECT_EQ(rules[2].pattern, "자유?");
  EXPECT_FALSE(rules[2].max.has_value());
  EXPECT_EQ(rules[2].on_limit, OnLimit::reject_new);
  EXPECT_THAT(rules[2].origin, ::testing::EndsWith("rk.yaml:6:5"));
  EXPECT_EQ(rules[3].max, 0);
  EXPECT_EQ(rules[3].on_limit, OnLimit::evict_oldest);
}

TEST(UserRules, MakeTheLimitOfAUserTogetherWithTheCommonOne) {
  const config::Config config = loaded(limits_of_users);
  const policies::ConnectionLimits& limits = config.limits.connections;
  EXPECT_EQ(limit_of_user(limits, "alice"), limits.per_user);
  EXPECT_EQ(
      limit_of_user(limits, "bob"),
      (ConnectionLimit{.max = 10, .on_limit = OnLimit::evict_oldest, .reserved_for_admins = 1}));
  EXPECT_FALSE(limit_of_user(limits, "bot-8").limited());
  EXPECT_EQ(limit_of_user(limits, "bot-9").max, 0);
  EXPECT_EQ(limit_of_user(limits, "bobby").max, 3);
}

TEST(UserRules, ShowWithTheirOriginsAfterTheOtherLimits) {
  const config::Config config = loaded(limits_of_users);
  EXPECT_THAT(effective(config, "limits.users.bob.connections"),
              MatchesRegex("10 \\(.*rk.yaml:4:24\\)"));
  EXPECT_THAT(effective(config, "limits.users.bot-*.connections"),
              MatchesRegex("unlimited \\(.*rk.yaml:5:28\\)"));
  EXPECT_THAT(effective(config, "limits.users.자유?.on_limit"),
              MatchesRegex("reject_new \\(.*rk.yaml:7:17\\)"));
  EXPECT_THAT(effective(config, "limits.users.bot-9.on_limit"),
              MatchesRegex("evict_oldest \\(.*rk.yaml:8:41\\)"));
  EXPECT_EQ(effective(config, "limits.users.bob.on_limit"), "no such key");
  const std::string text = print_config(config);
  const std::size_t rule = text.find("limits.users.bob.connections");
  ASSERT_NE(rule, std::string::npos);
  EXPECT_LT(text.find("limits.longest_kick_interval"), rule);
  EXPECT_GT(text.find("capacity.check"), rule);
  EXPECT_THAT(text, HasSubstr("limits.users.자유?.on_limit"));
}

TEST(UserRules, MayBeAnEmptyMapping) {
  EXPECT_THAT(loaded("limits: {users: {}}\n").limits.connections.users, IsEmpty());
  EXPECT_THAT(loaded("limits: {users: }\n").limits.connections.users, IsEmpty());
}

TEST(UserRules, AreRefusedWithTheirPlace) {
  EXPECT_THAT(
      problems_of("limits:\n"
                  "  users:\n"
                  "    a: {connections: many}\n"
                  "    b: {on_limit: oldest}\n"
                  "    c: {conections: 1}\n"
                  "    d: {}\n"
                  "    e: 5\n"
                  "    '': {connections: 1}\n"
                  "    f:\n"
                  "    g: {connections: [1]}\n"
                  "    h: {connections: 1000001}\n"),
      ElementsAre(
          "rk.yaml:3:22: limits.users.a.connections: expected a whole number from 0 to 1000000 or "
          "unlimited, not \"many\"",
          "rk.yaml:4:19: limits.users.b.on_limit: expected reject_new or evict_oldest, not "
          "\"oldest\"",
          "rk.yaml:5:5: limits.users.c: expected connections or on_limit: this entry says nothing",
          "rk.yaml:5:9: limits.users.c.conections: unknown key (did you mean \"connections\"?)",
          "rk.yaml:6:5: limits.users.d: expected connections or on_limit: this entry says nothing",
          "rk.yaml:7:8: limits.users.e: expected a mapping such as {connections: 3}",
          "rk.yaml:8:5: limits.users: expected a user or a pattern of users, 1 to 256 bytes of "
          "UTF-8 without control characters, not \"\"",
          "rk.yaml:9:5: limits.users.f: expected connections or on_limit: this entry says nothing",
          "rk.yaml:10:22: limits.users.g.connections: expected a whole number or unlimited, not a "
          "list",
          "rk.yaml:11:22: limits.users.h.connections: expected a whole number from 0 to 1000000 or "
          "unlimited, not \"1000001\""));
}

TEST(UserRules, APatternIsNamedOnce) {
  EXPECT_THAT(problems_of("limits: {users: {a: {connections: 1}, a: {connections: 2}}}\n"),
              ElementsAre("rk.yaml:1:39: limits.users.a: expected each key once; it stands at line "
                          "1, column 18 already"));
}

TEST(UserRules, AListIsNone) {
  EXPECT_THAT(problems_of("limits: {users: [bob]}\n"),
              ElementsAre("rk.yaml:1:17: limits.users: expected a mapping of users or patterns of "
                          "users, not a list"));
}

TEST(UserRules, APatternHasUpTo256Bytes) {
  const auto with = [](std::size_t bytes) {
    return "limits: {users: {" + std::string(bytes, 'u') + ": {connections: 1}}}\n";
  };
  EXPECT_THAT(loaded(with(256)).limits.connections.users, SizeIs(1));
  EXPECT_THAT(problems_of(with(257)),
              ElementsAre(HasSubstr("expected a user or a pattern of users, 1 to 256 bytes")));
}

TEST(UserRules, ThereAreAtMost256) {
  const auto with = [](int rules) {
    std::string text = "limits:\n  users:\n";
    for (int i = 0; i < rules; ++i) text += "    u" + std::to_string(i) + ": {connections: 1}\n";
    return text;
  };
  EXPECT_THAT(loaded(with(256)).limits.connections.users, SizeIs(256));
  EXPECT_THAT(problems_of(with(257)),
              ElementsAre("rk.yaml:3:5: limits.users: expected at most 256 users or patterns of "
                          "users, not 257"));
}

TEST(UserRules, HaveNoFlag) {
  ConfigFolder folder;
  folder.write("rk.yaml", "{}\n");
  folder.overrides.flags = {{"limits.users", "bob"}};
  EXPECT_THAT(problems_of(folder), ElementsAre("flag: limits.users: unknown setting"));
}

}  // namespace
}  // namespace roomkeeper::testing
