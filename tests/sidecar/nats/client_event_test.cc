#include "sidecar/nats/client_event.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "sidecar/nats/timestamp.h"

namespace roomkeeper::testing {
namespace {

using nlohmann::json;
using namespace sidecar::nats;
using sidecar::ClientEvent;

/// As servers sent them, but for their ids.
constexpr const char* connect_2_10 =
    R"({"type":"io.nats.server.advisory.v1.client_connect","id":"iKQGsH9P0fdVIbSfVAY4u1",
"timestamp":"2026-11-22T23:41:24.026887441Z","server":{"name":"n1","host":"127.0.0.1","id":"NONE",
"ver":"2.10.29","jetstream":true,"flags":3,"seq":15,"time":"2026-11-22T23:41:24.027046512Z"},
"client":{"start":"2026-11-22T23:41:24.026407007Z","host":"127.0.0.1","id":7,"acc":"APP",
"user":"alice","name":"phone","lang":"x","ver":"1","kind":"Client","client_type":"nats"}})";
constexpr const char* connect_2_15 =
    R"({"type":"io.nats.server.advisory.v1.client_connect","id":"6D871vsqGLPqzJUxRVcgL9",
"timestamp":"2026-11-22T23:41:29.254995885Z","server":{"name":"n1","host":"127.0.0.1","id":"NTWO",
"ver":"2.15.2","feature_flags":{"js_ack_fc_v2":false,"js_api_reply_v2":false,
"js_raft_delete_range":true,"js_snapshot_sources":false},"jetstream":true,"flags":7,"seq":59,
"time":"2026-11-22T23:41:29.255139208Z"},"client":{"start":"2026-11-22T23:41:28.954711163Z",
"host":"127.0.0.1","id":27,"acc":"APP","user":"alice","name":"web","name_tag":"APP",
"kind":"Client","client_type":"websocket"}})";
// 2.10 puts the password of an MQTT client into `jwt`.
constexpr const char* disconnect_2_10 =
    R"({"type":"io.nats.server.advisory.v1.client_disconnect","id":"w9SIZ4pw31MzmSRnzhanCm",
"timestamp":"2026-11-22T23:42:15.624026803Z","server":{"name":"n1","host":"127.0.0.1","id":"NONE",
"ver":"2.10.29","jetstream":true,"flags":3,"seq":77,"time":"2026-11-22T23:42:15.624115274Z"},
"client":{"start":"2026-11-22T23:42:11.848957191Z","host":"127.0.0.1","id":25,"acc":"APP",
"user":"alice","stop":"2026-11-22T23:42:15.624026803Z","jwt":"topsecret","kind":"Client",
"client_type":"mqtt","client_id":"dev1"},"sent":{"msgs":0,"bytes":0},
"received":{"msgs":0,"bytes":0},"reason":"Client Closed"})";
constexpr const char* disconnect_2_15 =
    R"({"type":"io.nats.server.advisory.v1.client_disconnect","id":"wKGFMUhEHgWlFDI9LB73vI",
"timestamp":"2026-11-22T23:42:22.033581577Z","server":{"name":"n1","host":"127.0.0.1","id":"NTWO",
"ver":"2.15.2","feature_flags":{"js_ack_fc_v2":false},"jetstream":true,"flags":7,"seq":74,
"time":"2026-11-22T23:42:22.033662538Z"},"client":{"start":"2026-11-22T23:42:18.336848024Z",
"host":"127.0.0.1","id":24,"acc":"APP","user":"alice","name":"phone","lang":"x","ver":"1",
"rtt":421000,"stop":"2026-11-22T23:42:22.033581577Z","name_tag":"APP","kind":"Client",
"client_type":"nats"},"sent":{"msgs":0,"bytes":0},"received":{"msgs":0,"bytes":0},
"reason":"Kicked"})";
constexpr const char* leaf_2_15 =
    R"({"type":"io.nats.server.advisory.v1.client_connect","id":"6D871vsqGLPqzJUxRVcgC7",
"timestamp":"2026-11-22T23:41:28.966721627Z","server":{"name":"n1","host":"127.0.0.1","id":"NTWO",
"ver":"2.15.2","jetstream":true,"flags":7,"seq":56,"time":"2026-11-22T23:41:28.967014457Z"},
"client":{"start":"2026-11-22T23:41:28.960359648Z","host":"127.0.0.1","id":28,"acc":"APP",
"user":"alice","name":"leaf1","ver":"2.15.2","name_tag":"APP","kind":"Leafnode"}})";

ClientEvent read(const std::string& text) {
  const auto event = parse_client_event(text);
  EXPECT_TRUE(event) << (event ? "" : event.error().text) << "\n" << text;
  return event.value_or(ClientEvent{});
}
policies::WallTime time(const char* text) {
  return parse_timestamp(text).value();
}

