// The account's limit as its clients meet it: how soon the surplus is gone, how long a connection
// lasts that is one too many, and what a minute of clients that come back for ever costs.
#include "bench/connections.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>

#include "bench/daemon_process.h"
#include "bench/figures.h"
#include "bench/rooms.h"
#include "bench/server.h"

namespace roomkeeper::bench {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::size_t allowed = 500;
constexpr std::size_t surplus = 500;
constexpr int users = 2000;
constexpr auto settle = 3s;

double seconds_between(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

HouseOptions account_limit(const Server& server) {
  return {.url = server.url(),
          .http_port = 0,
          .log_level = "info",
          .limits = "  account_connections: { max: " + std::to_string(allowed) +
                    ", on_limit: reject_new }\n"};
}

/// `count` more members, each its own user, until all are connected.
void come(RawClients& crowd, std::size_t first, std::size_t count,
          std::optional<std::chrono::milliseconds> reconnect = {}) {
  for (std::size_t i = first; i < first + count; ++i)
    crowd.add({.user = "user-" + std::to_string(i), .subscriptions = {}, .reconnect = reconnect});
}

/// Of the first so many members.
std::size_t touched(const RawClients& crowd, std::size_t first) {
  const auto records = crowd.records();
  return static_cast<std::size_t>(std::count_if(
      records.begin(), records.begin() + static_cast<std::ptrdiff_t>(first),
      [](const RawClients::Record& one) { return one.visits.size() != 1 || one.visits[0].ended; }));
}

void await_left(const RawClients& crowd, std::size_t left) {
  await(std::to_string(left) + " are left", [&] { return crowd.connected() <= left; }, 30s, 1ms);
}

/// The last end of those behind the first so many, counted from the first one's coming.
double all_gone_after(const RawClients& crowd, std::size_t first) {
  Clock::time_point came = Clock::time_point::max();
  Clock::time_point left{};
  const auto records = crowd.records();
  for (std::size_t i = first; i < records.size(); ++i) {
    came = std::min(came, records[i].visits.at(0).came);
    left = std::max(left, records[i].visits.at(0).ended.value_or(Clock::time_point::max()));
  }
  return seconds_between(came, left);
}

// ---- the surplus of 1,000

/// KICK of 500 connections by a bare loop: until their clients see it.
double bare_kicks(const Server& server) {
  RawClients crowd(server.port());
  come(crowd, 0, surplus);
  await_connected(crowd, surplus, 30s);
  const std::string id = server.id();
  const auto system = server.connect("sys");
  const auto page = nlohmann::json::parse(
      ask(*system, "$SYS.REQ.SERVER." + id + ".CONNZ", R"({"acc":"APP","limit":2048})"), nullptr,
      false);
  std::vector<RawRequest> kicks;
  for (const auto& one : page.at("data").at("connections")) {
    kicks.push_back({.subject = "$SYS.REQ.SERVER." + id + ".KICK",
                     .data = "{\"cid\":" + one.at("cid").dump() + "}"});
  }
  if (kicks.size() != surplus) throw std::runtime_error("not 500 connections to kick");
  const Stopwatch watch;
  run_raw(server.url(), kicks, 16, Replies::dropped, "sys");
  await_left(crowd, 0);
  return watch.seconds();
}

Figure surplus_figure() {
  const Server server(users);
  const double raw = bare_kicks(server);
  const House house(account_limit(server));
  const DaemonProcess daemon(house);
  daemon.wait_ready(30s);
  std::this_thread::sleep_for(settle);
  RawClients crowd(server.port());
  come(crowd, 0, allowed);
  await_connected(crowd, allowed, 30s);
  come(crowd, allowed, surplus);
  await(
      "all have come",
      [&] {
        const auto records = crowd.records();
        return std::none_of(records.begin(), records.end(),
                            [](const RawClients::Record& one) { return one.visits.empty(); });
      },
      30s);
  await_left(crowd, allowed);
  const double gone = all_gone_after(crowd, allowed);
  std::this_thread::sleep_for(settle);
  const std::size_t lost = touched(crowd, allowed);
  const bool exact = crowd.connected() == allowed && lost == 0;
  std::printf("  1,000 connections: %zu left, %zu of the first 500 touched\n", crowd.connected(),
              lost);
  return {.name =
              "1,000 connections, limit 500: exactly 500 left after the 501st came, first 500 "
              "untouched",
          .measured = time_text(gone) + (exact ? "" : " (not exact)"),
          .raw = time_text(raw) + " (500 KICKs)",
          .ratio = raw / gone,
          .target = "<= 2 s",
          .met = exact && gone <= 2};
}

// ---- connections that come one by one against a full limit

Figure arrival_figure() {
  constexpr std::size_t arrivals = 2000;
  constexpr auto every = 10ms;
  const Server server(users);
  const House house(account_limit(server));
  const DaemonProcess daemon(house);
  daemon.wait_ready(30s);
  RawClients crowd(server.port());
  come(crowd, 0, allowed);
  await_connected(crowd, allowed, 30s);
  std::this_thread::sleep_for(settle);
  const Clock::time_point began = Clock::now();
  for (std::size_t i = 0; i < arrivals; ++i) {
    std::this_thread::sleep_until(began + every * i);
    come(crowd, i % users, 1);
  }
  std::this_thread::sleep_for(settle);
  await_left(crowd, allowed);
  std::vector<double> took;
  const auto records = crowd.records();
  for (std::size_t i = allowed; i < records.size(); ++i) {
    const RawClients::Visit& visit = records[i].visits.at(0);
    took.push_back(seconds_between(visit.came, visit.ended.value_or(Clock::now())));
  }
  const double p99 = percentile(took, 0.99);
  std::printf("  100 arrivals/s: %zu of the first 500 touched, longest %s\n",
              touched(crowd, allowed), time_text(percentile(took, 1)).c_str());
  return {.name = "connect to kick, 100 connections/s against a full limit of 500, p99 (p50)",
          .measured = time_text(p99) + " (" + time_text(median(took)) + ")",
          .target = "<= 1 s",
          .met = p99 <= 1 && touched(crowd, allowed) == 0};
}

// ---- a storm

/// The most ends of visits in any second.
std::size_t kicks_in_a_second(const std::vector<RawClients::Record>& records) {
  std::vector<Clock::time_point> ends;
  for (const RawClients::Record& one : records) {
    for (const RawClients::Visit& visit : one.visits) {
      if (visit.ended) ends.push_back(*visit.ended);
    }
  }
  std::sort(ends.begin(), ends.end());
  std::size_t most = 0;
  for (std::size_t first = 0, last = 0; last < ends.size(); ++last) {
    while (ends[last] - ends[first] >= 1s) ++first;
    most = std::max(most, last - first + 1);
  }
  return most;
}

std::size_t count_lines(const std::string& text, const std::string& event) {
  std::size_t lines = 0;
  for (std::size_t at = text.find(event); at != text.npos; at = text.find(event, at + 1)) ++lines;
  return lines;
}

Figures storm_figures() {
  constexpr std::size_t coming = 1000;
  constexpr int bound = 500;  // limits.kicks_per_second
  const Server server(users);
  const House house(account_limit(server));
  const DaemonProcess daemon(house);
  daemon.wait_ready(30s);
  RawClients crowd(server.port());
  come(crowd, 0, allowed, 2s);
  await_connected(crowd, allowed, 30s);
  std::this_thread::sleep_for(settle);
  const UseSince daemon_use(daemon.pid());
  const UseSince server_use(server.pid());
  come(crowd, allowed, coming, 2s);
  std::this_thread::sleep_for(60s);
  const double share = daemon_use.share();
  const double server_share = server_use.share();
  const auto records = crowd.records();
  const std::size_t most = kicks_in_a_second(records);
  std::size_t kicks = 0;
  for (const RawClients::Record& one : records) {
    kicks += one.visits.size() - (one.connected ? 1U : 0U);
  }
  const std::size_t lost = touched(crowd, allowed);
  const auto entries =
      static_cast<std::size_t>(daemon.metric("roomkeeper_audit_records_total{", R"(kind="kick")"));
  const std::string what = "a minute of 1,000 clients that come back, limit 500: ";
  return {{.name = what + "those within who were touched",
           .measured = std::to_string(lost),
           .target = "0",
           .met = lost == 0},
          {.name = what + "kicks in any second (" + std::to_string(kicks) + " altogether)",
           .measured = std::to_string(most),
           .target = "<= 500",
           .met = most <= bound},
          {.name = what + "processor, of a core",
           .measured = share_text(share),
           .raw = share_text(server_share) + " (the server)"},
          {.name = what + "audit entries, log lines",
           .measured = std::to_string(entries) + ", " +
                       std::to_string(count_lines(daemon.log(), "connections.kicked"))}};
}

}  // namespace

void await_connected(const RawClients& crowd, std::size_t clients,
                     std::chrono::milliseconds longest) {
  if (!crowd.await_connected(clients, longest))
    throw std::runtime_error(std::to_string(clients) + " clients do not get in");
}

std::string share_text(double share) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.2f %%", share * 100);
  return text.data();
}

Figures measure_connections() {
  Figures figures{surplus_figure(), arrival_figure()};
  for (Figure& figure : storm_figures()) figures.push_back(std::move(figure));
  return figures;
}

}  // namespace roomkeeper::bench
