#include "metrics/label_text.h"

#include <string>

#include <gtest/gtest.h>

#include "tests/metrics/filled_metrics.h"

namespace roomkeeper::testing {
namespace {

using metrics::clean_label;
using metrics::is_clean_label;

constexpr char replaced[] = "\xEF\xBF\xBD";

TEST(LabelText, OrdinaryValuesStayAsTheyAre) {
  for (const char* value : {"", "midnight", "a b\"c\\d", "a\nb\tc", "자유 대화방", "😀", "\xC2\xA0",
                            "\xF4\x8F\xBF\xBF"}) {
    EXPECT_EQ(clean_label(value), value);
  }
}

TEST(LabelText, EachInvalidByteIsReplaced) {
  const std::string r = replaced;
  EXPECT_EQ(clean_label("\xFF"), r);
  EXPECT_EQ(clean_label("a\x80z"), "a" + r + "z");
  EXPECT_EQ(clean_label("\xC0\xAF"), r + r) << "overlong";
  EXPECT_EQ(clean_label("\xE0\x80\x80"), r + r + r) << "overlong";
  EXPECT_EQ(clean_label("\xED\xA0\x80"), r + r + r) << "surrogate";
  EXPECT_EQ(clean_label("\xF4\x90\x80\x80"), r + r + r + r) << "above U+10FFFF";
  EXPECT_EQ(clean_label("\xEC\x9E"), r + r) << "cut";
  EXPECT_EQ(clean_label("\xC2\x85"), r + r) << "C1 control";
  EXPECT_EQ(clean_label(std::string_view("\0\r\x7F", 3)), r + r + r) << "controls";
}

TEST(LabelText, WhatIsTooLongIsCutAtACharactersEnd) {
  EXPECT_EQ(clean_label(std::string(10'000, 'a')), std::string(128, 'a'));
  EXPECT_EQ(clean_label(std::string(127, 'a') + "자"), std::string(127, 'a'));
  EXPECT_EQ(clean_label(std::string(125, 'a') + "자z"), std::string(125, 'a') + "자");
}

TEST(LabelText, CleaningTwiceChangesNothing) {
  for (const std::string& value : hostile_values()) {
    const std::string once = clean_label(value);
    EXPECT_EQ(clean_label(once), once);
    EXPECT_LE(once.size(), metrics::label_bytes_max);
    EXPECT_TRUE(!is_clean_label(value) || once == value);
  }
}

}  // namespace
}  // namespace roomkeeper::testing
