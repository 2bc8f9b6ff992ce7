#include "sidecar/nats/json_reply.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace roomkeeper::testing {
namespace {

using policies::ErrorCode;
using namespace sidecar::nats;

TEST(JsonReply, TheServersErrorBecomesOursByItsMeaning) {
  const auto code_of = [](int code, int err_code) {
    const auto reply =
        parse_reply(R"({"type":"x","error":{"code":)" + std::to_string(code) + R"(,"err_code":)" +
                    std::to_string(err_code) + R"(,"description":"words"}})");
    EXPECT_FALSE(reply);
    EXPECT_EQ(reply.error().text, "words");
    EXPECT_EQ(reply.error().server_code, err_code);
    return reply.error().code;
  };
  EXPECT_EQ(code_of(404, 10059), ErrorCode::not_found);
  EXPECT_EQ(code_of(400, 10058), ErrorCode::conflict);
  EXPECT_EQ(code_of(400, 10065), ErrorCode::conflict);
  EXPECT_EQ(code_of(400, 10071), ErrorCode::conflict);
  EXPECT_EQ(code_of(400, 10164), ErrorCode::conflict);
  EXPECT_EQ(code_of(400, 10027), ErrorCode::limit);
  EXPECT_EQ(code_of(500, 10047), ErrorCode::limit);
  EXPECT_EQ(code_of(503, 10008), ErrorCode::unavailable);
  EXPECT_EQ(code_of(503, 10039), ErrorCode::unavailable);
  EXPECT_EQ(code_of(500, 10074), ErrorCode::unsupported);
  EXPECT_EQ(code_of(500, 10052), ErrorCode::invalid);
  EXPECT_EQ(code_of(400, 10109), ErrorCode::denied);
  EXPECT_EQ(code_of(400, 99999), ErrorCode::invalid);
  EXPECT_EQ(code_of(500, 0), ErrorCode::internal);
}

TEST(JsonReply, WhatIsNoObjectIsABrokenReply) {
  for (const char* text : {"", "null", "[]", "{", "1", "\"x\"", "{\"a\":\"\xff\"}"}) {
    const auto reply = parse_reply(text);
    ASSERT_FALSE(reply) << text;
    EXPECT_EQ(reply.error().code, ErrorCode::internal);
  }
}

TEST(JsonReply, AnErrorOfAnotherShapeIsStillAnError) {
  const auto reply = parse_reply(R"({"error":{"code":"much","err_code":1e300}})");
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, ErrorCode::internal);
  EXPECT_FALSE(reply.error().text.empty());
}

TEST(JsonReply, NumbersAreReadOnlyWhereTheyFit) {
  const auto object = nlohmann::json::parse(
      R"({"big":18446744073709551615,"low":-9223372036854775808,"half":1.5,"huge":1e30,"text":"1","flag":true})");
  EXPECT_EQ(read_uint(object, "big"), UINT64_MAX);
  EXPECT_EQ(read_int(object, "big"), std::nullopt);
  EXPECT_EQ(read_int(object, "low"), INT64_MIN);
  EXPECT_EQ(read_uint(object, "low"), std::nullopt);
  for (const char* key : {"half", "huge", "text", "flag", "absent"}) {
    EXPECT_EQ(read_int(object, key), std::nullopt) << key;
    EXPECT_EQ(read_uint(object, key), std::nullopt) << key;
  }
  EXPECT_EQ(read_bool(object, "flag"), true);
  EXPECT_EQ(read_string(object, "text"), "1");
  EXPECT_EQ(read_child(object, "text"), nullptr);
}

TEST(JsonReply, BrokenUtf8IsReplacedWhenWritten) {
  EXPECT_EQ(dump_json({{"a", "x\xff"}}), "{\"a\":\"x\xef\xbf\xbd\"}");
}

TEST(Base64, ReadsWhatTheServerWrites) {
  EXPECT_EQ(decode_base64(""), "");
  EXPECT_EQ(decode_base64("aGVsbG8="), "hello");
  EXPECT_EQ(decode_base64("aGVsbA=="), "hell");
  EXPECT_EQ(decode_base64("AP/+"), std::string("\0\xff\xfe", 3));
  EXPECT_EQ(decode_base64("a"), std::nullopt);
  EXPECT_EQ(decode_base64("aGV*bG8="), std::nullopt);
  EXPECT_EQ(decode_base64("aG=sbG8="), std::nullopt);
}

}  // namespace
}  // namespace roomkeeper::testing
