#include "cli/display_width.h"

#include <string>

#include <gtest/gtest.h>

namespace roomkeeper::cli {
namespace {

TEST(DisplayWidth, CountsColumnsAndNotBytes) {
  EXPECT_EQ(display_width(""), 0);
  EXPECT_EQ(display_width("general"), 7);
  EXPECT_EQ(display_width("자유 대화방"), 11);
  EXPECT_EQ(display_width("日本語"), 6);
  EXPECT_EQ(display_width("Ｆｕｌｌ"), 8);
  EXPECT_EQ(display_width("ｶﾅ"), 2);  // halfwidth
  EXPECT_EQ(display_width("Übergröße"), 9);
}

TEST(DisplayWidth, CombiningMarksTakeNothing) {
  EXPECT_EQ(display_width("e\xcc\x81"), 1);  // e + acute
  EXPECT_EQ(display_width("\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab"),
            2);  // decomposed Hangul: one syllable
  EXPECT_EQ(display_width("a\xe2\x80\x8b"
                          "b"),
            2);                                     // zero width space
  EXPECT_EQ(display_width("\xd7\xa9\xd6\xb8"), 1);  // Hebrew with a point
}

TEST(DisplayWidth, EmojiTakeTwo) {
  EXPECT_EQ(display_width("😀"), 2);
  EXPECT_EQ(display_width("👨‍👩‍👧"), 2);  // joined: one picture
  EXPECT_EQ(display_width("🇰🇷"), 2);                  // two regional indicators
}

TEST(DisplayWidth, InvalidBytesTakeOneEach) {
  EXPECT_EQ(display_width("\xff\xfe"), 2);
  EXPECT_EQ(display_width("\xec\x9e"), 2);          // cut in the middle
  EXPECT_EQ(display_width("\xc0\x80"), 2);          // overlong
  EXPECT_EQ(display_width("\xed\xa0\x80"), 3);      // surrogate
  EXPECT_EQ(display_width("\xf4\x90\x80\x80"), 4);  // beyond Unicode
}

TEST(DecodeUtf8, ReadsTheFirstCodePoint) {
  EXPECT_EQ(decode_utf8("").size, 0U);
  EXPECT_EQ(decode_utf8("a").code, U'a');
  EXPECT_EQ(decode_utf8("가나").code, U'가');
  EXPECT_EQ(decode_utf8("가나").size, 3U);
  EXPECT_EQ(decode_utf8("😀").code, U'😀');
  EXPECT_FALSE(decode_utf8("\x80").valid);
  EXPECT_EQ(decode_utf8(std::string_view("\0", 1)).size, 1U);
}

TEST(CutToWidth, NeverCutsACharacterInTwo) {
  EXPECT_EQ(cut_to_width("general", 7), "general");
  EXPECT_EQ(cut_to_width("general", 6), "gener…");
  EXPECT_EQ(cut_to_width("자유 대화방", 11), "자유 대화방");
  EXPECT_EQ(cut_to_width("자유 대화방", 10), "자유 대화…");
  EXPECT_EQ(cut_to_width("자유", 3), "자…");
  EXPECT_EQ(cut_to_width("자유", 2), "…");
  EXPECT_EQ(cut_to_width("자유", 1), "…");
  EXPECT_EQ(cut_to_width("자유", 0), "");
  EXPECT_EQ(cut_to_width("e\xcc\x81xyz", 2), "e\xcc\x81…");
}

}  // namespace
}  // namespace roomkeeper::cli
