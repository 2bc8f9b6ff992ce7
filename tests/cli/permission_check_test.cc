// What a server grants, compared with what a role needs.
#include "cli/permission_check.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "cli/nats_config.h"

namespace roomkeeper::cli {
namespace {

using policies::Direction;
using policies::Role;

/// Exactly what the role needs.
Granted exact(const policies::Grantee& grantee) {
  Granted granted;
  granted.publish.restricted = granted.subscribe.restricted = true;
  for (const policies::Permission& line : policies::permissions(grantee, {})) {
    (line.direction == Direction::publish ? granted.publish : granted.subscribe)
        .allow.push_back(line.subject);
  }
  granted.responds = policies::responses_of(grantee.role).has_value();
  return granted;
}

std::vector<policies::Grantee> everybody() {
  std::vector<policies::Grantee> all;
  for (const char* text : {"admin", "reader", "daemon", "system", "chat:bob:general,lobby/hall"}) {
    all.push_back(*parse_as(text));
  }
  return all;
}

TEST(PermissionCheck, FindsNothingWhereNothingIsWrong) {
  for (const auto& grantee : everybody()) {
    const auto findings = compare(exact(grantee), grantee, {});
    EXPECT_TRUE(findings.empty()) << to_string(grantee.role) << ": " << findings.front().subject;
  }
}

TEST(PermissionCheck, FindsEachLineThatIsMissing) {
  for (const auto& grantee : everybody()) {
    for (const policies::Permission& line : policies::permissions(grantee, {})) {
      Granted granted = exact(grantee);
      auto& has = line.direction == Direction::publish ? granted.publish : granted.subscribe;
      std::erase(has.allow, line.subject);
      const auto findings = compare(granted, grantee, {});
      ASSERT_EQ(findings.size(), 1U) << line.subject;
      EXPECT_TRUE(findings[0].missing);
      EXPECT_EQ(findings[0].subject, line.subject);
      has.allow.push_back(line.subject);
      has.deny.push_back(line.subject);
      EXPECT_EQ(compare(granted, grantee, {}).size(), 1U) << "denied " << line.subject;
    }
  }
}

TEST(PermissionCheck, FindsWhatIsTooWide) {
  const auto bob = *parse_as("chat:bob:general");
  for (const auto& [direction, subject] : {std::pair{Direction::publish, "$JS.API.>"},
                                           {Direction::publish, "$KV.>"},
                                           {Direction::publish, "chat.>"},
                                           {Direction::publish, "roomkeeper.admin.>"},
                                           {Direction::publish, "chat.general.alice"},
                                           {Direction::subscribe, ">"},
                                           {Direction::subscribe, "chat.>"},
                                           {Direction::subscribe, "chat.*.*"},
                                           {Direction::subscribe, "_INBOX.>"},
                                           {Direction::subscribe, "rooms.*.notice"}}) {
    Granted granted = exact(bob);
    (direction == Direction::publish ? granted.publish : granted.subscribe)
        .allow.emplace_back(subject);
    const auto findings = compare(granted, bob, {});
    ASSERT_EQ(findings.size(), 1U) << subject;
    EXPECT_FALSE(findings[0].missing);
    EXPECT_EQ(findings[0].subject, subject);
    EXPECT_NE(findings[0].text, "is not needed") << subject;
  }
  Granted more = exact(bob);
  more.subscribe.allow.emplace_back("chat.support.*");
  more.publish.allow.emplace_back("chat.support.bob");
  EXPECT_TRUE(compare(more, bob, {}).empty()) << "one more room is the operator's to say";
}

TEST(PermissionCheck, AUserWithoutPermissionsMayDoEverything) {
  const auto granted = parse_granted(R"({"data":{"user":"bob","account":"APP"}})");
  ASSERT_TRUE(granted);
  EXPECT_EQ(granted->user, "bob");
  const auto findings = compare(*granted, *parse_as("chat:bob"), {});
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_EQ(findings[0].subject, ">");
  EXPECT_EQ(findings[0].text, "everything");
}

TEST(PermissionCheck, ReadsTheServersAnswer) {
  const auto granted = parse_granted(
      R"({"server":{},"data":{"user":"rk","account":"APP","permissions":{
          "publish":{"allow":["a.>",7],"deny":["a.b"]},"subscribe":{"allow":["c q"]},
          "responses":{"max":1,"ttl":300000000000}},"expires":0}})");
  ASSERT_TRUE(granted);
  EXPECT_EQ(granted->publish.allow, std::vector<std::string>{"a.>"});
  EXPECT_EQ(granted->publish.deny, std::vector<std::string>{"a.b"});
  EXPECT_TRUE(granted->publish.restricted && granted->subscribe.restricted && granted->responds);
  for (const char* text : {"", "[]", "{}", R"({"data":7})", R"({"error":{"code":500}})"}) {
    EXPECT_FALSE(parse_granted(text)) << text;
  }
}

TEST(PermissionProbes, AreLiteralWhereTheyPublishAndJudgedByTheServersWords) {
  const auto bob = *parse_as("chat:bob:general");
  const auto tried = probes(bob, {});
  std::vector<std::string> refusals;
  for (const PermissionProbe& probe : tried) {
    const bool heard = probe.direction == Direction::subscribe;
    EXPECT_TRUE(policies::is_valid_subject(probe.subject, heard)) << probe.subject;
    if (!probe.wanted) {
      refusals.push_back(std::string("Permissions Violation for ") +
                         (probe.direction == Direction::publish ? "Publish" : "Subscription") +
                         " to \"" + probe.subject + "\"");
    }
  }
  EXPECT_TRUE(judge(tried, refusals).empty());
  const auto wide = judge(tried, {});
  EXPECT_EQ(wide.size(), refusals.size());
  EXPECT_TRUE(std::none_of(wide.begin(), wide.end(), [](const auto& one) { return one.missing; }));
  refusals.emplace_back("Permissions Violation for Subscription to \"chat.general.*\"");
  ASSERT_EQ(judge(tried, refusals).size(), 1U);
  EXPECT_TRUE(judge(tried, refusals)[0].missing);
}

TEST(PermissionRoles, AreNamedAsTheyAreWritten) {
  EXPECT_EQ(parse_as("admin:carol")->user, "carol");
  EXPECT_EQ(parse_as("system")->role, Role::daemon_system);
  for (const char* text : {"", "chat", "chat:", "root", "admin:a.b", "chat:bob:*"}) {
    EXPECT_FALSE(parse_as(text)) << text;
  }
}

}  // namespace
}  // namespace roomkeeper::cli
