// Random histories of the whole daemon around local midnights, against a brute-force model: nothing
// newer than the boundary is ever deleted, everything older is gone, nothing else is touched.
//
// ROOMKEEPER_SEED=7 build/bin/retention_property_test runs that history alone, and tells it.
#include <gtest/gtest.h>

#include "tests/simulation/history_run.h"

namespace roomkeeper::testing {
namespace {

TEST(RetentionProperty, AFewHundredHistoriesLoseNothingNewAndKeepNothingOld) {
  run_histories(1, 300);
}

}  // namespace
}  // namespace roomkeeper::testing
