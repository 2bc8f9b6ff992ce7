// Which of several replicas acts: decisions about the one key that says so.
//
// The lease is a key without TTL. A leader renews it; a candidate takes it by compare-and-set once
// it has seen the same revision for as long as the lease lasts, on its own monotonic clock, so no
// two clocks are compared. The leader stops before that. Pure; thread: any.
#ifndef ROOMKEEPER_POLICIES_LEASE_H_
#define ROOMKEEPER_POLICIES_LEASE_H_

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "policies/reason.h"
#include "policies/time.h"

namespace roomkeeper::policies {

/// Which configuration a replica has in force.
struct ConfigurationId {
  std::string hash;   ///< equal: the same configuration
  int revision = 0;   ///< a higher one is newer
  WallTime loaded{};  ///< of two with the same revision the one that was read later is newer
};

/// Whether a replica with `mine` may lead after a leader that had `last`: a rolling update must not
/// be undone by a replica that has not heard of it.
bool is_as_new(const ConfigurationId& mine, const ConfigurationId& last);

struct LeaseRecord {
  std::string name;              ///< of the replica
  std::string process;           ///< of one run of it; empty: handed over, nobody leads
  std::uint64_t generation = 0;  ///< grows whenever the holder changes
  Nanoseconds duration{};
  ConfigurationId configuration{};

  bool held() const { return !process.empty(); }
};

/// A leader's own lease ends this much earlier than a candidate may take it.
Nanoseconds lease_margin(Nanoseconds duration);
/// How often a leader renews.
Nanoseconds lease_renewal(Nanoseconds duration);
/// What a record of somebody else may ask a candidate to wait: 1 s to 60 s.
Nanoseconds bounded_lease(Nanoseconds duration);

/// One whose configuration only seems older, by when it was read, leads all the same once nobody
/// has led for so long.
inline constexpr Nanoseconds older_waits = std::chrono::seconds(60);
/// One with a lower revision waits longer, for those of a newer one may still be starting. But when
/// none ever comes (an installation that was removed and made anew counts from 1 again), a midnight
/// must not pass by for ever.
inline constexpr Nanoseconds lower_revision_waits = std::chrono::minutes(5);

/// What a replica has seen of the key, and since when.
class LeaseWatch {
 public:
  /// The key as it was just read; nullopt and 0: there is none. A record that was held and is gone
  /// is remembered, because its holder does not know yet.
  void saw(std::optional<LeaseRecord> record, std::uint64_t revision, MonoTime now);
  /// Nothing is known any more: another server, a new connection to an emptied store.
  void forget();

  bool known() const { return known_; }
  const std::optional<LeaseRecord>& record() const { return record_; }
  std::uint64_t revision() const { return revision_; }

  struct Decision {
    bool take = false;
    Reason reason{};  ///< why it may be taken, or why not
    MonoTime when{};  ///< not yet: earliest at this time by what is known; epoch: not by waiting
  };
  /// REQUIRES: known(). `process`: of the one who asks; what it holds itself it may take again.
  Decision decide(const std::string& process, const ConfigurationId& mine, MonoTime now) const;

 private:
  bool known_ = false;
  std::optional<LeaseRecord> record_;
  std::uint64_t revision_ = 0;
  MonoTime since_{};
};

}  // namespace roomkeeper::policies

#endif  // ROOMKEEPER_POLICIES_LEASE_H_
