// What the admin API refuses, and what it lets pass for the sake of newer and older programs.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/codec.h"
#include "api/jobs.h"
#include "tests/api/wire_samples.h"

namespace roomkeeper::api {
namespace {

using testing::HasSubstr;

TEST(Strictness, NothingIsAnEmptyRequest) {
  EXPECT_TRUE(decode<NoRequest>(""));
  EXPECT_TRUE(decode<NoRequest>("{}"));
  const auto list = decode<RoomListRequest>("");
  ASSERT_TRUE(list);
  EXPECT_EQ(list->limit, 500U);
}

TEST(Strictness, UnknownFieldsOfRequestsAreNamed) {
  EXPECT_EQ(refusal<NoRequest>(R"({"x":1})"), "unknown field \"x\"");
  EXPECT_EQ(refusal<RoomRequest>(R"({"room":"a","rooom":1})"), "unknown field \"rooom\"");
  // However long it is, only its beginning is repeated.
  EXPECT_LT(refusal<NoRequest>("{\"" + std::string(100'000, 'x') + "\":1}").size(), 200U);
}

TEST(Strictness, UnknownFieldsAndNullsOfRepliesPass) {
  const auto room =
      decode<RoomView>(R"({"id":"a","of_tomorrow":{"x":[1]},"first_message":null,"title":null})");
  ASSERT_TRUE(room);
  EXPECT_EQ(room->id, "a");
  EXPECT_EQ(room->first_message, std::nullopt);
  const auto doctor =
      decode<DoctorReply>(R"({"findings":[{"check":"c","severity":"catastrophic","text":"t"}]})");
  ASSERT_TRUE(doctor);
  EXPECT_EQ(doctor->findings.at(0).severity, Severity::warning);
}

TEST(Strictness, WrongTypesAreNamedWithTheirPlace) {
  EXPECT_EQ(refusal<RoomRequest>(R"({"room":1})"), "field \"room\": expected a text");
  EXPECT_EQ(refusal<RoomRequest>(R"({"room":null})"), "field \"room\": expected a text");
  EXPECT_EQ(refusal<ApplyRequest>(R"({"allow_lossy":"yes"})"),
            "field \"allow_lossy\": expected true or false");
  EXPECT_EQ(refusal<ApplyRequest>(R"({"rooms":["a",1]})"),
            "field \"rooms\": expected a list of texts");
  EXPECT_EQ(refusal<ApplyRequest>(R"({"rooms":{}})"), "field \"rooms\": expected a list of texts");
  EXPECT_EQ(refusal<RoomWriteRequest>(R"({"room":[]})"), "field \"room\": expected an object");
  EXPECT_EQ(refusal<PlanReply>(R"({"entries":[{"fields":[{},{"lossy":0}]}]})"),
            "field \"entries[0].fields[1].lossy\": expected true or false");
  EXPECT_EQ(refusal<PlanReply>(R"({"entries":[1]})"), "field \"entries[0]\": expected an object");
  EXPECT_EQ(refusal<PlanReply>(R"({"entries":{}})"), "field \"entries\": expected a list");
  EXPECT_EQ(refusal<ExplainReply>(R"({"room":"a"})"), "field \"room\": expected an object");
  EXPECT_EQ(refusal<StatusReply>(R"({"clock_skew_seconds":"1"})"),
            "field \"clock_skew_seconds\": expected a number");
}

TEST(Strictness, MissingFieldsOfRequestsAreNamed) {
  EXPECT_EQ(refusal<RoomRequest>("{}"), "field \"room\" is missing");
  EXPECT_EQ(refusal<RoomWriteRequest>("{}"), "field \"room\" is missing");
  EXPECT_EQ(refusal<JobRequest>("{}"), "field \"job\" is missing");
  EXPECT_EQ(refusal<DeadlineRequest>(R"({"room":"a"})"), "field \"at\" is missing");
  EXPECT_EQ(refusal<PassRequest>(""), "field \"pass\" is missing");
}

TEST(Strictness, NumbersOutOfRange) {
  for (const char* limit :
       {"0", "1001", "-1", "1.0", "1e2", "18446744073709551616", "\"5\"", "true"}) {
    EXPECT_EQ(refusal<RoomListRequest>("{\"limit\":" + std::string(limit) + "}"),
              "field \"limit\": expected a whole number from 1 to 1000")
        << limit;
  }
  EXPECT_TRUE(decode<RoomListRequest>(R"({"limit":1})"));
  EXPECT_TRUE(decode<RoomListRequest>(R"({"limit":1000})"));
  EXPECT_THAT(refusal<PassRequest>(R"({"pass":0})"), HasSubstr("at least 1"));
  EXPECT_THAT(refusal<PurgeRequest>(R"({"rooms":["a"],"before_seq":0})"), HasSubstr("at least 1"));
  EXPECT_THAT(refusal<StatusReply>(R"({"api_level":2147483648})"), HasSubstr("32 bits"));
  EXPECT_THAT(refusal<StatusReply>(R"({"api_level":-2147483649})"), HasSubstr("32 bits"));
  EXPECT_EQ(refusal<StatusReply>(R"({"overdue_seconds":1e999})"), "not valid JSON");
}

TEST(Strictness, TimesAreRfc3339) {
  for (const char* time : {"\"2026-11-22\"", "\"now\"", "1795273200", "\"2026-11-22T00:00:00\""}) {
    EXPECT_THAT(refusal<DeadlineRequest>("{\"room\":\"a\",\"at\":" + std::string(time) + "}"),
                HasSubstr("field \"at\": expected a time"))
        << time;
  }
  const auto deadline = decode<DeadlineRequest>(R"({"room":"a","at":"2026-11-22T00:00:00+09:00"})");
  ASSERT_TRUE(deadline);
  EXPECT_EQ(deadline->at.time_since_epoch(), std::chrono::seconds(1795273200));
}

TEST(Strictness, WhatIsNoJsonObject) {
  for (const char* text : {"null", "1", "[]", "\"x\""})
    EXPECT_EQ(refusal<NoRequest>(text), "expected a JSON object");
  for (const char* text : {"{", "{]", "{\"a\":}", "{} {}", "\xff", "{'a':1}", "{\"a\":1,}",
                           "{\"a\":\"\xc0\x80\"}", "// c\n{}", "nonsense", " "}) {
    EXPECT_EQ(refusal<NoRequest>(text), "not valid JSON") << text;
  }
}

TEST(Strictness, AKeyThatIsGivenTwice) {
  EXPECT_EQ(refusal<RoomRequest>(R"({"room":"a","room":"b"})"), "field \"room\" is given twice");
  EXPECT_EQ(refusal<RoomWriteRequest>(R"({"room":{"id":"a","stream":{"x":1,"x":2}}})"),
            "field \"x\" is given twice");
  EXPECT_TRUE(decode<RoomWriteRequest>(R"({"room":{"id":"a","stream":{"id":1}}})"));
}

TEST(Strictness, DepthIsBounded) {
  const auto nested = [](int depth, const std::string& open, const std::string& close) {
    std::string text = "{\"room\":{\"a\":";
    for (int i = 0; i < depth; ++i) text += open;
    text += "1";
    for (int i = 0; i < depth; ++i) text += close;
    return text + "}}";
  };
  EXPECT_TRUE(decode<RoomWriteRequest>(nested(max_depth - 2, "[", "]")));
  EXPECT_EQ(refusal<RoomWriteRequest>(nested(max_depth - 1, "[", "]")), "nested deeper than 16");
  EXPECT_EQ(refusal<RoomWriteRequest>(nested(200'000, "[", "]")), "nested deeper than 16");
  EXPECT_EQ(refusal<RoomWriteRequest>(nested(100'000, "{\"a\":", "}")), "nested deeper than 16");
  EXPECT_EQ(refusal<RoomWriteRequest>(std::string(1'000'000, '[')), "nested deeper than 16");
  // Brackets inside texts do not nest.
  EXPECT_TRUE(decode<RoomRequest>("{\"room\":\"" + std::string(1000, '[') + "\\\"{{{\"}"));
}

TEST(Strictness, SizeIsBounded) {
  const std::string ten_megabytes = "{\"room\":\"" + std::string(10'000'000, 'a') + "\"}";
  EXPECT_EQ(refusal<RoomRequest>(ten_megabytes), "longer than 1048576 bytes");
  const auto reply = decode<RoomView>("{\"title\":\"" + std::string(10'000'000, 'a') + "\"}");
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->title.size(), 10'000'000U);
  EXPECT_EQ(refusal<RoomView>(std::string(max_reply_bytes + 1, ' ')), "longer than 16777216 bytes");
}

}  // namespace
}  // namespace roomkeeper::api
