#include "sidecar/nats/timestamp.h"

#include <gtest/gtest.h>

namespace roomkeeper::testing {
namespace {

using sidecar::nats::parse_timestamp;

TEST(Timestamp, ReadsNanosecondsAndOffsets) {
  const auto time = parse_timestamp("2026-11-22T12:43:24.605026456Z");
  ASSERT_TRUE(time);
  EXPECT_EQ(time->time_since_epoch().count(), 1'795'351'404'605'026'456);
  EXPECT_EQ(parse_timestamp("2026-11-22T21:43:24.605026456+09:00"), time);
}

TEST(Timestamp, TheZeroTimeMeansNone) {
  EXPECT_EQ(parse_timestamp("0001-01-01T00:00:00Z"), policies::WallTime{});
}

TEST(Timestamp, RefusesWhatIsNoTime) {
  for (const char* text :
       {"", "0001-01-01T00:00:01Z", "2026-11-22", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z",
        "2026-11-22T24:00:00Z", "2026-11-22T12:43:24", "2026-11-22T12:43:24.Z",
        "2026-11-22T12:43:24Zx", "9999-01-01T00:00:00Z", "\xff\xff"}) {
    EXPECT_FALSE(parse_timestamp(text)) << text;
  }
}

}  // namespace
}  // namespace roomkeeper::testing
