// Hands questions of the endpoint's threads to the one that knows, and waits for the answers.
//
// Bounded: so many questions at once, and each only for so long, so that threads are left for
// metrics and health when nobody answers. Thread: any.
#ifndef ROOMKEEPER_METRICS_PAGE_DESK_H_
#define ROOMKEEPER_METRICS_PAGE_DESK_H_

#include <chrono>
#include <memory>
#include <string>

#include "metrics/page_source.h"
#include "policies/result.h"
#include "policies/time.h"

namespace roomkeeper::metrics {

class PageDesk {
 public:
  static constexpr int outstanding_max = 4;
  static constexpr policies::Nanoseconds wait_max = std::chrono::seconds(1);

  explicit PageDesk(PageSource source, policies::Nanoseconds longest = wait_max);

  /// Errors: limit (too many at once, or the source takes no more), timeout, and the source's own.
  policies::Result<std::string> ask(PageQuestion question);

 private:
  struct Room;
  PageSource source_;
  policies::Nanoseconds longest_;
  std::shared_ptr<Room> room_;  ///< shared with answers that are still on their way
};

}  // namespace roomkeeper::metrics

#endif  // ROOMKEEPER_METRICS_PAGE_DESK_H_
