// Capacity in the reply to `plan`: what is written is what is read.
#include <limits>

#include <gtest/gtest.h>

#include "api/capacity.h"
#include "api/codec.h"
#include "tests/api/wire_samples.h"

namespace roomkeeper::api {
namespace {

CapacityView cramped() {
  return {.checked = true,
          .account_known = true,
          .servers_known = false,
          .doubts = {"no system account \x1b"},
          .creates = huge,
          .fitting = 298,
          .held = 202,
          .levels = {{.resource = "storage",
                      .owner = "server",
                      .whose = "n1",
                      .limit = huge,
                      .used = 1,
                      .wanted = 2,
                      .missing = 3,
                      .binding = false,
                      .text = "storage"},
                     {.resource = "file_handles",
                      .owner = "configuration",
                      .whose = "",
                      .limit = std::nullopt,
                      .text = ""}},
          .advice = {"a", "b"}};
}

TEST(CapacityCodec, WhatIsWrittenIsRead) {
  const auto read = decode<CapacityView>(encode(cramped()));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(encode(*read), encode(cramped()));
  EXPECT_TRUE(read->checked);
  EXPECT_TRUE(read->account_known);
  EXPECT_FALSE(read->servers_known);
  EXPECT_EQ(read->creates, huge);
  EXPECT_EQ(read->held, 202U);
  ASSERT_EQ(read->levels.size(), 2U);
  EXPECT_EQ(read->levels[0].limit, huge);
  EXPECT_EQ(read->levels[0].missing, 3U);
  EXPECT_FALSE(read->levels[0].binding);
  EXPECT_EQ(read->levels[1].limit, std::nullopt);
  EXPECT_TRUE(read->levels[1].binding);
  EXPECT_EQ(read->advice.size(), 2U);
}

TEST(CapacityCodec, IsPartOfAPlan) {
  PlanReply plan;
  plan.capacity = cramped();
  const auto read = decode<PlanReply>(encode(plan));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(encode(read->capacity), encode(cramped()));
  // A daemon that does not say it yet.
  const auto older = decode<PlanReply>(R"({"complete":true})");
  ASSERT_TRUE(older);
  EXPECT_FALSE(older->capacity.checked);
}

}  // namespace
}  // namespace roomkeeper::api
