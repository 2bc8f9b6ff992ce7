// A daemon that has made 10,000 rooms itself and now has nothing to do: what it holds and what it
// uses, beside the server that holds the same rooms. The time includes a whole interval between
// passes, ten per cent of jitter and all.
#include <array>
#include <cstdio>
#include <string>
#include <thread>

#include "bench/process_use.h"
#include "bench/steady.h"
#include "bench/stopwatch.h"

namespace roomkeeper::bench {
namespace {

constexpr std::chrono::seconds settle(3);
constexpr std::chrono::seconds idle_time(70);
constexpr double resident_max = 40e6;

std::string size_text(std::uint64_t bytes) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f MB", static_cast<double>(bytes) / 1e6);
  return text.data();
}

std::string share_text(double share) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.2f %%", share * 100);
  return text.data();
}

}  // namespace

Figures idle_figures(const Server& server, const DaemonProcess& daemon) {
  std::this_thread::sleep_for(settle);
  const ProcessUse before = daemon.use();
  const ProcessUse server_before = process_use(server.pid());
  const Stopwatch watch;
  std::this_thread::sleep_for(idle_time);
  const ProcessUse after = daemon.use();
  const ProcessUse server_after = process_use(server.pid());
  const double took = watch.seconds();
  const double share = (after.cpu_seconds - before.cpu_seconds) / took;
  const double server_share = (server_after.cpu_seconds - server_before.cpu_seconds) / took;
  std::printf("  resident %s before, %s at the end, %s at most\n",
              size_text(before.resident).c_str(), size_text(after.resident).c_str(),
              size_text(after.resident_peak).c_str());
  return {
      {.name = "idle with 10,000 rooms, resident",
       .measured = size_text(after.resident),
       .raw = size_text(server_after.resident),
       .ratio = static_cast<double>(server_after.resident) / static_cast<double>(after.resident),
       .target = "<= 40 MB",
       .met = static_cast<double>(after.resident) <= resident_max},
      {.name = "idle with 10,000 rooms, of a core",
       .measured = share_text(share),
       .raw = share_text(server_share),
       .ratio = share > 0 ? std::optional(server_share / share) : std::nullopt,
       .target = "<= 1 %",
       .met = share <= 0.01}};
}

}  // namespace roomkeeper::bench
