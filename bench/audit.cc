// What the audit costs a purge pass: the midnight of 2,000 rooms with it and without it, in turns.
//
// The time of such a pass varies by more than the audit can cost, the processor's as the wall
// clock's. What does not vary stands beside: how many requests the audit made.
#include <array>
#include <chrono>
#include <cstdio>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <unistd.h>

#include "bench/daemon_process.h"
#include "bench/figures.h"
#include "bench/midnight.h"
#include "bench/process_use.h"
#include "bench/rooms.h"
#include "bench/server.h"
#include "bench/stopwatch.h"
#include "tests/support/zone_file.h"

namespace roomkeeper::bench {
namespace {

using namespace std::chrono_literals;
using metrics::MetricId;

constexpr int rooms = 2000;
constexpr int rounds = 3;
/// Making the rooms, filling them and starting the daemon must fit into it.
constexpr auto lead = 25s;
constexpr double longest = 60;  // seconds
constexpr double target = 0.05;

struct Pass {
  /// Seconds from the first purge that was answered to the last, and until the server has
  /// acknowledged every entry about them.
  double wall = 0;
  double purging = 0;  ///< seconds, of it: to the last purge
  double cpu = 0;      ///< seconds of the server, the daemon and the benchmark
  double purges = 0;   ///< requests
  double audits = 0;   ///< requests
};

struct Passes {
  std::vector<double> wall;
  std::vector<double> cpu;
  std::vector<double> purges;
  std::vector<double> audits;

  void add(const Pass& pass) {
    wall.push_back(pass.wall);
    cpu.push_back(pass.cpu);
    purges.push_back(pass.purges);
    audits.push_back(pass.audits);
  }
};

/// Everything counted from the start of the daemon.
Pass so_far(const LiveDaemon& daemon, const Server& server) {
  const auto requests = [&](const char* operation) {
    return daemon.metrics().value(MetricId::jetstream_api_requests_total, {operation});
  };
  return {.cpu = process_use(server.pid()).cpu_seconds + process_use(::getpid()).cpu_seconds,
          .purges = requests("purge"),
          .audits = requests("audit")};
}

Pass watch_pass(const LiveDaemon& daemon, const Server& server) {
  const Pass before = so_far(daemon, server);
  const Stopwatch waiting;
  std::optional<Stopwatch> first;
  std::optional<double> purging;
  const auto ended = [&] {
    const double purged = purged_at_midnight(daemon);
    if (!first && purged > 0) first.emplace();
    if (first && !purging && purged >= rooms * messages_per_room) purging = first->seconds();
    // The pass tells the audit of the last rooms before it writes its own line.
    return purging && daemon.log().find("retention.pass") != std::string::npos &&
           daemon.metrics().value(MetricId::audit_waiting) == 0;
  };
  while (!ended()) {
    if (waiting.seconds() > longest)
      throw std::runtime_error("the pass has not ended after a minute:\n" + daemon.log());
    std::this_thread::sleep_for(2ms);
  }
  const double wall = first->seconds();
  Pass pass = so_far(daemon, server);
  pass.wall = wall;
  pass.purging = *purging;
  pass.cpu -= before.cpu;
  pass.purges -= before.purges;
  pass.audits -= before.audits;
  return pass;
}

Pass run_pass(bool audited) {
  const Server server;
  const policies::WallTime instant = wall_now() + lead;
  const testing::ZoneFile zone = testing::ZoneFile::with_midnight_at(instant);
  const policies::WallTime boundary = std::chrono::ceil<std::chrono::seconds>(instant);
  const House house({.url = server.url(), .log_level = "info", .ranges = {{"room", rooms}}});
  config::Config config = load_house(house.path());
  move_to_zone(config, *zone.get());
  config.audit.enabled = audited;
  run_raw(server.url(), create_requests(config), requests_in_flight);
  run_raw(server.url(), message_requests(config, "room", messages_per_room), 256);

  const LiveDaemon daemon(config, zone.lookup());
  await("the daemon is ready", [&] { return daemon.ready(); }, 30s);
  wait_until(boundary - 1s, "the midnight");
  const Pass pass = watch_pass(daemon, server);
  if (audited != (pass.audits > 0) || daemon.metrics().value(MetricId::audit_dropped_total) > 0)
    throw std::runtime_error("the audit did not do as it was configured:\n" + daemon.log());
  return pass;
}

std::string share_text(double share) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%+.1f %%", share * 100);
  return text.data();
}

std::string count_text(double count) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.0f", count);
  return text.data();
}

/// Figure of one measure that is to be small: how much it grows with the audit.
Figure growth(const std::string& name, const std::vector<double>& with,
              const std::vector<double>& without) {
  const double base = median(without);
  return {
      .name = name,
      .measured = share_text((median(with) - base) / base) + " (" + time_text(median(with)) + ")",
      .raw = time_text(base),
      .ratio = base / median(with)};
}

}  // namespace

Figures measure_audit() {
  std::array<Passes, 2> passes;  // without, with
  for (int i = 0; i < rounds; ++i) {
    // A machine that grows slower or quicker must not look like the audit: who is first changes.
    for (const bool audited : {i % 2 == 1, i % 2 == 0}) {
      const Pass pass = run_pass(audited);
      passes[audited ? 1 : 0].add(pass);
      std::printf(
          "  round %d, %s: %s (last purge %s), cpu %s, %.0f purges, %.0f requests of the audit\n",
          i + 1, audited ? "with" : "without", time_text(pass.wall).c_str(),
          time_text(pass.purging).c_str(), time_text(pass.cpu).c_str(), pass.purges, pass.audits);
      std::fflush(stdout);
    }
  }
  const auto& [without, with] = passes;
  Figure wall = growth("audit of a midnight of 2,000 rooms: costs", with.wall, without.wall);
  wall.target = "<= 5 %";
  wall.met = (median(with.wall) - median(without.wall)) / median(without.wall) <= target;
  return {wall,
          growth("audit of a midnight of 2,000 rooms: processor time", with.cpu, without.cpu),
          {.name = "audit of a midnight of 2,000 rooms: requests",
           .measured = count_text(median(with.audits)) + " beside " +
                       count_text(median(with.purges)) + " purges",
           .raw = count_text(median(without.audits)) + " beside " +
                  count_text(median(without.purges)) + " purges"}};
}

}  // namespace roomkeeper::bench
