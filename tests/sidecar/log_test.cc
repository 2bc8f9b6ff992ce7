// A log line is one line whatever strangers put into it, and JSON stays JSON.
#include "sidecar/log.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/support/manual_clock.h"

namespace roomkeeper::sidecar {
namespace {

using config::LogFormat;
using config::LogLevel;
using nlohmann::json;

const policies::WallTime log_time =
    policies::WallTime(std::chrono::seconds(1'795'348'800) + std::chrono::milliseconds(7));

std::string text(std::string_view event, Log::Fields fields) {
  return format_line(LogFormat::text, log_time, LogLevel::info, event, fields);
}
json as_json(std::string_view event, Log::Fields fields) {
  return json::parse(format_line(LogFormat::json, log_time, LogLevel::warn, event, fields));
}

TEST(LogText, IsTimeLevelEventAndFields) {
  EXPECT_EQ(
      text("room.updated",
           {{"room", "general"}, {"count", 3}, {"made_up", true}, {"seconds", 0.25}}),
      "2026-11-22T12:00:00.007Z INFO room.updated room=general count=3 made_up=true seconds=0.250");
  EXPECT_EQ(text("started", {}), "2026-11-22T12:00:00.007Z INFO started");
}

TEST(LogText, NumbersKeepTheirSignAndSize) {
  EXPECT_EQ(text("n", {{"a", std::uint64_t{18446744073709551615U}},
                       {"b", std::int64_t{-9223372036854775807}}}),
            "2026-11-22T12:00:00.007Z INFO n a=18446744073709551615 b=-9223372036854775807");
}

TEST(LogText, AReasonIsItsName) {
  EXPECT_TRUE(
      text("x", {{"reason", policies::Reason::removal_guard}}).ends_with(" reason=removal_guard"));
}

TEST(LogText, AnErrorIsItsText) {
  const policies::Error error{policies::ErrorCode::timeout, "no reply within 5 s"};
  EXPECT_TRUE(text("x", {{"error", error}}).ends_with(R"( error="no reply within 5 s")"));
}

struct Hostile {
  const char* name;
  std::string value;
};
void PrintTo(const Hostile& hostile, std::ostream* out) {
  *out << hostile.name;
}

class HostileValue : public ::testing::TestWithParam<Hostile> {};

TEST_P(HostileValue, StaysInItsFieldInText) {
  const std::string line = text("x", {{"user", GetParam().value}, {"after", "end"}});
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_EQ(line.find('\r'), std::string::npos);
  EXPECT_EQ(line.find('\0'), std::string::npos);
  EXPECT_EQ(line.find('\x1b'), std::string::npos);
  EXPECT_TRUE(line.ends_with(" after=end")) << line;
  // Quoted, so that nothing in it looks like another field.
  EXPECT_NE(line.find(" user=\""), std::string::npos) << line;
}

TEST_P(HostileValue, StaysInItsFieldInJson) {
  const std::string line = format_line(LogFormat::json, log_time, LogLevel::error, "x",
                                       {{"user", GetParam().value}, {"after", "end"}});
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const json object = json::parse(line, nullptr, false);
  ASSERT_FALSE(object.is_discarded()) << line;
  EXPECT_EQ(object.size(), 5U) << line;
  EXPECT_EQ(object["after"], json("end"));
}

INSTANTIATE_TEST_SUITE_P(
    Log, HostileValue,
    ::testing::Values(Hostile{"newline", "a\nERROR forged"}, Hostile{"carriage_return", "a\rb"},
                      Hostile{"space", "a b"}, Hostile{"field", "a after=forged"},
                      Hostile{"quote", "a\" level=\"ERROR"}, Hostile{"backslash", "a\\"},
                      Hostile{"escape", "\x1b[31mred"}, Hostile{"zero", std::string("a\0b", 3)},
                      Hostile{"delete_key", "a\x7f"}, Hostile{"invalid_utf8", "\xff\xfe\xc0\x80"},
                      Hostile{"cut_utf8", "\xed\x95"}, Hostile{"empty", ""},
                      Hostile{"json", R"(","level":"ERROR)"},
                      Hostile{"long_text", std::string(100'000, '\n')}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(LogText, AFormatStringIsOnlyText) {
  EXPECT_TRUE(text("x", {{"user", "%s%n{}{0}"}}).ends_with(" user=%s%n{}{0}"));
}

TEST(LogJson, HasTheSameAsText) {
  const json object = as_json(
      "room.updated", {{"room", "자유"}, {"count", 3}, {"made_up", false}, {"seconds", 1.5}});
  EXPECT_EQ(
      object,
      json::parse(R"({"time": "2026-11-22T12:00:00.007Z", "level": "WARN", "event": "room.updated",
                                    "room": "자유", "count": 3, "made_up": false, "seconds": 1.5})"));
}

TEST(LogJson, ATextThatLooksLikeANumberStaysAText) {
  EXPECT_EQ(as_json("x", {{"user", "17"}})["user"], json("17"));
}

TEST(Log, WritesWhatIsImportantEnoughAndFollowsAReload) {
  testing::ManualClock clock(log_time);
  std::vector<std::string> lines;
  Log log(clock, {.level = LogLevel::warn, .format = LogFormat::text},
          [&lines](LogLevel, const std::string& line) { lines.push_back(line); });
  log.debug("a");
  log.info("b");
  log.warn("c");
  log.error("d");
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_TRUE(lines[0].ends_with(" WARN c"));
  EXPECT_TRUE(lines[1].ends_with(" ERROR d"));
  log.apply({.level = LogLevel::debug, .format = LogFormat::json});
  log.debug("e");
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(json::parse(lines[2])["event"], json("e"));
}

}  // namespace
}  // namespace roomkeeper::sidecar
