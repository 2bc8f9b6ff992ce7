#include "bench/steady.h"

#include <chrono>
#include <cstdio>
#include <utility>

#include "bench/figures.h"
#include "bench/rooms.h"
#include "bench/stopwatch.h"

namespace roomkeeper::bench {
namespace {

constexpr int rooms = 10'000;
constexpr std::chrono::minutes patience(3);

}  // namespace

Figures measure_steady() {
  const Server server;
  Holdings holdings(server);
  // In memory, because that is quicker to make; what the daemon does with them is the same.
  const House house({.url = server.url(), .http_port = 0, .ranges = {{"room", rooms, "memory"}}});
  const Stopwatch watch;
  const DaemonProcess daemon(house);
  await(
      "all streams are there", [&] { return holdings.now().streams >= rooms; }, patience,
      std::chrono::milliseconds(200));
  daemon.wait_rooms_ready(rooms, patience);
  std::printf("  10,000 memory rooms made in %s\n", time_text(watch.seconds()).c_str());
  std::fflush(stdout);
  Figures figures = pass_figures(server, daemon);
  for (Figure& figure : idle_figures(server, daemon)) figures.push_back(std::move(figure));
  return figures;
}

}  // namespace roomkeeper::bench
