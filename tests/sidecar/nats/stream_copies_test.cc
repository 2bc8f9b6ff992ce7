#include "sidecar/nats/stream_copies.h"

#include <memory>
#include <optional>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "sidecar/nats/key_value.h"
#include "tests/support/fake_nats.h"
#include "tests/support/manual_clock.h"
#include "tests/support/manual_loop.h"

namespace roomkeeper::testing {
namespace {

using namespace std::chrono_literals;
using policies::ErrorCode;
using policies::Result;
using sidecar::nats::CopiesOutcome;

/// A bucket that was made when its cluster had one server.
class StreamCopies : public ::testing::Test {
 protected:
  StreamCopies() {
    loop.run_until_idle();
    bucket.ensure(1, [](const Result<bool>& made) { EXPECT_EQ(made, true); });
    loop.advance(1min);
    nats.forget_counts();
  }

  Result<CopiesOutcome> ask(int wanted, const std::string& stream = "KV_state") {
    std::optional<Result<CopiesOutcome>> result;
    ensure_copies(queue, js, stream, wanted, [&](const auto& done) { result = done; });
    loop.advance(1min);
    EXPECT_TRUE(result) << "one completion";
    return result.value();
  }
  std::int64_t copies() const { return nats.stream("KV_state")->config().replicas; }
  std::size_t updates() const { return nats.count("$JS.API.STREAM.UPDATE.>"); }

  ManualClock clock;
  ManualLoop loop{clock};
  FakeNats nats{loop};
  std::unique_ptr<sidecar::MessageBus> bus = nats.connect("APP", "roomkeeper");
  sidecar::nats::RequestQueue queue{*bus, loop, clock, {}};
  sidecar::nats::JetStream js{queue};
  sidecar::nats::KeyValue bucket{queue, js, "state"};
};

TEST_F(StreamCopies, ALoneServerIsNotAskedForMore) {
  const auto outcome = ask(0);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->now, 1);
  EXPECT_EQ(outcome->refusal, "");
  EXPECT_EQ(updates(), 0U);
}

TEST_F(StreamCopies, ByThemselvesTheyAreAsManyAsTheClusterHasRoomForAndNeverMoreThanThree) {
  nats.set_cluster(2);
  EXPECT_EQ(ask(0)->now, 2);
  EXPECT_EQ(copies(), 2);
  nats.set_cluster(5);
  EXPECT_EQ(ask(0)->before, 2);
  EXPECT_EQ(copies(), 3);
  nats.forget_counts();
  EXPECT_EQ(ask(0)->now, 3);
  EXPECT_EQ(updates(), 0U) << "enough";
}

TEST_F(StreamCopies, ByThemselvesTheyAreNeverTakenAway) {
  nats.set_cluster(5);
  ASSERT_EQ(ask(5)->now, 5);
  EXPECT_EQ(ask(0)->now, 5);
  EXPECT_EQ(copies(), 5);
  EXPECT_EQ(ask(1)->now, 1) << "asked for";
  EXPECT_EQ(copies(), 1);
}

TEST_F(StreamCopies, WhatTheServerRefusesIsToldInItsWords) {
  const auto lone = ask(3);
  ASSERT_TRUE(lone);
  EXPECT_EQ(lone->now, 1);
  EXPECT_NE(lone->refusal, "");
  nats.set_cluster(2);
  const auto small = ask(3);
  ASSERT_TRUE(small);
  EXPECT_EQ(small->now, 1) << "three were asked for, not as many as there can be";
  EXPECT_NE(small->refusal.find("no suitable peers"), std::string::npos) << small->refusal;
  EXPECT_EQ(copies(), 1);
}

TEST_F(StreamCopies, WhatIsMissingIsNotMade) {
  EXPECT_EQ(ask(0, "KV_other").error().code, ErrorCode::not_found);
  EXPECT_EQ(nats.streams(), std::set<std::string>{"KV_state"});
}

TEST_F(StreamCopies, EverythingElseOfTheStreamStaysAsItWas) {
  const auto config = [this] {
    return nlohmann::json::parse(nats.stream("KV_state")->config().info_json);
  };
  auto before = config();
  nats.set_cluster(3);
  ASSERT_EQ(ask(0)->now, 3);
  before["num_replicas"] = 3;
  EXPECT_EQ(config(), before);
}

}  // namespace
}  // namespace roomkeeper::testing
