// A purge job over 2,000 rooms, beside a bare loop of the same PURGEs on the same streams.
#include <chrono>
#include <cstdio>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>

#include "bench/daemon_process.h"
#include "bench/figures.h"
#include "bench/live_daemon.h"
#include "bench/midnight.h"
#include "bench/rooms.h"
#include "bench/server.h"
#include "bench/stopwatch.h"
#include "config/load.h"

namespace roomkeeper::bench {
namespace {

using namespace std::chrono_literals;
using metrics::MetricId;

constexpr int rooms = 2000;
constexpr int rounds = 3;
constexpr auto longest = 60s;

struct Round {
  double first_to_last = 0;  ///< seconds, from the first purge that was answered to the last
  double asked_to_last = 0;
  std::vector<double> raw;
};

double deleted(const LiveDaemon& daemon) {
  return daemon.metrics().value(MetricId::purged_messages_total, {"manual"});
}

/// Asks for a job over all rooms and watches until all messages are gone.
void watch_job(const LiveDaemon& daemon, testing::NatsClient& admin, Round& round) {
  const double before = deleted(daemon);
  const double all = before + rooms * messages_per_room;
  const Stopwatch asked;
  const std::string reply =
      ask(admin, "roomkeeper.admin.purge", R"({"match": "room-*", "all": true, "dry_run": false})");
  if (!nlohmann::json::parse(reply, nullptr, false).contains("id"))
    throw std::runtime_error("no job: " + reply);
  std::optional<Stopwatch> first;
  while (deleted(daemon) < all) {
    if (!first && deleted(daemon) > before) first.emplace();
    if (asked.seconds() > std::chrono::duration<double>(longest).count())
      throw std::runtime_error("the job has not ended after a minute:\n" + daemon.log());
    std::this_thread::sleep_for(500us);
  }
  round.asked_to_last = asked.seconds();
  round.first_to_last = first ? first->seconds() : round.asked_to_last;
}

Round run_round() {
  const Server server;
  const House house({.url = server.url(), .log_level = "info", .ranges = {{"room", rooms}}});
  const config::Config config = load_house(house.path());
  run_raw(server.url(), create_requests(config), requests_in_flight);
  const auto fill = [&] {
    run_raw(server.url(), message_requests(config, "room", messages_per_room), 256);
  };
  const auto raw_purge = [&](std::uint64_t seq) {
    return run_raw(server.url(), purge_requests(config, "room", seq), requests_in_flight).seconds;
  };
  Round round;
  fill();
  round.raw.push_back(raw_purge(messages_per_room + 1));
  fill();
  {
    const LiveDaemon daemon(config, config::find_zone);
    const Stopwatch starting;
    while (!daemon.ready()) {
      if (starting.seconds() > 30)
        throw std::runtime_error("the daemon is not ready:\n" + daemon.log());
      std::this_thread::sleep_for(20ms);
    }
    const auto admin = server.connect("admin");
    watch_job(daemon, *admin, round);
  }
  fill();
  round.raw.push_back(raw_purge(3 * messages_per_room + 1));
  return round;
}

}  // namespace

Figures measure_purge_job() {
  std::vector<double> took;
  std::vector<double> asked;
  std::vector<double> raw;
  std::vector<double> ratios;
  for (int i = 0; i < rounds; ++i) {
    const Round round = run_round();
    took.push_back(round.first_to_last);
    asked.push_back(round.asked_to_last);
    raw.insert(raw.end(), round.raw.begin(), round.raw.end());
    ratios.push_back(median(round.raw) / round.first_to_last);
    std::printf("  round %d: %s, %s after it was asked for, raw %s and %s\n", i + 1,
                time_text(took.back()).c_str(), time_text(asked.back()).c_str(),
                time_text(round.raw[0]).c_str(), time_text(round.raw[1]).c_str());
  }
  const double ratio = median(ratios);
  return {{.name = "purge job over 2,000 rooms, first to last purge",
           .measured = rate_text(rooms, median(took)),
           .raw = rate_text(rooms, median(raw)),
           .ratio = ratio,
           .target = ">= 0.9 of raw",
           .met = ratio >= 0.9},
          {.name = "purge job over 2,000 rooms, all gone after it was asked for",
           .measured = time_text(median(asked)),
           .raw = time_text(median(raw)),
           .ratio = median(raw) / median(asked)}};
}

}  // namespace roomkeeper::bench
