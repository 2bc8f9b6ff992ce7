// Core NATS as the loops see it: sidecar/message_bus.h.
#include <algorithm>

#include "tests/contract/contract.h"

namespace roomkeeper::testing {
namespace {

using policies::ErrorCode;
using sidecar::BusState;
using sidecar::Message;
using namespace std::chrono_literals;

class BusContract : public Contract {
 protected:
  /// Remembers the subjects that a subscription gets.
  sidecar::SubscriptionId listen(sidecar::MessageBus& bus, const std::string& subject,
                                 std::vector<std::string>& heard, const std::string& queue = {}) {
    const auto id = bus.subscribe(
        subject, queue, [&heard](const Message& message) { heard.push_back(message.subject); });
    EXPECT_TRUE(id) << subject;
    settle(bus);
    return id.value_or(0);
  }
  void say(sidecar::MessageBus& bus, const std::string& subject, std::string_view data = "x") {
    const auto sent = bus.publish(subject, data);
    EXPECT_TRUE(sent) << subject << ": " << sent.error().text;
  }
};

TEST_P(BusContract, TellsWhomItIsConnectedTo) {
  const auto server = app().server();
  EXPECT_EQ(server.version.substr(0, 4), GetParam().version);
  EXPECT_FALSE(server.id.empty());
  EXPECT_GT(server.client_id, 0u);
  EXPECT_EQ(server.max_payload, 1 << 20);
  EXPECT_EQ(app().last_error(), "");
  EXPECT_EQ(app().reconnects(), 0u);
  EXPECT_EQ(sys().server().id, server.id);
  EXPECT_NE(sys().server().client_id, server.client_id);
}

TEST_P(BusContract, DeliversToMatchingSubscriptionsOnly) {
  auto alice = connect("APP", "alice");
  std::vector<std::string> literal, star, rest;
  listen(*alice, "chat.a.bob", literal);
  listen(*alice, "chat.*.bob", star);
  listen(*alice, "chat.>", rest);
  for (const auto* subject :
       {"chat.a.bob", "chat.b.bob", "chat.a.eve", "chat", "other.a.bob", "chat.a.bob.x"}) {
    say(app(), subject);
  }
  settle(app());
  ASSERT_TRUE(
      world().run_until([&] { return !literal.empty() && star.size() >= 2 && rest.size() >= 4; }));
  settle(*alice);
  EXPECT_EQ(literal, (std::vector<std::string>{"chat.a.bob"}));
  EXPECT_EQ(star, (std::vector<std::string>{"chat.a.bob", "chat.b.bob"}));
  EXPECT_EQ(rest,
            (std::vector<std::string>{"chat.a.bob", "chat.b.bob", "chat.a.eve", "chat.a.bob.x"}));
}

TEST_P(BusContract, KeepsAccountsApart) {
  std::vector<std::string> heard;
  listen(sys(), "chat.>", heard);
  say(app(), "chat.a.bob");
  settle(app());
  settle(sys());
  EXPECT_TRUE(heard.empty());
}

TEST_P(BusContract, DeliversToOneMemberOfAQueueGroup) {
  auto alice = connect("APP", "alice");
  auto bob = connect("APP", "bob");
  std::vector<std::string> of_alice, of_bob, everything;
  listen(*alice, "work", of_alice, "crew");
  listen(*bob, "work", of_bob, "crew");
  listen(*bob, "work", everything);
  for (int i = 0; i < 20; ++i) say(app(), "work");
  ASSERT_TRUE(world().run_until(
      [&] { return everything.size() == 20 && of_alice.size() + of_bob.size() == 20; }));
  settle(*alice);
  settle(*bob);
  EXPECT_EQ(of_alice.size() + of_bob.size(), 20u);
}

TEST_P(BusContract, HearsNothingOfItself) {
  auto alice = connect("APP", "alice");
  std::vector<std::string> own, others;
  listen(app(), "chat.>", own);
  listen(*alice, "chat.>", others);
  say(app(), "chat.a.b");
  ASSERT_TRUE(world().run_until([&] { return others.size() == 1; }));
  settle(app());
  EXPECT_TRUE(own.empty());
  // Nor is it a responder to itself.
  const auto asked = request(app(), "only.mine", "?");
  listen(app(), "only.mine", own);
  const auto again = request(app(), "only.mine", "?");
  EXPECT_EQ(failure(asked), ErrorCode::unavailable);
  EXPECT_EQ(failure(again), ErrorCode::unavailable);
  EXPECT_TRUE(own.empty());
}

TEST_P(BusContract, DeliversNothingAfterUnsubscribe) {
  auto alice = connect("APP", "alice");
  std::vector<std::string> gone, stays;
  const auto id = listen(*alice, "chat.a", gone);
  listen(*alice, "chat.a", stays);
  alice->unsubscribe(id);
  alice->unsubscribe(id);
  alice->unsubscribe(987654);
  say(app(), "chat.a");
  ASSERT_TRUE(world().run_until([&] { return stays.size() == 1; }));
  settle(*alice);
  EXPECT_TRUE(gone.empty());
}

TEST_P(BusContract, UnsubscribesInsideItsOwnHandler) {
  auto alice = connect("APP", "alice");
  int calls = 0;
  sidecar::SubscriptionId id = 0;
  const auto made = alice->subscribe("once", "", [&](const Message&) {
    ++calls;
    alice->unsubscribe(id);
  });
  ASSERT_TRUE(made);
  id = *made;
  settle(*alice);
  say(app(), "once");
  say(app(), "once");
  ASSERT_TRUE(world().run_until([&] { return calls > 0; }));
  settle(app());
  settle(*alice);
  EXPECT_EQ(calls, 1);
}

TEST_P(BusContract, CarriesHeadersAndBytes) {
  auto alice = connect("APP", "alice");
  std::optional<Message> got;
  ASSERT_TRUE(alice->subscribe("bytes", "", [&](const Message& message) { got = message; }));
  settle(*alice);
  const std::string data("\0\xff\r\n자유", 10);
  ASSERT_TRUE(
      app().publish("bytes", data, {{"Nats-Msg-Id", "a b"}, {"X-Room", "one"}, {"X-Room", "two"}}));
  ASSERT_TRUE(world().run_until([&] { return got.has_value(); }));
  EXPECT_EQ(got->data, data);
  EXPECT_EQ(got->status, 0);
  EXPECT_EQ(got->reply, "");
  EXPECT_EQ(got->header("nats-msg-id"), "a b");
  EXPECT_EQ(got->header("x-room"), "one");
  EXPECT_EQ(std::count_if(got->headers.begin(), got->headers.end(),
                          [](const auto& h) { return h.first == "X-Room"; }),
            2);
  EXPECT_EQ(got->header("absent"), "");
}

TEST_P(BusContract, AnswersRequests) {
  auto alice = connect("APP", "alice");
  ASSERT_TRUE(alice->subscribe("echo", "", [&](const Message& message) {
    EXPECT_TRUE(alice->publish(message.reply, "re: " + message.data,
                               {{"X-Seen", std::string(message.header("X-Ask"))}}));
  }));
  settle(*alice);
  const auto reply = request(app(), "echo", "hi", {{"X-Ask", "7"}});
  ASSERT_TRUE(reply) << reply.error().text;
  EXPECT_EQ(reply->data, "re: hi");
  EXPECT_EQ(reply->header("X-Seen"), "7");
}

TEST_P(BusContract, AnswersManyRequestsEachWithItsOwn) {
  auto alice = connect("APP", "alice");
  ASSERT_TRUE(alice->subscribe("double.*", "", [&](const Message& message) {
    EXPECT_TRUE(alice->publish(message.reply, message.data + message.data));
  }));
  settle(*alice);
  std::vector<std::string> replies(200);
  std::size_t done = 0;
  for (std::size_t i = 0; i < replies.size(); ++i) {
    app().request("double.x", std::to_string(i), {}, 5s, [&, i](policies::Result<Message> reply) {
      replies[i] = reply ? reply->data : reply.error().text;
      ++done;
    });
  }
  EXPECT_EQ(done, 0u) << "completed inside of the call";
  ASSERT_TRUE(world().run_until([&] { return done == replies.size(); }));
  for (std::size_t i = 0; i < replies.size(); ++i)
    EXPECT_EQ(replies[i], std::to_string(i) + std::to_string(i));
}

TEST_P(BusContract, TakesTheFirstAnswerOnly) {
  auto alice = connect("APP", "alice");
  ASSERT_TRUE(alice->subscribe("twice", "", [&](const Message& message) {
    EXPECT_TRUE(alice->publish(message.reply, "first"));
    EXPECT_TRUE(alice->publish(message.reply, "second"));
  }));
  settle(*alice);
  int completions = 0;
  std::string data;
  app().request("twice", "", {}, 5s, [&](policies::Result<Message> reply) {
    ++completions;
    data = reply ? reply->data : reply.error().text;
  });
  ASSERT_TRUE(world().run_until([&] { return completions > 0; }));
  settle(*alice);
  settle(app());
  EXPECT_EQ(completions, 1);
  EXPECT_EQ(data, "first");
}

TEST_P(BusContract, SaysWhenNobodyAnswers) {
  auto alice = connect("APP", "alice");
  ASSERT_TRUE(alice->subscribe("deaf", "", [](const Message&) {}));
  settle(*alice);
  EXPECT_EQ(failure(request(app(), "deaf", "", {}, 150ms)), ErrorCode::timeout);
  EXPECT_EQ(failure(request(app(), "nobody.there", "")), ErrorCode::unavailable);
}

TEST_P(BusContract, CollectsWhatCameInTime) {
  auto alice = connect("APP", "alice");
  auto bob = connect("APP", "bob");
  for (auto* bus : {alice.get(), bob.get()}) {
    ASSERT_TRUE(bus->subscribe("who", "", [bus](const Message& message) {
      EXPECT_TRUE(bus->publish(message.reply, "me"));
    }));
    settle(*bus);
  }
  const auto collect = [&](const std::string& subject, std::size_t max,
                           policies::Nanoseconds timeout) {
    auto got = std::make_shared<std::optional<std::vector<Message>>>();
    app().collect(subject, "", timeout, max,
                  [got](std::vector<Message> messages) { *got = std::move(messages); });
    EXPECT_FALSE(got->has_value()) << "completed inside of the call";
    EXPECT_TRUE(world().run_until([&] { return got->has_value(); }));
    return got->value_or(std::vector<Message>{}).size();
  };
  EXPECT_EQ(collect("who", 100, 400ms), 2u);
  EXPECT_EQ(collect("who", 2, 60s), 2u);  // does not wait for more than it may take
  EXPECT_EQ(collect("who", 1, 60s), 1u);
  EXPECT_EQ(collect("nobody.there", 100, 60s), 0u);
}

TEST_P(BusContract, RefusesWhatNoServerTakes) {
  for (const auto* subject : {"", "a..b", ".a", "a.", "a b", "a.>.b"}) {
    const auto made = app().subscribe(subject, "", [](const Message&) {});
    ASSERT_FALSE(made) << subject;
    EXPECT_EQ(failure(made), ErrorCode::invalid) << subject;
  }
  const std::string large((1 << 20) + 1, 'x');
  EXPECT_EQ(failure(app().publish("chat.a", large)), ErrorCode::limit);
  EXPECT_EQ(failure(request(app(), "chat.a", large)), ErrorCode::limit);
  EXPECT_EQ(app().state(), BusState::connected);
}

TEST_P(BusContract, SurvivesAServerThatGoesAndComes) {
  auto alice = connect("APP", "alice");
  std::vector<std::string> heard;
  std::vector<BusState> states;
  listen(*alice, "chat.>", heard);
  ASSERT_TRUE(alice->subscribe("deaf", "", [](const Message&) {}));
  settle(*alice);
  app().on_state([&](BusState state) { states.push_back(state); });
  std::optional<policies::Result<Message>> lost;
  app().request("deaf", "", {}, 600s,
                [&](policies::Result<Message> reply) { lost = std::move(reply); });
  settle(app());

  world().stop_server();
  ASSERT_TRUE(
      world().run_until([&] { return app().state() != BusState::connected && lost.has_value(); }));
  EXPECT_EQ(app().state(), BusState::connecting);
  EXPECT_NE(app().last_error(), "");
  EXPECT_EQ(failure(*lost), ErrorCode::unavailable);
  EXPECT_EQ(failure(app().publish("chat.a", "x")), ErrorCode::unavailable);
  EXPECT_EQ(failure(request(app(), "chat.a", "x")), ErrorCode::unavailable);

  world().start_server();
  ASSERT_TRUE(world().run_until([&] {
    return app().state() == BusState::connected && alice->state() == BusState::connected;
  }));
  EXPECT_EQ(app().last_error(), "");
  EXPECT_EQ(app().reconnects(), 1u);
  ASSERT_FALSE(states.empty());
  EXPECT_EQ(states.front(), BusState::connecting);
  EXPECT_EQ(states.back(), BusState::connected);
  settle(*alice);
  say(app(), "chat.again");
  EXPECT_TRUE(world().run_until([&] { return heard == std::vector<std::string>{"chat.again"}; }));
}

TEST_P(BusContract, SurvivesARefusalForEver) {
  auto bus = world().connect_refused();
  int refusals = 0;
  bus->on_state([&](BusState state) { refusals += state == BusState::refused ? 1 : 0; });
  ASSERT_TRUE(world().run_until([&] { return bus->state() == BusState::refused; }))
      << bus->last_error();
  EXPECT_NE(bus->last_error(), "");
  world().run_for(700ms);  // several tries: nats.c would have given up after the second
  EXPECT_EQ(bus->state(), BusState::refused);
  world().accept();
  EXPECT_TRUE(world().run_until([&] { return bus->state() == BusState::connected; }))
      << bus->last_error();
  EXPECT_GE(refusals, 1);
}

TEST_P(BusContract, ClosesForGood) {
  auto alice = connect("APP", "alice");
  std::vector<std::string> heard;
  listen(*alice, "chat.>", heard);
  std::vector<std::string> order;
  ASSERT_TRUE(app().subscribe("deaf", "", [](const Message&) {}));
  settle(app());
  alice->request("deaf", "", {}, 600s, [&](policies::Result<Message> reply) {
    order.push_back(reply ? "answered" : std::string(to_string(reply.error().code)));
  });
  settle(*alice);
  alice->close([&] { order.push_back("closed"); });
  EXPECT_TRUE(order.empty()) << "completed inside of the call";
  ASSERT_TRUE(world().run_until([&] { return !order.empty() && order.back() == "closed"; }));
  EXPECT_EQ(order,
            (std::vector<std::string>{std::string(to_string(ErrorCode::unavailable)), "closed"}));
  EXPECT_EQ(alice->state(), BusState::closed);
  say(app(), "chat.a");
  settle(app());
  EXPECT_TRUE(heard.empty());
  EXPECT_EQ(failure(alice->publish("chat.a", "x")), ErrorCode::unavailable);
  EXPECT_EQ(failure(alice->subscribe("chat.a", "", [](const Message&) {})), ErrorCode::unavailable);
}

INSTANTIATE_TEST_SUITE_P(On, BusContract, ::testing::ValuesIn(all_worlds()), world_name);

}  // namespace
}  // namespace roomkeeper::testing
