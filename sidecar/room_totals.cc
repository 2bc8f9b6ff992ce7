#include "sidecar/room_totals.h"

#include <utility>

namespace roomkeeper::sidecar {
namespace {

using policies::ObservedStream;
using policies::RoomSpec;

/// A room is near a limit from 90 % of it.
constexpr double near_limit = 0.9;

bool is_near(std::uint64_t used, std::int64_t limit) {
  return limit > 0 && static_cast<double>(used) >= near_limit * static_cast<double>(limit);
}

/// Negative: unlimited.
std::int32_t connections_limit(const RoomSpec* room) {
  if (room == nullptr || !room->settings->connections.limited()) return -1;
  return *room->settings->connections.max;
}

/// Lives as long as the room and the stream do.
std::string_view template_of(const RoomSpec* room, const ObservedStream* stream) {
  if (room != nullptr) return room->settings->template_name;
  return stream != nullptr && stream->config.mark ? stream->config.mark->template_name
                                                  : std::string_view();
}

}  // namespace

void RoomTotals::add(const policies::RoomVerdict& verdict, const RoomSpec* room,
                     const RoomStored& stored, std::int32_t connections) {
  const ObservedStream* stream = stored.stream;
  TemplateTotals& sums = totals_of(room, stream);
  sums.rooms[static_cast<std::size_t>(verdict.state)] += 1;
  for (const policies::FieldChange& field : verdict.fields)
    drifted_[static_cast<std::size_t>(field.field)] += 1;
  removals_blocked_ += verdict.reason == policies::Reason::removal_guard ? 1 : 0;
  const std::int32_t limit = connections_limit(room);
  const bool near = limit >= 0 && connections > 0 && connections >= near_limit * limit;
  near_connections_ += near ? 1 : 0;
  if (stream == nullptr || !stream->config.mark) return;
  if (!stream->config.mark->is_pool()) {
    sums.messages += static_cast<double>(stored.messages);
    sums.bytes += static_cast<double>(stored.bytes);
    note_limits(*stream);
  }
  metrics::RoomRow row;
  row.room = verdict.room.text();
  row.home = home_of(stored, template_of(room, stream), limit);
  row.messages = stored.messages;
  row.bytes = stored.bytes;
  row.consumers = stored.consumers;
  row.connections = connections;
  row.first_ts = stored.first.value_or(policies::WallTime{});
  row.last_ts = stored.last.value_or(policies::WallTime{});
  rows_.rooms.push_back(std::move(row));
}

void RoomTotals::add_pool(const ObservedStream& stream) {
  TemplateTotals& sums = totals_of(template_of(nullptr, &stream));
  sums.messages += static_cast<double>(stream.stored.messages);
  sums.bytes += static_cast<double>(stream.bytes);
  note_limits(stream);
}

TemplateTotals& RoomTotals::totals_of(const RoomSpec* room, const ObservedStream* stream) {
  if (room == nullptr) return totals_of(template_of(room, stream));
  TemplateTotals*& sums = by_settings_[room->settings.get()];
  if (sums == nullptr) sums = &totals_of(room->settings->template_name);
  return *sums;
}

TemplateTotals& RoomTotals::totals_of(std::string_view template_name) {
  const auto found = templates_.find(template_name);
  if (found != templates_.end()) return found->second;
  return templates_[std::string(template_name)];
}

void RoomTotals::note_limits(const ObservedStream& stream) {
  const policies::StreamSettings& limits = stream.config.settings;
  near_messages_ += is_near(stream.stored.messages, limits.max_messages) ? 1 : 0;
  near_bytes_ += is_near(stream.bytes, limits.max_bytes) ? 1 : 0;
  near_consumers_ += is_near(stream.consumers, limits.max_consumers) ? 1 : 0;
}

/// REQUIRES: the stream was seen.
std::shared_ptr<const metrics::RoomHome> RoomTotals::home_of(const RoomStored& stored,
                                                             std::string_view template_name,
                                                             std::int32_t connections_limit) {
  const ObservedStream& stream = *stored.stream;
  const bool pooled = stream.config.mark->is_pool();
  const policies::StreamSettings& settings = stream.config.settings;
  auto& home = homes_[{template_name, pooled ? &stream : nullptr, stream.config.max_age.count(),
                       settings.replicas, settings.storage, connections_limit}];
  if (home == nullptr) {
    home = std::make_shared<const metrics::RoomHome>(
        metrics::RoomHome{.template_name = std::string(template_name),
                          .stream = pooled ? stream.name : names_.stream_prefix,
                          .stream_per_room = !pooled,
                          .max_age_ns = stream.config.max_age.count(),
                          .connections_limit = connections_limit,
                          .replicas = static_cast<std::uint8_t>(settings.replicas),
                          .memory_storage = settings.storage == policies::Storage::memory});
  }
  return home;
}

}  // namespace roomkeeper::sidecar
