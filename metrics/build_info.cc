#include "metrics/build_info.h"

namespace roomkeeper::metrics {

const BuildInfo& build_info() {
  static constexpr BuildInfo info{
      ROOMKEEPER_VERSION,
      ROOMKEEPER_REVISION,
#if defined(__clang__)
      "clang " __clang_version__,
#else
      "gcc " __VERSION__,
#endif
  };
  return info;
}

void set_build_info(Metrics& metrics) {
  const BuildInfo& build = build_info();
  metrics.replace(
      MetricId::build_info,
      {{{std::string(build.version), std::string(build.revision), std::string(build.compiler)},
        1}});
}

}  // namespace roomkeeper::metrics