TEST(ClientEvents, AreReadAsOldServersSendThem) {
  const ClientEvent event = read(connect_2_10);
  EXPECT_EQ(event.key, (policies::ConnectionKey{"NONE", 7}));
  EXPECT_EQ(event.identity, (policies::Identity{"APP", "alice"}));
  EXPECT_EQ(event.at, time("2026-11-22T23:41:24.026887441Z"));
  EXPECT_EQ(event.start, time("2026-11-22T23:41:24.026407007Z"));
  EXPECT_EQ(event.server_name, "n1");
  EXPECT_EQ(event.host, "127.0.0.1");
  EXPECT_EQ(event.kind, "nats");
  EXPECT_EQ(event.name, "phone");
  EXPECT_EQ(event.reason, "");
  EXPECT_TRUE(event.is_client);
  const ClientEvent left = read(disconnect_2_10);
  EXPECT_EQ(left.key, (policies::ConnectionKey{"NONE", 25}));
  EXPECT_EQ(left.kind, "mqtt");
  EXPECT_EQ(left.reason, "Client Closed");
  for (const std::string& text : {left.name, left.host, left.server_name, left.identity.user})
    EXPECT_EQ(text.find("topsecret"), text.npos) << "the client's password";
}

TEST(ClientEvents, AreReadAsNewServersSendThem) {
  const ClientEvent event = read(connect_2_15);
  EXPECT_EQ(event.key, (policies::ConnectionKey{"NTWO", 27}));
  EXPECT_EQ(event.kind, "websocket");
  EXPECT_EQ(event.name, "web");
  EXPECT_TRUE(event.is_client);
  const ClientEvent kicked = read(disconnect_2_15);
  EXPECT_EQ(kicked.key, (policies::ConnectionKey{"NTWO", 24}));
  EXPECT_EQ(kicked.reason, "Kicked");
  EXPECT_EQ(kicked.at, time("2026-11-22T23:42:22.033581577Z"));
}

TEST(ClientEvents, ALeafNodeIsNoClient) {
  EXPECT_FALSE(read(leaf_2_15).is_client);
  EXPECT_EQ(read(leaf_2_15).kind, "");
}

/// What an event has to say to be one, by path.
bool is_needed(const std::string& object, const std::string& field) {
  return field.empty() ? object == "client" || object == "server" : field == "id";
}

/// All objects and fields of a DISCONNECT event.
std::vector<std::pair<std::string, std::string>> all_fields() {
  std::vector<std::pair<std::string, std::string>> fields;
  const json event = json::parse(disconnect_2_15);
  for (const auto& [key, value] : event.items()) {
    fields.emplace_back(key, "");
    if (!value.is_object()) continue;
    for (const auto& [inner, ignored] : value.items()) fields.emplace_back(key, inner);
  }
  return fields;
}

TEST(ClientEvents, EveryFieldMayBeMissingButTheConnectionsKey) {
  for (const auto& [object, field] : all_fields()) {
    json event = json::parse(disconnect_2_15);
    if (field.empty()) {
      event.erase(object);
    } else {
      event[object].erase(field);
    }
    const bool needed = is_needed(object, field) && object != "id";
    EXPECT_EQ(parse_client_event(event.dump()).has_value(), !needed) << object << "." << field;
  }
}

TEST(ClientEvents, EveryFieldMayHaveAnyType) {
  const std::vector<json> others{nullptr,
                                 true,
                                 -1,
                                 1.5,
                                 18446744073709551615U,
                                 "text",
                                 "",
                                 json::array(),
                                 json::array({1, "a"}),
                                 json::object(),
                                 {{"id", {{"id", 1}}}},
                                 std::string(100'000, 'x'),
                                 std::string("a\0b", 3)};
  for (const auto& [object, field] : all_fields()) {
    for (const json& other : others) {
      json event = json::parse(disconnect_2_15);
      (field.empty() ? event[object] : event[object][field]) = other;
      const auto read = parse_client_event(event.dump());
      if (!read) continue;
      EXPECT_FALSE(read->key.server_id.empty());
      EXPECT_GT(read->key.cid, 0U);
      for (const std::string& text : {read->key.server_id, read->server_name, read->host,
                                      read->kind, read->name, read->reason})
        EXPECT_LE(text.size(), 512U) << object << "." << field;
    }
  }
}

// A part of a long name may be the name of somebody else.
TEST(ClientEvents, ALongNameOfAUserIsNotCut) {
  json event = json::parse(connect_2_15);
  event["client"]["user"] = "alice" + std::string(5'000, 'x');
  EXPECT_EQ(read(event.dump()).identity.user.size(), 5'005U);
}

TEST(ClientEvents, RefuseWhatIsNone) {
  for (const std::string text :
       {"", "{}", "[]", "null", "not json", "{\"client\":{\"id\":1}}",
        "{\"server\":{\"id\":\"N\"}}", "{\"client\":{\"id\":0},\"server\":{\"id\":\"N\"}}",
        "{\"client\":{\"id\":1},\"server\":{\"id\":\"\"}}", "{\"client\":{\"id\":1}",
        "{\"error\":{\"code\":500,\"description\":\"no\"}}"}) {
    EXPECT_FALSE(parse_client_event(text)) << text;
  }
  json huge = json::parse(connect_2_15);
  huge["client"]["jwt"] = std::string(1'000'000, 'x');
  EXPECT_FALSE(parse_client_event(huge.dump()));
  EXPECT_FALSE(parse_client_event(std::string(100'000, '[')));
}

}  // namespace
}  // namespace roomkeeper::testing
