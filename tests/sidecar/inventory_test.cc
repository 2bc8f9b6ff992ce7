// The inventory merges listings, single looks and the replies to our own changes into one picture.
#include "sidecar/inventory.h"

#include <memory>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "config/load.h"
#include "sidecar/nats/request_queue.h"
#include "tests/support/fake_nats.h"
#include "tests/support/manual_clock.h"
#include "tests/support/manual_loop.h"

namespace roomkeeper::sidecar {
namespace {

using namespace std::chrono_literals;

class InventoryOnFake : public ::testing::Test {
 protected:
  InventoryOnFake() {
    loop_.run_until_idle();
    make("a");
    make("b");
    make("c");
  }

  void make(const std::string& room, const std::string& instance = "seoul") {
    ASSERT_TRUE(nats_.create_stream(
        "ROOM_" + room, R"({"name": "ROOM_)" + room + R"(", "subjects": ["chat.)" + room +
                            R"(.*"], "metadata": {"roomkeeper.instance": ")" + instance +
                            R"(", "roomkeeper.room": ")" + room +
                            R"(", "roomkeeper.owner": "file", "roomkeeper.template": "default",
                                                            "roomkeeper.retention": "forever"}})"));
  }
  void say(const std::string& room) { nats_.publish("chat." + room + ".bob", "hello"); }

  bool full() { return refresh(true); }
  bool cheap() { return refresh(false); }
  bool refresh(bool all) {
    std::optional<bool> good;
    const auto done = [&good](const policies::Result<>& outcome) { good = outcome.has_value(); };
    all ? inventory_.refresh_full(nats::Priority::list, done)
        : inventory_.refresh_cheap(nats::Priority::list, done);
    loop_.run_until([&good] { return good.has_value(); }, 30s);
    return good.value_or(false);
  }

  std::string names() const {
    std::string text;
    for (const auto& stream : inventory_.streams().streams) text += stream.name.substr(5) + " ";
    return text;
  }
  std::uint64_t messages(const std::string& room) const {
    const auto* stream = inventory_.streams().find("ROOM_" + room);
    return stream == nullptr ? 999 : stream->stored.messages;
  }
  policies::ObservedStream seen(const std::string& room) const {
    return *inventory_.streams().find("ROOM_" + room);
  }

  testing::ManualClock clock_;
  testing::ManualLoop loop_{clock_};
  testing::FakeNats nats_{loop_};
  std::unique_ptr<MessageBus> bus_ = nats_.connect("APP", "roomkeeper");
  metrics::Metrics metrics_;
  Log log_{clock_, {}, [](config::LogLevel, const std::string&) {}};
  static std::shared_ptr<const config::Config> config() {
    auto config = std::make_shared<config::Config>();
    config->instance = "seoul";
    return config;
  }
  Runtime runtime_{.loop = loop_,
                   .clock = clock_,
                   .log = log_,
                   .metrics = metrics_,
                   .config = config(),
                   .zones = config::find_zone};
  nats::RequestQueue queue_{*bus_, loop_, clock_, {}};
  nats::JetStream js_{queue_, ""};
  Inventory inventory_{runtime_, js_};
};

TEST_F(InventoryOnFake, ALookSeesEverything) {
  EXPECT_FALSE(inventory_.has_listed());
  say("b");
  ASSERT_TRUE(full());
  EXPECT_TRUE(inventory_.has_listed());
  EXPECT_TRUE(inventory_.streams().complete);
  EXPECT_EQ(names(), "a b c ");
  EXPECT_EQ(messages("b"), 1U);
}

TEST_F(InventoryOnFake, ACheapLookAsksForNewAndDirtyStreamsOnly) {
  ASSERT_TRUE(full());
  say("a");
  say("b");
  make("d");
  nats_.delete_stream("ROOM_c");
  inventory_.mark_dirty("ROOM_b");
  nats_.forget_counts();
  ASSERT_TRUE(cheap());
  EXPECT_EQ(names(), "a b d ");
  EXPECT_EQ(messages("a"), 0U) << "not asked for";
  EXPECT_EQ(messages("b"), 1U);
  EXPECT_EQ(nats_.count("$JS.API.STREAM.INFO.>"), 2U);
  EXPECT_EQ(nats_.count("$JS.API.STREAM.LIST"), 0U);
  EXPECT_EQ(inventory_.dirty(), 0U);
}

TEST_F(InventoryOnFake, WithoutAListingACheapLookIsAFullOne) {
  ASSERT_TRUE(cheap());
  EXPECT_EQ(names(), "a b c ");
}

