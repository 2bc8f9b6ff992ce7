// Gives Roomkeeper's own streams (state, lease, audit) the copies that they lack, while it leads.
//
// A cluster grows, and one that starts is not whole at once, so it looks again and again: at once,
// after 5 s, and then in steps that double up to 5 minutes. Three requests a look. What cannot be
// had is told once in the log, and is no reason not to act. Thread: the loop's.
// Ownership: everything given to it must outlive it.
#ifndef ROOMKEEPER_SIDECAR_COPIES_KEEPER_H_
#define ROOMKEEPER_SIDECAR_COPIES_KEEPER_H_

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "sidecar/audit_keeper.h"
#include "sidecar/lifetime.h"
#include "sidecar/nats/jetstream.h"
#include "sidecar/nats/request_queue.h"
#include "sidecar/nats/stream_copies.h"
#include "sidecar/runtime.h"

namespace roomkeeper::sidecar {

class CopiesKeeper {
 public:
  CopiesKeeper(Runtime& runtime, nats::RequestQueue& queue, nats::JetStream& js,
               const AuditKeeper& audit);

  /// The state was loaded, so its bucket is ours; or the settings may have changed.
  void start();
  void stop();
  bool running() const { return running_; }

 private:
  void begin_look();
  void next();
  void looked(const std::string& stream, const nats::CopiesOutcome& outcome);
  void tell_missing(const std::string& stream, const nats::CopiesOutcome& outcome);

  Runtime& runtime_;
  nats::RequestQueue& queue_;
  nats::JetStream& js_;
  const AuditKeeper& audit_;
  bool running_ = false;
  std::uint64_t run_ = 0;  ///< grows with start() and stop(): older answers decide nothing
  policies::Nanoseconds rest_{};
  std::vector<std::string> left_;  ///< of this look
  std::set<std::string> told_;     ///< streams whose missing copies were told
  TimerId timer_ = 0;
  Lifetime lifetime_;
};

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_COPIES_KEEPER_H_
