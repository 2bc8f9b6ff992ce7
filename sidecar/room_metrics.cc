#include "sidecar/room_metrics.h"

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "sidecar/room_stored.h"
#include "sidecar/room_totals.h"
#include "sidecar/seconds.h"

namespace roomkeeper::sidecar {
namespace {

using metrics::MetricId;
using policies::ObservedStream;
using policies::PoolsSeen;
using policies::RoomState;
using policies::RoomVerdict;
using Series = std::vector<std::pair<metrics::LabelValues, double>>;

void publish_totals(const Runtime& runtime, const RoomTotals& totals) {
  Series rooms;
  Series messages;
  Series bytes;
  for (const auto& [name, sums] : totals.templates()) {
    for (std::size_t state = 0; state < sums.rooms.size(); ++state) {
      if (sums.rooms[state] <= 0) continue;
      rooms.push_back(
          {{name, std::string(to_string(static_cast<RoomState>(state)))}, sums.rooms[state]});
    }
    messages.push_back({{name}, sums.messages});
    bytes.push_back({{name}, sums.bytes});
  }
  Series drifted;
  for (std::size_t field = 0; field < totals.drifted().size(); ++field) {
    drifted.push_back(
        {{std::string(to_string(static_cast<policies::Field>(field)))}, totals.drifted()[field]});
  }
  runtime.metrics.replace(MetricId::rooms, rooms);
  runtime.metrics.replace(MetricId::messages, messages);
  runtime.metrics.replace(MetricId::stored_bytes, bytes);
  runtime.metrics.replace(MetricId::rooms_drifted, drifted);
  runtime.metrics.replace(MetricId::rooms_near_limit,
                          {{{"messages"}, totals.near_messages()},
                           {{"bytes"}, totals.near_bytes()},
                           {{"consumers"}, totals.near_consumers()},
                           {{"connections"}, totals.near_connections()}});
  runtime.metrics.set(MetricId::removals_blocked, totals.removals_blocked());
}

/// The connections of rooms that are asked for in ascending order.
class ListenersWalk {
 public:
  explicit ListenersWalk(const RoomDirectory& rooms)
      : known_(rooms.listeners_known()),
        at_(rooms.listeners().begin()),
        end_(rooms.listeners().end()) {}

  /// Negative: not known.
  std::int32_t of(const policies::RoomId& room) {
    if (!known_) return -1;
    while (at_ != end_ && at_->room < room) ++at_;
    return at_ != end_ && at_->room == room ? at_->used : 0;
  }

 private:
  bool known_;
  std::vector<policies::RoomListeners>::const_iterator at_;
  std::vector<policies::RoomListeners>::const_iterator end_;
};

/// Rooms with messages in the pool that are not in its roster.
double count_strays(const policies::PoolContents& contents, const policies::PoolRoster& roster,
                    const std::string& pool) {
  double strays = 0;
  auto at = roster.rooms.begin();
  for (const policies::PooledStored& stored : contents.rooms) {
    while (at != roster.rooms.end() && at->id.text() < stored.room) ++at;
    const bool ours = at != roster.rooms.end() && at->id.text() == stored.room && *at->pool == pool;
    if (!ours) strays += 1;
  }
  return strays;
}

void publish_pools(const Runtime& runtime, const PoolsSeen& pools) {
  std::map<std::string, double> counts;
  double* count = nullptr;
  const std::string* last = nullptr;  // rooms of a pool mostly stand together and share its name
  for (const policies::PooledRoom& room : pools.roster.rooms) {
    if (room.pool.get() != last) {
      last = room.pool.get();
      count = &counts[*last];
    }
    *count += 1;
  }
  Series strays;
  Series looked;
  for (const auto& [stream, contents] : pools.contents) {
    const auto pool = runtime.names().pool_of_stream(stream);
    if (!pool) continue;
    counts.try_emplace(*pool, 0);
    looked.push_back({{*pool}, seconds(contents.looked)});
    if (pools.roster.known)
      strays.push_back({{*pool}, count_strays(contents, pools.roster, *pool)});
  }
  Series rooms;
  for (const auto& [pool, number] : counts) rooms.push_back({{pool}, number});
  runtime.metrics.replace(MetricId::pool_rooms, rooms);
  runtime.metrics.replace(MetricId::pool_stray_rooms, strays);
  runtime.metrics.replace(MetricId::pool_looked_timestamp_seconds, looked);
}

void add_pools(const Runtime& runtime, const Inventory& inventory, RoomTotals& totals) {
  const auto& streams = inventory.streams().streams;
  const std::string& prefix = runtime.names().pool_prefix;
  auto at = std::lower_bound(
      streams.begin(), streams.end(), prefix,
      [](const ObservedStream& stream, const std::string& name) { return stream.name < name; });
  for (; at != streams.end() && at->name.starts_with(prefix); ++at) {
    const auto& mark = at->config.mark;
    if (mark && mark->is_pool() && mark->instance == runtime.config->instance) totals.add_pool(*at);
  }
}

}  // namespace

void publish_room_metrics(const Runtime& runtime, const Inventory& inventory,
                          const RoomDirectory& rooms, const PoolsSeen* pools) {
  auto snapshot = std::make_shared<metrics::RoomsSnapshot>();
  snapshot->taken = runtime.clock.wall();
  snapshot->rooms.reserve(rooms.verdicts().size());
  RoomTotals totals(runtime.names(), *snapshot);
  StoredRooms stored(inventory.streams(), pools, runtime.names());
  ListenersWalk listeners(rooms);
  auto wanted = rooms.desired().rooms.begin();
  const auto last = rooms.desired().rooms.end();
  for (const RoomVerdict& verdict : rooms.verdicts()) {
    while (wanted != last && wanted->id < verdict.room) ++wanted;
    const bool is_wanted = wanted != last && wanted->id == verdict.room;
    totals.add(verdict, is_wanted ? &*wanted : nullptr, stored.next(verdict.room),
               listeners.of(verdict.room));
  }
  add_pools(runtime, inventory, totals);
  publish_totals(runtime, totals);
  if (pools != nullptr) publish_pools(runtime, *pools);
  runtime.metrics.set(MetricId::inventory_missing_rooms, static_cast<double>(inventory.missing()));
  runtime.metrics.set(MetricId::inventory_interval_seconds,
                      std::chrono::duration<double>(runtime.config->reconcile.interval).count());
  runtime.metrics.publish_rooms(std::move(snapshot), runtime.clock.wall());
}

}  // namespace roomkeeper::sidecar
