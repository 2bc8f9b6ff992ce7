// The facade through which the loops count, and the snapshot of rooms that the endpoint reads.
//
// Thread: any (the loops write, HTTP threads read); short mutexes, never held while serialising.
#ifndef ROOMKEEPER_METRICS_METRICS_H_
#define ROOMKEEPER_METRICS_METRICS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "metrics/names.h"
#include "policies/time.h"

namespace roomkeeper::metrics {

/// Values in the order of the metric's label names.
using LabelValues = std::vector<std::string>;

/// What rooms of a template have in common, said once: where and how they are stored.
struct RoomHome {
  std::string template_name;
  std::string stream;           ///< the pool's, or what the names of the rooms' streams begin with
  bool stream_per_room = true;  ///< false: `stream` is a pool's
  std::int64_t max_age_ns = 0;
  std::int32_t connections_limit = -1;  ///< of each room; negative: unlimited
  std::uint8_t replicas = 1;
  bool memory_storage = false;
  bool operator==(const RoomHome&) const = default;
};

/// One room as /metrics/rooms and the top-K see it. Compact: 100,000 of them are kept.
struct RoomRow {
  std::string room;
  std::shared_ptr<const RoomHome> home;  ///< never null
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;
  policies::WallTime first_ts{};  ///< epoch: the room is empty, or nobody knows
  policies::WallTime last_ts{};   ///< likewise
  std::uint32_t consumers = 0;
  std::int32_t connections = -1;  ///< that name it in a subscription; negative: not known
};

/// Sorted by room.
struct RoomsSnapshot {
  std::vector<RoomRow> rooms;
  policies::WallTime taken{};
};

/// `limit` of /metrics/rooms.
inline constexpr std::size_t detail_rooms_default = 1000;
inline constexpr std::size_t detail_rooms_max = 5000;

/// What happens at a family's cap (MetricInfo::series_max, Folding):
/// - add, observe: the label set's folded label becomes `other`, so that sums over the family stay
/// right;
/// - replace: likewise, merged as MetricInfo::merge says; which values keep their own series does
/// not flap;
/// - set, advance_to: dropped, because one `other` cannot stand for many writers.
/// What is dropped, for that or for a wrong number of labels, a wrong kind of metric, a negative or
/// not finite step of a counter, counts in series_rejected_total{metric}. Label values may be any
/// bytes (label_text.h).
class Metrics {
 public:
  /// Counters and histograms without labels start at 0, as do up and leader; other gauges are
  /// absent until set.
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  /// `by` = 0 makes the series, so that rate() sees the first event of a labelled counter.
  void add(MetricId id, const LabelValues& labels = {}, double by = 1);
  void set(MetricId id, double value);
  void set(MetricId id, const LabelValues& labels, double value);
  /// Counters that somebody else counts (a server's): what it grew by is added; a drop is a
  /// restart, after which `total` has happened.
  void advance_to(MetricId id, const LabelValues& labels, double total);
  void observe(MetricId id, const LabelValues& labels, double value);
  /// Replaces every series of a gauge, so that label sets that are no longer there vanish.
  void replace(MetricId id, const std::vector<std::pair<LabelValues, double>>& series);
  /// Drops the series of a metric that are not in `present`: for counters by server, when servers
  /// are replaced for good, because a cap full of servers that are gone would keep new ones out.
  void retain(MetricId id, const std::vector<LabelValues>& present);
  /// Publishes the rooms for /metrics/rooms and the top-K (20 rooms by messages, by bytes and by
  /// connections, held for ten minutes after they left the top, 40 at most). `now` may be any
  /// clock's as long as it is always the same one's.
  void publish_rooms(std::shared_ptr<const RoomsSnapshot> rooms, policies::WallTime now);

  /// For tests and status: 0 when there is no such series; a histogram's number of observations.
  double value(MetricId id, const LabelValues& labels = {}) const;

  /// /metrics: Prometheus text format 0.0.4. Fewer than 1,500 lines of samples whatever was
  /// written.
  std::string text() const;
  /// /metrics/rooms?match=GLOB&template=NAME&limit=N. Which rooms are chosen when more than `limit`
  /// match does not flap: by a hash of the id. An empty `match` or `template_name` lets all
  /// through; `limit` above detail_rooms_max is that.
  std::string rooms_text(std::string_view match, std::string_view template_name, std::size_t limit);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace roomkeeper::metrics

#endif  // ROOMKEEPER_METRICS_METRICS_H_
