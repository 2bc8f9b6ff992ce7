#include "cli/format.h"

#include <array>
#include <cstdio>
#include <ctime>

#include "policies/rfc3339.h"

namespace roomkeeper::cli {

std::string format_count(std::uint64_t count) {
  std::string digits = std::to_string(count);
  for (std::size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, 1, ',');
  return digits;
}

std::string local_clock(policies::WallTime time, const char* format) {
  const std::time_t seconds =
      std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), format, &parts)};
}

std::string format_size(std::uint64_t bytes) {
  if (bytes < 1024) return std::to_string(bytes) + " B";
  constexpr std::array<const char*, 6> units{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  double value = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  for (; value >= 1023.95 && unit + 1 < units.size(); ++unit) value /= 1024;
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f %s", value, units[unit]);
  return text.data();
}

std::string format_age(const std::optional<policies::WallTime>& time, policies::WallTime now) {
  if (!time) return "-";
  const bool ahead = *time > now;
  // Unsigned: the distance of two times can be larger than a signed duration holds.
  const auto a = static_cast<std::uint64_t>(time->time_since_epoch().count());
  const auto b = static_cast<std::uint64_t>(now.time_since_epoch().count());
  const std::uint64_t seconds = (ahead ? a - b : b - a) / 1'000'000'000;
  if (seconds == 0) return "now";
  std::string text;
  if (seconds < 60) {
    text = std::to_string(seconds) + "s";
  } else if (seconds < 3600) {
    text = std::to_string(seconds / 60) + "m";
  } else if (seconds < 86400) {
    text = std::to_string(seconds / 3600) + "h";
  } else {
    text = std::to_string(seconds / 86400) + "d";
  }
  return ahead ? "in " + text : text;
}

std::string format_ago(const std::optional<policies::WallTime>& time, policies::WallTime now) {
  const std::string age = format_age(time, now);
  const bool is_past = time && *time < now && age != "now";
  return is_past ? age + " ago" : age;
}

std::string format_when(const std::optional<policies::WallTime>& time) {
  if (!time) return "-";
  return policies::format_rfc3339(std::chrono::floor<std::chrono::seconds>(*time));
}

std::string counted(std::uint64_t count, std::string_view noun) {
  return format_count(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

std::string listed(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

}  // namespace roomkeeper::cli
