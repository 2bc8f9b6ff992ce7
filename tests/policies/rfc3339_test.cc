#include "policies/rfc3339.h"

#include <limits>
#include <string>

#include <gtest/gtest.h>

namespace roomkeeper::policies {
namespace {

WallTime at_second(std::int64_t seconds, std::int64_t nanoseconds = 0) {
  return WallTime(std::chrono::seconds(seconds) + Nanoseconds(nanoseconds));
}

TEST(Rfc3339, ReadsUtcOffsetsAndFractions) {
  EXPECT_EQ(parse_rfc3339("1970-01-01T00:00:00Z"), at_second(0));
  EXPECT_EQ(parse_rfc3339("2026-11-22T00:00:00+09:00"), at_second(1795273200));
  EXPECT_EQ(parse_rfc3339("2026-11-21t15:00:00z"), at_second(1795273200));
  EXPECT_EQ(parse_rfc3339("1969-12-31T19:00:00-05:00"), at_second(0));
  EXPECT_EQ(parse_rfc3339("1970-01-01T00:00:00.5Z"), at_second(0, 500'000'000));
  EXPECT_EQ(parse_rfc3339("1970-01-01T00:00:00.000000001Z"), at_second(0, 1));
  EXPECT_EQ(parse_rfc3339("2024-02-29T00:00:00Z"), at_second(1709164800));
}

TEST(Rfc3339, RefusesEverythingElse) {
  for (const char* text : {"",
                           "2026-11-22",
                           "2026-11-22T00:00:00",
                           "2026-11-22 00:00:00Z",
                           "2026-11-22T00:00:00Zx",
                           "2026-13-01T00:00:00Z",
                           "2026-02-29T00:00:00Z",
                           "2026-11-22T24:00:00Z",
                           "2026-11-22T23:60:00Z",
                           "2026-11-22T23:59:60Z",
                           "2026-11-22T00:00:00.Z",
                           "2026-11-22T00:00:00.1234567890Z",
                           "2026-11-22T00:00:00+9:00",
                           "2026-11-22T00:00:00+24:00",
                           "2026-11-22T00:00:00+0900",
                           "+026-11-22T00:00:00Z",
                           "2026-1-22T00:00:00Z",
                           "1500-01-01T00:00:00Z",
                           "2262-12-31T00:00:00Z",
                           "9999-12-31T23:59:59Z",
                           "2026-11-22T00:00:0\xef\xbc\x90Z"}) {
    const Result<WallTime> result = parse_rfc3339(text);
    ASSERT_FALSE(result) << text;
    EXPECT_EQ(result.error().code, ErrorCode::invalid) << text;
  }
}

TEST(Rfc3339, WritesTheShortestUtcForm) {
  EXPECT_EQ(format_rfc3339(at_second(0)), "1970-01-01T00:00:00Z");
  EXPECT_EQ(format_rfc3339(at_second(1795273200)), "2026-11-21T15:00:00Z");
  EXPECT_EQ(format_rfc3339(at_second(0, 120'000'000)), "1970-01-01T00:00:00.12Z");
  EXPECT_EQ(format_rfc3339(at_second(0, 1)), "1970-01-01T00:00:00.000000001Z");
  EXPECT_EQ(format_rfc3339(at_second(-1, 999'999'999)), "1969-12-31T23:59:59.999999999Z");
}

TEST(Rfc3339, RoundTripsOverItsWholeRange) {
  std::int64_t nanoseconds = std::numeric_limits<std::int64_t>::min() + 2'000'000'000;
  const std::int64_t last = std::numeric_limits<std::int64_t>::max() - 2'000'000'000;
  constexpr std::int64_t step = 86'399'999'999'937'001;  // about 1000 days, odd
  while (nanoseconds < last - step) {
    const WallTime time{Nanoseconds(nanoseconds)};
    EXPECT_EQ(parse_rfc3339(format_rfc3339(time)), time) << nanoseconds;
    nanoseconds += step;
  }
}

}  // namespace
}  // namespace roomkeeper::policies
