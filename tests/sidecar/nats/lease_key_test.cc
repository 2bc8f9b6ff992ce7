#include "sidecar/nats/lease_key.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "tests/support/fake_nats.h"
#include "tests/support/manual_clock.h"
#include "tests/support/manual_loop.h"

namespace roomkeeper::testing {
namespace {

using namespace std::chrono_literals;
using policies::ErrorCode;
using policies::LeaseRecord;
using policies::Result;
using sidecar::nats::LeaseKey;
using sidecar::nats::LeaseReading;

LeaseRecord record(const std::string& process) {
  return {.name = "a",
          .process = process,
          .generation = 7,
          .duration = 4s,
          .configuration = {.hash = "0123", .revision = 3, .loaded = policies::WallTime(1h)}};
}

TEST(LeaseRecordText, ComesBackAsItWas) {
  const LeaseRecord back = sidecar::nats::decode_lease(sidecar::nats::encode_lease(record("p")));
  EXPECT_EQ(back.name, "a");
  EXPECT_EQ(back.process, "p");
  EXPECT_EQ(back.generation, 7U);
  EXPECT_EQ(back.duration, 4s);
  EXPECT_EQ(back.configuration.hash, "0123");
  EXPECT_EQ(back.configuration.revision, 3);
  EXPECT_EQ(back.configuration.loaded, policies::WallTime(1h));
}

TEST(LeaseRecordText, WhatAStrangerWroteIsALeaseOfSomebodyUnknown) {
  for (const char* text : {"{", "[]", "7", "\xff"}) {
    EXPECT_TRUE(sidecar::nats::decode_lease(text).held()) << text;
  }
  const LeaseRecord strange = sidecar::nats::decode_lease(
      R"({"process":"p","generation":-1,"duration_ms":99999999999999,"configuration":[],"name":3})");
  EXPECT_EQ(strange.process, "p");
  EXPECT_EQ(strange.generation, 0U);
  EXPECT_EQ(strange.duration, 0s) << "bounded by whoever waits";
  EXPECT_LE(sidecar::nats::decode_lease(R"({"process":")" + std::string(5000, 'x') + "\"}")
                .process.size(),
            128U);
}

class LeaseKeyTest : public ::testing::Test {
 protected:
  LeaseKeyTest() { loop.run_until_idle(); }
  template <class T, class Start>
  Result<T> wait(Start begin) {
    std::optional<Result<T>> result;
    begin([&](Result<T> done) { result = std::move(done); });
    loop.advance(1min);
    EXPECT_TRUE(result) << "one completion";
    return result.value();
  }
  Result<LeaseReading> read() {
    return wait<LeaseReading>([&](auto done) { key.read(done); });
  }
  Result<std::uint64_t> write(const LeaseRecord& what, std::uint64_t expected) {
    return wait<std::uint64_t>([&](auto done) { key.write(what, expected, done); });
  }

  ManualClock clock;
  ManualLoop loop{clock};
  FakeNats nats{loop};
  std::unique_ptr<sidecar::MessageBus> bus = nats.connect("APP", "roomkeeper");
  sidecar::nats::RequestQueue queue{*bus, loop, clock, {}};
  sidecar::nats::JetStream js{queue};
  LeaseKey key{queue, js, "state_lease"};
};

TEST_F(LeaseKeyTest, IsWrittenOnlyOverWhatWasRead) {
  EXPECT_EQ(read().error().code, ErrorCode::not_found);
  ASSERT_TRUE(wait<bool>([&](auto done) { key.ensure(1, done); }));
  const auto empty = read();
  ASSERT_TRUE(empty);
  EXPECT_FALSE(empty->record);
  EXPECT_EQ(empty->revision, 0U);
  EXPECT_EQ(write(record("p"), 0), 1U);
  EXPECT_EQ(write(record("q"), 0).error().code, ErrorCode::conflict);
  EXPECT_EQ(read()->record->process, "p");
  EXPECT_EQ(write(record("q"), 1), 2U);
  EXPECT_EQ(read()->record->process, "q");
}

TEST_F(LeaseKeyTest, AnErasedKeyHasARevisionAndNoRecord) {
  ASSERT_TRUE(wait<bool>([&](auto done) { key.ensure(1, done); }));
  ASSERT_TRUE(write(record("p"), 0));
  nats.publish("$KV.state_lease.leader", "", {{"KV-Operation", "DEL"}});
  const auto erased = read();
  ASSERT_TRUE(erased);
  EXPECT_FALSE(erased->record);
  EXPECT_EQ(write(record("q"), erased->revision), 3U);
}

}  // namespace
}  // namespace roomkeeper::testing
