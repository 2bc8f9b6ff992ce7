#include "sidecar/nats/key_value.h"

#include <memory>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/fake_nats.h"
#include "tests/support/manual_clock.h"
#include "tests/support/manual_loop.h"

namespace roomkeeper::testing {
namespace {

using namespace std::chrono_literals;
using policies::ErrorCode;
using policies::Result;
using sidecar::nats::KeyValue;
using sidecar::nats::KeyValueSnapshot;

class KeyValueTest : public ::testing::Test {
 protected:
  KeyValueTest() { loop.run_until_idle(); }

  template <class T, class Start>
  Result<T> wait(Start begin) {
    std::optional<Result<T>> result;
    begin([&](Result<T> done) { result = std::move(done); });
    loop.advance(1min);
    EXPECT_TRUE(result) << "one completion";
    return result.value();
  }
  Result<bool> ensure(KeyValue& kv) {
    return wait<bool>([&](auto done) { kv.ensure(1, done); });
  }
  Result<KeyValueSnapshot> load(KeyValue& kv) {
    return wait<KeyValueSnapshot>([&](auto done) { kv.load(done); });
  }
  Result<std::uint64_t> put(KeyValue& kv, const std::string& key, const std::string& value) {
    return wait<std::uint64_t>([&](auto done) { kv.put(key, value, done); });
  }

