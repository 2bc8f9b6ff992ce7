// What would fit where a plan does not: sentences computed from its numbers. Pure; thread: any.
#ifndef ROOMKEEPER_POLICIES_CAPACITY_ADVICE_H_
#define ROOMKEEPER_POLICIES_CAPACITY_ADVICE_H_

#include <string>
#include <vector>

#include "policies/capacity.h"
#include "policies/capacity_book.h"

namespace roomkeeper::policies {

/// One wish of a plan, and whose it is.
struct PlannedWish {
  std::size_t change = 0;  ///< index in the plan's changes
  StreamWish wish;
  bool is_pool = false;
  std::string template_name{};
};

/// A sentence for each level of `report` with something missing. `wishes`: those of its plan.
std::vector<std::string> advise(const CapacityReport& report,
                                const std::vector<PlannedWish>& wishes,
                                const CapacityLimits& limits, const ObservedStreams& observed);

}  // namespace roomkeeper::policies

#endif  // ROOMKEEPER_POLICIES_CAPACITY_ADVICE_H_
