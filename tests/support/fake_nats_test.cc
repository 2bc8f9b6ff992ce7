// What only the fake can do: faults, other people's clients, a clock of its own. What it shares
// with real servers is in tests/contract.
#include "tests/support/fake_nats.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace roomkeeper::testing {
namespace {

using policies::ErrorCode;
using sidecar::BusState;
using sidecar::Message;
using namespace std::chrono_literals;

class FakeNatsTest : public ::testing::Test {
 protected:
  void SetUp() override { loop.run_until_idle(); }
  policies::Result<Message> ask(const std::string& subject, const std::string& data = {}) {
    std::optional<policies::Result<Message>> got;
    app->request(subject, data, {}, 2s,
                 [&](policies::Result<Message> reply) { got = std::move(reply); });
    EXPECT_TRUE(loop.run_until([&] { return got.has_value(); }, 1min));
    return *got;
  }
  std::optional<ErrorCode> failure(const std::string& subject) {
    const auto reply = ask(subject);
    return reply ? std::nullopt : std::optional(reply.error().code);
  }
  void make(const std::string& name, const std::string& more = {}) {
    const auto made = nats.create_stream(
        name, R"({"name":")" + name + R"(","subjects":["chat.)" + name + R"(.*"])" + more + "}");
    ASSERT_TRUE(made) << made.error().description;
  }

  ManualClock clock;
  ManualLoop loop{clock};
  FakeNats nats{loop};
  std::unique_ptr<sidecar::MessageBus> app = nats.connect("APP", "roomkeeper");
};

TEST_F(FakeNatsTest, LosesItsStore) {
  make("a");
  make("b");
  nats.lose_everything();
  EXPECT_TRUE(nats.streams().empty());
  EXPECT_EQ(app->state(), BusState::connected);
  make("a");
  EXPECT_EQ(nats.stream("a")->last_seq(), 0u);
}

TEST_F(FakeNatsTest, IsSilentWhereItIsTold) {
  make("a");
  nats.silence("$JS.API.STREAM.INFO.*");
  EXPECT_EQ(failure("$JS.API.STREAM.INFO.a"), ErrorCode::timeout);
  EXPECT_EQ(failure("$JS.API.INFO"), std::nullopt);
  nats.speak();
  EXPECT_EQ(failure("$JS.API.STREAM.INFO.a"), std::nullopt);
  EXPECT_EQ(nats.count("$JS.API.STREAM.INFO.a"), 2u);
}

TEST_F(FakeNatsTest, DoesWhatItDoesNotConfirm) {
  make("a");
  nats.publish("chat.a.bob", "x");
  nats.lose_replies(1, "$JS.API.STREAM.PURGE.*");
  EXPECT_EQ(failure("$JS.API.STREAM.PURGE.a"), ErrorCode::timeout);
  EXPECT_TRUE(nats.stream("a")->messages().empty());
  nats.publish("chat.a.bob", "x");
  nats.ignore_next(1, "$JS.API.STREAM.PURGE.*");
  EXPECT_EQ(failure("$JS.API.STREAM.PURGE.a"), ErrorCode::timeout);
  EXPECT_EQ(nats.stream("a")->messages().size(), 1u);
}

TEST_F(FakeNatsTest, AnswersWithTheErrorItIsGiven) {
  make("a");
  nats.fail_next("$JS.API.STREAM.PURGE.a", {503, 10008, "temporarily unavailable"});
  const auto reply = ask("$JS.API.STREAM.PURGE.a");
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->data,
            "{\"type\":\"io.nats.jetstream.api.v1.stream_purge_response\",\"error\":{\"code\":503,"
            "\"err_code\":10008,"
            "\"description\":\"temporarily unavailable\"}}");
  EXPECT_NE(ask("$JS.API.STREAM.PURGE.a")->data.find("success"), std::string::npos);
}

TEST_F(FakeNatsTest, HasItsOwnClock) {
  nats.set_skew(90s);
  make("a");
  EXPECT_EQ(nats.stream("a")->created(), clock.wall() + 90s);
  EXPECT_EQ(nats.now(), clock.wall() + 90s);
}

TEST_F(FakeNatsTest, StoresThePastAndForgetsByAge) {
  make("a", R"(,"max_age":3600000000000)");
  nats.publish_at("chat.a.bob", "old", clock.wall() - 59min);
  nats.publish("chat.a.bob", "new");
  EXPECT_EQ(nats.stream("a")->messages().size(), 2u);
  loop.advance(1min);
  EXPECT_EQ(nats.stream("a")->messages().size(), 1u);
  EXPECT_EQ(nats.stream("a")->first_seq(), 2u);
  loop.advance(1h);
  EXPECT_TRUE(nats.stream("a")->messages().empty());
}

TEST_F(FakeNatsTest, ListsWithoutWhatIsMissing) {
  make("a");
  make("b");
  nats.set_missing({"b"});
  const auto page = ask("$JS.API.STREAM.LIST");
  EXPECT_NE(page->data.find("\"missing\":[\"b\"]"), std::string::npos) << page->data;
  EXPECT_EQ(page->data.find("\"name\":\"b\""), std::string::npos);
  nats.heal();
  EXPECT_EQ(ask("$JS.API.STREAM.LIST")->data.find("missing"), std::string::npos);
}

