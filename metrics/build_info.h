// What this binary is. Thread: any; constant.
#ifndef ROOMKEEPER_METRICS_BUILD_INFO_H_
#define ROOMKEEPER_METRICS_BUILD_INFO_H_

#include <string_view>

#include "metrics/metrics.h"

namespace roomkeeper::metrics {

struct BuildInfo {
  std::string_view version;   ///< the project's
  std::string_view revision;  ///< `git describe` when the build was configured, or "unknown"
  std::string_view compiler;
};
const BuildInfo& build_info();
/// Sets roomkeeper_build_info; Metrics does it for itself.
void set_build_info(Metrics& metrics);

}  // namespace roomkeeper::metrics

#endif  // ROOMKEEPER_METRICS_BUILD_INFO_H_
