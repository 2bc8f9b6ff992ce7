// The verbs about the state as a whole: what is written is what is read, and what is refused.
#include <string>

#include <gtest/gtest.h>

#include "api/codec.h"
#include "api/state.h"
#include "tests/api/wire_samples.h"

namespace roomkeeper::api {
namespace {

StateImportRequest sample() {
  return {.header = "{\"a\":1}",
          .lines = {"{\"kind\":\"room\"}", "no \"JSON\" at all"},
          .first_line = 502,
          .before = 500,
          .refused = 3,
          .last = true,
          .dry_run = false,
          .replace = true,
          .removals = true,
          .partial = true,
          .instance_from = "busan"};
}

TEST(StateCodec, ARequestIsReadAsItWasWritten) {
  const auto read = decode<StateImportRequest>(encode(sample()));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->header, sample().header);
  EXPECT_EQ(read->lines, sample().lines) << "lines are texts, whatever is in them";
  EXPECT_EQ(read->first_line, 502U);
  EXPECT_EQ(read->before, 500U);
  EXPECT_EQ(read->refused, 3U);
  EXPECT_TRUE(read->last && !read->dry_run && read->replace && read->removals && read->partial);
  EXPECT_EQ(read->instance_from, "busan");
}

TEST(StateCodec, ItIsADryRunThatReplacesNothingUnlessItIsToldOtherwise) {
  const auto read = decode<StateImportRequest>(R"({"header":"","lines":["x"]})");
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->dry_run);
  EXPECT_FALSE(read->replace || read->removals || read->partial || read->last);
}

TEST(StateCodec, BoundsOfRequests) {
  EXPECT_EQ(refusal<StateImportRequest>(R"({"header":"","lines":[]})"),
            "field \"lines\": expected 1 to 500 lines");
  EXPECT_EQ(refusal<StateImportRequest>(R"({"lines":["x"]})"), "field \"header\" is missing");
  EXPECT_EQ(refusal<StateImportRequest>(R"({"header":"","lines":[{}]})"),
            "field \"lines\": expected a list of texts");
  StateImportRequest many;
  many.lines.assign(state_lines_max, "{}");
  EXPECT_EQ(refusal<StateImportRequest>(encode(many)), "accepted");
  many.lines.emplace_back("{}");
  EXPECT_EQ(refusal<StateImportRequest>(encode(many)), "field \"lines\": expected 1 to 500 lines");
  for (const char* limit : {"0", "501", "-1"}) {
    EXPECT_NE(refusal<StateExportRequest>("{\"limit\":" + std::string(limit) + "}"), "accepted");
  }
}

}  // namespace
}  // namespace roomkeeper::api
