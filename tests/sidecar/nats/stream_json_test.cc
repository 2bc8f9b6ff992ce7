#include "sidecar/nats/stream_json.h"

#include <set>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace roomkeeper::testing {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using namespace sidecar::nats;

policies::StreamConfig some_config() {
  policies::StreamConfig config;
  config.subjects = {"chat.general.*"};
  config.max_age = 26h;
  config.settings.max_messages = 1000;
  config.settings.max_bytes = 64 << 20;
  config.settings.max_message_size = 65536;
  config.settings.on_full = policies::OnFull::reject_new;
  config.settings.compression = policies::Compression::s2;
  config.mark = policies::Mark{"seoul", "general", "file", "default", "midnight:0:Asia/Seoul"};
  return config;
}

TEST(StreamJson, CreatingNamesOnlyFieldsThatEverySupportedServerKnows) {
  policies::StreamConfig config = some_config();
  config.settings.placement = {"c1", {"ssd"}};
  const json body = json::parse(create_body("ROOM_general", config, 18));
  std::set<std::string> keys;
  for (const auto& [key, value] : body.items()) keys.insert(key);
  EXPECT_EQ(keys,
            (std::set<std::string>{
                "compression", "discard", "duplicate_window", "first_seq", "max_age", "max_bytes",
                "max_consumers", "max_msg_size", "max_msgs", "max_msgs_per_subject", "metadata",
                "name", "num_replicas", "placement", "retention", "storage", "subjects"}));
  EXPECT_EQ(body["max_age"], 93'600'000'000'000);
  EXPECT_EQ(body["discard"], "new");
  EXPECT_EQ(body["first_seq"], 18);
  EXPECT_EQ(body["placement"], (json{{"cluster", "c1"}, {"tags", {"ssd"}}}));
}

TEST(StreamJson, NoFirstSequenceAndNoPlacementUnlessWanted) {
  const json body = json::parse(create_body("ROOM_general", some_config(), 0));
  EXPECT_FALSE(body.contains("first_seq"));
  EXPECT_FALSE(body.contains("placement"));
}

TEST(StreamJson, WhatIsCreatedIsReadBackTheSame) {
  const policies::StreamConfig config = some_config();
  const std::string reply =
      R"({"type":"io.nats.jetstream.api.v1.stream_create_response","config":)" +
      create_body("ROOM_general", config, 0) +
      R"(,"created":"2026-11-22T12:00:00Z","state":{"messages":0},"ts":"2026-11-22T12:00:01Z"})";
  const auto info = parse_stream_info(reply);
  ASSERT_TRUE(info) << info.error().text;
  EXPECT_EQ(info->stream.name, "ROOM_general");
  EXPECT_EQ(info->stream.config, config);
  EXPECT_EQ(json::parse(info->raw_config)["name"], "ROOM_general");
  EXPECT_EQ(info->server_time - info->stream.stored.created, 1s);
}

TEST(StreamJson, UpdatingKeepsEverythingOfOthers) {
  const char* raw =
      R"({"name":"ROOM_general","description":"mine","allow_direct":true,"first_seq":5,"unheard_of":{"x":[1]},
    "placement":{"cluster":"old"},"max_msgs":5,
    "metadata":{"_nats.req.level":"0","team":"chat","roomkeeper.retention":"forever"}})";
  const auto body = update_body("ROOM_general", raw, some_config());
  ASSERT_TRUE(body);
  const json sent = json::parse(*body);
  EXPECT_EQ(sent["description"], "mine");
  EXPECT_EQ(sent["allow_direct"], true);
  EXPECT_EQ(sent["first_seq"], 5);
  EXPECT_EQ(sent["unheard_of"], (json{{"x", {1}}}));
  EXPECT_EQ(sent["metadata"]["_nats.req.level"], "0");
  EXPECT_EQ(sent["metadata"]["team"], "chat");
  EXPECT_EQ(sent["metadata"]["roomkeeper.retention"], "midnight:0:Asia/Seoul");
  EXPECT_EQ(sent["max_msgs"], 1000);
  EXPECT_FALSE(sent.contains("placement")) << "managed, and not wanted any more";
}

TEST(StreamJson, UpdatingSwitchesDangerousFlagsOffAndAddsNone) {
  const auto off = update_body(
      "A", R"({"allow_rollup_hdrs":true,"subject_delete_marker_ttl":1000})", some_config());
  ASSERT_TRUE(off);
  EXPECT_EQ(json::parse(*off)["allow_rollup_hdrs"], false);
  EXPECT_FALSE(json::parse(*off).contains("subject_delete_marker_ttl"));
  const auto none = update_body("A", "{}", some_config());
  ASSERT_TRUE(none);
  EXPECT_FALSE(json::parse(*none).contains("allow_rollup_hdrs"));
}

TEST(StreamJson, WithoutAMarkTheMetadataStaysAsItIs) {
  policies::StreamConfig config = some_config();
  config.mark.reset();
  const auto body = update_body("A", R"({"metadata":{"roomkeeper.room":"x"}})", config);
  ASSERT_TRUE(body);
  EXPECT_EQ(json::parse(*body)["metadata"], (json{{"roomkeeper.room", "x"}}));
}

TEST(StreamJson, UpdatingWhatIsNoConfigurationIsAnError) {
  for (const char* raw : {"", "[]", "{", "null"})
    EXPECT_FALSE(update_body("A", raw, some_config())) << raw;
}

TEST(StreamJson, AReplyThatIsNoStreamIsAnError) {
  for (const char* text :
       {"{}", R"({"config":[]})", R"({"config":{"name":"A"}})", R"({"config":{},"state":{}})"}) {
    EXPECT_FALSE(parse_stream_info(text)) << text;
  }
  const auto gone = parse_stream_info(
      R"({"error":{"code":404,"err_code":10059,"description":"stream not found"}})");
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, policies::ErrorCode::not_found);
}

TEST(NamesPage, ReadsNamesAndTheNullOfNone) {
  const auto page =
      parse_names_page(R"({"total":1025,"offset":1024,"limit":1024,"streams":["Z"]})");
  ASSERT_TRUE(page);
  EXPECT_EQ(page->names, std::vector<std::string>{"Z"});
  EXPECT_EQ(page->total, 1025U);
  EXPECT_EQ(page->offset, 1024U);
  const auto none = parse_names_page(R"({"total":0,"offset":0,"limit":1024,"streams":null})");
  ASSERT_TRUE(none);
  EXPECT_TRUE(none->names.empty());
  EXPECT_FALSE(parse_names_page(R"({"total":1,"offset":0,"streams":[1]})"));
  EXPECT_FALSE(parse_names_page(R"({"streams":[]})"));
}

}  // namespace
}  // namespace roomkeeper::testing
