// The copy of a hold: a mirror of a room's stream (sidecar/nats/hold_stream.h). What it keeps, what
// it does not, and what happens to it when the room's stream is purged, deleted and made anew.
#include <algorithm>
#include <tuple>

#include "sidecar/nats/hold_stream.h"
#include "tests/contract/contract.h"

namespace roomkeeper::testing {
namespace {

using policies::Coverage;
using policies::ErrorCode;
using sidecar::nats::CopyPlan;
using sidecar::nats::StreamSight;
using namespace std::chrono_literals;

class HoldContract : public Contract {
 protected:
  static policies::HoldMark mark() {
    return {"seoul", "a", "alice@laptop", "case 7", policies::WallTime(1'790'000'000s)};
  }
  static CopyPlan plan() {
    CopyPlan plan;
    plan.name = "HOLD_a";
    plan.origin = "ROOM_a";
    plan.mark = mark();
    return plan;
  }
  void make_room() {
    auto config = memory_stream({"chat.a.*"});
    config.settings.storage = policies::Storage::file;
    config.settings.duplicate_window = 100ms;
    ASSERT_TRUE(create("ROOM_a", config));
  }
  policies::Result<StreamSight> copy() {
    return wait<StreamSight>(
        [&](auto done) { create_copy(js(), priority, plan(), std::move(done)); });
  }
  StreamSight sight(const std::string& stream) {
    auto seen = wait<StreamSight>(
        [&](auto done) { look_at_stream(js(), priority, stream, std::move(done)); });
    EXPECT_TRUE(seen) << stream << ": " << seen.error().text;
    return seen.value_or(StreamSight{});
  }
  std::optional<policies::WallTime> time_in_copy(std::uint64_t seq) {
    const auto message = wait<std::optional<sidecar::nats::StoredMessage>>(
        [&](auto done) { js().message_from(priority, "HOLD_a", seq, std::move(done)); });
    if (!message || !*message || (*message)->seq != seq) return std::nullopt;
    return (*message)->time;
  }
  policies::CoverVerdict cover(std::uint64_t up_to = ~std::uint64_t{0}) {
    const StreamSight origin = sight("ROOM_a");
    const StreamSight held = sight("HOLD_a");
    return check_cover(origin.stored, held.stored, time_in_copy(origin.stored.first_seq), up_to);
  }
  /// Looks every few milliseconds. Not with run_until(): looking runs the loop itself.
  bool covered(policies::Nanoseconds at_most = 15s) {
    const auto deadline = world().clock().mono() + at_most;
    for (;;) {
      if (cover().coverage == Coverage::complete) return true;
      if (world().clock().mono() >= deadline) return false;
      world().run_for(20ms);
    }
  }
  /// MSG.GET's `message`, whole: sequence, subject, headers, payload and time.
  std::string stored_text(const std::string& stream, std::uint64_t seq) {
    const std::string reply =
        ask("$JS.API.STREAM.MSG.GET." + stream, "{\"seq\":" + std::to_string(seq) + "}");
    const auto at = reply.find("\"message\":");
    return at == std::string::npos ? reply : reply.substr(at);
  }
  int refusal(const std::string& subject, std::string_view body) {
    const std::string reply = ask(subject, body);
    const auto at = reply.find("\"err_code\":");
    return at == std::string::npos ? 0 : std::stoi(reply.substr(at + 11));
  }
};

TEST_P(HoldContract, KeepsSequencesTimesHeadersAndPayloads) {
  make_room();
  ask("chat.a.bob", "one", {{"X-Kind", "text"}, {"Nats-Msg-Id", "1"}});
  ask("chat.a.carol", "two");
  const auto made = copy();
  ASSERT_TRUE(made) << made.error().text;
  EXPECT_EQ(made->mark, mark());
  EXPECT_EQ(policies::copy_defect(made->copy, "ROOM_a"), "");
  EXPECT_FALSE(made->stream.config.mark);
  ask("chat.a.bob", "three", {{"X-Kind", "late"}});
  ask("chat.a.bob", "");
  ASSERT_TRUE(covered());
  EXPECT_EQ(sight("HOLD_a").stored.messages, 4u);
  for (std::uint64_t seq = 1; seq <= 4; ++seq)
    EXPECT_EQ(stored_text("HOLD_a", seq), stored_text("ROOM_a", seq));
}

TEST_P(HoldContract, IsSeenAsWhatItIs) {
  make_room();
  ASSERT_TRUE(copy());
  const auto again = copy();
  ASSERT_TRUE(again) << again.error().text;
  const StreamSight seen = sight("HOLD_a");
  EXPECT_EQ(seen.mark, mark());
  EXPECT_EQ(seen.copy.origin, "ROOM_a");
  EXPECT_TRUE(seen.stream.traits.mirror);
  EXPECT_TRUE(seen.stream.traits.deny_purge);
  EXPECT_TRUE(seen.stream.traits.deny_delete);
  EXPECT_TRUE(seen.stream.config.subjects.empty());
  EXPECT_FALSE(sight("ROOM_a").mark);
  EXPECT_NE(policies::copy_defect(sight("ROOM_a").copy, "ROOM_a"), "");
}

TEST_P(HoldContract, RefusesANameThatIsInUse) {
  make_room();
  ASSERT_TRUE(create("HOLD_a", memory_stream({"somebody.else"})));
  const auto made = copy();
  ASSERT_FALSE(made);
  EXPECT_EQ(failure(made), ErrorCode::conflict);
}

TEST_P(HoldContract, KeepsWhatTheRoomLosesByPurge) {
  make_room();
  store("chat.a.bob", 5);
  ASSERT_TRUE(copy());
  ASSERT_TRUE(covered());
  const auto third = stored_text("ROOM_a", 3);
  ASSERT_EQ(purge("ROOM_a", {.filter = {}, .up_to = 4, .keep = 0}).value_or(0), 3u);
  store("chat.a.bob");
  ASSERT_TRUE(covered());
  ASSERT_EQ(purge("ROOM_a", {.filter = "chat.a.bob", .up_to = 0, .keep = 0}).value_or(0), 3u);
  store("chat.a.bob");
  ASSERT_TRUE(covered());
  EXPECT_EQ(sight("HOLD_a").stored.messages, 7u);
  EXPECT_EQ(stored_text("HOLD_a", 3), third);
}

TEST_P(HoldContract, ProvesNothingWhileItIsBehindAHole) {
  make_room();
  store("chat.a.bob", 6);
  delete_message("ROOM_a", 3);
  delete_message("ROOM_a", 6);  // the copy never learns of a last message that is gone
  ASSERT_TRUE(copy());
  ASSERT_TRUE(covered());
  const StreamSight held = sight("HOLD_a");
  EXPECT_EQ(held.stored.messages, 4u);
  EXPECT_EQ(held.stored.last_seq, 5u);
  EXPECT_EQ(held.stored.deleted, (std::vector<std::uint64_t>{3}));
  EXPECT_EQ(sight("ROOM_a").stored.deleted, (std::vector<std::uint64_t>{3, 6}));
  store("chat.a.bob");
  ASSERT_TRUE(covered());
  EXPECT_EQ(sight("HOLD_a").stored.messages, 5u);
}

TEST_P(HoldContract, DoesNotLetItsMessagesBeDeleted) {
  make_room();
  store("chat.a.bob", 2);
  ASSERT_TRUE(copy());
  ASSERT_TRUE(covered());
  EXPECT_EQ(refusal("$JS.API.STREAM.PURGE.HOLD_a", "{}"), 10110);
  EXPECT_EQ(refusal("$JS.API.STREAM.MSG.DELETE.HOLD_a", "{\"seq\":1}"), 10057);
  EXPECT_EQ(refusal("$JS.API.STREAM.UPDATE.HOLD_a",
                    R"({"name":"HOLD_a","mirror":{"name":"ROOM_a"},"deny_delete":true})"),
            10052);
  EXPECT_EQ(
      refusal(
          "$JS.API.STREAM.UPDATE.HOLD_a",
          R"({"name":"HOLD_a","mirror":{"name":"ROOM_b"},"deny_delete":true,"deny_purge":true})"),
      10055);
  EXPECT_EQ(sight("HOLD_a").stored.messages, 2u);
  ASSERT_TRUE(wait<bool>([&](auto done) { js().remove(priority, "HOLD_a", std::move(done)); }));
}

TEST_P(HoldContract, ShowsALimitThatSomebodyPutOnIt) {
  make_room();
  ASSERT_TRUE(copy());
  EXPECT_EQ(
      refusal(
          "$JS.API.STREAM.UPDATE.HOLD_a",
          R"({"name":"HOLD_a","mirror":{"name":"ROOM_a"},"max_age":3600000000000,"deny_delete":true,"deny_purge":true})"),
      0);
  EXPECT_NE(policies::copy_defect(sight("HOLD_a").copy, "ROOM_a"), "");
}

TEST_P(HoldContract, WouldAnswerDirectGetsForARoomThatAllowsThem) {
  ask("$JS.API.STREAM.CREATE.ROOM_a",
      R"({"name":"ROOM_a","subjects":["chat.a.*"],"allow_direct":true})");
  EXPECT_TRUE(sight("ROOM_a").allow_direct);
  const auto made = copy();
  ASSERT_TRUE(made) << made.error().text;
  EXPECT_TRUE(made->copy.mirror_direct);
  EXPECT_NE(policies::copy_defect(made->copy, "ROOM_a"), "");
}

TEST_P(HoldContract, LosesExpectationsOrOn210TheMessage) {
  make_room();
  ASSERT_TRUE(copy());
  store("chat.a.bob");
  ASSERT_TRUE(covered());
  ask("chat.a.bob", "expecting", {{"Nats-Expected-Stream", "ROOM_a"}, {"X", "y"}});
  store("chat.a.bob");
  if (is_2_10()) {
    // It leaves the message out, or stops there: either way nothing is proven from there on.
    EXPECT_FALSE(covered(1s));
    EXPECT_EQ(cover().coverage, Coverage::behind);
    EXPECT_EQ(cover(2).coverage, Coverage::complete);
    return;
  }
  ASSERT_TRUE(covered());
  EXPECT_EQ(stored_text("HOLD_a", 2).find("RXhwZWN0ZWQ"), std::string::npos);  // "Expected"
  EXPECT_EQ(time_in_copy(2), time_of("ROOM_a", 2));
}

TEST_P(HoldContract, KeepsRepeatedMessageIdsOrOn210Stops) {
  make_room();
  for (int i = 0; i < 3; ++i) {
    ask("chat.a.bob", "again", {{"Nats-Msg-Id", "same"}});
    world().run_for(250ms);
  }
  ASSERT_EQ(stored("ROOM_a").messages, 3u);
  ASSERT_TRUE(copy());
  if (is_2_10()) {
    EXPECT_FALSE(covered(1s));
    EXPECT_EQ(cover().coverage, Coverage::behind);
    EXPECT_EQ(cover(2).coverage, Coverage::complete);
    return;
  }
  ASSERT_TRUE(covered());
  EXPECT_EQ(sight("HOLD_a").stored.messages, 3u);
}

TEST_P(HoldContract, OutlivesTheRoomAndGoesOnWhenItIsMadeAnew) {
  make_room();
  store("chat.a.bob", 3);
  ASSERT_TRUE(copy());
  ASSERT_TRUE(covered());
  ASSERT_TRUE(wait<bool>([&](auto done) { js().remove(priority, "ROOM_a", std::move(done)); }));
  EXPECT_EQ(sight("HOLD_a").stored.messages, 3u);
  auto config = memory_stream({"chat.a.*"});
  config.settings.storage = policies::Storage::file;
  ASSERT_TRUE(create("ROOM_a", config, 4));
  store("chat.a.bob", 2);
  EXPECT_EQ(cover(4).coverage, Coverage::complete);
  EXPECT_EQ(cover(5).coverage, Coverage::behind);
  ASSERT_TRUE(covered(45s)) << "nats-server looks for a lost origin every 10 to 20 s";
  EXPECT_EQ(sight("HOLD_a").stored.messages, 5u);
  EXPECT_EQ(sight("HOLD_a").stored.last_seq, 5u);
}

TEST_P(HoldContract, GoesOnAfterARestart) {
  make_room();
  store("chat.a.bob", 3);
  ASSERT_TRUE(copy());
  ASSERT_TRUE(covered());
  world().stop_server();
  ASSERT_TRUE(world().run_until([&] { return app().state() != sidecar::BusState::connected; }));
  world().start_server();
  ASSERT_TRUE(world().run_until([&] { return app().state() == sidecar::BusState::connected; }));
  store("chat.a.bob", 3);
  ASSERT_TRUE(covered(30s));
  EXPECT_EQ(sight("HOLD_a").stored.messages, 6u);
}

INSTANTIATE_TEST_SUITE_P(On, HoldContract, ::testing::ValuesIn(all_worlds()), world_name);

}  // namespace
}  // namespace roomkeeper::testing
