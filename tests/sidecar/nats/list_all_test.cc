// Whole listings: when they may be called complete.
#include <algorithm>
#include <memory>
#include <optional>

#include <gtest/gtest.h>

#include "sidecar/nats/jetstream.h"
#include "tests/support/fake_nats.h"
#include "tests/support/manual_clock.h"
#include "tests/support/manual_loop.h"

namespace roomkeeper::testing {
namespace {

using policies::Result;
using sidecar::nats::JetStream;
using sidecar::nats::Priority;

class ListAllTest : public ::testing::Test {
 protected:
  ListAllTest() { loop.run_until_idle(); }

  void add_streams(int count) {
    for (int i = 0; i < count; ++i) {
      const std::string name = "S" + std::to_string(10'000 + i);
      ASSERT_TRUE(nats.create_stream(
          name, R"({"name":")" + name + R"(","subjects":["x.)" + name + R"("]})"));
    }
  }
  Result<policies::ObservedStreams> list() {
    std::optional<Result<policies::ObservedStreams>> result;
    js.list_all(Priority::list,
                [&](Result<policies::ObservedStreams> streams) { result = std::move(streams); });
    loop.run_until_idle();
    return result.value();
  }
  Result<JetStream::AllNames> names() {
    std::optional<Result<JetStream::AllNames>> result;
    js.names_all(Priority::list, [&](Result<JetStream::AllNames> all) { result = std::move(all); });
    loop.run_until_idle();
    return result.value();
  }

  ManualClock clock;
  ManualLoop loop{clock};
  FakeNats nats{loop};
  std::unique_ptr<sidecar::MessageBus> bus = nats.connect("APP", "roomkeeper");
  sidecar::nats::RequestQueue queue{*bus, loop, clock, {}};
  JetStream js{queue};
};

TEST_F(ListAllTest, AnEmptyServerIsListedCompletely) {
  const auto streams = list();
  ASSERT_TRUE(streams);
  EXPECT_TRUE(streams->complete);
  EXPECT_TRUE(streams->streams.empty());
  const auto all = names();
  ASSERT_TRUE(all);
  EXPECT_TRUE(all->complete);
}

TEST_F(ListAllTest, ManyPagesBecomeOneSortedListing) {
  add_streams(2500);
  const auto streams = list();
  ASSERT_TRUE(streams);
  EXPECT_TRUE(streams->complete);
  ASSERT_EQ(streams->streams.size(), 2500U);
  EXPECT_TRUE(std::is_sorted(streams->streams.begin(), streams->streams.end(),
                             [](const auto& a, const auto& b) { return a.name < b.name; }));
  EXPECT_EQ(streams->server_time, nats.now());
  const auto all = names();
  ASSERT_TRUE(all);
  EXPECT_TRUE(all->complete);
  ASSERT_EQ(all->names.size(), 2500U);
  EXPECT_EQ(all->names.front(), "S10000");
  EXPECT_EQ(all->names.back(), "S12499");
}

TEST_F(ListAllTest, AStreamThatComesOrGoesMeanwhileMakesItIncomplete) {
  add_streams(600);
  bool changed = false;
  nats.on_page([&] {
    if (!std::exchange(changed, true)) nats.delete_stream("S10001");
  });
  const auto shrunk = list();
  ASSERT_TRUE(shrunk);
  EXPECT_FALSE(shrunk->complete);
  changed = false;
  nats.on_page([&] {
    if (std::exchange(changed, true)) return;
    EXPECT_TRUE(nats.create_stream("A", R"({"name":"A","subjects":["a"]})"));
  });
  const auto grown = list();
  ASSERT_TRUE(grown);
  EXPECT_FALSE(grown->complete);
  const auto& streams = grown->streams;
  EXPECT_EQ(std::adjacent_find(streams.begin(), streams.end(),
                               [](const auto& a, const auto& b) { return a.name == b.name; }),
            streams.end())
      << "each name once";
}

TEST_F(ListAllTest, NamesThatChangeMeanwhileAreIncomplete) {
  add_streams(1100);
  bool changed = false;
  nats.on_page([&] {
    if (!std::exchange(changed, true)) nats.delete_stream("S10001");
  });
  const auto all = names();
  ASSERT_TRUE(all);
  EXPECT_FALSE(all->complete);
}

TEST_F(ListAllTest, AStreamThatTheServerMissesMakesItIncomplete) {
  add_streams(3);
  nats.set_missing({"S10001"});
  const auto streams = list();
  ASSERT_TRUE(streams);
  EXPECT_FALSE(streams->complete);
  EXPECT_EQ(streams->streams.size(), 2U);
}

TEST_F(ListAllTest, APageThatFailsFailsTheListingOnce) {
  add_streams(2000);
  int completions = 0;
  bool failed = false;
  nats.on_page(
      [&] { nats.fail_next("$JS.API.STREAM.LIST", {503, 10004, "incomplete results"}, 3); });
  js.list_all(Priority::list, [&](const Result<policies::ObservedStreams>& streams) {
    ++completions;
    failed = !streams && streams.error().code == policies::ErrorCode::unavailable;
  });
  loop.run_until_idle();
  EXPECT_EQ(completions, 1);
  EXPECT_TRUE(failed);
}

}  // namespace
}  // namespace roomkeeper::testing
