// The cut by each of its three ways gives the same answer, whatever was deleted around it.
#include <memory>
#include <optional>

#include <gtest/gtest.h>

#include "sidecar/nats/jetstream.h"
#include "tests/support/fake_nats.h"
#include "tests/support/manual_clock.h"
#include "tests/support/manual_loop.h"

namespace roomkeeper::testing {
namespace {

using namespace std::chrono_literals;
using policies::Result;
using policies::WallTime;
using sidecar::nats::Cut;
using sidecar::nats::Priority;

enum class Way { start_time, consumer, search };

class FindCutTest : public ::testing::TestWithParam<Way> {
 protected:
  FindCutTest() {
    nats.set_version(GetParam() == Way::start_time ? "2.15.2" : "2.10.29");
    const std::string retention = GetParam() == Way::search ? "workqueue" : "limits";
    EXPECT_TRUE(nats.create_stream(
        "A", R"({"name":"A","subjects":["a"],"first_seq":5,"retention":")" + retention + R"("})"));
    loop.run_until_idle();
  }

  /// Messages 5 to 14, a minute apart, without 9, 10 and 14.
  void fill() {
    for (int i = 0; i < 10; ++i) nats.publish_at("a", "x", start + i * 1min);
    for (const int gone : {9, 10, 14}) {
      bus->request("$JS.API.STREAM.MSG.DELETE.A", R"({"seq":)" + std::to_string(gone) + "}", {}, 1s,
                   [](const Result<Message>& reply) { EXPECT_TRUE(reply); });
    }
    loop.run_until_idle();
    stored = {.messages = 7,
              .first_seq = 5,
              .last_seq = 14,
              .first_ts = start,
              .last_ts = start + 8min,
              .created = {}};
  }

  Result<Cut> cut(WallTime limit, const std::string& stream = "A") {
    std::optional<Result<Cut>> result;
    find_cut(js, Priority::purge, stream, stored, limit,
             [&](Result<Cut> found) { result = std::move(found); });
    loop.run_until_idle();
    return result.value();
  }
  void expect_cut(WallTime limit, std::uint64_t seq, std::optional<WallTime> ts) {
    const auto found = cut(limit);
    ASSERT_TRUE(found) << found.error().text;
    EXPECT_EQ(found->seq, seq);
    EXPECT_EQ(found->ts, ts);
  }

  using Message = sidecar::Message;
  ManualClock clock;
  ManualLoop loop{clock};
  FakeNats nats{loop};
  std::unique_ptr<sidecar::MessageBus> bus = nats.connect("APP", "roomkeeper");
  sidecar::nats::RequestQueue queue{*bus, loop, clock, {}};
  sidecar::nats::JetStream js{queue};
  const WallTime start = clock.wall() - 1h;
  policies::StoredRange stored;
};

TEST_P(FindCutTest, IsTheFirstMessageAtOrAfterTheTime) {
  fill();
  expect_cut(start + 3min, 8, start + 3min);
  expect_cut(start + 2min + 1ns, 8, start + 3min);
  expect_cut(start + 8min, 13, start + 8min);
}

TEST_P(FindCutTest, StepsOverWhatWasDeleted) {
  fill();
  expect_cut(start + 3min + 1ns, 11, start + 6min);
  expect_cut(start + 6min, 11, start + 6min);
}

TEST_P(FindCutTest, IsTheFirstMessageWhenAllAreYounger) {
  fill();
  expect_cut(start - 1min, 5, start);
}

TEST_P(FindCutTest, IsBehindTheEndWhenAllAreOlder) {
  fill();
  expect_cut(start + 8min + 1ns, 15, std::nullopt);
}

TEST_P(FindCutTest, OfAnEmptyStreamIsBehindItsEnd) {
  stored = {
      .messages = 0, .first_seq = 5, .last_seq = 4, .first_ts = {}, .last_ts = {}, .created = {}};
  expect_cut(start, 5, std::nullopt);
}

TEST_P(FindCutTest, OfNoStreamIsNotFound) {
  const auto found = cut(start, "NONE");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, policies::ErrorCode::not_found);
}

TEST_P(FindCutTest, AnUnknownRequestIsTriedOnceAndNotOnceARoom) {
  fill();
  for (int i = 0; i < 3; ++i) (void)cut(start + 3min);
  EXPECT_EQ(js.knows_message_at(), GetParam() == Way::start_time);
}

TEST_P(FindCutTest, SilenceIsAnErrorAndNoGuess) {
  fill();
  nats.silence("$JS.API.>");
  std::optional<Result<Cut>> result;
  find_cut(js, Priority::purge, "A", stored, start + 3min,
           [&](Result<Cut> found) { result = std::move(found); });
  loop.advance(1min);
  ASSERT_TRUE(result);
  ASSERT_FALSE(*result);
  EXPECT_EQ(result->error().code, policies::ErrorCode::timeout);
}

INSTANTIATE_TEST_SUITE_P(Ways, FindCutTest,
                         ::testing::Values(Way::start_time, Way::consumer, Way::search),
                         [](const ::testing::TestParamInfo<Way>& way) {
                           return way.param == Way::start_time ? "StartTime"
                                  : way.param == Way::consumer ? "Consumer"
                                                               : "Search";
                         });

}  // namespace
}  // namespace roomkeeper::testing
