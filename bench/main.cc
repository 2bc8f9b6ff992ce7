// figures_bench [NAME...]: measures the figures and prints them as one table. Without a name: all
// of them.
//
// A missed target is told, not an error: exit code 1 means that something could not be measured.
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/figures.h"
#include "bench/server.h"
#include "bench/stopwatch.h"

namespace roomkeeper::bench {
namespace {

struct Measurement {
  std::string_view name;
  Figures (*measure)();
};

constexpr std::array measurements = {
    Measurement{"provision", measure_provision},
    Measurement{"midnight", measure_midnight},
    Measurement{"purge-job", measure_purge_job},
    Measurement{"hold", measure_hold},
    Measurement{"audit", measure_audit},
    Measurement{"connections", measure_connections},
    Measurement{"connection-looks", measure_connection_looks},
    Measurement{"busy", measure_busy},
    Measurement{"steady", measure_steady},
    Measurement{"load", measure_load},
    Measurement{"pool", measure_pool},
    Measurement{"search", measure_search},
    Measurement{"metrics-100k", measure_metrics_100k},
};

bool is_known(std::string_view name) {
  for (const Measurement& measurement : measurements) {
    if (measurement.name == name) return true;
  }
  return false;
}

double load_average() {
  double load = 0;
  return ::getloadavg(&load, 1) == 1 ? load : 0;
}

int run(const std::vector<std::string>& wanted) {
  Figures figures;
  int status = EXIT_SUCCESS;
  for (const Measurement& measurement : measurements) {
    bool chosen = wanted.empty();
    for (const std::string& name : wanted) chosen = chosen || name == measurement.name;
    if (!chosen) continue;
    const std::string name(measurement.name);
    std::printf("%s: load %.2f before\n", name.c_str(), load_average());
    std::fflush(stdout);
    const Stopwatch watch;
    try {
      Figures some = measurement.measure();
      for (Figure& figure : some) figures.push_back(std::move(figure));
      std::printf("%s: done in %s\n", name.c_str(), time_text(watch.seconds()).c_str());
    } catch (const std::exception& problem) {
      std::printf("%s: could not be measured: %s\n", name.c_str(), problem.what());
      figures.push_back({.name = name, .measured = "not measured"});
      status = EXIT_FAILURE;
    }
    std::fflush(stdout);
  }
  std::printf("\n");
  print_table(figures);
  return status;
}

}  // namespace
}  // namespace roomkeeper::bench

int main(int argc, char** argv) {
  const std::vector<std::string> wanted(argv + 1, argv + argc);
  for (const std::string& name : wanted) {
    if (roomkeeper::bench::is_known(name)) continue;
    std::printf(
        "figures_bench: no figure is called %s: provision, midnight, purge-job, hold, audit, "
        "connections, connection-looks, busy, steady, load, pool, search, metrics-100k\n",
        name.c_str());
    return EXIT_SUCCESS;  // tools/bench gives the same arguments to every program
  }
  std::signal(SIGPIPE, SIG_IGN);
  roomkeeper::bench::raise_open_files();
  return roomkeeper::bench::run(wanted);
}
