// 100,000 pooled rooms: until the daemon is ready, what it holds at most, a reload with ten changed
// rooms, and a midnight of the pool with 1,000,000 messages.
#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <thread>

#include "bench/figures.h"
#include "bench/live_daemon.h"
#include "bench/midnight.h"
#include "bench/pool_house.h"
#include "bench/stopwatch.h"
#include "config/load.h"
#include "tests/support/zone_file.h"

namespace roomkeeper::bench {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t changed = 10;
constexpr std::size_t messages_each = 10;
constexpr double ready_max = 10;
constexpr double reload_max = 5;
constexpr double midnight_max = 1;
constexpr double peak_max = 200e6;
/// Starting the daemon must fit into it.
constexpr auto lead = 30s;

/// A file in which ten rooms have another title.
std::string changed_yaml(const HouseOptions& options) {
  HouseOptions rest = options;
  rest.pooled = 0;
  return house_yaml(rest) + pooled_lines(0, changed, "다른 대화방") +
         pooled_lines(changed, pool_rooms - changed, "자유 대화방");
}

Figures start_and_reload() {
  const PoolHouse house;
  const ProcessUse started = house.daemon.use();
  // What each room stores takes memory too; the pass after the reload counts it.
  fill_pool(house.server, pool_rooms, 1);
  const std::string new_file = changed_yaml(house.house.options());
  const double loads =
      house.daemon.metric("roomkeeper_config_last_reload_success_timestamp_seconds");
  const auto admin = house.server.connect("admin");
  const Stopwatch watch;
  house.house.rewrite(new_file);
  await(
      "the file is in force",
      [&] {
        return house.daemon.metric("roomkeeper_config_last_reload_success_timestamp_seconds") >
               loads;
      },
      30s);
  await(
      "the room has its new title",
      [&] {
        return ask(*admin, "roomkeeper.admin.room.ls", R"({"match": "다른 대화방", "limit": 1})")
                   .find("\"total\":" + std::to_string(changed)) != std::string::npos;
      },
      30s);
  const double reload = watch.seconds();
  await(
      "the messages are counted",
      [&] {
        return ask(*admin, "roomkeeper.admin.room.ls", R"({"sort": "-messages", "limit": 1})")
                   .find("\"messages\":1") != std::string::npos;
      },
      90s, 250ms);
  const ProcessUse reloaded = house.daemon.use();
  std::printf("  resident %s after the start, %s at most; %s after the reload, %s at most\n",
              megabytes(started.resident).c_str(), megabytes(started.resident_peak).c_str(),
              megabytes(reloaded.resident).c_str(), megabytes(reloaded.resident_peak).c_str());
  return {{.name = "100,000 pooled rooms of a file, ready after",
           .measured = time_text(house.ready_after),
           .target = "<= 10 s",
           .met = house.ready_after <= ready_max},
          {.name = "100,000 pooled rooms, memory at most, a reload included",
           .measured = megabytes(reloaded.resident_peak),
           .target = "<= 200 MB",
           .met = static_cast<double>(reloaded.resident_peak) <= peak_max},
          {.name = "reload of that file with 10 rooms changed",
           .measured = time_text(reload),
           .target = "<= 5 s",
           .met = reload <= reload_max}};
}

Figure midnight() {
  const Server server;
  Holdings holdings(server);
  const House house({.url = server.url(), .log_level = "info", .pooled = pool_rooms});
  {
    // The pool is made, and the roster written, before there is a midnight to wait for.
    const LiveDaemon daemon(load_house(house.path()), config::find_zone);
    await("the pool is there", [&] { return daemon.ready(); }, 60s);
  }
  fill_pool(server, pool_rooms, messages_each);
  const policies::WallTime instant = wall_now() + lead;
  const testing::ZoneFile zone = testing::ZoneFile::with_midnight_at(instant);
  const policies::WallTime boundary = std::chrono::ceil<std::chrono::seconds>(instant);
  config::Config config = load_house(house.path());
  move_to_zone(config, *zone.get());
  // Another zone is another rule: it waits for consent unless that stands in the configuration.
  config.reconcile.allow_lossy = true;
  const LiveDaemon daemon(std::move(config), zone.lookup());
  await("the daemon is ready", [&] { return daemon.ready(); }, 30s);
  wait_until(boundary - 1s, "the midnight");
  constexpr std::uint64_t messages = pool_rooms * messages_each;
  const Midnight seen =
      watch_midnight(daemon, holdings, boundary, messages, holdings.now().messages - messages);
  std::printf("  1,000,000 messages gone %s after midnight\n", time_text(seen.all_gone).c_str());
  return {.name = "midnight of a pool with 100,000 rooms, 1,000,000 messages gone after",
          .measured = time_text(seen.all_gone),
          .target = "<= 1 s",
          .met = seen.all_gone <= midnight_max};
}

}  // namespace

Figures measure_pool() {
  Figures figures = start_and_reload();
  figures.push_back(midnight());
  return figures;
}

}  // namespace roomkeeper::bench
