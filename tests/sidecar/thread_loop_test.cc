#include "sidecar/thread_loop.h"

#include <csignal>
#include <future>
#include <memory>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/manual_clock.h"

namespace roomkeeper::testing {
namespace {

using namespace std::chrono_literals;
using sidecar::SystemClock;
using sidecar::ThreadLoop;

TEST(ThreadLoop, RunsPostsOfOneThreadInTheirOrder) {
  SystemClock clock;
  ThreadLoop loop(clock);
  std::vector<int> seen;
  std::thread other([&] {
    for (int i = 0; i < 1000; ++i) loop.post([&seen, i] { seen.push_back(i); });
    loop.post([&] { loop.stop(); });
  });
  loop.run();
  other.join();
  ASSERT_EQ(seen.size(), 1000U);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(seen[static_cast<std::size_t>(i)], i);
  EXPECT_EQ(loop.depth(), 0U);
}

TEST(ThreadLoop, RunsTimersByTimeAndThenByOrder) {
  SystemClock clock;
  ThreadLoop loop(clock);
  std::vector<std::string> seen;
  loop.run_after(20ms, [&] {
    seen.emplace_back("late");
    loop.stop();
  });
  loop.run_after(1ms, [&] { seen.emplace_back("first"); });
  loop.run_after(1ms, [&] { seen.emplace_back("second"); });
  loop.run();
  EXPECT_EQ(seen, (std::vector<std::string>{"first", "second", "late"}));
}

TEST(ThreadLoop, ATimerIsNeverEarly) {
  SystemClock clock;
  ThreadLoop loop(clock);
  const auto start = clock.mono();
  policies::Nanoseconds passed{};
  loop.run_after(15ms, [&] {
    passed = clock.mono() - start;
    loop.stop();
  });
  loop.run();
  EXPECT_GE(passed, policies::Nanoseconds(15ms));
}

TEST(ThreadLoop, ACancelledTimerDoesNotRunEvenWhenBothWereDue) {
  SystemClock clock;
  ThreadLoop loop(clock);
  bool ran = false;
  sidecar::TimerId second = 0;
  loop.run_after(0ms, [&] { loop.cancel(second); });
  second = loop.run_after(0ms, [&] { ran = true; });
  loop.run_after(5ms, [&] { loop.stop(); });
  loop.run();
  EXPECT_FALSE(ran);
  loop.cancel(second);
  loop.cancel(999'999);
}

TEST(ThreadLoop, AnEndlessDelayIsNoOverflow) {
  SystemClock clock;
  ThreadLoop loop(clock);
  bool ran = false;
  loop.run_after(policies::Nanoseconds::max(), [&] { ran = true; });
  loop.run_after(1ms, [&] { loop.stop(); });
  loop.run();
  EXPECT_FALSE(ran);
}

TEST(ThreadLoop, TimersThatRenewThemselvesLeaveRoomForPosts) {
  SystemClock clock;
  ThreadLoop loop(clock);
  std::function<void()> again = [&] { loop.run_after(0ms, again); };
  again();
  loop.post([&] { loop.stop(); });
  loop.run();
  SUCCEED() << "it ended";
}

TEST(ThreadLoop, PostsThatRenewThemselvesLeaveRoomForTimers) {
  SystemClock clock;
  ThreadLoop loop(clock);
  std::function<void()> again = [&] { loop.post(again); };
  again();
  loop.run_after(2ms, [&] { loop.stop(); });
  loop.run();
  SUCCEED() << "it ended";
}

TEST(ThreadLoop, AFullMailboxRefusesAndCounts) {
  SystemClock clock;
  ThreadLoop loop(clock, 2);
  int ran = 0;
  EXPECT_TRUE(loop.post([&] { ++ran; }));
  EXPECT_TRUE(loop.post([&] {
    ++ran;
    loop.stop();
  }));
  EXPECT_FALSE(loop.post([&] { ++ran; }));
  EXPECT_EQ(loop.rejected(), 1U);
  EXPECT_EQ(loop.depth(), 2U);
  loop.run();
  EXPECT_EQ(ran, 2);
}

TEST(ThreadLoop, AfterStopNothingIsTakenAndWhatWaitedIsDestroyedUnrun) {
  SystemClock clock;
  ThreadLoop loop(clock);
  const auto held = std::make_shared<int>(1);
  bool ran = false;
  loop.post([&] { loop.stop(); });
  loop.post([held, &ran] { ran = true; });
  loop.run_after(1h, [held, &ran] { ran = true; });
  loop.run();
  EXPECT_FALSE(ran);
  EXPECT_EQ(held.use_count(), 1);
  EXPECT_FALSE(loop.post([] {}));
}

TEST(ThreadLoop, StopFromAnotherThreadWakesASleepingLoop) {
  SystemClock clock;
  ThreadLoop loop(clock);
  std::promise<void> asleep;
  loop.post([&] { asleep.set_value(); });
  std::thread other([&] {
    asleep.get_future().get();
    loop.stop();
  });
  loop.run();
  other.join();
  SUCCEED() << "it ended";
}

TEST(ThreadLoop, ASignalBecomesATaskAndItsOldActionComesBack) {
  SystemClock clock;
  static int handled_before = 0;
  std::signal(SIGUSR1, [](int) { ++handled_before; });
  int seen = 0;
  {
    ThreadLoop loop(clock);
    loop.add_signal(SIGUSR1, [&] {
      ++seen;
      loop.stop();
    });
    loop.post([] { std::raise(SIGUSR1); });
    loop.run();
  }
  EXPECT_EQ(seen, 1);
  EXPECT_EQ(handled_before, 0);
  std::raise(SIGUSR1);
  EXPECT_EQ(handled_before, 1);
  std::signal(SIGUSR1, SIG_DFL);
}

TEST(ThreadLoop, KnowsItsLongestTask) {
  ManualClock clock;
  ThreadLoop loop(clock);
  loop.post([&] { clock.advance(3ms); });
  loop.post([&] { clock.advance(7ms); });
  loop.post([&] { loop.stop(); });
  loop.run();
  EXPECT_EQ(loop.take_busy_longest(), policies::Nanoseconds(7ms));
  EXPECT_EQ(loop.take_busy_longest(), policies::Nanoseconds(0));
}

}  // namespace
}  // namespace roomkeeper::testing
