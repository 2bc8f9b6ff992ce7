// Bans as the whole daemon keeps them: who is banned stays out, nobody else does, and what the
// bucket says is what counts.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "sidecar/ban_record.h"
#include "tests/simulation/audit_entries.h"
#include "tests/simulation/clients.h"
#include "tests/simulation/operator.h"
#include "tests/simulation/start_time.h"

namespace roomkeeper::testing {
namespace {

using api::AuditKind;
using metrics::MetricId;
using nlohmann::json;
using policies::Reason;
using namespace std::chrono_literals;

constexpr std::string_view no_limits =
    "instance: seoul\nlimits:\n  exempt_users: [APP/roomkeeper, APP/operator, APP/admin]\n";

std::string ban_of(const std::string& user, int seconds, const std::string& reason = {}) {
  return json{{"user", user}, {"seconds", seconds}, {"reason", reason}}.dump();
}
std::string user_of(const std::string& user) {
  return json{{"user", user}}.dump();
}

/// Names of those who are banned, as `ban ls` says.
std::vector<std::string> banned(DaemonWorld& world) {
  std::vector<std::string> users;
  const json list = ask(world, "ban.ls");
  for (const json& ban : list["bans"]) users.push_back(ban.value("user", ""));
  return users;
}

/// A world that has had its first looks.
void settle(DaemonWorld& world) {
  world.boot();
  world.pass(5s);
}

TEST(Bans, WhoIsBannedGoesNowAndAtEveryReturn) {
  DaemonWorld world(no_limits, start);
  settle(world);
  const Ids bobs = arrive(world, "bob", 3, {});
  const Ids eves = arrive(world, "eve", 3, {});
  world.pass(2s);
  const json reply = ask(world, "ban.add", ban_of("bob", 3600, "spam"));
  ASSERT_EQ(reply.value("connections", 0), 3) << reply;
  world.pass(1s);
  EXPECT_TRUE(inside(world, bobs).empty());
  world.pass(5min);
  // They come back every two seconds and are out again within one: no growing interval.
  EXPECT_GE(lost(world, bobs), 3U * 80);
  EXPECT_EQ(lost(world, eves), 0U);
  EXPECT_EQ(world.metric(MetricId::kicks_total, {"ban", "banned"}),
            static_cast<double>(lost(world, bobs)));
  EXPECT_EQ(world.metric(MetricId::bans), 1);
  EXPECT_EQ(ask(world, "ban.ls")["bans"][0]["kicks"], json(lost(world, bobs)));
}

TEST(Bans, AReturnLastsLessThanASecond) {
  DaemonWorld world(no_limits, start);
  settle(world);
  ask(world, "ban.add", ban_of("bob", 3600));
  world.pass(2min);
  const Ids bobs = arrive(world, "bob", 1, staying_away());
  world.pass(1s);
  EXPECT_TRUE(inside(world, bobs).empty());
}

TEST(Bans, OneWhoIsNotThereCanBeBannedToo) {
  DaemonWorld world(no_limits, start);
  settle(world);
  EXPECT_EQ(ask(world, "ban.add", ban_of("bob", 60)).value("connections", 7), 0);
  world.pass(30s);
  const Ids bobs = arrive(world, "bob", 2, staying_away());
  world.pass(1s);
  EXPECT_TRUE(inside(world, bobs).empty());
}

TEST(Bans, WhoIsNoLongerBannedStays) {
  DaemonWorld world(no_limits, start);
  settle(world);
  const Ids bobs = arrive(world, "bob", 2, {});
  ask(world, "ban.add", ban_of("bob", 3600));
  world.pass(1min);
  EXPECT_EQ(refusal(world, "ban.rm", user_of("bob")), "");
  world.pass(5s);
  const std::uint64_t before = lost(world, bobs);
  world.pass(5min);
  EXPECT_EQ(inside(world, bobs), bobs);
  EXPECT_EQ(lost(world, bobs), before);
  EXPECT_EQ(refusal(world, "ban.rm", user_of("bob")), "ban_not_found");
  EXPECT_EQ(world.metric(MetricId::bans), 0);
}

TEST(Bans, ABanEndsByItself) {
  DaemonWorld world(no_limits, start);
  settle(world);
  const Ids bobs = arrive(world, "bob", 1, {});
  ask_as(world, "kim", "ban.add", ban_of("bob", 90, "shouting"));
  world.pass(89s);
  EXPECT_EQ(banned(world), std::vector<std::string>{"bob"});
  world.pass(3s);
  EXPECT_TRUE(banned(world).empty());
  const std::uint64_t before = lost(world, bobs);
  world.pass(3min);
  EXPECT_EQ(inside(world, bobs), bobs);
  EXPECT_EQ(lost(world, bobs), before);
  EXPECT_EQ(world.nats.stream("KV_roomkeeper")
                ->last_of("$KV.roomkeeper." + sidecar::ban_key("bob"))
                ->data,
            "")
      << "its key is erased";
  const api::AuditRecord begun = only_entry(world, AuditKind::ban);
  EXPECT_EQ(begun.reason, Reason::ban_asked);
  EXPECT_EQ(begun.user, "bob");
  EXPECT_EQ(begun.actor.claimed, "kim");
  EXPECT_NE(begun.text.find("shouting"), std::string::npos);
  const api::AuditRecord over = only_entry(world, AuditKind::unban);
  EXPECT_EQ(over.reason, Reason::ban_expired);
  EXPECT_EQ(over.user, "bob");
}

TEST(Bans, ALaterBanReplacesAnEarlierOne) {
  DaemonWorld world(no_limits, start);
  settle(world);
  ask(world, "ban.add", ban_of("bob", 3600));
  ask(world, "ban.add", ban_of("bob", 60));
  EXPECT_EQ(ask(world, "ban.ls")["total"], json(1));
  world.pass(70s);
  EXPECT_TRUE(banned(world).empty());
}

TEST(Bans, SurviveTheDaemon) {
  DaemonWorld world(no_limits, start);
  settle(world);
  ask_as(world, "kim", "ban.add", ban_of("bob", 3600, "spam"));
  ask(world, "ban.add", ban_of("eve", 60));
  const json before = ask(world, "ban.ls", user_of("bob"))["bans"][0];
  world.kill();
  world.pass(2min);
  const Ids bobs = arrive(world, "bob", 2, staying_away());
  const Ids eves = arrive(world, "eve", 2, staying_away());
  settle(world);
  EXPECT_TRUE(inside(world, bobs).empty());
  EXPECT_EQ(inside(world, eves), eves) << "hers was over meanwhile";
  json after = ask(world, "ban.ls")["bans"];
  ASSERT_EQ(after.size(), 1U);
  for (const char* key : {"user", "since", "until", "by", "reason"})
    EXPECT_EQ(after[0][key], before[key]) << key;
  EXPECT_EQ(only_entry(world, AuditKind::unban).user, "eve");
}

TEST(Bans, WhatTheBucketDidNotTakeChangesNothing) {
  DaemonWorld world(no_limits, start);
  settle(world);
  const Ids bobs = arrive(world, "bob", 1, {});
  world.nats.silence("$KV.roomkeeper.ban.>");
  EXPECT_EQ(refusal(world, "ban.add", ban_of("bob", 3600)), "timeout");
  world.nats.speak();
  world.pass(5min);
  EXPECT_EQ(inside(world, bobs), bobs);
  EXPECT_EQ(lost(world, bobs), 0U);
  EXPECT_TRUE(audit_of(world, AuditKind::ban).empty());
  ASSERT_EQ(refusal(world, "ban.add", ban_of("bob", 3600)), "");
  world.nats.silence("$KV.roomkeeper.ban.>");
  EXPECT_EQ(refusal(world, "ban.rm", user_of("bob")), "timeout");
  world.nats.speak();
  world.pass(10s);
  EXPECT_EQ(banned(world), std::vector<std::string>{"bob"});
  EXPECT_EQ(refusal(world, "ban.rm", user_of("bob")), "");
}

TEST(Bans, AWriteWhoseReplyWasLostCountsOnceTheBucketWasReadAgain) {
  DaemonWorld world(no_limits, start);
  settle(world);
  const Ids bobs = arrive(world, "bob", 1, {});
  world.nats.lose_replies(1, "$KV.roomkeeper.ban.>");
  EXPECT_EQ(refusal(world, "ban.add", ban_of("bob", 3600)), "timeout");
  world.pass(10s);
  EXPECT_EQ(banned(world), std::vector<std::string>{"bob"}) << "whether it was done was unknown";
  EXPECT_GE(lost(world, bobs), 1U);
}

TEST(Bans, WhatAStrangerWroteBansNobodyAndStopsNothing) {
  DaemonWorld world(no_limits, start);
  settle(world);
  ask(world, "ban.add", ban_of("bob", 3600));
  world.shut_down();
  const std::string good = sidecar::encode_ban({.user = "eve",
                                                .since = at(start),
                                                .until = at(start) + 24h,
                                                .by = {},
                                                .reason = {},
                                                .kicks = 0});
  world.nats.publish("$KV.roomkeeper.ban.eve", good);
  world.nats.publish("$KV.roomkeeper." + sidecar::ban_key("anna"), good);
  world.nats.publish("$KV.roomkeeper." + sidecar::ban_key("eve"), "not json");
  world.nats.publish("$KV.roomkeeper.ban.a.b.c", "[]");
  for (int i = 0; i < 100; ++i)
    world.nats.publish("$KV.roomkeeper.ban.x" + std::to_string(i), "{\"user\": 7}");
  const Ids eves = arrive(world, "eve", 1, {});
  const Ids annas = arrive(world, "anna", 1, {});
  const Ids bobs = arrive(world, "bob", 1, staying_away());
  settle(world);
  EXPECT_EQ(banned(world), std::vector<std::string>{"bob"});
  EXPECT_TRUE(inside(world, bobs).empty());
  EXPECT_EQ(lost(world, eves) + lost(world, annas), 0U);
  EXPECT_EQ(world.logged("bans.bad_record "), 5U);
  EXPECT_EQ(world.logged("bans.bad_records count=104"), 1U);
  EXPECT_EQ(refusal(world, "ban.add", ban_of("eve", 3600)), "") << "hers can be banned properly";
}

TEST(Bans, ThereIsRoomForTenThousand) {
  DaemonWorld world(no_limits, start);
  settle(world);
  world.shut_down();
  for (std::size_t i = 0; i + 1 < api::bans_max; ++i) {
    const std::string user = "user-" + std::to_string(i);
    // The first ends in a quarter of an hour, the others tomorrow.
    world.nats.publish("$KV.roomkeeper." + sidecar::ban_key(user),
                       sidecar::encode_ban({.user = user,
                                            .since = at(start),
                                            .until = at(start) + (i == 0 ? 15min : 24h),
                                            .by = {},
                                            .reason = {},
                                            .kicks = 0}));
  }
  settle(world);
  EXPECT_EQ(world.metric(MetricId::bans), static_cast<double>(api::bans_max - 1));
  EXPECT_EQ(refusal(world, "ban.add", ban_of("bob", 3600)), "");
  EXPECT_EQ(refusal(world, "ban.add", ban_of("eve", 3600)), "busy");
  EXPECT_EQ(refusal(world, "ban.add", ban_of("user-7", 3600)), "") << "it replaces one";
  const Ids some = arrive(world, "user-500", 2, staying_away());
  world.pass(1s);
  EXPECT_TRUE(inside(world, some).empty());
  world.pass(17min);
  EXPECT_EQ(refusal(world, "ban.add", ban_of("eve", 3600)), "");
  EXPECT_EQ(ask(world, "ban.ls", R"({"offset": 9990})")["bans"].size(), 10U);
}

TEST(Bans, TenThousandThatAreOverGoAway) {
  DaemonWorld world(no_limits, start);
  settle(world);
  world.shut_down();
  for (std::size_t i = 0; i < api::bans_max; ++i) {
    const std::string user = "user-" + std::to_string(i);
    world.nats.publish("$KV.roomkeeper." + sidecar::ban_key(user),
                       sidecar::encode_ban({.user = user,
                                            .since = at(start),
                                            .until = at(start) + 30s,
                                            .by = {},
                                            .reason = {},
                                            .kicks = 0}));
  }
  world.pass(1min);
  settle(world);
  EXPECT_EQ(world.metric(MetricId::bans), 0);
  world.pass(1min);
  world.shut_down();
  std::size_t left = 0;
  for (const auto& [seq, message] : world.nats.stream("KV_roomkeeper")->messages())
    if (message.subject.starts_with("$KV.roomkeeper.ban.") && !message.data.empty()) ++left;
  EXPECT_EQ(left, 0U);
}

TEST(Bans, AnyNameAndAnyKindOfClient) {
  DaemonWorld world(no_limits, start);
  settle(world);
  FakeClientOptions socket = staying_away();
  socket.kind = "websocket";
  FakeClientOptions things = staying_away();
  things.kind = "mqtt";
  const Ids strange = arrive(world, "bob the.builder > \xec\x9e\x90", 1, socket);
  const Ids sensors = arrive(world, "sensor", 2, things);
  const Ids like = arrive(world, "bob the.builder", 1, {});
  world.pass(1s);
  EXPECT_EQ(refusal(world, "ban.add", ban_of("bob the.builder > \xec\x9e\x90", 60)), "");
  EXPECT_EQ(refusal(world, "ban.add", ban_of("sensor", 60)), "");
  world.pass(2s);
  EXPECT_TRUE(inside(world, strange).empty());
  EXPECT_TRUE(inside(world, sensors).empty());
  EXPECT_EQ(inside(world, like), like);
}

TEST(Bans, NeverEndRoomkeepersOwnConnectionsOrThoseOfTheExempt) {
  DaemonWorld world(no_limits, start);
  settle(world);
  world.shut_down();
  // The admin API refuses these; a record in the bucket does no harm either.
  for (const char* user : {"roomkeeper", "operator"}) {
    world.nats.publish("$KV.roomkeeper." + sidecar::ban_key(user),
                       sidecar::encode_ban({.user = user,
                                            .since = at(start),
                                            .until = at(start) + 24h,
                                            .by = {},
                                            .reason = {},
                                            .kicks = 0}));
  }
  const Ids others = arrive(world, "operator", 1, {});
  settle(world);
  world.pass(1min);
  EXPECT_EQ(lost(world, others), 0U);
  EXPECT_EQ(world.metric(MetricId::kicks_total, {"ban", "banned"}), 0);
  EXPECT_TRUE(world.ready());
}

TEST(Bans, ThoseWhoKeepComingBackFillNeitherAuditNorLog) {
  DaemonWorld world(no_limits, start);
  settle(world);
  Ids all;
  for (int i = 0; i < 100; ++i) {
    const std::string user = "user-" + std::to_string(i);
    ask(world, "ban.add", ban_of(user, 3600));
    all.push_back(world.nats.add_client("APP", user, {}));
  }
  world.pass(5s);
  const std::size_t lines = world.logged("connections.kicked");
  const std::size_t entries = audit_of(world, AuditKind::kick).size();
  const std::uint64_t kicks = lost(world, all);
  world.pass(5min);
  EXPECT_GE(lost(world, all) - kicks, 100U * 80);
  // Of each ten seconds 20 and a sum.
  EXPECT_LE(world.logged("connections.kicked") - lines, 31U * 21);
  EXPECT_LE(audit_of(world, AuditKind::kick).size() - entries, 31U * 21);
}

}  // namespace
}  // namespace roomkeeper::testing
