// Repeats of the audit told as one: the first at once, the rest of a minute as one entry with a
// count.
//
// Failures of a room that fails in every pass and kicks of a user who keeps coming back repeat when
// kind, reason, origin, room, user and limit are the same; anything else only when all but its time
// and counts is. Entries of jobs, of many rooms and kicks of many users never repeat, but for
// failures of the same rooms.
// Bounded: what finds no place is told at once. Pure; thread: one. Ownership: value type.
#ifndef ROOMKEEPER_SIDECAR_AUDIT_REPEATS_H_
#define ROOMKEEPER_SIDECAR_AUDIT_REPEATS_H_

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "api/audit.h"
#include "policies/time.h"

namespace roomkeeper::sidecar {

class AuditRepeats {
 public:
  static constexpr policies::Nanoseconds window = std::chrono::seconds(60);
  static constexpr std::size_t keys_max = 1000;

  /// The entry to store now; nullopt: it repeats one of the last minute and was counted.
  std::optional<api::AuditRecord> take(api::AuditRecord entry, policies::MonoTime now);
  /// What was counted and whose minute is over, by time. A new minute begins for each.
  std::vector<api::AuditRecord> due(policies::MonoTime now);
  /// When due() has something to give; nullopt: nothing is counted.
  std::optional<policies::MonoTime> next_due() const;
  /// All that was counted, at the end.
  std::vector<api::AuditRecord> drain();

 private:
  struct Told {
    policies::MonoTime until{};
    std::optional<api::AuditRecord> counted;
  };
  void forget_past(policies::MonoTime now);

  std::map<std::string, Told, std::less<>> told_;
};

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_AUDIT_REPEATS_H_
