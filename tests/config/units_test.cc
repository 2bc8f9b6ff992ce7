#include "config/units.h"

#include <cstdint>
#include <limits>
#include <random>

#include <gtest/gtest.h>

#include "config/nearest.h"
#include "config/utf8.h"

namespace roomkeeper::config {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();

std::int64_t nanos(std::string_view text) {
  const auto value = parse_duration(text);
  return value ? value->count() : -1;
}

TEST(Duration, UnitsAreAddedUp) {
  EXPECT_EQ(nanos("250ms"), 250'000'000);
  EXPECT_EQ(nanos("1h30m"), policies::Nanoseconds(minutes(90)).count());
  EXPECT_EQ(nanos("7d"), policies::Nanoseconds(hours(168)).count());
  EXPECT_EQ(nanos("2w"), policies::Nanoseconds(hours(336)).count());
  EXPECT_EQ(nanos("1w1d1h1m1s1ms1us1ns"), 694'861'001'001'001);
  EXPECT_EQ(nanos("0"), 0);
  EXPECT_EQ(nanos("0s"), 0);
}

TEST(Duration, EverythingElseIsRefused) {
  for (const char* text :
       {"", " ", "5", "-5s", "5 s", "5S", "s", "5s ", "1.5h", "1m1h", "1s1s", "5x", "+5s", "5s-3s",
        "1e3s", "0x5s", "5\xEC\xB4\x88", "9223372036854775808ns", "99999999999999999999s"}) {
    EXPECT_FALSE(parse_duration(text).has_value()) << text;
  }
  EXPECT_EQ(parse_duration("60").error().text,
            "expected a unit after the number in \"60\": one of w, d, h, m, s, ms, us, ns");
}

TEST(Duration, TheLargestFitsAndOneMoreDoesNot) {
  EXPECT_EQ(nanos("9223372036854775807ns"), largest);
  EXPECT_EQ(nanos("106751d23h47m16s854ms775us807ns"), largest);
  EXPECT_FALSE(parse_duration("106751d23h47m16s854ms775us808ns").has_value());
  EXPECT_FALSE(parse_duration("15251w").has_value());
  EXPECT_EQ(format_duration(policies::Nanoseconds{std::numeric_limits<std::int64_t>::min()}),
            "-106751d23h47m16s854ms775us808ns");
}

TEST(Duration, ShortestExactText) {
  EXPECT_EQ(format_duration(minutes(90)), "1h30m");
  EXPECT_EQ(format_duration(hours(168)), "7d");
  EXPECT_EQ(format_duration(seconds(0)), "0s");
  EXPECT_EQ(format_duration(milliseconds(250)), "250ms");
}

TEST(Duration, RandomOnesComeBack) {
  std::mt19937_64 random(20261122);
  for (int i = 0; i < 20'000; ++i) {
    const auto value = static_cast<std::int64_t>(random() >> (1 + random() % 62));
    EXPECT_EQ(nanos(format_duration(policies::Nanoseconds{value})), value);
  }
}

TEST(Bytes, PowersOfTwoAndOfTen) {
  EXPECT_EQ(parse_bytes("65536").value(), 65536);
  EXPECT_EQ(parse_bytes("64KiB").value(), 65536);
  EXPECT_EQ(parse_bytes("64Ki").value(), 65536);
  EXPECT_EQ(parse_bytes("64B").value(), 64);
  EXPECT_EQ(parse_bytes("1GB").value(), 1'000'000'000);
  EXPECT_EQ(parse_bytes("1kB").value(), 1000);
  EXPECT_EQ(parse_bytes("unlimited").value(), -1);
  EXPECT_EQ(parse_bytes("-1").value(), -1);
  EXPECT_EQ(parse_bytes("8191PiB").value(), 8191LL << 50);
  for (const char* text : {"", "B", "KiB", "-2", "1.5GiB", "64 KiB", "64kib", "64MiBB", "8192PiB",
                           "64MM", "9223372036854775808", "+1", "1_000"}) {
    EXPECT_FALSE(parse_bytes(text).has_value()) << text;
  }
}

TEST(Bytes, RandomOnesComeBack) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 20'000; ++i) {
    const std::uint64_t bits = random() >> (1 + random() % 62);
    const auto value = static_cast<std::int64_t>((bits >> (random() % 40)) << (random() % 20));
    if (value < -1) continue;
    EXPECT_EQ(parse_bytes(format_bytes(value)).value(), value);
    EXPECT_EQ(parse_count(format_count(value)).value(), value);
  }
  EXPECT_EQ(format_bytes(64LL << 20), "64MiB");
  EXPECT_EQ(format_bytes(65537), "65537");
  EXPECT_EQ(format_bytes(-1), "unlimited");
  EXPECT_EQ(format_bytes(0), "0");
}

