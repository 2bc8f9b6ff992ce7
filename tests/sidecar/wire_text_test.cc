// Texts that others read: notices, the micro protocol, the state bucket's values, server versions.
#include <limits>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "sidecar/micro_protocol.h"
#include "sidecar/notice.h"
#include "sidecar/server_version.h"
#include "sidecar/state_record.h"

namespace roomkeeper::sidecar {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

// --- notices

policies::Kick kick_of(policies::Reason reason) {
  return {.key = {"NSERVER", 41},
          .identity = {"APP", "bob"},
          .limit = policies::LimitKind::room_connections,
          .of = "general",
          .reason = reason,
          .used = 5,
          .max = 3,
          .retry_after = 1500ms};
}

TEST(Notice, SaysWhyAndLetsAClientFindItself) {
  EXPECT_EQ(
      json::parse(encode_notice(kick_of(policies::Reason::reject_new))),
      json::parse(
          R"({"code": "connection_limit", "limit": "room_connections", "of": "general", "reason": "reject_new", "max": 3,
                            "used": 5, "server_id": "NSERVER", "cid": 41, "retry_after": 1})"));
}

TEST(Notice, OfAnAdministratorsKickNamesNoLimit) {
  const policies::Kick kick = kick_of(policies::Reason::kicked_by_admin);
  EXPECT_EQ(json::parse(encode_notice(kick, "점검 중입니다")),
            json::parse(R"({"code": "kicked", "reason": "kicked_by_admin", "server_id": "NSERVER",
                            "cid": 41, "retry_after": 1, "text": "점검 중입니다"})"));
  EXPECT_FALSE(json::parse(encode_notice(kick)).contains("text"));
}

TEST(Notice, ToABannedUserNamesNoLimitAndNoEnd) {
  policies::Kick kick = kick_of(policies::Reason::banned);
  kick.limit = policies::LimitKind::ban;
  kick.of = "bob";
  EXPECT_EQ(json::parse(encode_notice(kick)),
            json::parse(R"({"code": "banned", "reason": "banned", "server_id": "NSERVER",
                            "cid": 41, "retry_after": 1})"));
}

TEST(Notice, StaysJsonWithHostileServerNames) {
  policies::Kick kick = kick_of(policies::Reason::evict_oldest);
  kick.key = {"\xff\"}\n", std::numeric_limits<std::uint64_t>::max()};
  const json notice = json::parse(encode_notice(kick), nullptr, false);
  ASSERT_TRUE(notice.is_object());
  EXPECT_EQ(notice["cid"], json(std::numeric_limits<std::uint64_t>::max()));
}

// --- micro protocol

micro::Service service() {
  return {.id = "A1",
          .instance = "seoul",
          .admin_prefix = "ops.rooms",
          .started = policies::WallTime(1'000'000'000s)};
}

TEST(MicroProtocol, AnIdIsOneTokenAndNewAtEveryStart) {
  std::set<std::string> ids;
  for (int i = 0; i < 100; ++i)
    ids.insert(micro::make_id("seoul", policies::WallTime(std::chrono::milliseconds(i))));
  ids.insert(micro::make_id("busan.>", policies::WallTime(0ms)));
  EXPECT_EQ(ids.size(), 101U);
  for (const std::string& id : ids) {
    EXPECT_EQ(
        id.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"),
        std::string::npos)
        << id;
  }
}

TEST(MicroProtocol, ListensWhereTheProtocolSays) {
  const auto subjects = micro::discovery_subjects("A1");
  EXPECT_EQ(
      std::set<std::string>(subjects.begin(), subjects.end()),
      (std::set<std::string>{"$SRV.PING", "$SRV.PING.roomkeeper", "$SRV.PING.roomkeeper.A1",
                             "$SRV.INFO", "$SRV.INFO.roomkeeper", "$SRV.INFO.roomkeeper.A1",
                             "$SRV.STATS", "$SRV.STATS.roomkeeper", "$SRV.STATS.roomkeeper.A1"}));
}

TEST(MicroProtocol, RepliesHaveTheirTypesAndTheSubjectsInForce) {
  micro::Stats stats{};
  stats[0].requests = 4;
  stats[0].errors = 1;
  stats[0].last_error = "404: \xff\"";
  stats[0].processing = 10us;
  const json ping =
      json::parse(micro::discovery_reply("$SRV.PING.roomkeeper.A1", service(), stats));
  EXPECT_EQ(ping["type"], json("io.nats.micro.v1.ping_response"));
  EXPECT_EQ(ping["id"], json("A1"));
  const json info = json::parse(micro::discovery_reply("$SRV.INFO", service(), stats));
  EXPECT_EQ(info["type"], json("io.nats.micro.v1.info_response"));
  ASSERT_EQ(info["endpoints"].size(), api::verb_count);
  for (const json& endpoint : info["endpoints"])
    EXPECT_TRUE(endpoint.value("subject", "").starts_with("ops.rooms."));
  const json all = json::parse(micro::discovery_reply("$SRV.STATS", service(), stats));
  EXPECT_EQ(all["type"], json("io.nats.micro.v1.stats_response"));
  EXPECT_EQ(all["started"], json("2001-09-09T01:46:40Z"));
  EXPECT_EQ(all["endpoints"][0]["num_requests"], json(4));
  EXPECT_EQ(all["endpoints"][0]["num_errors"], json(1));
  EXPECT_EQ(all["endpoints"][0]["average_processing_time"], json(2500));
  EXPECT_EQ(all["endpoints"][1]["average_processing_time"], json(0))
      << "no division by zero requests";
}

TEST(MicroProtocol, ErrorsAreHeaders) {
  EXPECT_EQ(
      micro::error_headers(404, "room_not_found"),
      (Headers{{"Nats-Service-Error-Code", "404"}, {"Nats-Service-Error", "room_not_found"}}));
}

// --- state records

TEST(StateRecord, ComesBackAsItWasGiven) {
  const auto value =
      encode_room(R"({"id": "team", "title": "디자인", "stream": {"max_bytes": "8MiB"}})");
  ASSERT_TRUE(value);
  const auto record = decode_room(*value);
  ASSERT_TRUE(record);
  EXPECT_FALSE(record->removed);
  EXPECT_EQ(json::parse(record->room_json),
            json::parse(R"({"id": "team", "title": "디자인", "stream": {"max_bytes": "8MiB"}})"));
  const auto removal = decode_room(encode_removal());
  ASSERT_TRUE(removal);
  EXPECT_TRUE(removal->removed);
  EXPECT_EQ(*decode_instance(encode_instance("se\"oul")), "se\"oul");
}

TEST(StateRecord, ReadsAsIfAStrangerHadWrittenIt) {
  const std::string deep = std::string(5000, '[');
  for (const std::string& value :
       {std::string(), std::string("null"), std::string("[]"), std::string("7"), std::string("{}"),
        std::string("{\"room\": 7}"), std::string("{\"room\": null}"),
        std::string("{\"removed\": 1}"), std::string("{\"removed\": \"true\"}"),
        std::string("{\"removed\": false}"), std::string("{\"room\": {}"), std::string("\xff\xfe"),
        deep}) {
    EXPECT_FALSE(decode_room(value)) << value.substr(0, 40);
  }
  for (const char* value :
       {"", "null", "{}", R"({"instance": 7})", R"({"instance": null})", "\xff"}) {
    EXPECT_FALSE(decode_instance(value)) << value;
  }
  for (const char* value : {"", "[]", "\"team\"", "{\"id\": }"})
    EXPECT_FALSE(encode_room(value)) << value;
}

TEST(StateRecord, MergesAsRfc7396Says) {
  const auto merged = merge_room(
      R"({"id": "team", "topic": "old", "stream": {"max_bytes": "8MiB"}, "tags": ["a", "b"]})",
      R"({"topic": null, "stream": {"max_messages": 5}, "tags": ["c"]})");
  ASSERT_TRUE(merged);
  EXPECT_EQ(
      json::parse(*merged),
      json::parse(
          R"({"id": "team", "stream": {"max_bytes": "8MiB", "max_messages": 5}, "tags": ["c"]})"));
  EXPECT_FALSE(merge_room("[]", "{}"));
  EXPECT_FALSE(merge_room("{}", "7"));
}

TEST(StateRecord, FindsTheRoomsId) {
  EXPECT_EQ(*room_id_of(R"({"id": "team"})"), "team");
  for (const char* value : {"{}", R"({"id": 7})", R"({"id": null})", "[]", ""})
    EXPECT_FALSE(room_id_of(value)) << value;
}

// --- server versions

TEST(ServerVersion, TwoPointTenAndNewer) {
  for (const char* version :
       {"2.10.0", "2.10.29", "2.11.0-RC.1", "2.15.2", "2.15", "3.0.0", "2.100.1", "10.0.0"}) {
    EXPECT_TRUE(is_supported(version)) << version;
  }
  for (const char* version :
       {"2.9.25", "2.1.10", "1.99.0", "0.0.0", "", "2", "2.", ".10", "v2.10.0", "two.ten", "2.x.1",
        "-2.10.0", "2.-10.0", "99999999999999999999.1", "2.99999999999999999999"}) {
    EXPECT_FALSE(is_supported(version)) << version;
  }
}

}  // namespace
}  // namespace roomkeeper::sidecar
