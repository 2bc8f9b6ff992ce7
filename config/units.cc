#include "config/units.h"

#include <array>
#include <charconv>
#include <limits>
#include <optional>

#include "config/utf8.h"
#include "policies/rfc3339.h"

namespace roomkeeper::config {
namespace {

using policies::ErrorCode;
using policies::fail;
using policies::Nanoseconds;
using policies::Result;

constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();

struct Unit {
  std::string_view name;
  std::int64_t size;
};

constexpr std::int64_t nanos_per_second = 1'000'000'000;
/// From the longest to the shortest: a duration names them in this order.
constexpr std::array<Unit, 8> duration_units = {{{"w", 7 * 86400 * nanos_per_second},
                                                 {"d", 86400 * nanos_per_second},
                                                 {"h", 3600 * nanos_per_second},
                                                 {"m", 60 * nanos_per_second},
                                                 {"s", nanos_per_second},
                                                 {"ms", 1'000'000},
                                                 {"us", 1'000},
                                                 {"ns", 1}}};
constexpr std::int64_t kibi = 1024;
constexpr std::int64_t kilo = 1000;
constexpr std::array<Unit, 11> byte_units = {{{"Ki", kibi},
                                              {"Mi", kibi* kibi},
                                              {"Gi", kibi* kibi* kibi},
                                              {"Ti", kibi* kibi* kibi* kibi},
                                              {"Pi", kibi* kibi* kibi* kibi* kibi},
                                              {"k", kilo},
                                              {"K", kilo},
                                              {"M", kilo* kilo},
                                              {"G", kilo* kilo* kilo},
                                              {"T", kilo* kilo* kilo* kilo},
                                              {"P", kilo* kilo* kilo* kilo* kilo}}};
constexpr std::array<Unit, 4> count_units = {
    {{"k", kilo}, {"K", kilo}, {"M", kilo* kilo}, {"G", kilo* kilo* kilo}}};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Digits at the start of `text`, which they are taken from; nullopt when there are none or too
/// many.
std::optional<std::int64_t> take_number(std::string_view& text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || !is_digit(text.front())) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

template <std::size_t N>
const Unit* find_unit(const std::array<Unit, N>& units, std::string_view name) {
  for (const Unit& unit : units) {
    if (unit.name == name) return &unit;
  }
  return nullptr;
}

std::optional<std::int64_t> multiply(std::int64_t value, std::int64_t size) {
  if (value > largest / size) return std::nullopt;
  return value * size;
}

auto bad_duration(std::string_view text) {
  return fail(ErrorCode::invalid,
              "expected a duration such as 250ms, 60s, 1h30m or 7d, not " + quote(text));
}

/// One `number unit` of a duration; `next` is the first unit that may still follow.
Result<std::int64_t> take_part(std::string_view whole, std::string_view& rest, std::size_t& next) {
  const auto number = take_number(rest);
  if (!number) return bad_duration(whole);
  std::size_t length = 0;
  while (length < rest.size() && !is_digit(rest[length])) ++length;
  const std::string_view name = rest.substr(0, length);
  rest.remove_prefix(length);
  if (name.empty()) {
    return fail(ErrorCode::invalid, "expected a unit after the number in " + quote(whole) +
                                        ": one of w, d, h, m, s, ms, us, ns");
  }
  const Unit* unit = find_unit(duration_units, name);
  if (unit == nullptr) return bad_duration(whole);
  const auto index = static_cast<std::size_t>(unit - duration_units.data());
  if (index < next) {
    return fail(ErrorCode::invalid,
                "expected each unit once, the longest first (1d12h), not " + quote(whole));
  }
  next = index + 1;
  const auto size = multiply(*number, unit->size);
  if (!size) return fail(ErrorCode::invalid, "expected at most 292 years, not " + quote(whole));
  return *size;
}

template <std::size_t N>
Result<std::int64_t> parse_scaled(std::string_view text, const std::array<Unit, N>& units,
                                  bool bytes) {
  if (text == "unlimited" || text == "-1") return -1;
  std::string_view rest = text;
  const auto number = rest.empty() ? std::nullopt : take_number(rest);
  if (bytes && !rest.empty() && rest.back() == 'B') rest.remove_suffix(1);
  const Unit* unit = rest.empty() ? nullptr : find_unit(units, rest);
  if (!number || (unit == nullptr && !rest.empty())) {
    return fail(ErrorCode::invalid, std::string("expected ") +
                                        (bytes ? "a size such as 65536, 64KiB, 1GB or unlimited"
                                               : "a count such as 100000, 100k or unlimited") +
                                        ", not " + quote(text));
  }
  const auto value = multiply(*number, unit == nullptr ? 1 : unit->size);
  if (!value) return fail(ErrorCode::invalid, "expected less than 2^63, not " + quote(text));
  return *value;
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

Result<Nanoseconds> parse_duration(std::string_view text) {
  if (text == "0") return Nanoseconds{0};
  if (text.empty()) return bad_duration(text);
  std::string_view rest = text;
  std::size_t next = 0;
  std::int64_t total = 0;
  while (!rest.empty()) {
    auto part = take_part(text, rest, next);
    if (!part) return policies::pass(std::move(part).error());
    if (*part > largest - total) {
      return fail(ErrorCode::invalid, "expected at most 292 years, not " + quote(text));
    }
    total += *part;
  }
  return Nanoseconds{total};
}

Result<std::int64_t> parse_bytes(std::string_view text) {
  return parse_scaled(text, byte_units, true);
}

Result<std::int64_t> parse_count(std::string_view text) {
  return parse_scaled(text, count_units, false);
}

Result<std::int64_t> parse_integer(std::string_view text, std::int64_t low, std::int64_t high) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = !text.empty() && end == text.data() + text.size() && error == std::errc{};
  if (whole && value >= low && value <= high) return value;
  return fail(ErrorCode::invalid, "expected a whole number from " + std::to_string(low) + " to " +
                                      std::to_string(high) + ", not " + quote(text));
}

Result<bool> parse_bool(std::string_view text) {
  std::string folded;
  for (const char c : text.substr(0, 8)) folded += lower(c);
  if (folded == "true" || folded == "yes" || folded == "on") return true;
  if (folded == "false" || folded == "no" || folded == "off") return false;
  return fail(ErrorCode::invalid, "expected true or false, not " + quote(text));
}

std::string format_duration(Nanoseconds value) {
  std::string out;
  // Unsigned, so that the most negative value has a magnitude.
  std::uint64_t rest = static_cast<std::uint64_t>(value.count());
  if (value.count() < 0) {
    out = "-";
    rest = ~rest + 1;
  }
  if (rest == 0) return "0s";
  for (const Unit& unit : duration_units) {
    if (unit.name == "w") continue;  // people read 14d more easily than 2w
    const auto size = static_cast<std::uint64_t>(unit.size);
    if (rest < size) continue;
    out += std::to_string(rest / size);
    out += unit.name;
    rest %= size;
  }
  return out;
}

std::string format_bytes(std::int64_t value) {
  if (value == -1) return "unlimited";
  if (value > 0) {
    for (std::size_t i = 5; i-- > 0;) {
      const Unit& unit = byte_units[i];
      if (value % unit.size == 0)
        return std::to_string(value / unit.size) + std::string(unit.name) + "B";
    }
  }
  return std::to_string(value);
}

std::string format_count(std::int64_t value) {
  return value == -1 ? std::string("unlimited") : std::to_string(value);
}

Result<policies::WallTime> parse_time(std::string_view text) {
  const auto time = policies::parse_rfc3339(text);
  if (time) return *time;
  return fail(ErrorCode::invalid,
              "expected an RFC 3339 time with its offset, such as 2026-11-22T00:00:00+09:00, not " +
                  quote(text));
}

std::string format_time(policies::WallTime value) {
  return policies::format_rfc3339(value);
}

std::string quote(std::string_view text) {
  constexpr std::size_t longest = 64;
  std::string out = "\"";
  std::size_t at = 0;
  while (at < text.size() && at < longest) {
    const std::size_t length = utf8_length(text.substr(at, 4));
    const bool shown =
        length > 0 && find_control(text.substr(at, length), false) == std::string_view::npos;
    if (shown) {
      out += text.substr(at, length);
    } else {
      out += '?';
    }
    at += length == 0 ? 1 : length;
  }
  if (at < text.size()) out += "...";
  return out + '"';
}

}  // namespace roomkeeper::config
