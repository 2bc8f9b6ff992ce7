// Trust: a requester's reply subject never makes the daemon's own connection publish where the
// requester may not.
#include <string>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "api/verbs.h"
#include "tests/simulation/operator.h"

namespace roomkeeper::testing {
namespace {

using metrics::MetricId;
using nlohmann::json;
using namespace std::chrono_literals;

constexpr std::string_view one_room = "instance: seoul\nrooms:\n  - { id: general }\n";

class ReplySubject : public ::testing::TestWithParam<std::tuple<const char*, const char*>> {};

TEST_P(ReplySubject, OutsideTheInboxPrefixesIsCountedAndDropped) {
  DaemonWorld world(one_room, "2026-11-22T10:00:00Z");
  world.boot();
  ASSERT_EQ(refusal(world, "room.create", R"({"room": {"id": "team"}})"), "");
  world.pass(2s);
  world.say("general", "bob", "his own words");
  const FakeClientId mallory = world.nats.add_client("APP", "mallory");
  world.pass(1s);
  const auto& [subject, reply] = GetParam();
  const std::uint64_t bucket_before = world.nats.stream("KV_roomkeeper")->last_seq();
  world.nats.forget_counts();
  world.nats.send_as(mallory, subject, R"({"room": "general"})", reply);
  world.pass(1s);
  EXPECT_EQ(world.metric(MetricId::untrusted_requests_total), 1);
  ASSERT_EQ(world.messages("general"), 1U) << "nothing purged, nothing forged";
  EXPECT_EQ(world.nats.stream("ROOM_general")->messages().begin()->second.data, "his own words");
  EXPECT_EQ(world.nats.stream("KV_roomkeeper")->last_seq(), bucket_before) << "nothing overwritten";
  EXPECT_EQ(verdict(world, "team"), "ready/ok");
  EXPECT_EQ(world.nats.count("$JS.API.STREAM.PURGE.>"), 0U);
  EXPECT_EQ(world.nats.count("chat.>"), 0U);
  EXPECT_EQ(world.nats.count("$KV.roomkeeper.>"), 0U);
}

INSTANTIATE_TEST_SUITE_P(
    AdminTrust, ReplySubject,
    ::testing::Combine(::testing::Values("$SRV.PING", "$SRV.INFO", "$SRV.STATS",
                                         "$SRV.PING.roomkeeper", "$SRV.INFO.roomkeeper",
                                         "$SRV.STATS.roomkeeper", "roomkeeper.admin.status",
                                         "roomkeeper.admin.doctor", "roomkeeper.admin.room.ls",
                                         "roomkeeper.admin.room.show", "roomkeeper.admin.room.rm",
                                         "roomkeeper.admin.room.create", "roomkeeper.admin.purge",
                                         "roomkeeper.admin.plan", "roomkeeper.admin.no.such.verb"),
                       ::testing::Values("$JS.API.STREAM.PURGE.ROOM_general", "chat.general.bob",
                                         "roomkeeper.admin.room.rm", "$KV.roomkeeper.room.team",
                                         "_INBOX", "_INBOXES.mallory", "_INBOX.*", "_INBOX.>",
                                         "")));

TEST(AdminTrust, AConfiguredInboxPrefixIsAnswered) {
  DaemonWorld world(
      "instance: seoul\nnames: { inbox_prefixes: [\"_MINE.\"] }\nrooms:\n  - { id: general }\n",
      "2026-11-22T10:00:00Z");
  world.boot();
  const FakeClientId carol =
      world.nats.add_client("APP", "carol", {.subscriptions = {"_MINE.>", "_INBOX.carol.>"}});
  world.pass(1s);
  world.nats.send_as(carol, "roomkeeper.admin.status", "{}", "_INBOX.carol.1");
  world.pass(1s);
  EXPECT_TRUE(world.nats.client(carol).received.empty());
  world.nats.send_as(carol, "roomkeeper.admin.status", "{}", "_MINE.carol.1");
  world.pass(1s);
  EXPECT_EQ(world.nats.client(carol).received.size(), 1U);
}

TEST(AdminTrust, AnErrorBearsTheMicroProtocolsHeaders) {
  DaemonWorld world(one_room, "2026-11-22T10:00:00Z");
  world.boot();
  const FakeClientId carol =
      world.nats.add_client("APP", "carol", {.subscriptions = {"_INBOX.carol.>"}});
  world.pass(1s);
  world.nats.send_as(carol, "roomkeeper.admin.room.show", R"({"room": "nobody"})",
                     "_INBOX.carol.1");
  world.pass(1s);
  ASSERT_EQ(world.nats.client(carol).received.size(), 1U);
  const sidecar::Message& reply = world.nats.client(carol).received[0];
  EXPECT_EQ(reply.header("Nats-Service-Error-Code"), "404");
  EXPECT_FALSE(reply.header("Nats-Service-Error").empty());
  const json error = json::parse(reply.data)["error"];
  EXPECT_EQ(error["code"], json("room_not_found"));
}

TEST(AdminDiscovery, TheServiceIsFoundAndDescribesItself) {
  DaemonWorld world(one_room, "2026-11-22T10:00:00Z");
  world.boot();
  Operator hand(world);
  const json ping = hand.request("$SRV.PING");
  EXPECT_EQ(ping["type"], json("io.nats.micro.v1.ping_response"));
  EXPECT_EQ(ping["name"], json("roomkeeper"));
  EXPECT_EQ(ping["metadata"]["instance"], json("seoul"));
  const std::string id = ping.value("id", "");
  ASSERT_FALSE(id.empty());
  EXPECT_EQ(id.find_first_of(".*> "), std::string::npos);
  EXPECT_EQ(hand.request("$SRV.PING.roomkeeper." + id), ping);

  const json info = hand.request("$SRV.INFO.roomkeeper");
  EXPECT_EQ(info["type"], json("io.nats.micro.v1.info_response"));
  ASSERT_EQ(info["endpoints"].size(), api::verb_count);
  for (const json& endpoint : info["endpoints"]) {
    EXPECT_TRUE(endpoint.value("subject", "").starts_with("roomkeeper.admin.")) << endpoint;
    EXPECT_EQ(endpoint["queue_group"], json(""));
    EXPECT_EQ(endpoint.value("name", ".").find('.'), std::string::npos) << endpoint;
  }
}

TEST(AdminDiscovery, StatisticsCountRequestsAndErrors) {
  DaemonWorld world(one_room, "2026-11-22T10:00:00Z");
  world.boot();
  world.ask("room.show", R"({"room": "general"})");
  world.ask("room.show", R"({"room": "nobody"})");
  Operator hand(world);
  const json stats = hand.request("$SRV.STATS");
  EXPECT_EQ(stats["type"], json("io.nats.micro.v1.stats_response"));
  EXPECT_EQ(stats["started"], json("2026-11-22T10:00:00Z"));
  bool found = false;
  for (const json& endpoint : stats["endpoints"]) {
    if (endpoint["name"] != json("room-show")) continue;
    found = true;
    EXPECT_EQ(endpoint["num_requests"], json(2));
    EXPECT_EQ(endpoint["num_errors"], json(1));
    EXPECT_TRUE(endpoint.value("last_error", "").starts_with("404: ")) << endpoint;
  }
  EXPECT_TRUE(found);
}

}  // namespace
}  // namespace roomkeeper::testing
