#include "sidecar/nats/server_json.h"

#include <cstddef>
#include <string>

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
    {"cid":10,"kind":"Leafnode","start":"2026-11-22T12:43:26Z","account":"APP"}]}})",
                  nullptr);
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

TEST(Connz, ReadsWhatConnectionsListenTo) {
  const policies::Listening listening(policies::Names{}, {"lobby"},
                                      [](const policies::RoomId& room) {
                                        return room.text() == "general" || room.text() == "hall";
                                      });
  const char* text = R"({"data":{"server_id":"NX","connections":[
     {"cid":7,"kind":"Client","start":"2026-11-22T12:43:24Z",
      "subscriptions_list":["chat.lobby.hall.>","chat.general.*","chat.general.bob","_INBOX.x"]},
     {"cid":8,"kind":"Client","start":"2026-11-22T12:43:24Z","subscriptions_list":["chat.\u003e"]},
     {"cid":9,"kind":"Client","start":"2026-11-22T12:43:24Z","subscriptions":3},
     {"cid":10,"kind":"Client","start":"2026-11-22T12:43:24Z",
      "subscriptions_list":[7,null,{"subject":"chat.general.*"},["chat.general.*"],"chat.none.*"]},
     {"cid":11,"kind":"Client","start":"2026-11-22T12:43:24Z","subscriptions_list":"chat.general.*"}
  ]}})";
  const auto page = parse_connz(text, &listening);
  ASSERT_TRUE(page) << page.error().text;
  ASSERT_EQ(page->connections.size(), 5U);
  const auto& first = page->connections[0];
  ASSERT_EQ(first.rooms.size(), 2U) << "each once";
  EXPECT_EQ(first.rooms[0].text(), "general");
  EXPECT_EQ(first.rooms[1].text(), "hall");
  EXPECT_FALSE(first.wildcard);
  EXPECT_TRUE(page->connections[1].wildcard);
  EXPECT_TRUE(page->connections[1].rooms.empty());
  for (std::size_t i = 2; i < 5; ++i) {
    EXPECT_TRUE(page->connections[i].rooms.empty()) << i;
    EXPECT_FALSE(page->connections[i].wildcard) << i;
  }
  const auto without = parse_connz(text, nullptr);
  ASSERT_TRUE(without);
  for (const auto& one : without->connections) EXPECT_TRUE(one.rooms.empty() && !one.wildcard);
}

TEST(Connz, SaysWhereThePageBeginsAndEnds) {
  const auto of = [](const std::string& cids, const std::string& more = "") {
    std::string list;
    for (const char cid : cids) {
      list += list.empty() ? "" : ",";
      // Every second is no client.
      list += std::string(R"({"kind":")") + (cid % 2 == 0 ? "Client" : "Leafnode") +
              R"(","start":"2026-11-22T12:43:24Z","cid":)" + cid + "}";
    }
    const auto page = parse_connz(R"({"server":{"name":"s","id":"NX"},"data":{)" + more +
                                      R"("server_id":"NX","connections":[)" + list + "]}}",
                                  nullptr);
    return page.value_or(ConnzPage{});
  };
  EXPECT_EQ(of("").first_cid, 0U);
  EXPECT_EQ(of("").last_cid, 0U);
  EXPECT_EQ(of("579").first_cid, 5U) << "of all that are listed";
  EXPECT_EQ(of("579").last_cid, 9U);
  EXPECT_TRUE(of("579").ascending);
  EXPECT_FALSE(of("597").ascending);
  EXPECT_FALSE(of("55").ascending);
  EXPECT_EQ(of("5").server_name, "s");
  EXPECT_EQ(of("5").now, policies::WallTime{});
  EXPECT_EQ(of("5", R"("now":"2026-11-22T12:43:24Z",)").now,
            parse_timestamp("2026-11-22T12:43:24Z").value());
  EXPECT_EQ(of("5", R"("now":"later",)").now, policies::WallTime{});
}

TEST(Connz, RefusesWhatIsNoPage) {
  EXPECT_TRUE(parse_connz(R"({"data":{"server_id":"NX","connections":[]}})", nullptr));
  for (const char* text :
       {"", "{}", R"({"data":{"connections":[]}})", R"({"data":{"server_id":"NX"}})",
        R"({"data":{"server_id":"NX","connections":[{"cid":-1,"start":"2026-11-22T12:43:24Z"}]}})",
        R"({"data":{"server_id":"NX","connections":[{"cid":1,"start":"soon"}]}})"}) {
    EXPECT_FALSE(parse_connz(text, nullptr)) << text;
  }
  const auto refused =
      parse_connz(R"({"server":{"id":"NX"},"error":{"code":400,"description":"bad"}})", nullptr);
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

TEST(Kick, SaysWhenByTheServersClock) {
  EXPECT_EQ(parse_server_time(R"({"server":{"id":"NX","time":"2026-11-22T23:42:22.033646514Z"}})"),
            parse_timestamp("2026-11-22T23:42:22.033646514Z").value());
  for (const char* text : {"", "{}", R"({"server":{}})", R"({"server":{"time":7}})",
                           R"({"server":{"time":"now"}})", R"({"server":"2026-11-22T23:42:22Z"})"})
    EXPECT_EQ(parse_server_time(text), policies::WallTime{}) << text;
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
