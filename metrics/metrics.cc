#include "metrics/metrics.h"

#include <algorithm>
#include <mutex>

#include "metrics/build_info.h"
#include "metrics/exposition.h"
#include "metrics/family.h"
#include "metrics/room_page.h"
#include "metrics/top_rooms.h"

namespace roomkeeper::metrics {

struct Metrics::State {
  State() {
    families.reserve(metric_count);
    for (const MetricInfo& one : catalogue()) families.emplace_back(one);
  }

  Family& family(MetricId id) { return families.at(static_cast<std::size_t>(id)); }

  /// Runs `write` on the family, which says how many values it dropped.
  template <class Write>
  void write(MetricId id, Write write) {
    const std::lock_guard lock(mutex);
    const std::size_t dropped = write(family(id));
    if (dropped == 0) return;
    family(MetricId::series_rejected_total)
        .add({std::string(info(id).name)}, static_cast<double>(dropped));
  }

  mutable std::mutex mutex;  ///< of families and rooms
  std::vector<Family> families;
  std::shared_ptr<const RoomsSnapshot> rooms;

  std::mutex publish_mutex;  ///< of the top-K; taken before `mutex`
  TopRooms top_messages{[](const RoomRow& row) { return row.messages; }};
  TopRooms top_bytes{[](const RoomRow& row) { return row.bytes; }};
  TopRooms top_connections{
      [](const RoomRow& row) { return static_cast<std::uint64_t>(std::max(row.connections, 0)); }};
};

namespace {

std::size_t dropped(bool written) {
  return written ? 0 : 1;
}

std::vector<std::pair<LabelValues, double>> as_series(
    const std::vector<std::pair<std::string, std::uint64_t>>& top) {
  std::vector<std::pair<LabelValues, double>> series;
  series.reserve(top.size());
  for (const auto& [room, value] : top)
    series.emplace_back(LabelValues{room}, static_cast<double>(value));
  return series;
}

}  // namespace

Metrics::Metrics() : state_(std::make_unique<State>()) {
  set_build_info(*this);
  set(MetricId::up, 0);
  set(MetricId::leader, 0);
}

Metrics::~Metrics() = default;

void Metrics::add(MetricId id, const LabelValues& labels, double by) {
  state_->write(id, [&](Family& family) { return dropped(family.add(labels, by)); });
}

void Metrics::set(MetricId id, double value) {
  set(id, {}, value);
}

void Metrics::set(MetricId id, const LabelValues& labels, double value) {
  state_->write(id, [&](Family& family) { return dropped(family.set(labels, value)); });
}

void Metrics::advance_to(MetricId id, const LabelValues& labels, double total) {
  state_->write(id, [&](Family& family) { return dropped(family.advance_to(labels, total)); });
}

void Metrics::observe(MetricId id, const LabelValues& labels, double value) {
  state_->write(id, [&](Family& family) { return dropped(family.observe(labels, value)); });
}

void Metrics::replace(MetricId id, const std::vector<std::pair<LabelValues, double>>& series) {
  state_->write(id, [&](Family& family) { return family.replace(series); });
}

void Metrics::retain(MetricId id, const std::vector<LabelValues>& present) {
  state_->write(id, [&](Family& family) {
    family.retain(present);
    return std::size_t{0};
  });
}

void Metrics::publish_rooms(std::shared_ptr<const RoomsSnapshot> rooms, policies::WallTime now) {
  if (rooms == nullptr) rooms = std::make_shared<const RoomsSnapshot>();
  const std::lock_guard publishing(state_->publish_mutex);
  const auto messages = as_series(state_->top_messages.update(rooms->rooms, now));
  const auto bytes = as_series(state_->top_bytes.update(rooms->rooms, now));
  const auto connections = as_series(state_->top_connections.update(rooms->rooms, now));
  replace(MetricId::room_top_messages, messages);
  replace(MetricId::room_top_stored_bytes, bytes);
  replace(MetricId::room_top_connections, connections);
  const std::lock_guard lock(state_->mutex);
  state_->rooms.swap(rooms);  // the old ones are freed after the lock, by `rooms`
}

double Metrics::value(MetricId id, const LabelValues& labels) const {
  const std::lock_guard lock(state_->mutex);
  const Series* const series = state_->family(id).find(labels);
  if (series == nullptr) return 0;
  double count = series->value;
  for (const std::uint64_t bucket : series->buckets) count += static_cast<double>(bucket);
  return count;
}

std::string Metrics::text() const {
  std::vector<prometheus::MetricFamily> page = process_families();
  page.reserve(page.size() + metric_count);
  for (const MetricInfo& one : catalogue()) {
    if (one.page != Page::metrics) continue;
    // Family by family, so that no writer waits for the whole copy.
    const std::lock_guard lock(state_->mutex);
    page.push_back(to_prometheus(state_->family(one.id)));
  }
  return serialise(page);
}

std::string Metrics::rooms_text(std::string_view match, std::string_view template_name,
                                std::size_t limit) {
  std::shared_ptr<const RoomsSnapshot> snapshot;
  {
    const std::lock_guard lock(state_->mutex);
    snapshot = state_->rooms;
  }
  static const std::vector<RoomRow> none;
  const RoomSelection selection = select_rooms(snapshot == nullptr ? none : snapshot->rooms, match,
                                               template_name, std::min(limit, detail_rooms_max));
  const auto exported = static_cast<double>(selection.rooms.size());
  const std::vector<std::pair<LabelValues, double>> suppressed{
      {{"filter"}, static_cast<double>(selection.filtered)},
      {{"limit"}, static_cast<double>(selection.above_limit)}};
  set(MetricId::detail_rooms_exported, exported);
  replace(MetricId::detail_rooms_suppressed, suppressed);
  // The page says what it itself left out, not what another scrape at the same time did.
  Family exported_family(info(MetricId::detail_rooms_exported));
  Family suppressed_family(info(MetricId::detail_rooms_suppressed));
  exported_family.set({}, exported);
  suppressed_family.replace(suppressed);
  return serialise({to_prometheus(exported_family), to_prometheus(suppressed_family)}) +
         room_families_text(selection.rooms);
}

}  // namespace roomkeeper::metrics
