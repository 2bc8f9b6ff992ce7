#include "bench/midnight.h"

#include <chrono>
#include <cstdio>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

#include "api/audit.h"
#include "bench/daemon_process.h"
#include "bench/figures.h"
#include "bench/rooms.h"
#include "bench/server.h"
#include "bench/stopwatch.h"
#include "tests/support/zone_file.h"

namespace roomkeeper::bench {
namespace {

using namespace std::chrono_literals;

constexpr int rooms = 2000;
constexpr int rounds = 2;
/// Making the rooms, filling them twice and starting the daemon must fit into it.
constexpr auto lead = 25s;
constexpr auto watch_longest = 60s;
/// What the daemon itself stores: its state, and a few entries of the audit a pass.
constexpr std::uint64_t audit_entries_max = 100;
/// Seldom enough to cost the two processors nothing that would show.
constexpr auto look_every = 5ms;

double seconds(policies::Nanoseconds value) {
  return std::chrono::duration<double>(value).count();
}

struct Round {
  Midnight midnight;
  std::vector<double> raw;
};

Round run_round() {
  const Server server;
  const policies::WallTime instant = wall_now() + lead;
  const testing::ZoneFile zone = testing::ZoneFile::with_midnight_at(instant);
  const policies::WallTime boundary = std::chrono::ceil<std::chrono::seconds>(instant);
  const House house({.url = server.url(), .log_level = "info", .ranges = {{"room", rooms}}});
  config::Config config = load_house(house.path());
  move_to_zone(config, *zone.get());
  run_raw(server.url(), create_requests(config), requests_in_flight);

  Holdings holdings(server);
  const auto fill = [&] {
    run_raw(server.url(), message_requests(config, "room", messages_per_room), 256);
  };
  Round round;
  fill();
  round.raw.push_back(run_raw(server.url(), purge_requests(config, "room", messages_per_room + 1),
                              requests_in_flight)
                          .seconds);
  fill();
  {
    const LiveDaemon daemon(config, zone.lookup());
    await("the daemon is ready", [&] { return daemon.ready(); }, 30s);
    wait_until(boundary - 1s, "the midnight");
    constexpr std::uint64_t messages = rooms * messages_per_room;
    round.midnight =
        watch_midnight(daemon, holdings, boundary, messages, holdings.now().messages - messages);
  }
  if (stored_messages(server.url(), rooms) > audit_entries_max)
    throw std::runtime_error("the server still lists messages");
  fill();
  round.raw.push_back(run_raw(server.url(),
                              purge_requests(config, "room", 3 * messages_per_room + 1),
                              requests_in_flight)
                          .seconds);
  return round;
}

}  // namespace

policies::WallTime wall_now() {
  return std::chrono::time_point_cast<policies::Nanoseconds>(std::chrono::system_clock::now());
}

void wait_until(policies::WallTime instant, const std::string& what) {
  if (wall_now() >= instant)
    throw std::runtime_error(what + " came before everything was prepared: the machine is busy");
  std::this_thread::sleep_until(instant);
}

double purged_at_midnight(const LiveDaemon& daemon) {
  using metrics::MetricId;
  // A midnight that came before the daemon had a complete listing counts as made up.
  return daemon.metrics().value(MetricId::purged_messages_total, {"midnight"}) +
         daemon.metrics().value(MetricId::purged_messages_total, {"made_up"});
}

Midnight watch_midnight(const LiveDaemon& daemon, Holdings& holdings, policies::WallTime instant,
                        std::uint64_t messages, std::uint64_t others) {
  // The daemon's audit is stored on the same server: a few entries, which may be newer than
  // `others`.
  const auto audited = [&] {
    double entries = 0;
    for (std::size_t i = 0; i < api::audit_kind_count; ++i) {
      const std::string kind(to_string(static_cast<api::AuditKind>(i)));
      entries += daemon.metrics().value(metrics::MetricId::audit_records_total, {kind});
    }
    return static_cast<std::uint64_t>(entries);
  };
  std::optional<policies::WallTime> first;
  std::optional<policies::WallTime> last;
  std::optional<policies::WallTime> gone;
  policies::WallTime next_look = instant;
  while (!last || !gone) {
    const double count = purged_at_midnight(daemon);
    const policies::WallTime now = wall_now();
    if (!first && count > 0) first = now;
    if (!last && count >= static_cast<double>(messages)) last = now;
    // Asking the server costs it time, so it is asked only once it can say yes.
    if (last && !gone && now >= next_look) {
      if (holdings.now().messages <= others + audited()) gone = wall_now();
      next_look = now + look_every;
    }
    if (now > instant + watch_longest)
      throw std::runtime_error("not all is gone a minute after midnight:\n" + daemon.log());
    std::this_thread::sleep_for(2ms);
  }
  return {.first_to_last = seconds(*last - *first), .all_gone = seconds(*gone - instant)};
}

Figures measure_midnight() {
  std::vector<double> took;
  std::vector<double> gone;
  std::vector<double> raw;
  std::vector<double> ratios;
  for (int i = 0; i < rounds; ++i) {
    const Round round = run_round();
    took.push_back(round.midnight.first_to_last);
    gone.push_back(round.midnight.all_gone);
    raw.insert(raw.end(), round.raw.begin(), round.raw.end());
    ratios.push_back(median(round.raw) / round.midnight.first_to_last);
    std::printf("  round %d: %s, all gone after %s, raw %s and %s\n", i + 1,
                time_text(took.back()).c_str(), time_text(gone.back()).c_str(),
                time_text(round.raw[0]).c_str(), time_text(round.raw[1]).c_str());
  }
  const double ratio = median(ratios);
  const double slowest = percentile(gone, 1);
  return {{.name = "midnight of 2,000 rooms, first to last purge",
           .measured = rate_text(rooms, median(took)),
           .raw = rate_text(rooms, median(raw)),
           .ratio = ratio,
           .target = ">= 0.9 of raw",
           .met = ratio >= 0.9},
          {.name = "midnight of 2,000 rooms, all gone after",
           .measured = time_text(slowest),
           .raw = time_text(median(raw)),
           .ratio = median(raw) / slowest,
           .target = "<= 3 s",
           .met = slowest <= 3}};
}

}  // namespace roomkeeper::bench
