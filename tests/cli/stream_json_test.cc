#include "cli/stream_json.h"

#include <string>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace roomkeeper::cli {
namespace {

TEST(StreamJson, State) {
  const auto state = parse_stream_state(
      R"({"config":{},"state":{"messages":3,"first_seq":5,"last_seq":9,"num_deleted":2,"bytes":1}})");
  ASSERT_TRUE(state);
  EXPECT_EQ(state->messages, 3U);
  EXPECT_EQ(state->first_seq, 5U);
  EXPECT_EQ(state->last_seq, 9U);
  EXPECT_EQ(state->deleted, 2U);
}

TEST(StreamJson, Refusals) {
  const auto gone = parse_stream_state(
      R"({"error":{"code":404,"err_code":10059,"description":"stream not found"}})");
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, policies::ErrorCode::not_found);
  EXPECT_EQ(gone.error().server_code, 10059);
  EXPECT_EQ(gone.error().text, "stream not found");
  const auto refused =
      parse_consumer_reply(R"({"error":{"code":400,"err_code":10084,"description":"pull mode"}})");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, policies::ErrorCode::denied);
  for (const char* text : {"", "x", "[]", "{}", R"({"state":[]})"})
    EXPECT_FALSE(parse_stream_state(text)) << text;
  for (const char* text : {"", "{}", R"({"seq":-1})", R"({"seq":"1"})"})
    EXPECT_FALSE(parse_publish_ack(text)) << text;
}

TEST(StreamJson, ConsumerRequests) {
  const auto by_seq = nlohmann::json::parse(consumer_request(
      "ROOM_a", "_INBOX.x", "chat.a.*", {.seq = 7, .time = {}}, std::chrono::seconds(5)));
  EXPECT_EQ(by_seq["stream_name"], "ROOM_a");
  EXPECT_EQ(by_seq["config"]["deliver_subject"], "_INBOX.x");
  EXPECT_EQ(by_seq["config"]["filter_subject"], "chat.a.*");
  EXPECT_EQ(by_seq["config"]["deliver_policy"], "by_start_sequence");
  EXPECT_EQ(by_seq["config"]["opt_start_seq"], 7);
  EXPECT_EQ(by_seq["config"]["ack_policy"], "none");
  EXPECT_EQ(by_seq["config"]["idle_heartbeat"], 5'000'000'000);
  EXPECT_FALSE(by_seq["config"].contains("opt_start_time"));
  const auto by_time = nlohmann::json::parse(consumer_request(
      "ROOM_a", "_INBOX.x", "", {.seq = 1, .time = policies::WallTime{std::chrono::seconds(60)}},
      std::chrono::seconds(5)));
  EXPECT_EQ(by_time["config"]["deliver_policy"], "by_start_time");
  EXPECT_EQ(by_time["config"]["opt_start_time"], "1970-01-01T00:01:00Z");
  EXPECT_FALSE(by_time["config"].contains("opt_start_seq"));
  EXPECT_FALSE(by_time["config"].contains("filter_subject"));
}

TEST(StreamJson, DeliveriesInBothForms) {
  const auto old_form = parse_delivery("$JS.ACK.ROOM_a.c.1.42.7.1000000001.3");
  ASSERT_TRUE(old_form);
  EXPECT_EQ(old_form->stream_seq, 42U);
  EXPECT_EQ(old_form->consumer_seq, 7U);
  EXPECT_EQ(old_form->pending, 3U);
  EXPECT_EQ(old_form->time.time_since_epoch().count(), 1000000001);
  const auto new_form = parse_delivery("$JS.ACK._.hash.ROOM_a.c.1.42.7.1000000001.3.random");
  ASSERT_TRUE(new_form);
  EXPECT_EQ(new_form->stream_seq, 42U);
  EXPECT_EQ(new_form->consumer_seq, 7U);
  for (const char* text :
       {"", "a.b", "$JS.ACK.s.c.1.2.3.4", "$JS.NAK.s.c.1.2.3.4.5", "$JS.ACK.s.c.1.x.3.4.5",
        "$JS.ACK.s.c.1.2.3.-4.5", "$JS.ACK.s.c.1.2.3.99999999999999999999.5"}) {
    EXPECT_FALSE(parse_delivery(text)) << text;
  }
}

TEST(StreamJson, Acknowledgements) {
  const auto ack = parse_publish_ack(R"({"stream":"ROOM_a","seq":12,"duplicate":true})");
  ASSERT_TRUE(ack);
  EXPECT_EQ(ack->stream, "ROOM_a");
  EXPECT_EQ(ack->seq, 12U);
  EXPECT_TRUE(ack->duplicate);
}

}  // namespace
}  // namespace roomkeeper::cli
