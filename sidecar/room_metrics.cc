#include "sidecar/room_metrics.h"

#include <array>
#include <map>
#include <memory>
#include <utility>
#include <vector>

namespace roomkeeper::sidecar {
namespace {

using metrics::MetricId;
using policies::ObservedStream;
using policies::RoomState;
using policies::RoomVerdict;
using Series = std::vector<std::pair<metrics::LabelValues, double>>;

/// A room is near a limit from 90 % of it.
constexpr double near_limit = 0.9;

bool is_near(std::uint64_t used, std::int64_t limit) {
  return limit > 0 && static_cast<double>(used) >= near_limit * static_cast<double>(limit);
}

std::string template_of(const RoomDirectory& rooms, const policies::RoomId& id,
                        const ObservedStream* stream) {
  if (const policies::RoomSpec* room = rooms.desired().find(id))
    return room->settings->template_name;
  return stream != nullptr && stream->config.mark ? stream->config.mark->template_name : "";
}

struct TemplateTotals {
  std::array<double, policies::room_state_count> rooms{};
  double messages = 0;
  double bytes = 0;
  std::shared_ptr<const std::string> name;
};

struct Totals {
  std::map<std::string, TemplateTotals> templates;
  std::array<double, policies::field_count> drifted{};
  double near_messages = 0, near_bytes = 0, near_consumers = 0;
  double removals_blocked = 0;
};

void add_stream(Totals& totals, TemplateTotals& sums, const ObservedStream& stream) {
  sums.messages += static_cast<double>(stream.stored.messages);
  sums.bytes += static_cast<double>(stream.bytes);
  const policies::StreamSettings& limits = stream.config.settings;
  totals.near_messages += is_near(stream.stored.messages, limits.max_messages) ? 1 : 0;
  totals.near_bytes += is_near(stream.bytes, limits.max_bytes) ? 1 : 0;
  totals.near_consumers += is_near(stream.consumers, limits.max_consumers) ? 1 : 0;
}

metrics::RoomRow row_of(const RoomVerdict& verdict, const ObservedStream& stream,
                        const TemplateTotals& sums) {
  metrics::RoomRow row;
  row.room = verdict.room.text();
  row.stream = stream.name;
  row.template_name = sums.name;
  row.messages = stream.stored.messages;
  row.bytes = stream.bytes;
  row.consumers = stream.consumers;
  if (stream.stored.messages > 0) {
    row.first_ts = stream.stored.first_ts;
    row.last_ts = stream.stored.last_ts;
  }
  row.max_age_ns = stream.config.max_age.count();
  row.replicas = static_cast<std::uint8_t>(stream.config.settings.replicas);
  row.memory_storage = stream.config.settings.storage == policies::Storage::memory;
  return row;
}

void publish_totals(const Runtime& runtime, const Totals& totals) {
  Series rooms;
  Series messages;
  Series bytes;
  for (const auto& [name, sums] : totals.templates) {
    for (std::size_t state = 0; state < sums.rooms.size(); ++state) {
      if (sums.rooms[state] <= 0) continue;
      rooms.push_back(
          {{name, std::string(to_string(static_cast<RoomState>(state)))}, sums.rooms[state]});
    }
    messages.push_back({{name}, sums.messages});
    bytes.push_back({{name}, sums.bytes});
  }
  Series drifted;
  for (std::size_t field = 0; field < totals.drifted.size(); ++field) {
    drifted.push_back(
        {{std::string(to_string(static_cast<policies::Field>(field)))}, totals.drifted[field]});
  }
  runtime.metrics.replace(MetricId::rooms, rooms);
  runtime.metrics.replace(MetricId::messages, messages);
  runtime.metrics.replace(MetricId::stored_bytes, bytes);
  runtime.metrics.replace(MetricId::rooms_drifted, drifted);
  runtime.metrics.replace(MetricId::rooms_near_limit, {{{"messages"}, totals.near_messages},
                                                       {{"bytes"}, totals.near_bytes},
                                                       {{"consumers"}, totals.near_consumers}});
  runtime.metrics.set(MetricId::removals_blocked, totals.removals_blocked);
}

}  // namespace

void publish_room_metrics(const Runtime& runtime, const Inventory& inventory,
                          const RoomDirectory& rooms) {
  Totals totals;
  auto snapshot = std::make_shared<metrics::RoomsSnapshot>();
  snapshot->taken = runtime.clock.wall();
  snapshot->rooms.reserve(rooms.verdicts().size());
  for (const RoomVerdict& verdict : rooms.verdicts()) {
    const ObservedStream* stream =
        inventory.streams().find(runtime.names().stream_of(verdict.room));
    TemplateTotals& sums = totals.templates[template_of(rooms, verdict.room, stream)];
    if (sums.name == nullptr)
      sums.name = std::make_shared<std::string>(template_of(rooms, verdict.room, stream));
    sums.rooms[static_cast<std::size_t>(verdict.state)] += 1;
    for (const policies::FieldChange& field : verdict.fields)
      totals.drifted[static_cast<std::size_t>(field.field)] += 1;
    totals.removals_blocked += verdict.reason == policies::Reason::removal_guard ? 1 : 0;
    if (stream == nullptr || !stream->config.mark) continue;
    add_stream(totals, sums, *stream);
    snapshot->rooms.push_back(row_of(verdict, *stream, sums));
  }
  publish_totals(runtime, totals);
  runtime.metrics.set(MetricId::inventory_missing_rooms, static_cast<double>(inventory.missing()));
  runtime.metrics.set(MetricId::inventory_interval_seconds,
                      std::chrono::duration<double>(runtime.config->reconcile.interval).count());
  runtime.metrics.publish_rooms(std::move(snapshot), runtime.clock.wall());
}

}  // namespace roomkeeper::sidecar
