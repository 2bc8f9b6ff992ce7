// The key that says which replica acts: bucket `<state bucket>_lease`, key `leader`.
//
// JSON of our own, but read as if a stranger had written it. One write at a time, each by
// compare-and-set on the key's revision (`Nats-Expected-Last-Subject-Sequence`, ADR-8). Thread: the
// loop's.
#ifndef ROOMKEEPER_SIDECAR_NATS_LEASE_KEY_H_
#define ROOMKEEPER_SIDECAR_NATS_LEASE_KEY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "policies/lease.h"
#include "policies/result.h"
#include "sidecar/nats/jetstream.h"
#include "sidecar/nats/key_value.h"

namespace roomkeeper::sidecar::nats {

struct LeaseReading {
  std::optional<policies::LeaseRecord> record;  ///< empty: never written, or erased
  std::uint64_t revision = 0;                   ///< what the next write must expect; 0: no message
};

std::string encode_lease(const policies::LeaseRecord& record);
/// Never fails: what cannot be understood is a lease of somebody unknown, which ends as any other.
policies::LeaseRecord decode_lease(std::string_view value);

class LeaseKey {
 public:
  /// Queue and JetStream must outlive this.
  LeaseKey(RequestQueue& queue, JetStream& js, const std::string& bucket);

  void ensure(int replicas, Done<bool> done);  ///< as KeyValue::ensure
  /// Errors: not_found (no bucket), timeout, unavailable.
  void read(Done<LeaseReading> done);
  /// Completes with the new revision. Errors: conflict (it was written meanwhile), timeout (nobody
  /// knows whether it was), unavailable.
  void write(const policies::LeaseRecord& record, std::uint64_t expected, Done<std::uint64_t> done);

 private:
  RequestQueue& queue_;
  JetStream& js_;
  KeyValue bucket_;
  std::string stream_;
  std::string subject_;
};

}  // namespace roomkeeper::sidecar::nats

#endif  // ROOMKEEPER_SIDECAR_NATS_LEASE_KEY_H_
