// One metric's series: who is let in, what becomes `other`, what is dropped.
//
// Thread: none of its own; the facade holds its mutex around every call. Owns its series. Bounded
// by MetricInfo::series_max whatever is written.
#ifndef ROOMKEEPER_METRICS_FAMILY_H_
#define ROOMKEEPER_METRICS_FAMILY_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "metrics/metrics.h"
#include "metrics/names.h"

namespace roomkeeper::metrics {

/// A gauge's or counter's value, or a histogram's counts.
struct Series {
  double value = 0;
  double last_total = 0;               ///< advance_to: what was last said
  std::vector<std::uint64_t> buckets;  ///< one a bound and one for +Inf; not cumulative
  double sum = 0;
};

class Family {
 public:
  explicit Family(const MetricInfo& info);

  /// Each of these returns false when the value was dropped: wrong kind, wrong number of labels, or
  /// no room left.
  bool add(const LabelValues& labels, double by);
  bool set(const LabelValues& labels, double value);
  bool advance_to(const LabelValues& labels, double total);
  bool observe(const LabelValues& labels, double value);
  /// The number of values that were dropped. What stays when there are too many does not flap:
  /// first the values of the folded label that were there before, then by name.
  std::size_t replace(const std::vector<std::pair<LabelValues, double>>& series);
  /// Drops every series that is not in `present`.
  void retain(const std::vector<LabelValues>& present);

  const MetricInfo& info() const { return *info_; }
  const std::map<LabelValues, Series>& series() const { return series_; }
  /// The series as it is written; nullptr when there is none.
  const Series* find(const LabelValues& labels) const;

 private:
  bool fits(const LabelValues& labels) const;
  Series* admit(const LabelValues& clean, bool may_fold);
  Series& insert(const LabelValues& clean, bool direct);
  bool merge(const LabelValues& clean, double value);

  const MetricInfo* info_;
  std::map<LabelValues, Series> series_;
  std::map<std::string, std::size_t>
      values_;              ///< of the folded label, without `other`: how many series have it
  std::size_t direct_ = 0;  ///< series that did not need the reserve
};

}  // namespace roomkeeper::metrics

#endif  // ROOMKEEPER_METRICS_FAMILY_H_
