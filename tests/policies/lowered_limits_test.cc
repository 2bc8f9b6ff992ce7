#include "policies/lowered_limits.h"

#include <map>
#include <string>

#include <gtest/gtest.h>

#include "tests/policies/limit_world.h"

namespace roomkeeper::testing {
namespace {

using policies::ConnectionLimit;
using policies::LoweredLimits;
using policies::WallTime;
using Rules = std::map<std::string, ConnectionLimit, std::less<>>;

const WallTime ten = utc("2026-08-01T10:00:00Z");
const WallTime twelve = utc("2026-08-01T12:00:00Z");
const WallTime two = utc("2026-08-01T14:00:00Z");

ConnectionLimit lenient(std::optional<int> max) {
  return {.max = max, .enforce_now = false};
}

TEST(LoweredLimits, ARuleIsLoweredWhenItIsNewAndWhenItFalls) {
  LoweredLimits limits;
  EXPECT_EQ(limits.inside("account_connections"), std::nullopt);
  EXPECT_TRUE(limits.update({{"account_connections", lenient(500)}}, ten));
  EXPECT_EQ(limits.inside("account_connections"), ten);
  EXPECT_FALSE(limits.update({{"account_connections", lenient(500)}}, twelve)) << "nothing changed";
  EXPECT_TRUE(limits.update({{"account_connections", lenient(400)}}, twelve));
  EXPECT_EQ(limits.inside("account_connections"), twelve);
}

TEST(LoweredLimits, RaisingItIsRememberedSoThatTheNextFallIsSeen) {
  LoweredLimits limits;
  limits.update({{"a", lenient(5)}}, ten);
  EXPECT_TRUE(limits.update({{"a", lenient(10)}}, twelve));
  EXPECT_EQ(limits.inside("a"), ten);
  EXPECT_TRUE(limits.update({{"a", lenient(7)}}, two));
  EXPECT_EQ(limits.inside("a"), two);
}

TEST(LoweredLimits, RulesThatEnforceAreForgottenAndUnlimitedOnesLowerNobody) {
  LoweredLimits limits;
  limits.update({{"a", lenient(5)}, {"b", lenient(5)}, {"c", lenient(5)}}, ten);
  EXPECT_TRUE(limits.update({{"a", {.max = 5}}, {"b", lenient({})}}, twelve));
  EXPECT_EQ(limits.entries().size(), 1U);
  EXPECT_EQ(limits.inside("b"), ten);
  EXPECT_TRUE(limits.update({{"b", lenient(9)}}, two)) << "from unlimited to nine";
  EXPECT_EQ(limits.inside("b"), two);
}

// bob was let have ten by a rule of his own; without it the rule for everybody is his.
TEST(LoweredLimits, WhoFallsUnderAnotherRuleIsInsideOfThatOne) {
  LoweredLimits limits;
  limits.update({{"account_connections", lenient(9)},
                 {"connections_per_user", lenient(3)},
                 {"template/lobby", lenient(3)},
                 {"users/bob", lenient(10)}},
                ten);
  EXPECT_TRUE(limits.update({{"account_connections", lenient(9)},
                             {"connections_per_user", lenient(3)},
                             {"template/lobby", lenient(3)}},
                            twelve));
  EXPECT_EQ(limits.inside("connections_per_user"), twelve);
  EXPECT_EQ(limits.inside("template/lobby"), ten);
  EXPECT_EQ(limits.inside("account_connections"), ten);
}

TEST(LoweredLimits, AreRestoredAsTheyWere) {
  LoweredLimits before;
  before.update({{"a", lenient(5)}}, ten);
  LoweredLimits after;
  after.restore(before.entries());
  EXPECT_FALSE(after.update({{"a", lenient(5)}}, two)) << "a restart lowers nothing";
  EXPECT_EQ(after.inside("a"), ten);
}

TEST(LoweredLimits, AreBounded) {
  Rules rules;
  for (int i = 0; i < 6000; ++i) rules["room/" + std::to_string(i)] = lenient(1);
  LoweredLimits limits;
  limits.update(rules, ten);
  EXPECT_EQ(limits.entries().size(), LoweredLimits::rules_max);
}

}  // namespace
}  // namespace roomkeeper::testing
