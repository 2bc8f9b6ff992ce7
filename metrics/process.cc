// The process_* families, from /proc. A container may hide parts of it: what is missing is left
// out.
#include <charconv>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string_view>
#include <system_error>

#include <sys/resource.h>
#include <unistd.h>

#include "metrics/exposition.h"

namespace roomkeeper::metrics {
namespace {

std::string read_file(const char* path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::optional<double> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end == text.data()) return std::nullopt;
  return static_cast<double>(value);
}

/// The `index`-th field of /proc/self/stat as proc(5) numbers them. The second is the program's
/// name, which may contain spaces and parentheses, so counting starts after the last parenthesis.
std::optional<double> stat_field(std::string_view stat, int index) {
  const std::size_t name_end = stat.rfind(')');
  if (name_end == std::string_view::npos) return std::nullopt;
  std::string_view rest = stat.substr(name_end + 1);
  for (int field = 3;; ++field) {
    const std::size_t start = rest.find_first_not_of(' ');
    if (start == std::string_view::npos) return std::nullopt;
    rest.remove_prefix(start);
    if (field == index) return number(rest);
    rest.remove_prefix(std::min(rest.find(' '), rest.size()));
  }
}

std::optional<double> boot_time() {
  const std::string stat = read_file("/proc/stat");
  const std::size_t at = stat.find("\nbtime ");
  if (at == std::string::npos) return std::nullopt;
  return number(std::string_view(stat).substr(at + 7));
}

std::optional<double> open_fds() {
  std::error_code error;
  double count = 0;
  std::filesystem::directory_iterator entry("/proc/self/fd", error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) ++count;
  if (error) return std::nullopt;
  return count - 1;  // the directory itself was open
}

std::optional<double> max_fds() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return std::nullopt;
  return static_cast<double>(limit.rlim_cur);
}

}  // namespace

std::vector<prometheus::MetricFamily> process_families() {
  std::vector<prometheus::MetricFamily> families;
  const auto put = [&families](ComputedId id, std::optional<double> value) {
    if (value) families.push_back(to_prometheus(id, *value));
  };
  const std::string stat = read_file("/proc/self/stat");
  const auto ticks_per_second = static_cast<double>(sysconf(_SC_CLK_TCK));
  const auto page_size = static_cast<double>(sysconf(_SC_PAGESIZE));
  const auto user = stat_field(stat, 14);
  const auto system = stat_field(stat, 15);
  const auto started = stat_field(stat, 22);
  const auto pages = stat_field(stat, 24);
  const auto boot = boot_time();
  if (user && system)
    put(ComputedId::process_cpu_seconds_total, (*user + *system) / ticks_per_second);
  if (pages) put(ComputedId::process_resident_memory_bytes, *pages * page_size);
  put(ComputedId::process_open_fds, open_fds());
  put(ComputedId::process_max_fds, max_fds());
  if (started && boot)
    put(ComputedId::process_start_time_seconds, *boot + *started / ticks_per_second);
  return families;
}

}  // namespace roomkeeper::metrics
