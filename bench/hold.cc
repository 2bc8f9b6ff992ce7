// A hold of a room with 100,000 messages, asked for as roomctl does, beside a bare mirror of a twin
// room with as many.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
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
#include "config/load.h"

namespace roomkeeper::bench {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr int messages = 100'000;
constexpr int publishes_in_flight = 256;
constexpr int rounds = 3;
constexpr double longest = 60;  // seconds
/// As `roomctl room hold` waits between two questions.
constexpr auto first_pause = 20ms;
constexpr auto longest_pause = 250ms;
/// The bare mirror is looked at more often: what it takes is what the server takes.
constexpr auto bare_pause = 5ms;
const std::string bare_copy = "COPY_room-2";

struct Round {
  double held = 0;  ///< seconds, from asking to the reply that says so
  double raw = 0;   ///< seconds, from CREATE to the INFO that shows all of the messages
};

json ask_json(testing::NatsClient& client, const std::string& subject, const std::string& body,
              const char* expected) {
  auto reply = json::parse(ask(client, subject, body), nullptr, false);
  if (!reply.is_object() || !reply.contains(expected)) {
    throw std::runtime_error(subject + ": " +
                             reply.dump(-1, ' ', false, json::error_handler_t::replace));
  }
  return reply;
}

json info_of(testing::NatsClient& client, const std::string& stream) {
  return ask_json(client, "$JS.API.STREAM.INFO." + stream, {}, "state");
}

std::uint64_t stored(const json& info) {
  return info["state"].value("messages", std::uint64_t{0});
}

void check_patience(const Stopwatch& watch, const std::string& what) {
  if (watch.seconds() > longest) throw std::runtime_error(what + " is not complete after a minute");
}

/// The mirror that the daemon makes, of the twin and without the mark of a hold.
std::string bare_body(const std::string& origin) {
  return json{{"name", bare_copy},    {"mirror", {{"name", origin}}},
              {"storage", "file"},    {"retention", "limits"},
              {"discard", "old"},     {"num_replicas", 1},
              {"deny_purge", true},   {"deny_delete", true},
              {"compression", "none"}}
      .dump();
}

double time_bare(testing::NatsClient& client, const std::string& origin) {
  const Stopwatch watch;
  ask_json(client, "$JS.API.STREAM.CREATE." + bare_copy, bare_body(origin), "state");
  while (stored(info_of(client, bare_copy)) < messages) {
    check_patience(watch, bare_copy);
    std::this_thread::sleep_for(bare_pause);
  }
  return watch.seconds();
}

double time_hold(testing::NatsClient& client, const LiveDaemon& daemon, std::string& copy) {
  const Stopwatch watch;
  auto pause = std::chrono::milliseconds(first_pause);
  for (;;) {
    const json hold =
        ask_json(client, "roomkeeper.admin.room.hold", R"({"room": "room-1"})", "state");
    if (hold.value("acknowledged", false)) {
      copy = hold.value("stream", std::string());
      return watch.seconds();
    }
    if (hold["state"] == "broken") throw std::runtime_error("the hold is broken:\n" + daemon.log());
    check_patience(watch, "the hold");
    std::this_thread::sleep_for(pause);
    pause = std::min<std::chrono::milliseconds>(pause * 2, longest_pause);
  }
}

/// Two copies that are made differently cannot be compared.
void check_alike(testing::NatsClient& client, const std::string& held) {
  json ours = info_of(client, held);
  json bare = info_of(client, bare_copy);
  if (stored(ours) != messages || stored(bare) != messages)
    throw std::runtime_error("a copy does not have all of the messages");
  for (json* info : {&ours, &bare}) {
    json& config = (*info)["config"];
    for (const char* own : {"name", "mirror", "metadata"}) config.erase(own);
  }
  if (ours["config"] != bare["config"]) {
    throw std::runtime_error("the daemon's copy is made differently: " + ours["config"].dump() +
                             ", measured beside " + bare["config"].dump());
  }
}

/// Whichever is first reads a colder store: they take turns.
Round run_round(bool bare_first) {
  const Server server;
  const House house({.url = server.url(), .log_level = "info", .ranges = {{"room", 2}}});
  const config::Config config = load_house(house.path());
  const std::string twin = config.names.stream_of(config.rooms.rooms.at(1).id);
  run_raw(server.url(), create_requests(config), requests_in_flight);
  run_raw(server.url(), message_requests(config, "room", messages), publishes_in_flight);

  const auto admin = server.connect("admin");
  std::string copy;
  Round round;
  if (bare_first) round.raw = time_bare(*admin, twin);
  {
    const LiveDaemon daemon(config, config::find_zone);
    await("the daemon is ready", [&] { return daemon.ready(); }, 30s);
    round.held = time_hold(*admin, daemon, copy);
  }
  if (!bare_first) round.raw = time_bare(*admin, twin);
  check_alike(*admin, copy);
  return round;
}

}  // namespace

Figures measure_hold() {
  std::vector<double> held;
  std::vector<double> raw;
  std::vector<double> ratios;
  for (int i = 0; i < rounds; ++i) {
    const Round round = run_round(i % 2 == 0);
    held.push_back(round.held);
    raw.push_back(round.raw);
    ratios.push_back(round.raw / round.held);
    std::printf("  round %d: %s, raw %s\n", i + 1, time_text(round.held).c_str(),
                time_text(round.raw).c_str());
    std::fflush(stdout);
  }
  return {{.name = "hold of a room with 100,000 messages, acknowledged after",
           .measured = time_text(median(held)),
           .raw = time_text(median(raw)),
           .ratio = median(ratios),
           .target = "<= 3 s",
           .met = median(held) <= 3}};
}

}  // namespace roomkeeper::bench
