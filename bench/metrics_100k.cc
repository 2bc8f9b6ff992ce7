// The two pages of metrics of a daemon with 100,000 pooled rooms, over HTTP.
#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "bench/figures.h"
#include "bench/pool_house.h"
#include "bench/stopwatch.h"

namespace roomkeeper::bench {
namespace {

constexpr int times = 50;

std::size_t series_of(const std::string& page) {
  std::size_t series = 0;
  for (std::size_t at = 0; at < page.size();) {
    if (page[at] != '#') ++series;
    const std::size_t end = page.find('\n', at);
    if (end == page.npos) break;
    at = end + 1;
  }
  return series;
}

struct Scrape {
  std::vector<double> took;
  std::size_t series = 0;
  std::size_t bytes = 0;
};

Scrape scrape(const DaemonProcess& daemon, const std::string& path) {
  Scrape scrape;
  for (int i = 0; i < times; ++i) {
    const Stopwatch watch;
    const std::string page = daemon.page(path);
    scrape.took.push_back(watch.seconds());
    scrape.series = series_of(page);
    scrape.bytes = page.size();
  }
  std::printf("  %s: %zu series, %zu bytes, median %s, p99 %s\n", path.c_str(), scrape.series,
              scrape.bytes, time_text(median(scrape.took)).c_str(),
              time_text(percentile(scrape.took, 0.99)).c_str());
  return scrape;
}

}  // namespace

Figures measure_metrics_100k() {
  const PoolHouse house;
  fill_pool(house.server, pool_rooms / 5, 1);
  const Scrape all = scrape(house.daemon, "/metrics");
  const Scrape rooms = scrape(house.daemon, "/metrics/rooms?limit=5000");
  const double all_p99 = percentile(all.took, 0.99);
  const double rooms_p99 = percentile(rooms.took, 0.99);
  return {{.name = "/metrics with 100,000 rooms, p99",
           .measured = time_text(all_p99),
           .target = "<= 20 ms",
           .met = all_p99 <= 0.020},
          {.name = "/metrics with 100,000 rooms, series",
           .measured = std::to_string(all.series),
           .target = "< 1,500",
           .met = all.series < 1500},
          {.name = "/metrics/rooms?limit=5000 with 100,000 rooms, p99",
           .measured = time_text(rooms_p99),
           .target = "<= 100 ms",
           .met = rooms_p99 <= 0.100}};
}

}  // namespace roomkeeper::bench
