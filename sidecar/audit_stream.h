// The stream of the audit: made when it is missing, brought to its settings when it is ours, never
// touched when it is not.
//
// Ours is what has `roomkeeper.instance` with our name and `roomkeeper.audit` in its metadata. Made
// with as many replicas as the state bucket; copies_keeper.h gives it more. Thread: the loop's.
#ifndef ROOMKEEPER_SIDECAR_AUDIT_STREAM_H_
#define ROOMKEEPER_SIDECAR_AUDIT_STREAM_H_

#include <functional>

#include "policies/result.h"
#include "sidecar/lifetime.h"
#include "sidecar/nats/jetstream.h"
#include "sidecar/nats/request_queue.h"
#include "sidecar/runtime.h"

namespace roomkeeper::sidecar {

class AuditStream {
 public:
  using Done = std::function<void(policies::Result<>)>;

  /// An entry that is sent again within this time is stored once.
  static constexpr policies::Nanoseconds duplicate_window = std::chrono::hours(1);

  AuditStream(Runtime& runtime, nats::JetStream& js);

  /// Completes once the stream was seen as it should be. Errors: conflict (a stream of somebody
  /// else's is in the way, and what to do about it), else what the server said; timeout;
  /// unavailable.
  void ensure(Done done);

 private:
  void found(const nats::StreamInfo& info, const Done& done);
  void create(int replicas, const Done& done);
  void made(const policies::Result<Message>& reply, const char* event, const Done& done);

  Runtime& runtime_;
  nats::JetStream& js_;
  Lifetime lifetime_;
};

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_AUDIT_STREAM_H_
