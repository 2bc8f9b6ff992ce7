#include "metrics/exposition.h"

#include <algorithm>
#include <limits>
#include <sstream>

#include <prometheus/text_serializer.h>

namespace roomkeeper::metrics {
namespace {

prometheus::MetricType to_prometheus(Kind kind) {
  switch (kind) {
    case Kind::counter:
      return prometheus::MetricType::Counter;
    case Kind::histogram:
      return prometheus::MetricType::Histogram;
    case Kind::gauge:
      break;
  }
  return prometheus::MetricType::Gauge;
}

void fill_histogram(prometheus::ClientMetric& out, const MetricInfo& info, const Series& series) {
  std::uint64_t cumulative = 0;
  for (std::size_t i = 0; i < series.buckets.size(); ++i) {
    cumulative += series.buckets[i];
    const double bound =
        i < info.buckets.size() ? info.buckets[i] : std::numeric_limits<double>::infinity();
    out.histogram.bucket.push_back({cumulative, bound});
  }
  out.histogram.sample_count = cumulative;
  out.histogram.sample_sum = series.sum;
}

}  // namespace

prometheus::ClientMetric labelled(std::span<const std::string_view> names,
                                  const LabelValues& values) {
  prometheus::ClientMetric metric;
  const std::size_t count = std::min(names.size(), values.size());
  metric.label.reserve(count);
  for (std::size_t i = 0; i < count; ++i)
    metric.label.push_back({std::string(names[i]), values[i]});
  return metric;
}

prometheus::MetricFamily to_prometheus(const Family& family) {
  const MetricInfo& info = family.info();
  prometheus::MetricFamily out{
      std::string(info.name), std::string(info.help), to_prometheus(info.kind), {}};
  out.metric.reserve(family.series().size());
  for (const auto& [labels, series] : family.series()) {
    prometheus::ClientMetric metric = labelled(info.labels, labels);
    if (info.kind == Kind::histogram) {
      fill_histogram(metric, info, series);
    } else {
      metric.gauge.value = series.value;
      metric.counter.value = series.value;
    }
    out.metric.push_back(std::move(metric));
  }
  return out;
}

prometheus::MetricFamily empty_family(ComputedId id) {
  const ComputedInfo& computed = info(id);
  return {std::string(computed.name), std::string(computed.help), to_prometheus(computed.kind), {}};
}

prometheus::MetricFamily to_prometheus(ComputedId id, double value) {
  prometheus::MetricFamily family = empty_family(id);
  prometheus::ClientMetric metric;
  metric.gauge.value = value;
  metric.counter.value = value;
  family.metric.push_back(std::move(metric));
  return family;
}

std::string serialise(const std::vector<prometheus::MetricFamily>& families) {
  std::ostringstream out;
  const prometheus::TextSerializer serializer;
  for (const prometheus::MetricFamily& family : families) {
    if (!family.metric.empty()) serializer.Serialize(out, {family});
  }
  return std::move(out).str();
}

}  // namespace roomkeeper::metrics
