// What servers say of their limits: JSZ, `$JS.API.INFO` with tiers, and refusals.
#include <gtest/gtest.h>

#include "sidecar/nats/account_json.h"
#include "sidecar/nats/jetstream.h"
#include "sidecar/nats/json_reply.h"
#include "sidecar/nats/server_json.h"
#include "sidecar/nats/timestamp.h"

namespace roomkeeper::testing {
namespace {

using namespace sidecar::nats;

constexpr const char* one_of_a_cluster =
    R"({"server":{"name":"n1","id":"NX","cluster":"kr","ver":"2.15.2"},"data":{"server_id":"NX",
  "now":"2026-11-22T12:43:24Z","memory":1,"storage":2,"reserved_memory":3,"reserved_storage":4,"ha_assets":5,
  "config":{"max_memory":100,"max_storage":200,"store_dir":"/x","domain":"hub"},
  "limits":{"max_ha_assets":1000},"streams":7,"meta_cluster":{"name":"kr","leader":"n1"}}})";

TEST(Jsz, ReadsWhatAServerCanStore) {
  const auto stats = parse_jsz(one_of_a_cluster);
  ASSERT_TRUE(stats) << stats.error().text;
  ASSERT_TRUE(*stats);
  const StoreStats& store = **stats;
  EXPECT_EQ(store.id, "NX");
  EXPECT_EQ(store.name, "n1");
  EXPECT_EQ(store.cluster, "kr");
  EXPECT_EQ(store.domain, "hub");
  EXPECT_TRUE(store.clustered);
  EXPECT_EQ(store.max_memory, 100);
  EXPECT_EQ(store.max_storage, 200);
  EXPECT_EQ(store.memory, 1U);
  EXPECT_EQ(store.storage, 2U);
  EXPECT_EQ(store.reserved_memory, 3U);
  EXPECT_EQ(store.reserved_storage, 4U);
  EXPECT_EQ(store.ha_assets, 5U);
  EXPECT_EQ(store.max_ha_assets, 1000);
  EXPECT_EQ(store.now, parse_timestamp("2026-11-22T12:43:24Z"));
}

TEST(Jsz, ReadsTheFieldNamesOfOlderServers) {
  const auto stats = parse_jsz(
      R"({"server":{"name":"n1"},"data":{"server_id":"NX","now":"2026-11-22T12:43:24Z",
    "config":{"max_memory":1,"max_storage":2},"limits":{"MaxRequestBatch":0,"MaxHAAssets":30}}})");
  ASSERT_TRUE(stats);
  ASSERT_TRUE(*stats);
  EXPECT_EQ((*stats)->max_ha_assets, 30);
  EXPECT_FALSE((*stats)->clustered);
}

TEST(Jsz, AServerWithoutJetStreamHasNoStore) {
  const auto stats = parse_jsz(
      R"({"data":{"server_id":"NX","now":"2026-11-22T12:43:24Z","disabled":true,"config":{}}})");
  ASSERT_TRUE(stats);
  EXPECT_FALSE(*stats);
}

TEST(Jsz, RefusesWhatSaysTooLittle) {
  for (const char* text : {"", "{}", R"({"data":{}})", R"({"data":{"server_id":"NX","config":{}}})",
                           R"({"data":{"server_id":"NX","now":"soon","config":{}}})",
                           R"({"data":{"server_id":"NX","now":"2026-11-22T12:43:24Z"}})",
                           R"({"error":{"code":500,"description":"bad"}})"}) {
    EXPECT_FALSE(parse_jsz(text)) << text;
  }
}

TEST(AccountReply, HasOneListOfLimitsWithoutTiers) {
  const auto info = parse_account_info(
      R"({"memory":0,"storage":0,"streams":2,"domain":"hub","limits":{"max_memory":-1,
    "max_storage":1000,"max_streams":0,"max_consumers":-1},"api":{"level":5}})");
  ASSERT_TRUE(info) << info.error().text;
  EXPECT_EQ(info->domain, "hub");
  ASSERT_EQ(info->limits.size(), 1U);
  EXPECT_EQ(info->limits[0].tier, "");
  EXPECT_EQ(info->limits[0].max_memory, -1);
  EXPECT_EQ(info->limits[0].max_storage, 1000);
  EXPECT_EQ(info->limits[0].max_streams, 0);
}

TEST(AccountReply, HasOneForEachTier) {
  const auto info = parse_account_info(
      R"({"streams":2,"limits":{"max_memory":0,"max_storage":0,"max_streams":0},"tiers":{
    "R1":{"storage":1,"limits":{"max_memory":-1,"max_storage":1000,"max_streams":5}},
    "R3":{"storage":1,"limits":{"max_memory":10,"max_storage":-1,"max_streams":-1}},
    "":{"limits":{}},"Rubbish":{"limits":{}},"R5":7}})");
  ASSERT_TRUE(info) << info.error().text;
  ASSERT_EQ(info->limits.size(), 2U);
  EXPECT_EQ(info->limits[0].tier, "R1");
  EXPECT_EQ(info->limits[0].max_streams, 5);
  EXPECT_EQ(info->limits[1].tier, "R3");
  EXPECT_EQ(info->limits[1].max_memory, 10);
}

TEST(AccountReply, SaysNothingWhereTheServerDoesNot) {
  const auto info = parse_account_info(R"({"streams":2})");
  ASSERT_TRUE(info);
  EXPECT_TRUE(info->limits.empty());
}

TEST(Refusal, LacksCapacityByItsCode) {
  for (const int code : {10002, 10023, 10027, 10028, 10047, 10120, 10122})
    EXPECT_TRUE(lacks_capacity(make_server_error(500, code, "x"))) << code;
  for (const int code : {0, 10003, 10026, 10052, 10058, 10059, 10065, 10077})
    EXPECT_FALSE(lacks_capacity(make_server_error(500, code, "x"))) << code;
  // One code for many reasons.
  EXPECT_TRUE(lacks_capacity(
      make_server_error(400, 10005, "no suitable peers for placement, insufficient storage")));
  EXPECT_FALSE(lacks_capacity(
      make_server_error(400, 10005, "no suitable peers for placement, peer offline")));
}

}  // namespace
}  // namespace roomkeeper::testing
