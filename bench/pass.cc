// Passes over 10,000 rooms that are as they should be, asked for through the admin API: cheap ones
// (the names), and every tenth a full one (the listing). Then /metrics of the same daemon.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>

#include "bench/rooms.h"
#include "bench/server.h"
#include "bench/steady.h"
#include "bench/stopwatch.h"

namespace roomkeeper::bench {
namespace {

constexpr int rooms = 10'000;
constexpr int pages_in_flight = 4;  // as many as the daemon asks for at once
constexpr std::uint64_t full_every = 10;
constexpr int passes = 20;
constexpr std::size_t full_passes = 2;
constexpr int passes_longest = 60;
constexpr int page_rounds = 20;
constexpr int raw_rounds = 5;
constexpr std::chrono::minutes patience(2);

struct PassCost {
  std::vector<double> wall;
  std::vector<double> cpu;
};

std::uint64_t number_of(const nlohmann::json& reply, const char* key) {
  return reply.is_object() && reply.contains(key) && reply[key].is_number_unsigned()
             ? reply[key].get_ref<const nlohmann::json::number_unsigned_t&>()
             : 0;
}

nlohmann::json ask_admin(testing::NatsClient& client, const std::string& verb,
                         const std::string& body) {
  auto reply = nlohmann::json::parse(ask(client, "roomkeeper.admin." + verb, body), nullptr, false);
  if (!reply.is_object()) throw std::runtime_error(verb + ": the reply is no JSON");
  return reply;
}

/// One pass, from the request to its end; returns its number. Its own clock tells how long it took.
std::uint64_t one_pass(testing::NatsClient& client, const DaemonProcess& daemon, PassCost& cheap,
                       PassCost& full) {
  const double before = daemon.use().cpu_seconds;
  const std::uint64_t pass = number_of(ask_admin(client, "apply", "{}"), "pass");
  if (pass == 0) throw std::runtime_error("apply: no pass");
  nlohmann::json progress;
  await(
      "the pass has ended",
      [&] {
        progress = ask_admin(client, "pass", R"({"pass":)" + std::to_string(pass) + "}");
        return progress.value("done", false);
      },
      patience, std::chrono::milliseconds(50));
  if (number_of(progress, "total") != 0) throw std::runtime_error("the pass had something to do");
  const double cpu = daemon.use().cpu_seconds - before;
  PassCost& cost = pass % full_every == 0 ? full : cheap;
  cost.cpu.push_back(cpu);
  cost.wall.push_back(daemon.metric("roomkeeper_collector_duration_seconds", R"("inventory")"));
  return pass;
}

double bare_listing(const Server& server, const std::string& verb) {
  std::vector<double> times;
  for (int round = 0; round < raw_rounds; ++round) {
    times.push_back(run_raw(server.url(), page_requests(verb, rooms), pages_in_flight).seconds);
  }
  return median(times);
}

Figure figure_of(const std::string& name, const PassCost& cost, double raw) {
  const double wall = median(cost.wall);
  const double cpu = median(cost.cpu);
  return {.name = name,
          .measured = time_text(wall) + ", cpu " + time_text(cpu),
          .raw = time_text(raw),
          .ratio = raw / wall,
          .target = "<= 1 s, cpu <= 0.3 s",
          .met = wall <= 1 && cpu <= 0.3};
}

Figure metrics_figure(const DaemonProcess& daemon, double raw) {
  std::vector<double> times;
  std::string page;
  for (int round = 0; round < page_rounds; ++round) {
    const Stopwatch watch;
    page = daemon.page("/metrics");
    times.push_back(watch.seconds());
  }
  std::size_t series = 0;
  for (std::size_t line = 0; line < page.size(); line = page.find('\n', line) + 1) {
    if (page[line] != '#' && page[line] != '\n') ++series;
    if (page.find('\n', line) == page.npos) break;
  }
  const double time = median(times);
  return {.name = "/metrics with 10,000 rooms, " + std::to_string(series) + " series, " +
                  std::to_string(page.size() / 1024) + " KiB",
          .measured = time_text(time),
          .raw = time_text(raw),
          .ratio = raw / time,
          .target = "<= 20 ms",
          .met = time <= 0.020};
}

}  // namespace

Figures pass_figures(const Server& server, const DaemonProcess& daemon) {
  const auto client = server.connect("admin");
  PassCost cheap;
  PassCost full;
  std::uint64_t pass = 0;
  for (int i = 0; i < passes || full.wall.size() < full_passes; ++i) {
    if (i > passes_longest) throw std::runtime_error("no full pass among " + std::to_string(pass));
    pass = one_pass(*client, daemon, cheap, full);
  }
  const double names = bare_listing(server, "NAMES");
  const double list = bare_listing(server, "LIST");
  return {figure_of("cheap pass over 10,000 rooms", cheap, names),
          figure_of("full pass over 10,000 rooms", full, list), metrics_figure(daemon, list)};
}

}  // namespace roomkeeper::bench
