// While 10,000 rooms are being created: how long `status` takes, how long somebody over the limit
// stays, and how long after their midnight 2,000 other rooms are empty. Beside it, at the same
// time, a bare round trip to the server (PING); and on the server at rest the same KICK and the
// same PURGEs.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
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
#include "tests/support/zone_file.h"

namespace roomkeeper::bench {
namespace {

using namespace std::chrono_literals;
using Clients = std::vector<std::unique_ptr<testing::NatsClient>>;

constexpr int old_rooms = 2000;
constexpr int new_rooms = 10'000;
constexpr int allowed_connections = 3;
constexpr auto lead = 30s;
/// The daemon starts so long before midnight, which then falls into the creation.
constexpr auto head_start = 5s;
constexpr auto creation_longest = 3min;

/// What the observers gather while rooms are being created.
struct Seen {
  std::atomic<bool> creating{true};
  std::vector<double> status;
  std::vector<double> pings;
  std::vector<double> kicks;
  std::exception_ptr problem;  ///< the first one; read when the threads have ended
  std::mutex mutex;

  void note_problem() {
    const std::lock_guard lock(mutex);
    if (!problem) problem = std::current_exception();
  }
};

void observe_replies(testing::NatsClient& client, Seen& seen) {
  while (seen.creating) {
    Stopwatch watch;
    ask(client, "roomkeeper.admin.status", "{}");
    seen.status.push_back(watch.seconds());
    watch = {};
    if (!client.flush(std::chrono::seconds(30))) throw std::runtime_error("no PONG");
    seen.pings.push_back(watch.seconds());
    std::this_thread::sleep_for(10ms);
  }
}

/// Time until one of them is disconnected.
double time_to_kick(const Clients& clients) {
  const Stopwatch watch;
  await(
      "somebody is kicked",
      [&] {
        return std::any_of(clients.begin(), clients.end(),
                           [](const auto& client) { return client->disconnects() > 0; });
      },
      60s, 2ms);
  return watch.seconds();
}

/// Every two seconds one more user comes over the limit; each only once, for a repeated offender
/// waits longer.
void observe_kicks(const Server& server, std::vector<Clients>& users, Seen& seen) {
  for (std::size_t user = 0; user < users.size() && seen.creating; ++user) {
    users[user].push_back(server.connect("user-" + std::to_string(user)));
    seen.kicks.push_back(time_to_kick(users[user]));
    for (int waited = 0; waited < 20 && seen.creating; ++waited) std::this_thread::sleep_for(100ms);
  }
}

template <class Work>
std::thread observer(Seen& seen, Work work) {
  return std::thread([&seen, work] {
    try {
      work();
    } catch (...) {
      seen.note_problem();
    }
  });
}

/// A KICK by hand, on a server with nothing to do.
double bare_kick(const Server& server) {
  const auto system = server.connect("sys");
  const std::string subject = "$SYS.REQ.SERVER." + server.id() + ".KICK";
  std::vector<double> times;
  for (int i = 0; i < 10; ++i) {
    Clients one;
    one.push_back(server.connect("user-0"));
    const Stopwatch watch;
    ask(*system, subject, R"({"cid":)" + std::to_string(one[0]->client_id()) + "}");
    time_to_kick(one);
    times.push_back(watch.seconds());
  }
  return median(times);
}

struct Prepared {
  Server server;
  std::unique_ptr<House> house;  ///< holds the password file
  policies::WallTime boundary{};
  std::unique_ptr<testing::ZoneFile> zone;
  config::Config config;
  double raw_purge = 0;
  double raw_kick = 0;
};

/// The old rooms, made and filled; midnight is so far away that all this fits in.
std::unique_ptr<Prepared> prepare() {
  auto all = std::make_unique<Prepared>();
  const policies::WallTime instant = wall_now() + lead;
  all->boundary = std::chrono::ceil<std::chrono::seconds>(instant);
  all->zone = std::make_unique<testing::ZoneFile>(testing::ZoneFile::with_midnight_at(instant));
  const std::string url = all->server.url();
  all->house = std::make_unique<House>(
      HouseOptions{.url = url,
                   .log_level = "info",
                   .ranges = {{"old", old_rooms}, {"new", new_rooms, "memory"}}});
  all->config = load_house(all->house->path());
  move_to_zone(all->config, *all->zone->get());
  run_raw(url, create_requests(all->config, "old"), requests_in_flight);
  run_raw(url, message_requests(all->config, "old", messages_per_room), 256);
  all->raw_purge =
      run_raw(url, purge_requests(all->config, "old", messages_per_room + 1), requests_in_flight)
          .seconds;
  run_raw(url, message_requests(all->config, "old", messages_per_room), 256);
  all->raw_kick = bare_kick(all->server);
  return all;
}

Figures figures_of(const Prepared& all, const Seen& seen, const Midnight& midnight) {
  const double status = percentile(seen.status, 1);
  const double ping = percentile(seen.pings, 1);
  const double kick = percentile(seen.kicks, 1);
  return {{.name = "status while 10,000 rooms are created, longest of " +
                   std::to_string(seen.status.size()),
           .measured = time_text(status) + ", p99 " + time_text(percentile(seen.status, 0.99)),
           .raw = time_text(ping) + ", p99 " + time_text(percentile(seen.pings, 0.99)),
           .ratio = ping / status,
           .target = "<= 200 ms",
           .met = status <= 0.2},
          {.name = "kick meanwhile, longest of " + std::to_string(seen.kicks.size()),
           .measured = time_text(kick),
           .raw = time_text(all.raw_kick),
           .ratio = all.raw_kick / kick,
           .target = "<= 2 s",
           .met = kick <= 2},
          {.name = "midnight of 2,000 rooms meanwhile, all gone after",
           .measured = time_text(midnight.all_gone),
           .raw = time_text(all.raw_purge),
           .ratio = all.raw_purge / midnight.all_gone,
           .target = "<= 5 s",
           .met = midnight.all_gone <= 5}};
}

}  // namespace

Figures measure_busy() {
  const std::unique_ptr<Prepared> all = prepare();
  const auto client = all->server.connect("admin");
  Holdings holdings(all->server);
  std::vector<Clients> users(chat_users);
  for (int user = 0; user < chat_users; ++user) {
    for (int i = 0; i < allowed_connections; ++i) {
      users[static_cast<std::size_t>(user)].push_back(
          all->server.connect("user-" + std::to_string(user)));
    }
  }
  wait_until(all->boundary - head_start, "the start before midnight");
  constexpr std::uint64_t messages = old_rooms * messages_per_room;
  const LiveDaemon daemon(all->config, all->zone->lookup());
  const Stopwatch watch;
  await(
      "creation has begun",
      [&] {
        if (watch.seconds() > 25)
          throw std::runtime_error("creation has not begun:\n" + daemon.log());
        return holdings.now().streams > old_rooms + 50;
      },
      30s);
  // The daemon's own records, which stay: by now it has made them.
  const std::uint64_t others = holdings.now().messages - messages;

  Seen seen;
  std::thread replies = observer(seen, [&] { observe_replies(*client, seen); });
  std::thread kicks = observer(seen, [&] { observe_kicks(all->server, users, seen); });
  Midnight midnight;
  std::uint64_t streams_after_midnight = 0;
  try {
    midnight = watch_midnight(daemon, holdings, all->boundary, messages, others);
    streams_after_midnight = holdings.now().streams;
    await(
        "all rooms are created", [&] { return holdings.now().streams >= old_rooms + new_rooms; },
        creation_longest, 200ms);
  } catch (...) {
    seen.note_problem();
  }
  seen.creating = false;
  replies.join();
  kicks.join();
  if (seen.problem) std::rethrow_exception(seen.problem);
  std::printf("  created in %s; %llu streams when the midnight was over\n",
              time_text(watch.seconds()).c_str(),
              static_cast<unsigned long long>(streams_after_midnight));
  if (streams_after_midnight >= old_rooms + new_rooms)
    throw std::runtime_error("creation was over before midnight");
  if (seen.status.empty() || seen.kicks.empty())
    throw std::runtime_error("nothing was seen while rooms were created");
  return figures_of(*all, seen, midnight);
}

}  // namespace roomkeeper::bench
