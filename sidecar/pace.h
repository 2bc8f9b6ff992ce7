// A rate that is kept: so many a second, and after a pause a tenth of a second's worth at once.
// Thread: the loop's.
#ifndef ROOMKEEPER_SIDECAR_PACE_H_
#define ROOMKEEPER_SIDECAR_PACE_H_

#include <algorithm>
#include <cstdint>

#include "policies/time.h"

namespace roomkeeper::sidecar {

class Pace {
 public:
  /// `per_second` 0: no bound.
  explicit Pace(std::uint64_t per_second) { set(per_second); }

  void set(std::uint64_t per_second) {
    per_second_ = static_cast<double>(per_second);
    most_ = std::max(1.0, per_second_ / 10);
    tokens_ = std::min(tokens_, most_);
  }
  /// False: not now; wait() says how long.
  bool take(policies::MonoTime now) {
    if (per_second_ == 0) return true;
    fill(now);
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
  }
  /// Gives back what take() had given: nothing was done with it.
  void give_back() { tokens_ = std::min(most_, tokens_ + 1); }
  policies::Nanoseconds wait(policies::MonoTime now) {
    if (per_second_ == 0) return {};
    fill(now);
    const double seconds = std::max(0.0, 1 - tokens_) / per_second_;
    constexpr policies::Nanoseconds least = std::chrono::milliseconds(1);
    return std::max(least, policies::Nanoseconds(static_cast<std::int64_t>(seconds * 1e9) + 1));
  }

 private:
  void fill(policies::MonoTime now) {
    const double passed = std::chrono::duration<double>(now - filled_).count();
    if (passed > 0) tokens_ = std::min(most_, tokens_ + passed * per_second_);
    filled_ = now;
  }

  double per_second_ = 0;
  double most_ = 1;
  double tokens_ = 1;
  policies::MonoTime filled_{};
};

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_PACE_H_
