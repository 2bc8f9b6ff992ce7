// From the daemon's connection to the end of the pass that made all rooms, beside the same requests
// sent by a bare loop to a fresh server. In turns, so that a machine that gets slower or faster
// meets both.
#include <cmath>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "bench/daemon_process.h"
#include "bench/figures.h"
#include "bench/rooms.h"
#include "bench/server.h"
#include "bench/stopwatch.h"
#include "policies/rfc3339.h"

namespace roomkeeper::bench {
namespace {

constexpr int rooms = 2000;
constexpr int rounds = 3;
constexpr int in_flight = 16;
constexpr std::chrono::minutes patience(2);

/// When the log's first line with this event was written.
policies::WallTime time_of(const std::string& log, std::string_view event) {
  const std::size_t at = log.find(" INFO " + std::string(event) + " ");
  if (at == log.npos) throw std::runtime_error("no " + std::string(event) + " in the log");
  const std::size_t newline = log.rfind('\n', at);
  const std::size_t line = newline == log.npos ? 0 : newline + 1;
  const auto time = policies::parse_rfc3339(log.substr(line, at - line));
  if (!time) throw std::runtime_error("the log has no time beside " + std::string(event));
  return *time;
}

double run_daemon() {
  const Server server;
  Holdings holdings(server);
  const House house(
      {.url = server.url(), .http_port = 0, .log_level = "info", .ranges = {{"room", rooms}}});
  const DaemonProcess daemon(house);
  // The server is asked and not the daemon: that costs the daemon nothing.
  await(
      "all streams are there", [&] { return holdings.now().streams >= rooms; }, patience,
      std::chrono::milliseconds(100));
  await(
      "the pass has ended", [&] { return daemon.log().find(" pass.ended ") != std::string::npos; },
      patience);
  daemon.wait_rooms_ready(rooms, std::chrono::seconds(10));
  const std::string log = daemon.log();
  return std::chrono::duration<double>(time_of(log, "pass.ended") - time_of(log, "nats.connected"))
      .count();
}

double run_bare() {
  const Server server;
  const House house({.url = server.url(), .http_port = 0, .ranges = {{"room", rooms}}});
  return run_raw(server.url(), create_requests(load_house(house.path())), in_flight).seconds;
}

}  // namespace

Figures measure_provision() {
  std::vector<double> measured;
  std::vector<double> raw;
  std::vector<double> ratios;
  for (int round = 0; round < rounds; ++round) {
    measured.push_back(run_daemon());
    raw.push_back(run_bare());
    ratios.push_back(raw.back() / measured.back());
    std::printf("  round %d: %s, raw %s\n", round + 1, rate_text(rooms, measured.back()).c_str(),
                rate_text(rooms, raw.back()).c_str());
    std::fflush(stdout);
  }
  const double ratio = median(ratios);
  return {{.name = "provision 2,000 file rooms",
           .measured = rate_text(rooms, median(measured)),
           .raw = rate_text(rooms, median(raw)),
           .ratio = ratio,
           .target = ">= 0.9 of raw",
           .met = ratio >= 0.9}};
}

}  // namespace roomkeeper::bench
