#include "metrics/room_page.h"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "metrics/exposition.h"
#include "metrics/label_text.h"

namespace roomkeeper::metrics {
namespace {

/// FNV-1a with a finisher: std::hash may differ between two builds, and the choice shall survive an
/// update.
std::uint64_t stable_hash(std::string_view text) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char c : text) hash = (hash ^ static_cast<std::uint8_t>(c)) * 1099511628211ULL;
  hash ^= hash >> 32;
  hash *= 0xD6E8FEB86659FD93ULL;
  return hash ^ (hash >> 32);
}

double seconds(policies::WallTime time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

std::optional<double> value_of(ComputedId id, const RoomRow& row) {
  const auto at = [&row](policies::WallTime time) -> std::optional<double> {
    if (row.messages == 0 || time == policies::WallTime{}) return std::nullopt;
    return seconds(time);
  };
  switch (id) {
    case ComputedId::room_messages:
      return static_cast<double>(row.messages);
    case ComputedId::room_stored_bytes:
      return static_cast<double>(row.bytes);
    case ComputedId::room_consumers:
      return static_cast<double>(row.consumers);
    case ComputedId::room_connections:
      if (row.connections < 0) return std::nullopt;
      return static_cast<double>(row.connections);
    case ComputedId::room_connections_limit:
      if (row.home->connections_limit < 0) return std::nullopt;
      return static_cast<double>(row.home->connections_limit);
    case ComputedId::room_max_age_seconds:
      return static_cast<double>(row.home->max_age_ns) / 1e9;
    case ComputedId::room_first_message_timestamp_seconds:
      return at(row.first_ts);
    case ComputedId::room_last_message_timestamp_seconds:
      return at(row.last_ts);
    default:
      return 1.0;
  }
}

LabelValues labels_of(ComputedId id, const RoomRow& row) {
  if (id != ComputedId::room_info) return {clean_label(row.room)};
  const RoomHome& home = *row.home;
  return {clean_label(row.room),
          clean_label(home.stream_per_room ? home.stream + row.room : home.stream),
          clean_label(home.template_name), home.memory_storage ? "memory" : "file",
          std::to_string(home.replicas)};
}

}  // namespace

bool glob_match(std::string_view pattern, std::string_view text) {
  std::size_t at_pattern = 0;
  std::size_t at_text = 0;
  std::size_t after_star = std::string_view::npos;
  std::size_t star_text = 0;
  while (at_text < text.size()) {
    if (at_pattern < pattern.size() && pattern[at_pattern] == '*') {
      after_star = ++at_pattern;
      star_text = at_text;
    } else if (at_pattern < pattern.size() &&
               (pattern[at_pattern] == '?' || pattern[at_pattern] == text[at_text])) {
      ++at_pattern;
      ++at_text;
    } else if (after_star != std::string_view::npos) {
      at_pattern = after_star;
      at_text = ++star_text;
    } else {
      return false;
    }
  }
  while (at_pattern < pattern.size() && pattern[at_pattern] == '*') ++at_pattern;
  return at_pattern == pattern.size();
}

RoomSelection select_rooms(const std::vector<RoomRow>& rooms, std::string_view match,
                           std::string_view template_name, std::size_t limit) {
  struct Candidate {
    std::uint64_t hash;
    const RoomRow* row;
  };
  std::vector<Candidate> candidates;
  for (const RoomRow& row : rooms) {
    if (!match.empty() && !glob_match(match, row.room)) continue;
    if (!template_name.empty() && row.home->template_name != template_name) continue;
    candidates.push_back({stable_hash(row.room), &row});
  }
  RoomSelection selection;
  selection.filtered = rooms.size() - candidates.size();
  if (candidates.size() > limit) {
    selection.above_limit = candidates.size() - limit;
    const auto end = candidates.begin() + static_cast<std::ptrdiff_t>(limit);
    std::nth_element(candidates.begin(), end, candidates.end(),
                     [](const Candidate& a, const Candidate& b) {
                       return a.hash != b.hash ? a.hash < b.hash : a.row->room < b.row->room;
                     });
    candidates.erase(end, candidates.end());
  }
  for (const Candidate& candidate : candidates) selection.rooms.push_back(candidate.row);
  std::sort(selection.rooms.begin(), selection.rooms.end(),
            [](const RoomRow* a, const RoomRow* b) { return a->room < b->room; });
  return selection;
}

std::string room_families_text(const std::vector<const RoomRow*>& rooms) {
  std::string text;
  for (std::size_t i = 0; i < computed_count; ++i) {
    const auto id = static_cast<ComputedId>(i);
    if (info(id).page != Page::rooms) continue;
    // One family at a time: thousands of rooms need much memory as objects and little as text.
    prometheus::MetricFamily family = empty_family(id);
    family.metric.reserve(rooms.size());
    for (const RoomRow* row : rooms) {
      const std::optional<double> value = value_of(id, *row);
      if (!value) continue;
      family.metric.push_back(labelled(info(id).labels, labels_of(id, *row)));
      family.metric.back().gauge.value = *value;
    }
    std::vector<prometheus::MetricFamily> one;
    one.push_back(std::move(family));
    text += serialise(one);
  }
  return text;
}

}  // namespace roomkeeper::metrics
