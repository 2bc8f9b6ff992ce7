// Nearly 20,000 connections with three subscriptions each, and every limit set but far: what a look
// at all of them takes, and what the daemon uses when nothing happens.
#include <algorithm>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "bench/connections.h"
#include "bench/daemon_process.h"
#include "bench/figures.h"
#include "bench/rooms.h"
#include "bench/server.h"

namespace roomkeeper::bench {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t wanted = 20'000;
constexpr int users = 5000;
constexpr std::size_t rooms = 100;
constexpr int looks = 3;
constexpr auto patience = 2min;
constexpr double look_max = 1.5;
constexpr double look_cpu_max = 0.3;
constexpr double idle_max = 0.02;

/// As many as one server and one benchmark may have files open.
std::size_t connection_count() {
  return std::min(wanted, testing::raw_clients_possible());
}

void come(RawClients& crowd, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const std::string user = "user-" + std::to_string(i % users);
    crowd.add(
        {.user = user,
         .subscriptions = {"chat.lobby." + pooled_id(i % rooms) + ".*", "rooms." + user + ".notice",
                           "_INBOX." + std::to_string(i) + ".*"}});
  }
  await_connected(crowd, count, patience);
}

double looks_so_far(const DaemonProcess& daemon) {
  return daemon.metric("roomkeeper_connection_looks_total{");
}

/// All that a look asks, page by page, and nothing done with the replies.
double bare_look(const Server& server, std::size_t connections, std::size_t page) {
  const std::string subject = "$SYS.REQ.SERVER." + server.id() + ".CONNZ";
  std::vector<RawRequest> pages;
  for (std::size_t offset = 0; offset < connections + page; offset += page) {
    pages.push_back({.subject = subject,
                     .data = R"({"acc":"APP","auth":true,"subscriptions":true,"limit":)" +
                             std::to_string(page) + R"(,"offset":)" + std::to_string(offset) +
                             "}"});
  }
  return run_raw(server.url(), pages, 1, Replies::dropped, "sys").seconds;
}

/// The shortest of all, with pages of several sizes.
double best_bare_look(const Server& server, std::size_t connections) {
  std::vector<double> best;
  for (const std::size_t page : {1024U, 2048U, 4096U, 8192U}) {
    std::vector<double> took;
    for (int i = 0; i < 3; ++i) took.push_back(bare_look(server, connections, page));
    best.push_back(*std::min_element(took.begin(), took.end()));
    std::printf("  bare pages of %zu: %s\n", page, time_text(best.back()).c_str());
  }
  std::fflush(stdout);
  return *std::min_element(best.begin(), best.end());
}

struct Look {
  double wall = 0;
  double cpu = 0;
};

/// The daemon's next look, whatever it is for. Its metrics are read seldom, because that costs
/// processor time too.
Look next_look(const DaemonProcess& daemon) {
  const double before = looks_so_far(daemon);
  const UseSince use(daemon.pid());
  await("the next look has begun", [&] { return looks_so_far(daemon) > before; }, patience, 2s);
  std::this_thread::sleep_for(5s);  // and ended
  const double cpu = use.cpu_seconds();
  return {.wall = daemon.metric("roomkeeper_collector_duration_seconds{", "connections"),
          .cpu = cpu};
}

}  // namespace

Figures measure_connection_looks() {
  const std::size_t count = connection_count();
  const Server server(users);
  RawClients crowd(server.port());
  const Stopwatch watch;
  come(crowd, count);
  std::printf("  %zu connections with 3 subscriptions each made in %s\n", count,
              time_text(watch.seconds()).c_str());
  std::fflush(stdout);
  const double raw = best_bare_look(server, count);
  const House house({.url = server.url(),
                     .http_port = 0,
                     .pooled = rooms,
                     .limits = "  server_connections: { max: 50000 }\n"
                               "  account_connections: { max: 50000, reserved_for_admins: 10 }\n"
                               "  connections_per_user: { max: 100 }\n",
                     .pool_settings = "    room_connections: { max: 1000 }\n"});
  const DaemonProcess daemon(house);
  daemon.wait_ready(60s);
  next_look(daemon);
  std::vector<double> wall;
  std::vector<double> cpu;
  for (int i = 0; i < looks; ++i) {
    const Look look = next_look(daemon);
    std::printf("  a look: %s, cpu %s\n", time_text(look.wall).c_str(),
                time_text(look.cpu).c_str());
    std::fflush(stdout);
    wall.push_back(look.wall);
    cpu.push_back(look.cpu);
  }
  const double before = looks_so_far(daemon);
  const UseSince daemon_use(daemon.pid());
  const UseSince server_use(server.pid());
  std::this_thread::sleep_for(60s);
  const double share = daemon_use.share();
  const double server_share = server_use.share();
  std::printf("  idle: %.0f looks in a minute, resident %.1f MB\n", looks_so_far(daemon) - before,
              static_cast<double>(daemon.use().resident) / 1e6);
  if (crowd.connected() != count) throw std::runtime_error("somebody within the limits was kicked");
  const std::string of = std::to_string(count) + " connections with 3 subscriptions";
  return {{.name = "a look at " + of + " (cpu of the daemon)",
           .measured = time_text(median(wall)) + " (" + time_text(median(cpu)) + ")",
           .raw = time_text(raw),
           .ratio = raw / median(wall),
           .target = "<= 1.5 s (<= 0.3 s)",
           .met = median(wall) <= look_max && median(cpu) <= look_cpu_max},
          {.name = "idle with " + of + ", all limits far, of a core",
           .measured = share_text(share),
           .raw = share_text(server_share) + " (the server)",
           .target = "<= 2 %",
           .met = share <= idle_max}};
}

}  // namespace roomkeeper::bench