  ManualClock clock;
  ManualLoop loop{clock};
  FakeNats nats{loop};
  std::unique_ptr<sidecar::MessageBus> bus = nats.connect("APP", "roomkeeper");
  sidecar::nats::RequestQueue queue{*bus, loop, clock, {}};
  sidecar::nats::JetStream js{queue};
  KeyValue mine{queue, js, "state"};
  KeyValue other{queue, js, "state"};
};

TEST_F(KeyValueTest, IsMadeOnce) {
  EXPECT_EQ(load(mine).error().code, ErrorCode::not_found);
  EXPECT_EQ(ensure(mine), true);
  EXPECT_EQ(ensure(other), false);
  EXPECT_EQ(nats.streams(), std::set<std::string>{"KV_state"});
}

std::int64_t replicas_of(const FakeNats& nats) {
  return nats.stream("KV_state")->config().replicas;
}

TEST_F(KeyValueTest, ByItselfItGetsTheClustersSizeAtMostThree) {
  for (const auto& [servers, replicas] :
       std::vector<std::pair<std::size_t, int>>{{1, 1}, {2, 2}, {3, 3}, {5, 3}}) {
    nats.set_cluster(servers);
    KeyValue bucket(queue, js, "state");
    EXPECT_EQ(wait<bool>([&](auto done) { bucket.ensure(0, done); }), true);
    EXPECT_EQ(replicas_of(nats), replicas) << servers << " servers";
    nats.delete_stream("KV_state");
  }
}

TEST_F(KeyValueTest, MoreReplicasThanThereAreServersIsAnError) {
  const auto refused = wait<bool>([&](auto done) { mine.ensure(3, done); });
  EXPECT_EQ(refused.error().code, ErrorCode::unsupported);
  EXPECT_TRUE(nats.streams().empty());
}

TEST_F(KeyValueTest, OneThatIsThereIsLeftAsItIs) {
  ASSERT_TRUE(ensure(mine));
  nats.set_cluster(3);
  nats.forget_counts();
  EXPECT_EQ(wait<bool>([&](auto done) { other.ensure(3, done); }), false);
  EXPECT_EQ(nats.count("$JS.API.STREAM.UPDATE.>"), 0U);
}

TEST_F(KeyValueTest, HoldsWhatWasPutAndNotWhatWasErased) {
  ASSERT_TRUE(ensure(mine));
  ASSERT_TRUE(load(mine));
  EXPECT_EQ(put(mine, "room.a", "1"), 1U);
  EXPECT_EQ(put(mine, "room.b", "2"), 2U);
  EXPECT_EQ(put(mine, "room.a", "3"), 3U);
  EXPECT_EQ(wait<std::uint64_t>([&](auto done) { mine.erase("room.b", done); }), 4U);
  const auto snapshot = load(other);
  ASSERT_TRUE(snapshot);
  EXPECT_EQ(snapshot->entries, (std::map<std::string, std::string, std::less<>>{{"room.a", "3"}}));
  EXPECT_EQ(snapshot->last_seq, 4U);
  EXPECT_EQ(snapshot->created, nats.stream("KV_state")->created());
}

TEST_F(KeyValueTest, ThousandsOfWritesGoPipelined) {
  ASSERT_TRUE(ensure(mine));
  ASSERT_TRUE(load(mine));
  int good = 0;
  for (int i = 0; i < 3000; ++i) {
    mine.put("k" + std::to_string(i), std::to_string(i),
             [&](const Result<std::uint64_t>& seq) { good += seq ? 1 : 0; });
  }
  loop.run_until_idle();
  EXPECT_EQ(good, 3000);
  const auto snapshot = load(other);
  ASSERT_TRUE(snapshot) << snapshot.error().text;
  EXPECT_EQ(snapshot->entries.size(), 3000U);
  EXPECT_EQ(snapshot->entries.at("k2999"), "2999");
}

TEST_F(KeyValueTest, NobodyWritesBeforeReading) {
  ASSERT_TRUE(ensure(mine));
  EXPECT_EQ(put(mine, "a", "1").error().code, ErrorCode::conflict);
  EXPECT_EQ(nats.stream("KV_state")->messages().size(), 0U);
}

TEST_F(KeyValueTest, TheSlowerWriterIsFencedUntilItReadsAgain) {
  ASSERT_TRUE(ensure(mine));
  ASSERT_TRUE(load(mine));
  ASSERT_TRUE(load(other));
  ASSERT_TRUE(put(other, "a", "theirs"));
  EXPECT_EQ(put(mine, "a", "mine").error().code, ErrorCode::conflict);
  EXPECT_EQ(put(mine, "b", "mine").error().code, ErrorCode::conflict);
  const auto snapshot = load(mine);
  ASSERT_TRUE(snapshot);
  EXPECT_EQ(snapshot->entries, (std::map<std::string, std::string, std::less<>>{{"a", "theirs"}}));
  EXPECT_TRUE(put(mine, "b", "mine"));
}

TEST_F(KeyValueTest, OneLostWriteStopsAllBehindIt) {
  ASSERT_TRUE(ensure(mine));
  ASSERT_TRUE(load(mine));
  nats.ignore_next(1, "$KV.state.b");
  std::vector<std::string> results;
  for (const char* key : {"a", "b", "c", "d"}) {
    mine.put(key, "x", [&results, key](const Result<std::uint64_t>& seq) {
      results.push_back(key +
                        std::string(seq ? " ok" : " " + std::string(to_string(seq.error().code))));
    });
  }
  loop.advance(1min);
  EXPECT_EQ(results, (std::vector<std::string>{"a ok", "c conflict", "d conflict", "b timeout"}));
  EXPECT_EQ(put(mine, "e", "x").error().code, ErrorCode::conflict);
  const auto snapshot = load(mine);
  ASSERT_TRUE(snapshot);
  EXPECT_EQ(snapshot->entries.size(), 1U) << "nothing after the gap was stored";
}

TEST_F(KeyValueTest, AWriteWhoseAnswerIsLostFencesToo) {
  ASSERT_TRUE(ensure(mine));
  ASSERT_TRUE(load(mine));
  nats.lose_replies(1, "$KV.state.a");
  EXPECT_EQ(put(mine, "a", "x").error().code, ErrorCode::timeout);
  EXPECT_EQ(put(mine, "b", "x").error().code, ErrorCode::conflict);
  ASSERT_TRUE(load(mine));
  EXPECT_EQ(put(mine, "b", "x"), 2U);
}

TEST_F(KeyValueTest, AnAnswerFromBeforeReadingDecidesNothing) {
  ASSERT_TRUE(ensure(mine));
  ASSERT_TRUE(load(mine));
  nats.lose_replies(1, "$KV.state.a");
  mine.put("a", "x", [](const Result<std::uint64_t>& seq) { EXPECT_FALSE(seq); });
  loop.run_until_idle();
  bool loaded = false;
  mine.load([&](const Result<KeyValueSnapshot>& snapshot) { loaded = snapshot.has_value(); });
  loop.run_until_idle();
  ASSERT_TRUE(loaded);
  loop.advance(10s);  // the write from before times out now
  EXPECT_EQ(put(mine, "b", "x"), 2U);
}

TEST_F(KeyValueTest, RefusesWhatIsNoKey) {
  ASSERT_TRUE(ensure(mine));
  ASSERT_TRUE(load(mine));
  for (const char* key : {"", ".a", "a.", "a..b", "a b", "a*", "a.>", "\xed\x95\x9c", "a\r\nPUB"}) {
    EXPECT_EQ(put(mine, key, "x").error().code, ErrorCode::invalid) << key;
  }
  EXPECT_TRUE(put(mine, "A-z_0=9.x", "x")) << "and is not fenced by it";
}

TEST_F(KeyValueTest, APartOfABucketIsNeverASnapshot) {
  ASSERT_TRUE(ensure(mine));
  ASSERT_TRUE(load(mine));
  ASSERT_TRUE(put(mine, "a", "1"));
  nats.silence("$JS.API.CONSUMER.MSG.NEXT.>");
  const auto snapshot = load(other);
  ASSERT_FALSE(snapshot);
  EXPECT_EQ(snapshot.error().code, ErrorCode::timeout);
  EXPECT_EQ(put(other, "b", "1").error().code, ErrorCode::conflict);
}

}  // namespace
}  // namespace roomkeeper::testing
