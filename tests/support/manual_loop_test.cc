#include "tests/support/manual_loop.h"

#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace roomkeeper::testing {
namespace {

using namespace std::chrono_literals;

TEST(ManualLoop, RunsTasksInOrderOfPosting) {
  ManualClock clock;
  ManualLoop loop(clock);
  std::string order;
  loop.post([&] {
    order += 'a';
    loop.post([&] { order += 'c'; });
  });
  loop.post([&] { order += 'b'; });
  EXPECT_EQ(loop.run_until_idle(), 3u);
  EXPECT_EQ(order, "abc");
}

TEST(ManualLoop, FiresTimersAtTheirTimeAndInOrder) {
  ManualClock clock;
  ManualLoop loop(clock);
  const auto begin = clock.mono();
  std::vector<policies::Nanoseconds> at;
  loop.run_after(3h, [&] { at.push_back(clock.mono() - begin); });
  loop.run_after(1s, [&] {
    at.push_back(clock.mono() - begin);
    loop.run_after(1s, [&] { at.push_back(clock.mono() - begin); });
  });
  const auto cancelled = loop.run_after(2h, [&] { at.push_back({}); });
  loop.cancel(cancelled);
  loop.cancel(0);
  EXPECT_EQ(loop.run_until_idle(), 0u);
  loop.advance(24h);
  EXPECT_EQ(at, (std::vector<policies::Nanoseconds>{1s, 2s, 3h}));
  EXPECT_EQ(clock.mono() - begin, 24h);
}

TEST(ManualLoop, MovesWallTimeWithIt) {
  ManualClock clock;
  ManualLoop loop(clock);
  const auto midnight = clock.wall() + 24h;
  loop.advance_to(midnight);
  EXPECT_EQ(clock.wall(), midnight);
  clock.set_wall(midnight - 5s);
  loop.advance(1s);
  EXPECT_EQ(clock.wall(), midnight - 4s);
}

TEST(ManualLoop, StopsWhereTheConditionHolds) {
  ManualClock clock;
  ManualLoop loop(clock);
  int ticks = 0;
  std::function<void()> tick = [&] {
    ++ticks;
    loop.run_after(1s, tick);
  };
  loop.run_after(1s, tick);
  EXPECT_TRUE(loop.run_until([&] { return ticks == 5; }, 1h));
  EXPECT_EQ(ticks, 5);
  EXPECT_FALSE(loop.run_until([&] { return ticks > 1000; }, 10s));
  EXPECT_EQ(ticks, 15);
}

TEST(ManualLoop, FailsATestThatRunsInCircles) {
  ManualClock clock;
  ManualLoop loop(clock, 1000);
  std::function<void()> again = [&] { loop.post(again); };
  loop.post(again);
  EXPECT_THROW(loop.run_until_idle(), std::runtime_error);
}

TEST(ManualLoop, RefusesPostsWhenFullOrEnded) {
  ManualClock clock;
  ManualLoop loop(clock);
  loop.set_mailbox_limit(1);
  EXPECT_TRUE(loop.post([] {}));
  EXPECT_FALSE(loop.post([] {}));
  loop.run_until_idle();
  loop.end();
  EXPECT_FALSE(loop.post([] {}));
  EXPECT_EQ(loop.rejected(), 2u);
}

}  // namespace
}  // namespace roomkeeper::testing
