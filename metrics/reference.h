// The catalogue as Markdown, for docs/metrics.md. Thread: any; pure.
#ifndef ROOMKEEPER_METRICS_REFERENCE_H_
#define ROOMKEEPER_METRICS_REFERENCE_H_

#include <string>

namespace roomkeeper::metrics {

/// A table for each page: name, type, labels, series at most, meaning. Ends with a newline.
std::string metrics_markdown();

}  // namespace roomkeeper::metrics

#endif  // ROOMKEEPER_METRICS_REFERENCE_H_
