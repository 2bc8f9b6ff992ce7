#include "sidecar/nats/server_json.h"

#include <gtest/gtest.h>

#include "sidecar/nats/timestamp.h"

namespace roomkeeper::testing {
namespace {

using namespace sidecar::nats;

TEST(Connz, ReadsWhoIsConnected) {
  const auto page =
      parse_connz(R"({"server":{"name":"s","id":"NX","ver":"2.15.2"},"data":{"server_id":"NX",
    "num_connections":3,"total":99,"offset":0,"limit":1024,"connections":[
    {"cid":8,"kind":"Client","type":"nats","ip":"127.0.0.1","port":1,"start":"2026-11-22T12:43:24Z","name":"phone",
     "authorized_user":"bob","account":"APP","subscriptions_list":["x"],"tls_peer_certs":[{"cid":7}]},
    {"cid":9,"kind":"Client","type":"websocket","ip":"::1","start":"2026-11-22T12:43:25Z","account":"APP"},
    {"cid":10,"kind":"Leafnode","start":"2026-11-22T12:43:26Z","account":"APP"}]}})");
  ASSERT_TRUE(page) << page.error().text;
  EXPECT_EQ(page->count, 3U) << "paging counts all of them";
  ASSERT_EQ(page->connections.size(), 2U) << "a leafnode is no client";
  const auto& bob = page->connections[0];
  EXPECT_EQ(bob.key, (policies::ConnectionKey{"NX", 8}));
  EXPECT_EQ(bob.identity, (policies::Identity{"APP", "bob"}));
  EXPECT_EQ(bob.start, parse_timestamp("2026-11-22T12:43:24Z"));
  EXPECT_EQ(bob.host, "127.0.0.1");
  EXPECT_EQ(bob.name, "phone");
  EXPECT_EQ(bob.kind, "nats");
  EXPECT_FALSE(bob.own);
  EXPECT_EQ(page->connections[1].identity.user, "") << "no identity of its own";
}

TEST(Connz, RefusesWhatIsNoPage) {
  EXPECT_TRUE(parse_connz(R"({"data":{"server_id":"NX","connections":[]}})"));
  for (const char* text :
       {"", "{}", R"({"data":{"connections":[]}})", R"({"data":{"server_id":"NX"}})",
        R"({"data":{"server_id":"NX","connections":[{"cid":-1,"start":"2026-11-22T12:43:24Z"}]}})",
        R"({"data":{"server_id":"NX","connections":[{"cid":1,"start":"soon"}]}})"}) {
    EXPECT_FALSE(parse_connz(text)) << text;
  }
  const auto refused =
      parse_connz(R"({"server":{"id":"NX"},"error":{"code":400,"description":"bad"}})");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().text, "bad");
}

TEST(Varz, ReadsFiguresOfOldAndNewServers) {
  const auto stats = parse_varz(
      R"({"server":{"id":"NX"},"data":{"server_id":"NX","server_name":"s","version":"2.10.29",
    "connections":5,"max_connections":65536,"slow_consumers":2,"jetstream":{"stats":{"ha_assets":4,"api":{"errors":3}},
    "meta":{"pending":6}}}})");
  ASSERT_TRUE(stats);
  EXPECT_EQ(stats->id, "NX");
  EXPECT_EQ(stats->name, "s");
  EXPECT_EQ(stats->version, "2.10.29");
  EXPECT_EQ(stats->connections, 5U);
  EXPECT_EQ(stats->max_connections, 65536);
  EXPECT_EQ(stats->slow_consumers, 2U);
  EXPECT_EQ(stats->stale_connections, 0U) << "2.10 does not say";
  EXPECT_EQ(stats->ha_assets, 4U);
  EXPECT_EQ(stats->js_api_errors, 3U);
  EXPECT_EQ(stats->meta_pending, 6U);
  EXPECT_FALSE(parse_varz(R"({"data":{}})"));
  EXPECT_FALSE(parse_varz("[]"));
}

TEST(Statsz, TellsHowManyServersThereAre) {
  const char* text = R"({"server":{"id":"NX"},"statsz":{"active_servers":3}})";
  EXPECT_EQ(parse_active_servers(text), 3U);
  EXPECT_EQ(parse_server_id(text), "NX");
  EXPECT_EQ(parse_active_servers("{}"), 0U);
  EXPECT_EQ(parse_active_servers(R"({"statsz":{"active_servers":-3}})"), 0U);
  EXPECT_EQ(parse_server_id("no json"), "");
}

}  // namespace
}  // namespace roomkeeper::testing
