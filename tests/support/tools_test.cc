// The small tools of tests/support that other tests trust.
#include <chrono>
#include <future>
#include <string>

#include <gtest/gtest.h>

#include "tests/support/child_process.h"
#include "tests/support/loop_thread.h"
#include "tests/support/loopback_port.h"
#include "tests/support/manual_clock.h"
#include "tests/support/rfc3339.h"
#include "tests/support/subject_pattern.h"
#include "tests/support/subject_tree.h"
#include "tests/support/zone_file.h"

namespace roomkeeper::testing {
namespace {

using namespace std::chrono_literals;

ChildOptions shell(const std::string& script) {
  ChildOptions options;
  options.program = "/bin/sh";
  options.arguments = {"-c", script};
  return options;
}

TEST(ChildProcess, GivesOutputAndExitCode) {
  auto options = shell("cat; echo \"$GREETING\"; echo trouble >&2; pwd; exit 7");
  options.input = "in\n";
  options.environment = {"GREETING=안녕"};
  options.directory = "/";
  const auto result = run_program(options);
  EXPECT_EQ(result.exit_code, 7);
  EXPECT_EQ(result.out, "in\n안녕\n/\n");
  EXPECT_EQ(result.err, "trouble\n");
  EXPECT_FALSE(result.timed_out);
}

TEST(ChildProcess, EndsWhatRunsTooLong) {
  const auto result = run_program(shell("echo begun; exec sleep 600"), 200ms);
  EXPECT_TRUE(result.timed_out);
  EXPECT_EQ(result.signal, SIGKILL);
  EXPECT_EQ(result.out, "begun\n");
}

TEST(ChildProcess, WaitsForOutputAndForwardsSignals) {
  ChildProcess child(
      shell("trap 'echo bye; exit 3' TERM; echo port 4222; while :; do sleep 600 & wait $!; done"));
  EXPECT_TRUE(child.wait_for_output("port [0-9]+"));
  EXPECT_FALSE(child.wait_for_output("never", 20ms));
  EXPECT_TRUE(child.running());
  child.send_signal(SIGTERM);
  const auto result = child.wait();
  ASSERT_TRUE(result);
  EXPECT_EQ(result->exit_code, 3);
  EXPECT_NE(result->out.find("bye"), std::string::npos);
  EXPECT_FALSE(child.running());
}

TEST(ChildProcess, SaysThatItCannotBeExecuted) {
  ChildOptions options;
  options.program = "/nowhere/at/all";
  EXPECT_EQ(run_program(options).exit_code, 127);
}

TEST(LoopbackPort, IsNobodyElses) {
  const LoopbackPort one;
  const LoopbackPort other;
  EXPECT_NE(one.number(), other.number());
  EXPECT_GE(one.number(), 20000);
}

TEST(LoopThread, RunsOnItsOwnThreadAndWaits) {
  LoopThread thread;
  const auto here = std::this_thread::get_id();
  EXPECT_NE(thread.call([] { return std::this_thread::get_id(); }), here);
  int ticks = 0;
  std::function<void()> tick = [&] {
    ++ticks;
    thread.loop().run_after(1ms, tick);
  };
  thread.run_on_loop(tick);
  EXPECT_TRUE(thread.until([&] { return ticks >= 3; }));
  EXPECT_FALSE(thread.until([] { return false; }, 20ms));
  std::promise<int> promise;
  auto future = promise.get_future();
  thread.run_on_loop([&] { promise.set_value(4); });
  EXPECT_EQ(await(future), 4);
}

TEST(Rfc3339, ReadsWhatItWrites) {
  const ManualClock clock;
  for (const auto time :
       {clock.wall(), clock.wall() + 1ns, clock.wall() - 123456789ns, policies::WallTime{} - 1ns}) {
    EXPECT_EQ(from_rfc3339(to_rfc3339(time)), time) << to_rfc3339(time);
  }
  EXPECT_EQ(to_rfc3339(clock.wall() + 120ms), "2026-01-01T00:00:00.12Z");
  EXPECT_EQ(from_rfc3339("2026-01-01T09:00:00+09:00"), clock.wall());
  for (const auto* bad :
       {"", "2026-13-01T00:00:00Z", "2026-01-01", "2026-01-01T00:00:00", "0001-01-01T00:00:00Z"}) {
    EXPECT_EQ(from_rfc3339(bad), std::nullopt) << bad;
  }
}

TEST(SubjectPattern, MatchesAsServersDo) {
  EXPECT_TRUE(pattern_matches("a.*.c", "a.b.c"));
  EXPECT_FALSE(pattern_matches("a.*", "a.b.c"));
  EXPECT_TRUE(pattern_matches("a.>", "a.b.c"));
  EXPECT_FALSE(pattern_matches("a.>", "a"));
  EXPECT_TRUE(patterns_overlap("a.*", "*.b"));
  EXPECT_FALSE(patterns_overlap("a.*", "a.b.c"));
  EXPECT_TRUE(patterns_overlap("a.>", "a.*.c"));
  EXPECT_FALSE(is_subject_pattern("a..b"));
  EXPECT_TRUE(is_subject_pattern("a.b>"));
  EXPECT_FALSE(is_literal_subject("a.>"));
}

TEST(SubjectTree, AgreesWithThePatterns) {
  const std::vector<std::string> patterns = {"a", "a.b", "a.*",   "*.b",   "a.>",
                                             ">", "*",   "a.b.c", "a.*.c", "*.*.*"};
  SubjectTree<std::string> tree;
  for (const auto& pattern : patterns) tree.insert(pattern, pattern);
  for (const std::string subject : {"a", "b", "a.b", "a.c", "c.b", "a.b.c", "a.x.c", "a.b.c.d"}) {
    std::size_t found = 0;
    tree.match(subject, [&](const std::string& pattern) {
      EXPECT_TRUE(pattern_matches(pattern, subject)) << pattern << " " << subject;
      ++found;
    });
    std::size_t expected = 0;
    for (const auto& pattern : patterns) expected += pattern_matches(pattern, subject) ? 1U : 0U;
    EXPECT_EQ(found, expected) << subject;
  }
  for (const auto& one : patterns) {
    for (const auto& other : patterns) {
      SubjectTree<int> single;
      single.insert(other, 1);
      EXPECT_EQ(single.any_overlap(one, [](int) { return true; }), patterns_overlap(one, other))
          << one << " " << other;
    }
  }
  for (const auto& pattern : patterns) tree.erase(pattern, pattern);
  EXPECT_FALSE(tree.any_overlap(">", [](const std::string&) { return true; }));
}

TEST(ZoneFile, HasItsMidnightWhereItIsWanted) {
  const ManualClock clock;
  for (const auto after :
       {policies::Nanoseconds(5s), policies::Nanoseconds(7h), policies::Nanoseconds(18h + 123s)}) {
    const auto midnight = clock.wall() + after;
    const ZoneFile zone = ZoneFile::with_midnight_at(midnight);
    const auto seconds = std::chrono::time_point_cast<std::chrono::seconds>(midnight);
    const auto info = zone.get()->get_info(date::sys_seconds(seconds.time_since_epoch()));
    EXPECT_EQ((seconds.time_since_epoch() + info.offset) % 24h, 0s);
    EXPECT_LE(info.offset, 12h);
    EXPECT_GE(info.offset, -12h);
    EXPECT_EQ(zone.lookup()(zone.name()), zone.get());
    EXPECT_EQ(policies::next_deadline(*zone.get(), clock.wall()), midnight);
  }
}

TEST(ZoneFile, KnowsTheDatabaseToo) {
  const ZoneFile zone(1h);
  EXPECT_NE(zone.lookup()("Asia/Seoul"), nullptr);
  EXPECT_EQ(zone.lookup()("No/Where"), nullptr);
  const policies::RetentionRule rule = policies::UntilMidnight{0, zone.get()};
  const auto parsed = policies::parse_retention(policies::to_text(rule), zone.lookup());
  ASSERT_TRUE(parsed) << parsed.error().text;
  EXPECT_EQ(*parsed, rule);
}

}  // namespace
}  // namespace roomkeeper::testing
