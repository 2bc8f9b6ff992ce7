#include "sidecar/nats/whole_message.h"

#include <gtest/gtest.h>

namespace roomkeeper::testing {
namespace {

using policies::ErrorCode;
using sidecar::Headers;
using sidecar::Message;
using sidecar::nats::parse_headers;
using sidecar::nats::parse_puback;

Message reply(std::string data) {
  Message message;
  message.data = std::move(data);
  return message;
}

TEST(WholeMessage, ReadsHeadersInTheirOrder) {
  EXPECT_EQ(parse_headers("NATS/1.0\r\nLang: ko\r\nTag:a\r\ntag:  b \r\nEmpty:\r\n\r\n"),
            (Headers{{"Lang", "ko"}, {"Tag", "a"}, {"tag", "b"}, {"Empty", ""}}));
  EXPECT_EQ(parse_headers("NATS/1.0\r\nUrl: http://a:1\r\n\r\n"), (Headers{{"Url", "http://a:1"}}));
}

TEST(WholeMessage, LeavesOutWhatIsNoHeader) {
  EXPECT_TRUE(parse_headers("").empty());
  EXPECT_TRUE(parse_headers("NATS/1.0 503 No Responders\r\n\r\n").empty());
  EXPECT_EQ(parse_headers("NATS/1.0\r\nnothing\r\n: x\r\nA: b"), (Headers{{"A", "b"}}));
}

TEST(PubAck, SaysWhereTheMessageIs) {
  const auto ack = parse_puback(reply(R"({"stream":"POOL_a","seq":7,"duplicate":true})"));
  ASSERT_TRUE(ack);
  EXPECT_EQ(ack->stream, "POOL_a");
  EXPECT_EQ(ack->seq, 7U);
  EXPECT_TRUE(ack->duplicate);
}

TEST(PubAck, RefusesWhatIsNone) {
  EXPECT_FALSE(parse_puback(reply(R"({"stream":"POOL_a"})")));
  EXPECT_FALSE(parse_puback(reply("hello")));
  const auto refused = parse_puback(reply(
      R"({"error":{"code":503,"err_code":10077,"description":"maximum messages exceeded"}})"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().server_code, 10077);
  EXPECT_FALSE(parse_puback(policies::fail(ErrorCode::timeout, "no answer")));
}

}  // namespace
}  // namespace roomkeeper::testing
