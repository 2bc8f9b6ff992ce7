#include "policies/reason.h"

#include <set>
#include <string_view>

#include <gtest/gtest.h>

namespace roomkeeper::policies {
namespace {

TEST(Reason, NamesAreDistinctAndRoundTrip) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < reason_count; ++i) {
    const auto reason = static_cast<Reason>(i);
    names.insert(to_string(reason));
    EXPECT_EQ(parse_reason(to_string(reason)), reason);
  }
  EXPECT_EQ(names.size(), reason_count);
}

TEST(Reason, NamesAreTheEnumeratorsOwn) {
  EXPECT_EQ(to_string(Reason::ok), "ok");
  EXPECT_EQ(to_string(Reason::room_lost), "room_lost");
  EXPECT_EQ(to_string(Reason::observation_incomplete), "observation_incomplete");
  EXPECT_EQ(to_string(Reason::rate_limited), "rate_limited");
}

TEST(Reason, EveryReasonIsExplainedInItsOwnWords) {
  std::set<std::string_view> sentences;
  for (std::size_t i = 0; i < reason_count; ++i) {
    const std::string_view sentence = explain(static_cast<Reason>(i));
    EXPECT_GT(sentence.size(), 10U);
    EXPECT_NE(sentence.back(), '.');
    sentences.insert(sentence);
  }
  EXPECT_EQ(sentences.size(), reason_count);
}

TEST(Reason, UnknownNameIsNone) {
  EXPECT_EQ(parse_reason(""), std::nullopt);
  EXPECT_EQ(parse_reason("OK"), std::nullopt);
  EXPECT_EQ(parse_reason("drif"), std::nullopt);
}

}  // namespace
}  // namespace roomkeeper::policies
