// Lines of an exported state, and what is known of the time before a bucket.
#include "sidecar/state_line.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/state.h"
#include "policies/rfc3339.h"

namespace roomkeeper::sidecar {
namespace {

using policies::ErrorCode;
using policies::WallTime;
using ::testing::HasSubstr;

WallTime time_of(std::string_view text) {
  const auto time = policies::parse_rfc3339(text);
  EXPECT_TRUE(time) << text;
  return time ? *time : WallTime{};
}

KnownSpan span(std::string_view from, std::string_view to) {
  return {.from = time_of(from), .to = time_of(to)};
}

std::string refusal(std::string_view line) {
  const auto read = decode_state_line(line);
  return read ? "accepted" : read.error().text;
}

StateHeader sample_header() {
  return {.instance = "seoul",
          .version = "0.1.0",
          .exported_at = time_of("2026-11-22T10:00:00Z"),
          .sequence = 41,
          .known = {span("2026-11-01T00:00:00Z", "2026-11-22T09:59:50Z")}};
}

TEST(StateLine, AHeaderIsReadAsItWasWritten) {
  const auto read = decode_state_header(encode_state_header(sample_header()));
  ASSERT_TRUE(read) << read.error().text;
  EXPECT_EQ(read->instance, "seoul");
  EXPECT_EQ(read->version, "0.1.0");
  EXPECT_EQ(read->exported_at, time_of("2026-11-22T10:00:00Z"));
  EXPECT_EQ(read->sequence, 41U);
  EXPECT_EQ(read->known, sample_header().known);
}

TEST(StateLine, AFormatOfANewerRoomkeeperIsRefused) {
  std::string text = encode_state_header(sample_header());
  text.replace(text.find(":1,"), 3, ":2,");
  const auto read = decode_state_header(text);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::unsupported);
  EXPECT_FALSE(decode_state_header(R"({"kind":"room","id":"a","room":{}})"));
  EXPECT_FALSE(decode_state_header("{}"));
  EXPECT_FALSE(decode_state_header(""));
}

TEST(StateLine, NothingIsKnownOfTheTimeAfterTheFile) {
  StateHeader header = sample_header();
  header.known = {span("2026-11-01T00:00:00Z", "2026-11-22T10:00:01Z")};
  EXPECT_FALSE(decode_state_header(encode_state_header(header)));
}

TEST(StateLine, EachKindIsReadAsItWasWritten) {
  for (std::size_t i = 0; i < state_kind_count; ++i) {
    const auto kind = static_cast<StateKind>(i);
    const bool named =
        kind != StateKind::limits && kind != StateKind::removals && kind != StateKind::end;
    const StateLine line{
        .kind = kind, .id = named ? "lobby" : "", .value = R"({"title":"로비","n":3})"};
    const auto read = decode_state_line(encode_state_line(line));
    ASSERT_TRUE(read) << to_string(kind) << ": " << read.error().text;
    EXPECT_EQ(read->kind, line.kind);
    EXPECT_EQ(read->id, line.id);
    EXPECT_EQ(read->value, line.value);
  }
}

TEST(StateLine, WhatIsNoLineIsRefused) {
  EXPECT_THAT(refusal(R"({"kind":"tea","id":"a","tea":{}})"), HasSubstr("not known"));
  EXPECT_THAT(refusal(R"({"kind":"room","room":{}})"), HasSubstr("id"));
  EXPECT_THAT(refusal(R"({"kind":"room","id":"","room":{}})"), HasSubstr("id"));
  EXPECT_THAT(refusal(R"({"kind":"room","id":1,"room":{}})"), HasSubstr("id"));
  EXPECT_THAT(refusal(R"({"kind":"room","id":"a"})"), HasSubstr("room: expected an object"));
  EXPECT_THAT(refusal(R"({"kind":"room","id":"a","room":[]})"), HasSubstr("expected an object"));
  EXPECT_THAT(refusal(R"({"kind":"room","id":"a","room":{},"x":1})"), HasSubstr("nothing but"));
  EXPECT_THAT(refusal(R"({"kind":"limits","id":"a","limits":{}})"), HasSubstr("nothing but"));
  EXPECT_THAT(refusal(R"({"kind":"room","id":"a","id":"b","room":{}})"), HasSubstr("twice"));
  EXPECT_NE(refusal("[]"), "accepted");
  EXPECT_NE(refusal("{"), "accepted");
  EXPECT_NE(refusal(""), "accepted");
  const std::string long_title(api::state_line_bytes, 'x');
  EXPECT_NE(refusal(R"({"kind":"room","id":"a","room":{"title":")" + long_title + "\"}}"),
            "accepted");
}

TEST(StateLine, TheEndSaysHowMany) {
  const auto line =
      decode_state_line(encode_state_end({.records = 7, .sequence_before = 40, .sequence = 41}));
  ASSERT_TRUE(line);
  ASSERT_EQ(line->kind, StateKind::end);
  const auto end = decode_state_end(line->value);
  ASSERT_TRUE(end);
  EXPECT_EQ(end->records, 7U);
  EXPECT_EQ(end->sequence_before, 40U);
  EXPECT_EQ(end->sequence, 41U);
  EXPECT_FALSE(decode_state_end(R"({"records":-1,"sequence_before":1,"sequence":1})"));
  EXPECT_FALSE(decode_state_end(R"({"records":1})"));
}

TEST(Provenance, SpansThatTouchAreOne) {
  const KnownSpans spans = joined({span("2026-11-03T00:00:00Z", "2026-11-04T00:00:00Z"),
                                   span("2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z"),
                                   span("2026-11-02T00:00:00Z", "2026-11-02T12:00:00Z")});
  EXPECT_EQ(spans, (KnownSpans{span("2026-11-01T00:00:00Z", "2026-11-02T12:00:00Z"),
                               span("2026-11-03T00:00:00Z", "2026-11-04T00:00:00Z")}));
  EXPECT_TRUE(covers(spans, time_of("2026-11-01T00:00:00Z")));
  EXPECT_TRUE(covers(spans, time_of("2026-11-02T12:00:00Z")));
  EXPECT_FALSE(covers(spans, time_of("2026-11-02T12:00:01Z")));
  EXPECT_FALSE(covers(spans, time_of("2026-10-31T23:59:59Z")));
  EXPECT_FALSE(covers({}, time_of("2026-11-01T00:00:00Z")));
}

TEST(Provenance, OfTooManySpansTheNewestStay) {
  KnownSpans many;
  for (int i = 0; i < 100; ++i) {
    const WallTime from = time_of("2026-01-01T00:00:00Z") + std::chrono::hours(2 * i);
    many.push_back({.from = from, .to = from + std::chrono::hours(1)});
  }
  const KnownSpans kept = joined(many);
  ASSERT_EQ(kept.size(), known_spans_max);
  EXPECT_EQ(kept.back(), many.back());
  const auto read = decode_provenance(encode_provenance(kept));
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, kept);
}

TEST(Provenance, WhatIsNoneIsRefused) {
  for (const char* text :
       {"", "[]", "{}", R"({"known":{}})", R"({"known":[1]})", R"({"known":[{"from":"x"}]})",
        R"({"known":[{"from":"2026-11-02T00:00:00Z","to":"2026-11-01T00:00:00Z"}]})"})
    EXPECT_FALSE(decode_provenance(text)) << text;
}

}  // namespace
}  // namespace roomkeeper::sidecar
