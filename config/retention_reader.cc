// `retention:` in its three shapes, of which exactly one is said:
//   {until: midnight, days: 0, timezone: Asia/Seoul} | {max_age: 30d} | {forever: true}, or
//   `forever` alone.
#include <chrono>

#include "config/field_readers.h"
#include "config/zones.h"

namespace roomkeeper::config {
namespace {

using policies::RetentionRule;

constexpr std::string_view shapes =
    "{until: midnight, days: 0, timezone: Asia/Seoul}, {max_age: 30d} or {forever: true}";

const std::vector<std::string_view>& retention_keys() {
  static const std::vector<std::string_view> keys = {"until", "days", "timezone", "max_age",
                                                     "forever"};
  return keys;
}

const date::time_zone* read_zone(Reader& reader, NodeId id, const Path& path) {
  const auto name = reader.scalar(id, path, "an IANA time zone such as Asia/Seoul");
  if (!name) return nullptr;
  const date::time_zone* zone = find_zone(*name);
  if (zone == nullptr) {
    reader.problem(id, path, "expected an IANA time zone such as Asia/Seoul, not " + quote(*name),
                   nearest_zone(*name));
  }
  return zone;
}

std::optional<RetentionRule> read_until(Reader& reader, NodeId id, const MapReader& map,
                                        const Path& path) {
  policies::UntilMidnight rule;
  const NodeId until = map.find("until");
  const Path until_path{&path, "until", std::nullopt};
  const auto text = reader.scalar(until, until_path, "midnight");
  bool good = text.has_value();
  if (text && *text != "midnight") {
    reader.problem(until, until_path, "expected midnight, not " + quote(*text),
                   nearest(*text, {"midnight"}));
    good = false;
  }
  if (const NodeId days = map.find("days"); days != no_node) {
    const auto value = reader.typed<int>(
        days, Path{&path, "days", std::nullopt}, "a whole number", [](std::string_view number) {
          return parse_integer(number, 0, policies::max_retention_days);
        });
    good = good && value.has_value();
    rule.days = value.value_or(0);
  }
  const Path zone_path{&path, "timezone", std::nullopt};
  if (const NodeId zone = map.find("timezone"); zone != no_node) {
    rule.zone = read_zone(reader, zone, zone_path);
  } else {
    reader.problem(id, zone_path,
                   "expected a time zone beside until: midnight, such as timezone: Asia/Seoul");
  }
  if (!good || rule.zone == nullptr) return std::nullopt;
  return rule;
}

std::optional<RetentionRule> read_max_age(Reader& reader, const MapReader& map, const Path& path) {
  const auto age = read_duration(reader, map.find("max_age"), Path{&path, "max_age", std::nullopt},
                                 std::chrono::seconds(1), std::chrono::hours(24) * 36500);
  if (!age) return std::nullopt;
  return policies::KeepFor{policies::Nanoseconds{std::get<std::int64_t>(*age)}};
}

std::optional<RetentionRule> read_forever(Reader& reader, const MapReader& map, const Path& path) {
  const NodeId id = map.find("forever");
  const Path here{&path, "forever", std::nullopt};
  const auto value = reader.typed<bool>(id, here, "true", parse_bool);
  if (!value) return std::nullopt;
  if (!*value) {
    reader.problem(id, here, "expected true; say until or max_age instead of forever: false");
    return std::nullopt;
  }
  return policies::KeepForever{};
}

std::optional<RetentionRule> read_rule(Reader& reader, NodeId id, const Path& path) {
  if (reader.at(id).kind == NodeKind::scalar) {
    const std::string_view text = reader.document().text(id);
    if (text == "forever") return policies::KeepForever{};
    reader.problem(id, path, "expected " + std::string(shapes) + ", not " + quote(text),
                   nearest(text, {"forever"}));
    return std::nullopt;
  }
  const MapReader map(reader, id, path, retention_keys());
  if (!map.ok()) return std::nullopt;
  const bool until = map.find("until") != no_node;
  const bool age = map.find("max_age") != no_node;
  const bool forever = map.find("forever") != no_node;
  const bool parts = map.find("days") != no_node || map.find("timezone") != no_node;
  if (static_cast<int>(until) + static_cast<int>(age) + static_cast<int>(forever) != 1 ||
      (parts && !until)) {
    reader.problem(id, path, "expected exactly one of " + std::string(shapes));
    return std::nullopt;
  }
  if (until) return read_until(reader, id, map, path);
  return age ? read_max_age(reader, map, path) : read_forever(reader, map, path);
}

}  // namespace

std::optional<FieldValue> read_retention(Reader& reader, NodeId id, const Path& path) {
  auto rule = read_rule(reader, id, path);
  if (!rule) return std::nullopt;
  return FieldValue(*std::move(rule));
}

}  // namespace roomkeeper::config
