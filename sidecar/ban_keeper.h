// The users who are banned for a time: kept in the state bucket, read by the connection loop.
//
// Keys and values: ban_record.h. A ban whose time is over counts for nothing at once, and its key
// is erased in the next minute. What a stranger put into the bucket under `ban.` bans nobody and is
// told in the log. Thread: the loop's.
#ifndef ROOMKEEPER_SIDECAR_BAN_KEEPER_H_
#define ROOMKEEPER_SIDECAR_BAN_KEEPER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "api/audit.h"
#include "api/limits.h"
#include "policies/result.h"
#include "sidecar/audit_log.h"
#include "sidecar/lifetime.h"
#include "sidecar/runtime.h"
#include "sidecar/state_keeper.h"

namespace roomkeeper::sidecar {

class BanKeeper {
 public:
  using Done = std::function<void(policies::Result<api::BanView>)>;

  BanKeeper(Runtime& runtime, StateKeeper& state, AuditLog& audit);

  /// The state bucket was read: takes its bans, and erases those that are over. To be called after
  /// each load.
  void start();
  void stop();
  /// Called when a ban begins or ends: the connection loop looks again.
  void on_change(std::function<void()> changed) { changed_ = std::move(changed); }

  /// A user of the account is banned now.
  bool banned(std::string_view user) const;
  /// Those in force, by user.
  std::vector<api::BanView> all() const;
  std::size_t size() const;
  /// A connection was ended because of the ban.
  void count_kick(std::string_view user);

  /// Replaces one of the same user. Errors: invalid; limit (bans_max); conflict (another change of
  /// the same ban is under way, or somebody else writes into the bucket); unavailable, timeout. On
  /// an error nothing has changed here: with a timeout the bucket, which is read again then,
  /// decides.
  void add(const api::BanAddRequest& request, const api::Actor& actor, Done done);
  /// Errors: not_found; as add.
  void remove(const std::string& user, const api::Actor& actor, Done done);

 private:
  void take();
  void housekeep();
  void arm();
  void erase_over();
  void erased(const std::string& user, policies::WallTime until, const policies::Result<>& outcome);
  bool in_force(const api::BanView& ban) const;
  void changed();
  void tell_audit(const api::BanView& ban, policies::Reason reason, const api::Actor& actor);
  void publish_metrics();

  Runtime& runtime_;
  StateKeeper& state_;
  AuditLog& audit_;
  std::function<void()> changed_;
  std::map<std::string, api::BanView, std::less<>> bans_;  ///< by user
  std::set<std::string, std::less<>> writing_;             ///< users with a write under way
  std::uint64_t taken_ = 0;                                ///< StateKeeper::loads() of bans_
  bool running_ = false;
  TimerId timer_ = 0;
  Lifetime lifetime_;
};

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_BAN_KEEPER_H_
