// Small texts: made safe, suggested, formatted, decoded.
#include <limits>
#include <string>

#include <gtest/gtest.h>

#include "cli/base64.h"
#include "cli/format.h"
#include "cli/safe_text.h"
#include "cli/suggest.h"
#include "cli/user_name.h"
#include "policies/ids.h"

namespace roomkeeper::cli {
namespace {

TEST(SafeText, LeavesPeopleTheirLanguages) {
  for (const char* text :
       {"", "hello", "자유 대화방", "e\xcc\x81", "👨‍👩‍👧", "back\\slash", "ש"}) {
    EXPECT_EQ(safe_text(text), text);
  }
}

TEST(SafeText, EscapesWhatMovesATerminal) {
  EXPECT_EQ(safe_text(std::string_view("a\0b", 3)), "a\\x00b");
  EXPECT_EQ(safe_text("\x1b]0;title\x07"), "\\x1b]0;title\\x07");
  EXPECT_EQ(safe_text("\r\n\t\x7f"), "\\r\\n\\t\\x7f");
  EXPECT_EQ(safe_text("\xc2\x9b"
                      "31m"),
            "\\x9b31m");  // C1: the same as ESC [
  EXPECT_EQ(safe_text("a\xff\xc0z"), "a\\xff\\xc0z");
  EXPECT_EQ(safe_text("\xe2\x80\xae"
                      "evil"),
            "\\u{202e}evil");
  EXPECT_EQ(safe_text("\xe2\x80\xa8"), "\\u{2028}");
}

TEST(SafeText, KnowsUtf8) {
  EXPECT_TRUE(is_utf8("자유 😀"));
  EXPECT_TRUE(is_utf8(""));
  EXPECT_FALSE(is_utf8("a\xff"));
  EXPECT_FALSE(is_utf8("\xec\x9e"));
}

TEST(Suggest, NamesWhatIsNearAndNothingElse) {
  const std::vector<std::string> words{"status", "doctor", "room", "plan", "timezone"};
  EXPECT_EQ(nearest("statsu", words), "status");
  EXPECT_EQ(nearest("rom", words), "room");
  EXPECT_EQ(nearest("time-zone", words), "timezone");
  EXPECT_EQ(nearest("kubernetes", words), "");
  EXPECT_EQ(nearest("", words), "");
  EXPECT_EQ(nearest(std::string(1000, 'x'), words), "");
  EXPECT_EQ(did_you_mean("plam", words), " (did you mean \"plan\"?)");
}

TEST(Format, Counts) {
  EXPECT_EQ(format_count(0), "0");
  EXPECT_EQ(format_count(999), "999");
  EXPECT_EQ(format_count(1000), "1,000");
  EXPECT_EQ(format_count(std::numeric_limits<std::uint64_t>::max()), "18,446,744,073,709,551,615");
  EXPECT_EQ(counted(1, "room"), "1 room");
  EXPECT_EQ(counted(0, "room"), "0 rooms");
}

TEST(Format, Sizes) {
  EXPECT_EQ(format_size(0), "0 B");
  EXPECT_EQ(format_size(1023), "1023 B");
  EXPECT_EQ(format_size(1536), "1.5 KiB");
  EXPECT_EQ(format_size(64ULL << 20U), "64.0 MiB");
  EXPECT_EQ(format_size((1ULL << 20U) - 1), "1.0 MiB");
  EXPECT_EQ(format_size(std::numeric_limits<std::uint64_t>::max()), "16.0 EiB");
}

TEST(Format, AgesAndTimes) {
  const policies::WallTime now{std::chrono::seconds(1'795'273'200)};
  const auto ago = [&](std::int64_t seconds) {
    return format_age(now - std::chrono::seconds(seconds), now);
  };
  EXPECT_EQ(ago(0), "now");
  EXPECT_EQ(ago(59), "59s");
  EXPECT_EQ(ago(60), "1m");
  EXPECT_EQ(ago(3600), "1h");
  EXPECT_EQ(ago(86400 * 3), "3d");
  EXPECT_EQ(ago(-90), "in 1m");
  EXPECT_EQ(format_age(std::nullopt, now), "-");
  EXPECT_EQ(format_age(policies::WallTime::min(), policies::WallTime::max()), "213503d");
  EXPECT_EQ(format_ago(now - std::chrono::seconds(59), now), "59s ago");
  EXPECT_EQ(format_ago(now, now), "now");
  EXPECT_EQ(format_ago(now + std::chrono::seconds(90), now), "in 1m");
  EXPECT_EQ(format_ago(std::nullopt, now), "-");
  EXPECT_EQ(format_when(now + std::chrono::milliseconds(999)), "2026-11-21T15:00:00Z");
  EXPECT_EQ(format_when(std::nullopt), "-");
}

TEST(Base64, TestVectorsOfTheRfc) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foo"), "Zm9v");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64("\xff\xfe"), "//4=");
}

TEST(UserName, IsTheLastTokenAndReadable) {
  EXPECT_EQ(user_of_subject("chat.general.bob"), "bob");
  EXPECT_EQ(user_of_subject("bob"), "bob");
  EXPECT_EQ(user_name("bob"), "bob");
  EXPECT_EQ(user_name("=5wiy"), "=5wiy");  // no base32
  const auto encoded = policies::UserId::from_nats_name("홍 길동");
  ASSERT_TRUE(encoded);
  EXPECT_EQ(user_name(encoded->text()), "홍 길동");
}

TEST(UserName, NobodyLooksLikeSomebodyElse) {
  EXPECT_EQ(user_name("=MJXWE"), "=MJXWE");  // base32 of "bob", which no encoder writes
  EXPECT_EQ(user_name("="), "=");
  EXPECT_EQ(user_name("=!!"), "=!!");
}

}  // namespace
}  // namespace roomkeeper::cli
