#include "sidecar/nats/request_queue.h"

#include <algorithm>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fake_nats.h"
#include "tests/support/manual_clock.h"
#include "tests/support/manual_loop.h"

namespace roomkeeper::testing {
namespace {

using namespace std::chrono_literals;
using policies::ErrorCode;
using policies::Result;
using sidecar::Message;
using sidecar::nats::Priority;
using sidecar::nats::QueueLimits;
using sidecar::nats::RequestOutcome;
using sidecar::nats::RequestQueue;

/// A queue, and a service that keeps what it is asked until the test answers.
class RequestQueueTest : public ::testing::Test {
 protected:
  RequestQueueTest() {
    limits.in_flight = 2;
    limits.timeout = 5s;
    limits.pause_on_limit = 2s;
    limits.backoff = {.first = 1s, .longest = 8s};
    (void)service->subscribe("work.>", "", [this](const Message& message) {
      asked.push_back(message.subject.substr(5));
      unanswered.push_back(message.reply);
    });
    loop.run_until_idle();
  }

  void make() { queue = std::make_unique<RequestQueue>(*bus, loop, clock, limits); }

  void send(Priority priority, const std::string& name, std::string_view operation = "test") {
    queue->send(
        priority, operation, "work." + name, "", {}, [this, name](const Result<Message>& reply) {
          done.push_back(name + (reply ? "" : " " + std::string(to_string(reply.error().code))));
        });
  }

  /// One that is sent again while the answer is "not now".
  void send_patiently(Priority priority, const std::string& name) {
    queue->send(
        priority, "test", "work." + name, "", {},
        [this, name](const Result<Message>& reply) {
          done.push_back(name + " " + (reply ? reply->data : reply.error().text));
        },
        {}, [](const Message& reply) { return reply.data == "not now"; });
  }

  void answer_one(std::string_view text = "ok") {
    ASSERT_FALSE(unanswered.empty());
    (void)service->publish(unanswered.front(), text);
    unanswered.pop_front();
    loop.run_until_idle();
  }

