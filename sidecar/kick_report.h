// Tells of kicks, in the log and the audit: one by one while they are few, in sums while they are
// many.
//
// Of each limit the first `each_max` kicks in `window` are told by user; what comes above that is
// one line and one entry when the window is over: how many connections of how many users. So a
// storm of clients that reconnect for ever costs the same however many they are. Bounded. Thread:
// the loop's.
#ifndef ROOMKEEPER_SIDECAR_KICK_REPORT_H_
#define ROOMKEEPER_SIDECAR_KICK_REPORT_H_

#include <array>
#include <chrono>
#include <cstdint>
#include <set>
#include <string>

#include "policies/kick_plan.h"
#include "policies/result.h"
#include "sidecar/audit_log.h"
#include "sidecar/lifetime.h"
#include "sidecar/runtime.h"

namespace roomkeeper::sidecar {

class KickReport {
 public:
  static constexpr policies::Nanoseconds window = std::chrono::seconds(10);
  static constexpr int each_max = 20;
  static constexpr std::size_t users_max = 10'000;  ///< told apart in one window; then "at least"

  KickReport(Runtime& runtime, AuditLog& audit);

  /// A kick of a limit or of a ban that was carried out, or not. One that was already gone is no
  /// news. Kicks by an administrator are told by whoever was asked.
  void told(const policies::Kick& kick, const policies::Result<>& outcome);
  /// Tells the sums now: at the end.
  void flush();

 private:
  struct Sum {
    int each = 0;  ///< told one by one in this window
    std::uint64_t connections = 0;
    std::uint64_t failed = 0;
    std::string first_error;
    std::set<std::string> users;
    policies::Kick sample;
  };
  void tell_one(const policies::Kick& kick, const policies::Result<>& outcome);
  void tell_sum(policies::LimitKind kind, Sum& sum);

  Runtime& runtime_;
  AuditLog& audit_;
  std::array<Sum, policies::limit_kind_count> sums_;
  TimerId timer_ = 0;
  Lifetime lifetime_;
};

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_KICK_REPORT_H_
