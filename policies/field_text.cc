#include "policies/field_text.h"

#include <array>

namespace roomkeeper::policies {
namespace {

constexpr std::size_t quoted_length_max = 64;
constexpr std::size_t list_length_max = 512;

/// Metadata and subjects may be kilobytes of anybody's bytes; a plan is read by people.
std::string fit_to_read(std::string_view text, std::size_t length_max) {
  std::string shown(text.substr(0, length_max));
  for (char& c : shown) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < ' ' || byte == 0x7f) c = '?';
  }
  if (text.size() > length_max) shown += "...";
  return shown;
}

struct Unit {
  std::int64_t size;
  std::string_view name;
};

/// `units` from large to small, the last of size 1.
template <std::size_t N>
std::string in_units(std::int64_t value, const std::array<Unit, N>& units) {
  for (const Unit& unit : units) {
    if (value % unit.size == 0 && (value != 0 || unit.size == 1)) {
      return std::to_string(value / unit.size).append(unit.name);
    }
  }
  return std::to_string(value);
}

std::string joined(const std::vector<std::string>& parts, std::string_view separator) {
  std::string text;
  for (const std::string& part : parts) {
    if (!text.empty()) text += separator;
    text += part;
  }
  return text;
}

}  // namespace

std::string duration_text(Nanoseconds value) {
  constexpr std::int64_t second = 1'000'000'000;
  constexpr std::array<Unit, 7> units = {{{86400 * second, "d"},
                                          {3600 * second, "h"},
                                          {60 * second, "m"},
                                          {second, "s"},
                                          {1'000'000, "ms"},
                                          {1'000, "us"},
                                          {1, "ns"}}};
  return value == Nanoseconds::zero() ? "0s" : in_units(value.count(), units);
}

std::string age_text(Nanoseconds value) {
  return value == Nanoseconds::zero() ? "unlimited" : duration_text(value);
}

std::string bytes_text(std::int64_t value) {
  constexpr std::int64_t kib = 1024;
  constexpr std::array<Unit, 5> units = {{{kib * kib * kib * kib, "TiB"},
                                          {kib * kib * kib, "GiB"},
                                          {kib * kib, "MiB"},
                                          {kib, "KiB"},
                                          {1, "B"}}};
  return value <= 0 ? "unlimited" : in_units(value, units);
}

std::string count_text(std::int64_t value) {
  return value <= 0 ? "unlimited" : std::to_string(value);
}

std::string subjects_text(const std::vector<std::string>& subjects) {
  return subjects.empty() ? "none" : fit_to_read(joined(subjects, ", "), list_length_max);
}

std::string placement_text(const Placement& placement) {
  if (placement == Placement{}) return "none";
  std::string text;
  if (!placement.cluster.empty()) text = "cluster " + placement.cluster;
  if (!placement.tags.empty()) {
    if (!text.empty()) text += ", ";
    text += "tags " + joined(placement.tags, " ");
  }
  return fit_to_read(text, list_length_max);
}

std::string mark_text(const std::optional<Mark>& mark) {
  if (!mark) return "none";
  return fit_to_read("instance " + mark->instance + ", room " + mark->room + ", owner " +
                         mark->owner + ", template " + mark->template_name,
                     list_length_max);
}

std::string quoted(std::string_view text) {
  return '"' + fit_to_read(text, quoted_length_max) + '"';
}

}  // namespace roomkeeper::policies
