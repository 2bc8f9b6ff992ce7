#include "bench/pool_house.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "bench/figure.h"
#include "bench/raw_loop.h"
#include "bench/stopwatch.h"

namespace roomkeeper::bench {
namespace {

constexpr std::chrono::minutes patience(2);
constexpr std::size_t chunk = 100'000;
constexpr int publishing_in_flight = 512;

}  // namespace

void fill_pool(const Server& server, std::size_t rooms, std::size_t each) {
  for (std::size_t round = 0; round < each; ++round) {
    for (std::size_t first = 0; first < rooms; first += chunk) {
      run_raw(server.url(), pooled_messages(first, std::min(chunk, rooms - first)),
              publishing_in_flight);
    }
  }
}

PoolHouse::PoolHouse()
    : house({.url = server.url(), .http_port = 0, .log_level = "info", .pooled = pool_rooms}),
      daemon(house) {
  const Stopwatch watch;
  daemon.wait_ready(patience);
  await(
      "all rooms are ready",
      [this] {
        return daemon.metric("roomkeeper_rooms{", R"(state="ready")") >=
               static_cast<double>(pool_rooms);
      },
      patience);
  ready_after = watch.seconds();
  std::printf("  100,000 pooled rooms are ready after %s\n", time_text(ready_after).c_str());
  std::fflush(stdout);
}

std::string megabytes(std::uint64_t bytes) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f MB", static_cast<double>(bytes) / 1e6);
  return text.data();
}

}  // namespace roomkeeper::bench