TEST_F(FakeNatsTest, ChangesDuringPaging) {
  for (int i = 0; i < 300; ++i) make("s" + std::to_string(i));
  nats.on_page([this] { nats.delete_stream("s0"); });
  EXPECT_NE(ask("$JS.API.STREAM.LIST")->data.find("\"total\":300"), std::string::npos);
  EXPECT_NE(ask("$JS.API.STREAM.LIST", R"({"offset":256})")->data.find("\"total\":299"),
            std::string::npos);
}

TEST_F(FakeNatsTest, BringsKickedClientsBackAfterTwoSeconds) {
  auto sys = nats.connect("SYS", "sys");
  const auto stays = nats.add_client("APP", "alice");
  const auto leaves = nats.add_client("APP", "alice", {.auto_reconnect = false});
  loop.run_until_idle();
  for (const auto id : {stays, leaves}) {
    sys->request("$SYS.REQ.SERVER." + nats.server_id() + ".KICK",
                 "{\"cid\":" + std::to_string(nats.client(id).cid) + "}", {}, 1s,
                 [](policies::Result<Message>) {});
  }
  loop.advance(1999ms);
  EXPECT_TRUE(nats.connected("APP", "alice").empty());
  loop.advance(1ms);
  EXPECT_EQ(nats.connected("APP", "alice"), (std::vector<FakeClientId>{stays}));
  EXPECT_EQ(nats.client(stays).connects, 2u);
  EXPECT_EQ(nats.client(leaves).lost, 1u);
}

TEST_F(FakeNatsTest, LetsClientsListenAndSpeak) {
  const auto alice = nats.add_client("APP", "alice", {.subscriptions = {"rooms.alice.*"}});
  ASSERT_TRUE(app->publish("rooms.alice.notice", "hello"));
  loop.run_until_idle();
  ASSERT_EQ(nats.client(alice).received.size(), 1u);
  EXPECT_EQ(nats.client(alice).received[0].data, "hello");
  std::string reply;
  ASSERT_TRUE(app->subscribe("admin", "", [&](const Message& message) { reply = message.reply; }));
  nats.send_as(alice, "admin", "{}", "anywhere.else");
  loop.run_until_idle();
  EXPECT_EQ(reply, "anywhere.else");
}

TEST_F(FakeNatsTest, HasMoreServersThatMayBeSilent) {
  auto sys = nats.connect("SYS", "sys");
  const auto second = nats.add_server("second");
  nats.add_client("APP", "bob", {.server = "second"});
  loop.run_until_idle();
  const auto answers = [&] {
    std::size_t count = 0;
    sys->collect("$SYS.REQ.SERVER.PING.CONNZ", R"({"acc":"APP"})", 1s, 10,
                 [&](std::vector<Message> got) { count = got.size(); });
    loop.advance(2s);
    return count;
  };
  EXPECT_EQ(answers(), 2u);
  nats.set_silent(second, true);
  EXPECT_EQ(answers(), 1u);
}

TEST_F(FakeNatsTest, RefusesAndAcceptsAUser) {
  nats.refuse("late");
  auto late = nats.connect("APP", "late");
  loop.advance(5s);
  EXPECT_EQ(late->state(), BusState::refused);
  nats.accept("late");
  loop.advance(5s);
  EXPECT_EQ(late->state(), BusState::connected);
  nats.disconnect("APP", "late");
  loop.advance(5s);
  EXPECT_EQ(late->reconnects(), 1u);
}

TEST_F(FakeNatsTest, HasRoomForSoManyStreamsOnly) {
  nats.set_limits({.max_streams = 1, .max_memory = -1, .max_storage = 1000});
  const std::string large = R"({"name":"a","subjects":["a"],"max_bytes":1001})";
  EXPECT_EQ(nats.create_stream("a", large).error().err_code, 10047);
  make("b");
  EXPECT_EQ(nats.create_stream("c", R"({"name":"c","subjects":["c"]})").error().err_code, 10027);
}

TEST_F(FakeNatsTest, AnnouncesThatTheServerDroppedItsQueue) {
  std::string heard;
  ASSERT_TRUE(app->subscribe("$JS.EVENT.ADVISORY.API.LIMIT_REACHED", "",
                             [&](const Message& m) { heard = m.data; }));
  nats.announce_api_limit(10000);
  loop.run_until_idle();
  EXPECT_NE(heard.find("\"dropped\":10000"), std::string::npos) << heard;
}

TEST_F(FakeNatsTest, CarriesTenThousandStreams) {
  constexpr int count = 10'000;
  for (int i = 0; i < count; ++i) make("r" + std::to_string(i));
  for (int i = 0; i < count; ++i) nats.publish("chat.r" + std::to_string(i) + ".bob", "hi");
  EXPECT_EQ(nats.streams().size(), static_cast<std::size_t>(count));
  EXPECT_EQ(nats.stream("r9999")->messages().size(), 1u);
  for (int offset = 0; offset < count; offset += 256) {
    ASSERT_TRUE(ask("$JS.API.STREAM.LIST", "{\"offset\":" + std::to_string(offset) + "}"));
  }
  EXPECT_EQ(nats.count("$JS.API.STREAM.LIST"), 40u);
}

}  // namespace
}  // namespace roomkeeper::testing