  using Names = std::vector<std::string>;
  ManualClock clock;
  ManualLoop loop{clock};
  FakeNats nats{loop};
  std::unique_ptr<sidecar::MessageBus> bus = nats.connect("APP", "roomkeeper");
  std::unique_ptr<sidecar::MessageBus> service = nats.connect("APP", "service");
  QueueLimits limits;
  std::unique_ptr<RequestQueue> queue;
  Names asked;
  std::deque<std::string> unanswered;
  Names done;
};

TEST_F(RequestQueueTest, SendsByPriorityAndThenInOrder) {
  limits.in_flight = 1;
  make();
  send(Priority::list, "first");
  for (const char* name : {"a", "b"}) {
    send(Priority::list, std::string("list") + name);
    send(Priority::apply, std::string("apply") + name);
    send(Priority::admin, std::string("admin") + name);
    send(Priority::kick, std::string("kick") + name);
    send(Priority::purge, std::string("purge") + name);
    send(Priority::lease, std::string("lease") + name);
  }
  loop.run_until_idle();
  EXPECT_EQ(queue->waiting(), 12U);
  while (!unanswered.empty()) answer_one();
  EXPECT_EQ(asked, (Names{"first", "leasea", "leaseb", "purgea", "purgeb", "kicka", "kickb",
                          "admina", "adminb", "applya", "applyb", "lista", "listb"}));
  EXPECT_EQ(done, asked);
  EXPECT_EQ(queue->waiting(), 0U);
  EXPECT_EQ(queue->in_flight(), 0);
}

TEST_F(RequestQueueTest, WhatIsNotWantedAnyMoreWhenItsTurnComesIsNotSent) {
  limits.in_flight = 1;
  make();
  bool wanted = true;
  send(Priority::purge, "first");
  for (const char* name : {"second", "third"}) {
    queue->send(
        Priority::purge, "test", std::string("work.") + name, "", {},
        [this, name](const Result<Message>& reply) {
          done.push_back(name + (reply ? "" : " " + std::string(to_string(reply.error().code))));
        },
        [&wanted] { return wanted; });
  }
  send(Priority::purge, "last");
  loop.run_until_idle();
  answer_one();
  wanted = false;  // the second is under way, the third still waits
  while (!unanswered.empty()) answer_one();
  EXPECT_EQ(asked, (Names{"first", "second", "last"}));
  EXPECT_THAT(done, ::testing::UnorderedElementsAre("first", "second", "third conflict", "last"));
  EXPECT_EQ(queue->in_flight(), 0);
}

TEST_F(RequestQueueTest, NeverHasMoreInFlightThanItMay) {
  make();
  for (int i = 0; i < 5; ++i) send(Priority::apply, std::to_string(i));
  loop.run_until_idle();
  EXPECT_EQ(asked, (Names{"0", "1"}));
  EXPECT_EQ(queue->in_flight(), 2);
  queue->set_in_flight(4);
  loop.run_until_idle();
  EXPECT_EQ(asked.size(), 4U);
  answer_one();
  EXPECT_EQ(asked.size(), 5U);
}

TEST_F(RequestQueueTest, WhileALookIsUnderWayNothingLessUrgentBegins) {
  limits.in_flight = 3;
  make();
  send(Priority::apply, "create-1");
  send(Priority::purge, "listing", "list");
  send(Priority::apply, "create-2");
  send(Priority::purge, "purge");
  loop.run_until_idle();
  EXPECT_EQ(asked, (Names{"create-1", "listing", "purge"}));
  answer_one();  // create-1: a place is free, and stays so
  EXPECT_EQ(asked.size(), 3U);
  answer_one();  // listing
  EXPECT_EQ(asked, (Names{"create-1", "listing", "purge", "create-2"}));
}

TEST_F(RequestQueueTest, ALookThatHasWaitedHoldsBackWhatIsAsUrgent) {
  limits.in_flight = 3;
  make();
  send(Priority::purge, "purge-1");
  send(Priority::purge, "look", "info");
  loop.run_until_idle();
  loop.advance(50ms);
  send(Priority::purge, "purge-2");  // it has not waited for long yet
  loop.run_until_idle();
  EXPECT_EQ(asked, (Names{"purge-1", "look", "purge-2"}));
  loop.advance(100ms);
  send(Priority::purge, "purge-3");
  answer_one();  // purge-1
  EXPECT_EQ(asked.size(), 3U);
  send(Priority::lease, "lease");  // waits for nobody
  loop.run_until_idle();
  EXPECT_EQ(asked, (Names{"purge-1", "look", "purge-2", "lease"}));
  answer_one();  // look
  EXPECT_EQ(asked, (Names{"purge-1", "look", "purge-2", "lease", "purge-3"}));
}

TEST_F(RequestQueueTest, ALookThatIsNeverAnsweredHoldsNothingUpForEver) {
  limits.in_flight = 3;
  make();
  send(Priority::purge, "look", "names");
  send(Priority::apply, "create");
  loop.run_until_idle();
  EXPECT_EQ(asked, (Names{"look"}));
  loop.advance(limits.timeout + limits.backoff.longest);
  EXPECT_EQ(asked, (Names{"look", "create"}));
}

TEST_F(RequestQueueTest, ACompletionMaySendAgain) {
  make();
  queue->send(Priority::apply, "test", "work.a", "", {},
              [this](const Result<Message>&) { send(Priority::apply, "b"); });
  loop.run_until_idle();
  answer_one();
  EXPECT_EQ(asked, (Names{"a", "b"}));
}

TEST_F(RequestQueueTest, AFullQueueRefusesLaterAndCounts) {
  limits.waiting = 1;
  limits.in_flight = 1;
  make();
  for (const char* name : {"a", "b", "c"}) send(Priority::apply, name);
  EXPECT_EQ(done, Names{}) << "never inside the call";
  loop.run_until_idle();
  EXPECT_EQ(done, Names{"c limit"});
  EXPECT_EQ(queue->rejected(), 1U);
}

TEST_F(RequestQueueTest, AfterATimeoutItRestsAndThenTriesOneAtATime) {
  make();
  for (int i = 0; i < 6; ++i) send(Priority::apply, std::to_string(i));
  loop.run_until_idle();
  loop.advance(5s);
  EXPECT_EQ(done, (Names{"0 timeout", "1 timeout"}));
  EXPECT_EQ(asked.size(), 2U) << "it rests";
  loop.advance(1s);
  EXPECT_EQ(asked.size(), 3U) << "one try";
  unanswered.erase(unanswered.begin(), unanswered.begin() + 2);
  answer_one();
  EXPECT_EQ(done.back(), "2");
  EXPECT_EQ(asked.size(), 5U) << "all is well again";
}

TEST_F(RequestQueueTest, TheRestGrowsWithEverySilenceButNotWithEveryRequestOfOne) {
  limits.in_flight = 3;
  make();
  for (int i = 0; i < 6; ++i) send(Priority::apply, std::to_string(i));
  loop.advance(5s);
  EXPECT_EQ(done.size(), 3U);
  loop.advance(1s);  // first: at most 1 s
  ASSERT_EQ(asked.size(), 4U);
  loop.advance(5s);  // and is silent again: rests between 1.5 and 2 s
  EXPECT_EQ(done.size(), 4U);
  loop.advance(1400ms);
  EXPECT_EQ(asked.size(), 4U);
  loop.advance(700ms);
  EXPECT_EQ(asked.size(), 5U);
}

TEST_F(RequestQueueTest, WhatCannotBeDoneNowIsAskedAgainAndTheOthersWaitWithIt) {
  make();
  for (const char* name : {"a", "b", "c"}) send_patiently(Priority::apply, name);
  loop.run_until_idle();
  ASSERT_EQ(asked, (Names{"a", "b"}));
  answer_one("not now");
  answer_one("not now");
  EXPECT_EQ(done, Names{});
  EXPECT_EQ(asked.size(), 2U) << "it rests";
  EXPECT_EQ(queue->waiting(), 3U);
  loop.advance(500ms);
  EXPECT_EQ(asked.size(), 3U) << "one try";
  answer_one("not now");
  loop.advance(500ms);
  answer_one("fine");
  while (!unanswered.empty()) answer_one("fine");
  EXPECT_THAT(done, ::testing::UnorderedElementsAre("a fine", "b fine", "c fine"));
  EXPECT_EQ(queue->in_flight(), 0);
}

TEST_F(RequestQueueTest, WhatCannotBeDoneForLongCompletesWithTheServersWords) {
  make();
  for (const char* name : {"a", "b", "c"}) send_patiently(Priority::apply, name);
  loop.run_until_idle();
  for (int half_seconds = 0; half_seconds < 16 && done.size() < 3; ++half_seconds) {
    while (!unanswered.empty()) answer_one("not now");
    if (half_seconds < 9) {
      EXPECT_EQ(done, Names{}) << "within the time of a request";
    }
    loop.advance(500ms);
  }
  EXPECT_THAT(done, ::testing::UnorderedElementsAre("a not now", "b not now", "c not now"));
  EXPECT_EQ(queue->waiting(), 0U);
}

TEST_F(RequestQueueTest, AnswersToOthersDoNotMakeItWaitForEver) {
  make();
  send_patiently(Priority::apply, "a");
  loop.run_until_idle();
  for (int half_seconds = 0; half_seconds < 16 && done.empty(); ++half_seconds) {
    if (!unanswered.empty()) answer_one("not now");
    queue->send(Priority::lease, "test", "work.lease", "", {}, [](const Result<Message>&) {});
    loop.run_until_idle();
    const auto lease = std::find(asked.rbegin(), asked.rend(), "lease");
    ASSERT_NE(lease, asked.rend());
    (void)service->publish(unanswered.back(), "ok");
    unanswered.pop_back();
    loop.advance(500ms);
  }
  EXPECT_EQ(done, Names{"a not now"});
}

TEST_F(RequestQueueTest, AListingMayTakeLongerThanTheRest) {
  limits.list_timeout = 10s;
  make();
  send(Priority::list, "listing", "list");
  send(Priority::lease, "other");
  loop.run_until_idle();
  loop.advance(9s);
  EXPECT_EQ(done, Names{"other timeout"});
  loop.advance(1s);
  EXPECT_EQ(done, (Names{"other timeout", "listing timeout"}));
}

TEST_F(RequestQueueTest, TheLeaseDoesNotWaitForTheRest) {
  make();
  send(Priority::apply, "a");
  loop.advance(5s);
  ASSERT_EQ(done, Names{"a timeout"});
  send(Priority::apply, "b");
  send(Priority::lease, "lease");
  loop.run_until_idle();
  EXPECT_EQ(asked, (Names{"a", "lease"}));
}

TEST_F(RequestQueueTest, APauseHoldsEverythingForItsTime) {
  make();
  queue->pause();
  send(Priority::lease, "lease");
  send(Priority::apply, "a");
  loop.advance(1s);
  EXPECT_TRUE(queue->paused());
  queue->pause();
  EXPECT_EQ(queue->pauses(), 1U) << "one longer pause";
  loop.advance(1900ms);
  EXPECT_EQ(asked, Names{});
  loop.advance(200ms);
  EXPECT_FALSE(queue->paused());
  EXPECT_EQ(asked, (Names{"lease", "a"}));
}

TEST_F(RequestQueueTest, WithoutAConnectionEverythingFailsFast) {
  make();
  nats.stop();
  loop.run_until_idle();
  for (int i = 0; i < 100; ++i) send(Priority::apply, std::to_string(i));
  loop.run_until_idle();
  ASSERT_EQ(done.size(), 100U);
  EXPECT_EQ(done.front(), "0 unavailable");
  EXPECT_EQ(queue->waiting(), 0U);
  EXPECT_EQ(queue->in_flight(), 0);
}

TEST_F(RequestQueueTest, TellsTheObserverWhatBecameOfEach) {
  make();
  std::vector<RequestOutcome> outcomes;
  queue->set_observer([&](const RequestOutcome& outcome) { outcomes.push_back(outcome); });
  send(Priority::apply, "a");
  send(Priority::apply, "b");
  loop.advance(1s);
  answer_one();
  loop.advance(4s);
  ASSERT_EQ(outcomes.size(), 2U);
  EXPECT_EQ(outcomes[0].operation, "test");
  EXPECT_TRUE(outcomes[0].answered);
  EXPECT_EQ(outcomes[0].took, policies::Nanoseconds(1s));
  EXPECT_FALSE(outcomes[1].answered);
  EXPECT_EQ(outcomes[1].took, policies::Nanoseconds(5s));
}

TEST_F(RequestQueueTest, WhatIsInFlightAtItsEndStillCompletesOnce) {
  make();
  for (const char* name : {"a", "b", "waits"}) send(Priority::apply, name);
  loop.run_until_idle();
  queue.reset();
  answer_one();
  loop.advance(10s);
  EXPECT_EQ(done, (Names{"a", "b timeout"}));
}

TEST_F(RequestQueueTest, BehindAClosedGateNothingIsChangedAndEverythingIsRead) {
  make();
  bool open = true;
  queue->set_gate([&open] { return open; });
  send(Priority::apply, "a", "create");
  send(Priority::apply, "b", "list");
  loop.run_until_idle();
  EXPECT_EQ(asked, (Names{"a", "b"}));
  // Two are under way: these wait, and are asked about when their turn has come.
  for (const char* operation : {"create", "update", "delete", "purge", "kick", "kv", "get"})
    send(Priority::apply, operation, operation);
  open = false;
  const std::vector<std::string> waiting(unanswered.begin(), unanswered.end());
  for (const std::string& reply : waiting) service->publish(reply, "done", {});
  loop.run_until_idle();
  EXPECT_EQ(asked, (Names{"a", "b", "get"}));
  EXPECT_THAT(done, ::testing::Contains("purge unavailable"));
  EXPECT_THAT(done, ::testing::Contains("kv unavailable"));
  EXPECT_EQ(done.size(), 8U);
}

}  // namespace
}  // namespace roomkeeper::testing