TEST(Counts, PowersOfTen) {
  EXPECT_EQ(parse_count("100k").value(), 100'000);
  EXPECT_EQ(parse_count("5M").value(), 5'000'000);
  EXPECT_EQ(parse_count("unlimited").value(), -1);
  for (const char* text : {"", "5Ki", "5B", "-5", "k", "10000000000G"}) {
    EXPECT_FALSE(parse_count(text).has_value()) << text;
  }
}

TEST(Integers, OnlyWholeOnesInTheRange) {
  EXPECT_EQ(parse_integer("16", 1, 256).value(), 16);
  EXPECT_EQ(parse_integer("-3", -5, 5).value(), -3);
  for (const char* text :
       {"", "0", "257", "1_0", "1.0", "0x10", " 16", "16 ", "99999999999999999999", "abc"}) {
    EXPECT_FALSE(parse_integer(text, 1, 256).has_value()) << text;
  }
  EXPECT_EQ(parse_integer("500", 1, 256).error().text,
            "expected a whole number from 1 to 256, not \"500\"");
}

TEST(Booleans, AnyCase) {
  for (const char* text : {"true", "Yes", "ON"}) EXPECT_TRUE(parse_bool(text).value()) << text;
  for (const char* text : {"false", "No", "oFF"}) EXPECT_FALSE(parse_bool(text).value()) << text;
  for (const char* text : {"", "1", "0", "y", "truely", "true "})
    EXPECT_FALSE(parse_bool(text).has_value()) << text;
}

TEST(Times, OffsetIsNeeded) {
  const auto time = parse_time("2026-11-22T00:00:00+09:00");
  ASSERT_TRUE(time.has_value());
  EXPECT_EQ(format_time(*time), "2026-11-21T15:00:00Z");
  EXPECT_EQ(format_time(parse_time("2026-11-21T15:00:00.120Z").value()), "2026-11-21T15:00:00.12Z");
  for (const char* text :
       {"2026-11-22", "2026-11-22T00:00:00", "2026-02-30T00:00:00Z", "2026-11-22T24:00:00Z",
        "2026-11-22T00:00:00+9:00", "9999-01-01T00:00:00Z", "", "now"}) {
    EXPECT_FALSE(parse_time(text).has_value()) << text;
  }
}

TEST(Quoting, ForeignTextIsShortAndHarmless) {
  EXPECT_EQ(quote("a\x1b[31m\n"), "\"a?[31m?\"");
  EXPECT_EQ(quote("\xff\xfe"), "\"??\"");
  EXPECT_EQ(quote("자유"), "\"자유\"");
  EXPECT_EQ(quote(std::string(500, 'x')).size(), 64U + 2 + 3);
}

TEST(Utf8, BrokenSequencesAreFound) {
  EXPECT_EQ(find_broken_utf8("자유 😀 é"), std::string_view::npos);
  for (const char* text : {"\x80", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                           "\xF5", "\xEA\xB0"}) {
    EXPECT_EQ(find_broken_utf8(std::string("ab") + text), 2U);
  }
  EXPECT_EQ(find_control("ab\xC2\x85", true), 2U);
  EXPECT_EQ(count_characters("자유"), 2U);
}

TEST(Nearest, TwoLettersAtMost) {
  const std::vector<std::string_view> known = {"interval", "in_flight", "on_removal", "adopt"};
  EXPECT_EQ(nearest("intervall", known), "interval");
  EXPECT_EQ(nearest("on_removla", known), "on_removal");
  EXPECT_EQ(nearest("INTERVAL", known), "interval");
  EXPECT_EQ(nearest("adoptixx", known), "");
  EXPECT_EQ(nearest("", known), "");
  EXPECT_EQ(nearest("ab", {"cd"}), "");
  EXPECT_EQ(edit_distance("ab", "ba", 2), 1);
  EXPECT_EQ(edit_distance(std::string(65, 'a'), std::string(65, 'a'), 2), 3);
}

}  // namespace
}  // namespace roomkeeper::config
