// The random histories of retention_property_test.cc, 20,000 of them in two parts that can run at
// the same time.
#include <gtest/gtest.h>

#include "tests/simulation/history_run.h"

namespace roomkeeper::testing {
namespace {

TEST(RetentionPropertyLong, Seeds1To10000) {
  run_histories(1, 10'000);
}

TEST(RetentionPropertyLong, Seeds10001To20000) {
  run_histories(10'001, 20'000);
}

}  // namespace
}  // namespace roomkeeper::testing
