// The copy of a room in a pool: a mirror with a filter (sidecar/nats/hold_stream.h), and the look
// that proves what it has (sidecar/hold_look.h).
#include <string>

#include "sidecar/hold_look.h"
#include "tests/contract/contract.h"

namespace roomkeeper::testing {
namespace {

using policies::Coverage;
using sidecar::HeldPlace;
using sidecar::HoldLook;
using sidecar::nats::CopyPlan;
using namespace std::chrono_literals;

constexpr std::uint64_t all = ~std::uint64_t{0};

class PooledHoldContract : public Contract {
 protected:
  static HeldPlace place() {
    return {.stream = "POOL_p", .filter = "chat.p.a.*", .copy = "HOLD_a"};
  }
  void make_pool(std::uint64_t first_seq = 0) {
    auto config = memory_stream({"chat.p.*.*"});
    config.settings.storage = policies::Storage::file;
    config.settings.duplicate_window = 100ms;
    ASSERT_TRUE(create("POOL_p", config, first_seq));
  }
  void copy() {
    CopyPlan plan;
    plan.name = "HOLD_a";
    plan.origin = "POOL_p";
    plan.filter = "chat.p.a.*";
    plan.mark = {"seoul", "a", "alice@laptop", "case 7", policies::WallTime(1'790'000'000s)};
    const auto made = wait<sidecar::nats::StreamSight>(
        [&](auto done) { create_copy(js(), priority, plan, std::move(done)); });
    ASSERT_TRUE(made) << made.error().text;
    EXPECT_EQ(policies::copy_defect(made->copy, "POOL_p", "chat.p.a.*"), "");
    EXPECT_EQ(made->mark, plan.mark);
  }
  HoldLook look() {
    auto seen = wait<HoldLook>(
        [&](auto done) { look_at_hold(js(), priority, place(), nullptr, std::move(done)); });
    EXPECT_TRUE(seen) << seen.error().text;
    return seen.value_or(HoldLook{});
  }
  Coverage cover(std::uint64_t up_to = all) { return look().cover(up_to).coverage; }
  bool covered(policies::Nanoseconds at_most = 15s) {
    const auto deadline = world().clock().mono() + at_most;
    for (;;) {
      if (cover() == Coverage::complete) return true;
      if (world().clock().mono() >= deadline) return false;
      world().run_for(20ms);
    }
  }
  std::string stored_text(const std::string& stream, std::uint64_t seq) {
    const std::string reply =
        ask("$JS.API.STREAM.MSG.GET." + stream, "{\"seq\":" + std::to_string(seq) + "}");
    const auto at = reply.find("\"message\":");
    return at == std::string::npos ? reply : reply.substr(at);
  }
  /// a, b, b, a, b, b, ...: so many of a.
  void talk(int rounds) {
    for (int i = 0; i < rounds; ++i) {
      store("chat.p.a.bob");
      store("chat.p.b.bob", 2);
    }
  }
};

TEST_P(PooledHoldContract, HasTheSequencesOfThePoolWithGaps) {
  make_pool();
  ask("chat.p.a.bob", "one", {{"X-Kind", "text"}});
  store("chat.p.b.bob", 3);
  copy();
  ask("chat.p.a.carol", "two", {{"X-Kind", "late"}});
  store("chat.p.b.bob", 2);
  ASSERT_TRUE(covered());
  const HoldLook seen = look();
  EXPECT_EQ(seen.copy->stored.messages, 2U);
  EXPECT_EQ(seen.copy->stored.first_seq, 1U);
  EXPECT_EQ(seen.copy->stored.last_seq, 5U) << "others' messages do not move it";
  EXPECT_EQ(seen.copy->stored.deleted_count, 3U);
  EXPECT_EQ(seen.messages(), 2U);
  for (const std::uint64_t seq : {1U, 5U})
    EXPECT_EQ(stored_text("HOLD_a", seq), stored_text("POOL_p", seq));
}

TEST_P(PooledHoldContract, TheListingSaysWhatItIsACopyOf) {
  make_pool();
  copy();
  const auto listing =
      wait<policies::ObservedStreams>([&](auto done) { js().list_all(priority, std::move(done)); });
  ASSERT_TRUE(listing);
  ASSERT_NE(listing->find("HOLD_a"), nullptr);
  EXPECT_EQ(listing->find("HOLD_a")->mirror_of, "POOL_p");
  EXPECT_EQ(listing->find("POOL_p")->mirror_of, "");
}

TEST_P(PooledHoldContract, KeepsWhatThePoolLosesByPurge) {
  make_pool();
  talk(4);
  copy();
  ASSERT_TRUE(covered());
  const auto second = stored_text("POOL_p", 4);
  ASSERT_EQ(purge("POOL_p", {.filter = {}, .up_to = 8, .keep = 0}).value_or(0), 7U);
  talk(1);
  ASSERT_TRUE(covered());
  ASSERT_EQ(purge("POOL_p", {.filter = "chat.p.a.*", .up_to = 0, .keep = 0}).value_or(0), 2U);
  EXPECT_EQ(cover(), Coverage::complete) << "the room is empty";
  talk(1);
  ASSERT_TRUE(covered());
  EXPECT_EQ(look().copy->stored.messages, 6U);
  EXPECT_EQ(stored_text("HOLD_a", 4), second);
}

TEST_P(PooledHoldContract, KnowsWhichOfTheDeletedMessagesTheCopyHas) {
  make_pool();
  talk(5);                      // the room: 1, 4, 7, 10, 13
  delete_message("POOL_p", 4);  // the room's, never copied
  delete_message("POOL_p", 5);  // another room's
  copy();
  ASSERT_TRUE(covered());
  delete_message("POOL_p", 10);  // the room's, copied
  delete_message("POOL_p", 11);
  const HoldLook seen = look();
  EXPECT_EQ(seen.cover(all).coverage, Coverage::complete) << seen.cover(all).why;
  EXPECT_EQ(seen.room->messages, 3U);
  EXPECT_EQ(seen.in_copy.messages, 4U);
  EXPECT_EQ(seen.in_copy.only_here, 1U);
  delete_message("POOL_p", 13);  // the last one
  EXPECT_EQ(cover(), Coverage::complete);
  delete_message("POOL_p", 1);  // the first one
  EXPECT_EQ(cover(), Coverage::complete);
  EXPECT_EQ(look().room->first_seq, 7U);
}

TEST_P(PooledHoldContract, AnEmptyRoomIsComplete) {
  make_pool();
  store("chat.p.b.bob", 3);
  copy();
  EXPECT_EQ(cover(), Coverage::complete);
  store("chat.p.a.bob");
  ASSERT_TRUE(covered());
  EXPECT_EQ(look().copy->stored.last_seq, 4U);
}

TEST_P(PooledHoldContract, WhatTheServerLeavesOutIsSeen) {
  make_pool();
  store("chat.p.a.bob");
  copy();
  ASSERT_TRUE(covered());
  ask("chat.p.a.bob", "expecting", {{"Nats-Expected-Stream", "POOL_p"}});
  store("chat.p.a.bob", 3);
  if (is_2_10()) {
    // It numbers the following ones anew.
    EXPECT_FALSE(covered(1s));
    EXPECT_NE(cover(3), Coverage::complete);
    EXPECT_EQ(cover(1), Coverage::complete);
    return;
  }
  ASSERT_TRUE(covered());
  EXPECT_EQ(look().copy->stored.messages, 5U);
}

/// A room with a stream of its own: its copy's sequences alone would say that it has them all.
TEST_P(PooledHoldContract, WhatIsLeftOutOfADedicatedRoomIsSeenToo) {
  auto config = memory_stream({"chat.d.*"});
  config.settings.storage = policies::Storage::file;
  ASSERT_TRUE(create("ROOM_d", config));
  CopyPlan plan;
  plan.name = "HOLD_d";
  plan.origin = "ROOM_d";
  plan.mark = {"seoul", "d", "alice@laptop", "", policies::WallTime(1'790'000'000s)};
  ASSERT_TRUE(wait<sidecar::nats::StreamSight>(
      [&](auto done) { create_copy(js(), priority, plan, std::move(done)); }));
  const auto look_at_d = [&] {
    return wait<HoldLook>([&](auto done) {
             look_at_hold(js(), priority, {.stream = "ROOM_d", .filter = {}, .copy = "HOLD_d"},
                          nullptr, std::move(done));
           })
        .value_or(HoldLook{});
  };
  // Not with run_until(): looking runs the loop itself.
  const auto has_all = [&](policies::Nanoseconds at_most) {
    const auto deadline = world().clock().mono() + at_most;
    while (look_at_d().cover(all).coverage != Coverage::complete) {
      if (world().clock().mono() >= deadline) return false;
      world().run_for(20ms);
    }
    return true;
  };
  store("chat.d.bob");
  ASSERT_TRUE(has_all(15s));
  ask("chat.d.bob", "expecting", {{"Nats-Expected-Stream", "ROOM_d"}});
  store("chat.d.bob", 3);
  EXPECT_EQ(has_all(is_2_10() ? 1s : 15s), !is_2_10());
  EXPECT_EQ(look_at_d().cover(3).coverage == Coverage::complete, !is_2_10())
      << "by its sequences alone the copy would have them";
}

TEST_P(PooledHoldContract, GoesOnWhenThePoolIsMadeAnew) {
  make_pool();
  talk(2);
  copy();
  ASSERT_TRUE(covered());
  ASSERT_TRUE(wait<bool>([&](auto done) { js().remove(priority, "POOL_p", std::move(done)); }));
  EXPECT_FALSE(look().origin);
  EXPECT_EQ(cover(), Coverage::complete) << "a pool that is gone has nothing to lose";
  make_pool(7);
  talk(2);
  EXPECT_EQ(cover(7), Coverage::complete);
  EXPECT_EQ(cover(8), Coverage::behind);
  ASSERT_TRUE(covered(45s)) << "nats-server looks for a lost origin every 10 to 20 s";
  EXPECT_EQ(look().copy->stored.messages, 4U);
}

INSTANTIATE_TEST_SUITE_P(On, PooledHoldContract, ::testing::ValuesIn(all_worlds()), world_name);

}  // namespace
}  // namespace roomkeeper::testing
