#include "bench/process_use.h"

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <system_error>

namespace roomkeeper::bench {
namespace {

namespace fs = std::filesystem;

/// Nanoseconds on a processor, which utime and stime only tell to 10 ms.
double cpu_of_threads(const fs::path& process) {
  double nanoseconds = 0;
  std::error_code gone;
  for (const auto& thread : fs::directory_iterator(process / "task", gone)) {
    std::ifstream in(thread.path() / "schedstat");
    double used = 0;
    if (in >> used) nanoseconds += used;
  }
  return nanoseconds / 1e9;
}

}  // namespace

ProcessUse process_use(pid_t pid) {
  const fs::path process = fs::path("/proc") / std::to_string(pid);
  ProcessUse use;
  std::ifstream status(process / "status");
  if (!status) throw std::runtime_error("process " + std::to_string(pid) + " has ended");
  std::string line;
  while (std::getline(status, line)) {
    const auto kibibytes = [&](const std::string& key) -> std::uint64_t {
      return line.starts_with(key) ? std::stoull(line.substr(key.size())) * 1024 : 0;
    };
    if (const auto value = kibibytes("VmRSS:")) use.resident = value;
    if (const auto value = kibibytes("VmHWM:")) use.resident_peak = value;
  }
  use.cpu_seconds = cpu_of_threads(process);
  return use;
}

}  // namespace roomkeeper::bench
