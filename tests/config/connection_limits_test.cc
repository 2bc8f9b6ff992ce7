// The limits on connections outside `templates` and `rooms`: what may be said, in which ways, and
// what is refused.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/load.h"
#include "config/print.h"
#include "tests/config/config_folder.h"

namespace roomkeeper::testing {
namespace {

using policies::ConnectionLimit;
using policies::Identity;
using policies::OnLimit;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

TEST(ConnectionLimitSettings, WithoutAnyNothingIsLimited) {
  const config::Config config = loaded("{}\n");
  const policies::ConnectionLimits& limits = config.limits.connections;
  EXPECT_EQ(limits.server, ConnectionLimit());
  EXPECT_EQ(limits.account, ConnectionLimit());
  EXPECT_EQ(limits.per_user, (ConnectionLimit{.max = {}, .on_limit = OnLimit::evict_oldest}));
  EXPECT_FALSE(limits.per_user.limited());
  EXPECT_TRUE(limits.per_user.enforce_now);
  EXPECT_TRUE(limits.users.empty());
  EXPECT_TRUE(limits.admins.empty());
  EXPECT_EQ(effective(config, "limits.server_connections.max"), "unlimited (default)");
  EXPECT_EQ(effective(config, "limits.server_connections.on_limit"), "reject_new (default)");
  EXPECT_EQ(effective(config, "limits.account_connections.on_limit"), "reject_new (default)");
  EXPECT_EQ(effective(config, "limits.connections_per_user.on_limit"), "evict_oldest (default)");
  EXPECT_EQ(effective(config, "limits.kicks_per_second"), "500 (default)");
}

TEST(ConnectionLimitSettings, EveryValueOfEachLimitArrives) {
  const config::Config config = loaded(
      "limits:\n"
      "  server_connections: {max: 5000, on_limit: evict_oldest, reserved_for_admins: 5}\n"
      "  account_connections: {max: 0, enforce_now: false}\n"
      "  connections_per_user: {max: 3, on_limit: reject_new, reserved_for_admins: 10000,\n"
      "                         enforce_now: no}\n"
      "  admin_users: [APP/admin, APP/root]\n");
  const policies::ConnectionLimits& limits = config.limits.connections;
  EXPECT_EQ(limits.server, (ConnectionLimit{.max = 5000,
                                            .on_limit = OnLimit::evict_oldest,
                                            .reserved_for_admins = 5,
                                            .enforce_now = true}));
  EXPECT_EQ(limits.account, (ConnectionLimit{.max = 0, .enforce_now = false}));
  EXPECT_EQ(limits.per_user, (ConnectionLimit{.max = 3,
                                              .on_limit = OnLimit::reject_new,
                                              .reserved_for_admins = 10'000,
                                              .enforce_now = false}));
  EXPECT_THAT(limits.admins, ElementsAre(Identity{"APP", "admin"}, Identity{"APP", "root"}));
  EXPECT_THAT(effective(config, "limits.account_connections.max"),
              MatchesRegex("0 \\(.*rk.yaml:3:30\\)"));
  EXPECT_THAT(effective(config, "limits.account_connections.enforce_now"),
              MatchesRegex("false \\(.*rk.yaml:3:46\\)"));
  EXPECT_THAT(effective(config, "limits.admin_users"),
              MatchesRegex("APP/admin,APP/root \\(.*rk.yaml:6:16\\)"));
}

TEST(ConnectionLimitSettings, FlagsAndTheEnvironmentWin) {
  ConfigFolder folder;
  folder.write("rk.yaml",
               "limits: {server_connections: {max: 5}, account_connections: {max: 10}}\n");
  folder.overrides.environment = {
      {"ROOMKEEPER_LIMITS_SERVER_CONNECTIONS_MAX", "unlimited"},
      {"ROOMKEEPER_LIMITS_ACCOUNT_CONNECTIONS_RESERVED_FOR_ADMINS", "7"}};
  folder.overrides.flags = {{"limits.account_connections.max", "0"},
                            {"limits.connections_per_user.enforce_now", "off"},
                            {"limits.admin_users", "APP/a, APP/b"}};
  const config::Config config = loaded(folder);
  EXPECT_FALSE(config.limits.connections.server.limited());
  EXPECT_EQ(config.limits.connections.account.max, 0);
  EXPECT_EQ(config.limits.connections.account.reserved_for_admins, 7);
  EXPECT_FALSE(config.limits.connections.per_user.enforce_now);
  EXPECT_EQ(config.limits.connections.admins.size(), 2U);
  EXPECT_EQ(effective(config, "limits.server_connections.max"),
            "unlimited (environment ROOMKEEPER_LIMITS_SERVER_CONNECTIONS_MAX)");
  EXPECT_EQ(effective(config, "limits.connections_per_user.enforce_now"),
            "false (flag --limits-connections-per-user-enforce-now)");
}

TEST(ConnectionLimitSettings, AFlagTakesBackWhatTheFileLimits) {
  ConfigFolder folder;
  folder.write("rk.yaml", "limits: {connections_per_user: {max: 3}}\n");
  folder.overrides.flags = {{"limits.connections_per_user.max", "unlimited"}};
  EXPECT_FALSE(loaded(folder).limits.connections.per_user.max.has_value());
}

TEST(ConnectionLimitSettings, AreRefusedWithTheirPlace) {
  EXPECT_THAT(
      problems_of("limits:\n"
                  "  server_connections: {max: -1, reserved_for_admins: 10001}\n"
                  "  account_connections: {max: 1000001, on_limit: rejct_new, enforce_now: maybe}\n"
                  "  connections_per_user: {max: unlimted, enforce_nov: true}\n"
                  "  admin_users: [root]\n"
                  "  acount_connections: {max: 1}\n"),
      ElementsAre(
          "rk.yaml:2:29: limits.server_connections.max: expected a whole number from 0 to 1000000 "
          "or unlimited, not \"-1\"",
          "rk.yaml:2:54: limits.server_connections.reserved_for_admins: expected a whole number "
          "from 0 to 10000, not \"10001\"",
          "rk.yaml:3:30: limits.account_connections.max: expected a whole number from 0 to 1000000 "
          "or unlimited, not \"1000001\"",
          "rk.yaml:3:49: limits.account_connections.on_limit: expected reject_new or "
          "evict_oldest, not \"rejct_new\" (did you mean \"reject_new\"?)",
          HasSubstr("rk.yaml:3:73: limits.account_connections.enforce_now: expected "),
          "rk.yaml:4:31: limits.connections_per_user.max: expected a whole number from 0 to "
          "1000000 or unlimited, not \"unlimted\" (did you mean \"unlimited\"?)",
          "rk.yaml:4:41: limits.connections_per_user.enforce_nov: unknown key (did you mean "
          "\"enforce_now\"?)",
          "rk.yaml:5:17: limits.admin_users: expected ACCOUNT/user, not \"root\"",
          "rk.yaml:6:3: limits.acount_connections: unknown key (did you mean "
          "\"account_connections\"?)"));
}

TEST(ConnectionLimitSettings, APlainNumberIsNoLimit) {
  EXPECT_THAT(
      problems_of("limits: {server_connections: 5000}\n"),
      ElementsAre("rk.yaml:1:30: limits.server_connections: expected a mapping such as {max: 3}"));
}

}  // namespace
}  // namespace roomkeeper::testing