TEST_F(InventoryOnFake, WithTooMuchThatIsNewItListsInstead) {
  ASSERT_TRUE(full());
  for (int i = 0; i < 300; ++i) make("new-" + std::to_string(i));
  nats_.forget_counts();
  ASSERT_TRUE(cheap());
  EXPECT_EQ(nats_.count("$JS.API.STREAM.INFO.>"), 0U);
  EXPECT_EQ(inventory_.streams().streams.size(), 303U);
}

TEST_F(InventoryOnFake, WhatRepliesShowIsMergedInOrderTheLastWordWinning) {
  ASSERT_TRUE(full());
  policies::ObservedStream between = seen("b");
  between.name = "ROOM_bb";
  policies::ObservedStream first = seen("a");
  first.stored.messages = 5;
  policies::ObservedStream again = first;
  again.stored.messages = 7;
  policies::ObservedStream last = seen("c");
  last.name = "ROOM_z";
  inventory_.put(last, {});
  inventory_.put(first, {});
  inventory_.put(between, {});
  inventory_.put(again, {});
  EXPECT_EQ(names(), "a b bb c z ");
  EXPECT_EQ(messages("a"), 7U);
}

TEST_F(InventoryOnFake, WhatIsErasedIsGoneAndWhatIsPutAfterwardsIsThere) {
  ASSERT_TRUE(full());
  const policies::ObservedStream b = seen("b");
  inventory_.put(b, {});
  inventory_.erase("ROOM_b");
  EXPECT_EQ(names(), "a c ");
  inventory_.erase("ROOM_b");
  inventory_.put(b, {});
  EXPECT_EQ(names(), "a b c ");
}

TEST_F(InventoryOnFake, AListingReplacesWhatWasPut) {
  ASSERT_TRUE(full());
  policies::ObservedStream ghost = seen("b");
  ghost.name = "ROOM_ghost";
  inventory_.put(ghost, {});
  ASSERT_TRUE(full());
  EXPECT_EQ(names(), "a b c ");
}

TEST_F(InventoryOnFake, AFailedLookKeepsWhatWasKnownAndTrustsItNoMore) {
  ASSERT_TRUE(full());
  nats_.silence("$JS.API.STREAM.LIST");
  EXPECT_FALSE(full());
  EXPECT_EQ(names(), "a b c ");
  EXPECT_FALSE(inventory_.streams().complete);
  nats_.speak();
  ASSERT_TRUE(full());
  EXPECT_TRUE(inventory_.streams().complete);
}

TEST_F(InventoryOnFake, AFailedSingleLookStaysDirty) {
  ASSERT_TRUE(full());
  inventory_.mark_dirty("ROOM_b");
  nats_.silence("$JS.API.STREAM.INFO.ROOM_b");
  EXPECT_FALSE(cheap());
  EXPECT_FALSE(inventory_.streams().complete);
  EXPECT_EQ(inventory_.dirty(), 1U);
}

TEST_F(InventoryOnFake, MissingStreamsMakeAListingIncomplete) {
  nats_.set_missing({"ROOM_b"});
  ASSERT_TRUE(full());
  EXPECT_FALSE(inventory_.streams().complete);
  EXPECT_EQ(names(), "a c ");
  EXPECT_EQ(inventory_.missing(), 1U);
}

TEST_F(InventoryOnFake, AfterALostConnectionNothingIsTrustedUntilTheNextLook) {
  ASSERT_TRUE(full());
  inventory_.distrust();
  EXPECT_FALSE(inventory_.streams().complete);
  ASSERT_TRUE(full());
  EXPECT_TRUE(inventory_.streams().complete);
}

TEST_F(InventoryOnFake, TheHighestSequenceOfOurStreamsIsRememberedAlsoWhenTheyAreGone) {
  make("theirs", "busan");
  for (int i = 0; i < 4; ++i) say("b");
  say("theirs");
  ASSERT_TRUE(full());
  nats_.delete_stream("ROOM_b");
  ASSERT_TRUE(full());
  ASSERT_TRUE(inventory_.seen().contains("ROOM_b"));
  EXPECT_EQ(inventory_.seen().at("ROOM_b").highest_seq, 4U);
  EXPECT_FALSE(inventory_.seen().contains("ROOM_theirs"));
  policies::ObservedStream older = seen("a");
  older.name = "ROOM_b";
  inventory_.put(older, {});
  EXPECT_EQ(inventory_.seen().at("ROOM_b").highest_seq, 4U) << "never lower again";
}

TEST_F(InventoryOnFake, TheServersClockIsFollowed) {
  EXPECT_FALSE(inventory_.skew().has_value());
  nats_.set_skew(-7s);
  ASSERT_TRUE(full());
  EXPECT_EQ(inventory_.skew(), std::optional<policies::Nanoseconds>(-7s));
  loop_.advance(1h);
  EXPECT_EQ(inventory_.server_now(), nats_.now());
}

}  // namespace
}  // namespace roomkeeper::sidecar
