// Which limits were lowered, and who was inside then: for limits without `enforce_now`.
//
// Kept in the state bucket, so that a restart with a lower limit does not end what the same limit
// lowered at run time would let be. Pure value type; thread: one.
#ifndef ROOMKEEPER_POLICIES_LOWERED_LIMITS_H_
#define ROOMKEEPER_POLICIES_LOWERED_LIMITS_H_

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "policies/limit_groups.h"
#include "policies/time.h"

namespace roomkeeper::policies {

class LoweredLimits {
 public:
  /// More rules than that are enforced as if they said `enforce_now`.
  static constexpr std::size_t rules_max = 5000;

  struct Entry {
    std::optional<int> max;          ///< as last seen; absent: unlimited
    std::optional<WallTime> inside;  ///< newest start of those who were inside when it was lowered
    bool operator==(const Entry&) const = default;
  };
  using Entries = std::map<std::string, Entry, std::less<>>;

  const Entries& entries() const { return entries_; }
  void restore(Entries entries) { entries_ = std::move(entries); }

  /// Takes the rules in force, by name; those with `enforce_now` are forgotten. A rule whose
  /// maximum fell, or that is new, has been lowered now, with everybody inside who came until
  /// `newest_start`. So have all of users, or all of rooms, when one of theirs is gone: whom it let
  /// in falls under another one now. True: something has changed and is to be kept.
  bool update(const std::map<std::string, ConnectionLimit, std::less<>>& rules,
              WallTime newest_start);
  /// For LimitSources::lowered.
  std::optional<WallTime> inside(std::string_view rule) const;

 private:
  Entries entries_;
};

}  // namespace roomkeeper::policies

#endif  // ROOMKEEPER_POLICIES_LOWERED_LIMITS_H_
