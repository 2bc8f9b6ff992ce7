// Metrics in which everything is written, more than fits and with values of strangers; and rooms to
// publish.
#ifndef ROOMKEEPER_TESTS_METRICS_FILLED_METRICS_H_
#define ROOMKEEPER_TESTS_METRICS_FILLED_METRICS_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/metrics.h"

namespace roomkeeper::testing {

/// Values that break careless exporters: quotes, newlines, backslashes, invalid UTF-8, NUL, 10 KB.
std::vector<std::string> hostile_values();

/// `count` rooms "room-00000"...; odd ones are of template "archive", others of "default"; every
/// tenth is empty.
std::shared_ptr<const metrics::RoomsSnapshot> make_rooms(std::size_t count);

/// Writes every family of the catalogue far beyond its cap and publishes 10,000 rooms.
void fill_beyond_caps(metrics::Metrics& metrics);

/// Lines that are samples.
std::vector<std::string> sample_lines(const std::string& text);
/// Samples of one family, `name` without labels.
std::size_t count_series(const std::string& text, std::string_view name);
bool has_line(const std::string& text, const std::string& line);

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_METRICS_FILLED_METRICS_H_
