// From our series to Prometheus' text format 0.0.4, through prometheus-cpp's serialiser.
//
// Thread: any; pure apart from the process's figures, which are read from /proc.
#ifndef ROOMKEEPER_METRICS_EXPOSITION_H_
#define ROOMKEEPER_METRICS_EXPOSITION_H_

#include <string>
#include <utility>
#include <vector>

#include <prometheus/metric_family.h>

#include "metrics/family.h"
#include "metrics/names.h"

namespace roomkeeper::metrics {

prometheus::MetricFamily to_prometheus(const Family& family);
/// A family of one value.
prometheus::MetricFamily to_prometheus(ComputedId id, double value);
/// An empty family to be filled.
prometheus::MetricFamily empty_family(ComputedId id);
/// Pairs names with values; as many as there are of both.
prometheus::ClientMetric labelled(std::span<const std::string_view> names,
                                  const LabelValues& values);

/// Families without series are left out.
std::string serialise(const std::vector<prometheus::MetricFamily>& families);

/// CPU, memory, file descriptors and start of this process; what cannot be read is left out.
std::vector<prometheus::MetricFamily> process_families();

}  // namespace roomkeeper::metrics

#endif  // ROOMKEEPER_METRICS_EXPOSITION_H_
