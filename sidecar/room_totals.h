// Sums over the rooms of each template, and a row a room, gathered in one walk.
//
// Thread: the loop's. Lives for one publication.
#ifndef ROOMKEEPER_SIDECAR_ROOM_TOTALS_H_
#define ROOMKEEPER_SIDECAR_ROOM_TOTALS_H_

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>

#include "metrics/metrics.h"
#include "policies/observed.h"
#include "policies/plan.h"
#include "policies/room.h"
#include "sidecar/room_stored.h"

namespace roomkeeper::sidecar {

struct TemplateTotals {
  std::array<double, policies::room_state_count> rooms{};
  double messages = 0;
  double bytes = 0;
};

class RoomTotals {
 public:
  /// `names` and `rows` must outlive it.
  RoomTotals(const policies::Names& names, metrics::RoomsSnapshot& rows)
      : names_(names), rows_(rows) {}

  /// In order of ids. `room` is null for a stream that is no longer wanted.
  /// `connections` that listen to it; negative: not known.
  void add(const policies::RoomVerdict& verdict, const policies::RoomSpec* room,
           const RoomStored& stored, std::int32_t connections);
  /// The stream of a pool: what it stores counts here, and not room by room.
  void add_pool(const policies::ObservedStream& stream);

  const std::map<std::string, TemplateTotals, std::less<>>& templates() const { return templates_; }
  const std::array<double, policies::field_count>& drifted() const { return drifted_; }
  double near_messages() const { return near_messages_; }
  double near_bytes() const { return near_bytes_; }
  double near_consumers() const { return near_consumers_; }
  double near_connections() const { return near_connections_; }
  double removals_blocked() const { return removals_blocked_; }

 private:
  TemplateTotals& totals_of(const policies::RoomSpec* room, const policies::ObservedStream* stream);
  TemplateTotals& totals_of(std::string_view template_name);
  void note_limits(const policies::ObservedStream& stream);
  std::shared_ptr<const metrics::RoomHome> home_of(const RoomStored& stored,
                                                   std::string_view template_name,
                                                   std::int32_t connections_limit);

  const policies::Names& names_;
  metrics::RoomsSnapshot& rows_;
  std::map<std::string, TemplateTotals, std::less<>> templates_;
  std::unordered_map<const policies::RoomSettings*, TemplateTotals*> by_settings_;
  /// Few of them, as rooms of a template are mostly alike: template, stream of a pool, maximum age,
  /// replicas, storage, limit of connections.
  using HomeKey = std::tuple<std::string_view, const policies::ObservedStream*, std::int64_t, int,
                             policies::Storage, std::int32_t>;
  std::map<HomeKey, std::shared_ptr<const metrics::RoomHome>> homes_;
  std::array<double, policies::field_count> drifted_{};
  double near_messages_ = 0, near_bytes_ = 0, near_consumers_ = 0, near_connections_ = 0;
  double removals_blocked_ = 0;
};

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_ROOM_TOTALS_H_
