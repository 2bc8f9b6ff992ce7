// Where a stream straddles a boundary: find_cut in all its ways, and what it never does.
#include "tests/contract/contract.h"

namespace roomkeeper::testing {
namespace {

using policies::StreamRetention;
using policies::WallTime;
using sidecar::nats::Cut;
using namespace std::chrono_literals;

class CutContract : public Contract {
 protected:
  /// Ten messages, the first five older than the boundary that it returns.
  WallTime straddle(const std::string& stream, const std::string& subject) {
    store(subject, 5);
    world().run_for(20ms);
    store(subject, 5);
    return time_of(stream, 6);
  }
  void make(const std::string& stream, const std::string& subject,
            StreamRetention retention = StreamRetention::limits, std::int32_t max_consumers = -1) {
    auto config = memory_stream({subject});
    config.settings.retention = retention;
    config.settings.max_consumers = max_consumers;
    const auto made = create(stream, config);
    ASSERT_TRUE(made) << made.error().text;
  }
  policies::Result<Cut> cut(const std::string& stream, WallTime limit) {
    const auto range = stored(stream);
    return wait<Cut>([&](auto done) {
      sidecar::nats::find_cut(js(), priority, stream, range, limit, std::move(done));
    });
  }
  void expect_cut(const std::string& stream, WallTime limit, std::uint64_t seq) {
    const auto messages = stored(stream).messages;
    const auto found = cut(stream, limit);
    ASSERT_TRUE(found) << found.error().text;
    EXPECT_EQ(found->seq, seq);
    EXPECT_EQ(found->ts.has_value(), seq <= stored(stream).last_seq);
    EXPECT_GE(found->ts.value_or(limit), limit);
    EXPECT_EQ(stored(stream).messages, messages);  // looking takes nothing away
  }
};

TEST_P(CutContract, IsTheFirstMessageAtOrAfterTheBoundary) {
  make("A", "a");
  const WallTime limit = straddle("A", "a");
  expect_cut("A", limit, 6);
  expect_cut("A", limit - 5ms, 6);  // between two messages
  expect_cut("A", limit + 1ns, 7);
}

TEST_P(CutContract, IsBeyondTheEndWhenEverythingIsOld) {
  make("A", "a");
  straddle("A", "a");
  expect_cut("A", time_of("A", 10) + 1ns, 11);
  expect_cut("A", time_of("A", 10) + 24h, 11);
}

TEST_P(CutContract, IsTheFirstMessageWhenNothingIsOld) {
  make("A", "a");
  straddle("A", "a");
  expect_cut("A", time_of("A", 1), 1);
  expect_cut("A", time_of("A", 1) - 24h, 1);
  ASSERT_TRUE(purge("A", {.filter = "", .up_to = 4, .keep = 0}));
  expect_cut("A", time_of("A", 4) - 24h, 4);
}

TEST_P(CutContract, SkipsDeletedMessages) {
  make("A", "a");
  const WallTime limit = straddle("A", "a");
  for (const std::uint64_t seq : {5u, 6u, 7u}) delete_message("A", seq);
  expect_cut("A", limit, 8);
  delete_message("A", 1);
  delete_message("A", 10);
  expect_cut("A", limit, 8);
  for (const std::uint64_t seq : {8u, 9u}) delete_message("A", seq);
  const auto found = cut("A", limit);  // only old messages are left, the last sequences are holes
  ASSERT_TRUE(found) << found.error().text;
  EXPECT_GT(found->seq, 4u);
  EXPECT_LE(found->seq, 11u);
  EXPECT_FALSE(found->ts.has_value());
}

TEST_P(CutContract, TheLastMessageIsFoundAlsoWhenTheNewestWereDeleted) {
  for (const bool in_file : {false, true}) {
    const std::string stream = in_file ? "F" : "M";
    auto config = memory_stream({stream + ".*"});
    if (in_file) config.settings.storage = policies::Storage::file;
    ASSERT_TRUE(create(stream, config));
    const auto last = [&] {
      return wait<std::optional<sidecar::nats::StoredMessage>>(
          [&](auto done) { js().last_message(priority, stream, std::move(done)); });
    };
    auto found = last();
    ASSERT_TRUE(found) << found.error().text;
    EXPECT_FALSE(found->has_value()) << "nothing was ever stored";
    store(stream + ".bob", 4);
    store(stream + ".eve", 2);
    for (const std::uint64_t seq : {4u, 5u, 6u}) delete_message(stream, seq);
    found = last();
    ASSERT_TRUE(found) << found.error().text;
    ASSERT_TRUE(found->has_value()) << stream;
    EXPECT_EQ((*found)->seq, 3u);
    for (const std::uint64_t seq : {1u, 2u, 3u}) delete_message(stream, seq);
    found = last();
    ASSERT_TRUE(found) << found.error().text;
    EXPECT_FALSE(found->has_value()) << "everything was deleted";
  }
}

TEST_P(CutContract, WorksOnInterestStreams) {
  make("A", "a", StreamRetention::interest);
  ask("$JS.API.CONSUMER.DURABLE.CREATE.A.worker",
      R"({"stream_name":"A","config":{"durable_name":"worker","deliver_policy":"all","ack_policy":"explicit"}})");
  const WallTime limit = straddle("A", "a");
  expect_cut("A", limit, 6);
}

TEST_P(CutContract, WorksOnWorkqueues) {
  make("A", "a", StreamRetention::workqueue);
  const WallTime limit = straddle("A", "a");
  expect_cut("A", limit, 6);
  for (const std::uint64_t seq : {3u, 6u, 7u}) delete_message("A", seq);
  expect_cut("A", limit, 8);
  expect_cut("A", limit + 24h, 11);
}

TEST_P(CutContract, WorksWhereNoMoreConsumersAreAllowed) {
  make("A", "a", StreamRetention::limits, 1);
  ask("$JS.API.CONSUMER.DURABLE.CREATE.A.worker",
      R"({"stream_name":"A","config":{"durable_name":"worker","deliver_policy":"all","ack_policy":"explicit"}})");
  const WallTime limit = straddle("A", "a");
  expect_cut("A", limit, 6);
  EXPECT_EQ(info("A").stream.consumers, 1u);
}

TEST_P(CutContract, LeavesNoConsumerBehind) {
  make("A", "a");
  const WallTime limit = straddle("A", "a");
  ASSERT_TRUE(cut("A", limit));
  EXPECT_TRUE(world().run_until([&] { return true; }));
  const auto begin = world().clock().mono();
  while (info("A").stream.consumers > 0 && world().clock().mono() < begin + 15s)
    world().run_for(100ms);
  EXPECT_EQ(info("A").stream.consumers, 0u);
}

TEST_P(CutContract, SaysWhenTheStreamIsGone) {
  const auto found = wait<Cut>([&](auto done) {
    sidecar::nats::find_cut(js(), priority, "NO", {}, WallTime{}, std::move(done));
  });
  ASSERT_FALSE(found);
  EXPECT_EQ(failure(found), policies::ErrorCode::not_found);
}

INSTANTIATE_TEST_SUITE_P(On, CutContract, ::testing::ValuesIn(all_worlds()), world_name);

}  // namespace
}  // namespace roomkeeper::testing
