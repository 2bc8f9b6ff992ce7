// Makes a KV bucket (ADR-8) that is missing, with as many replicas as are wanted or as the cluster
// can hold; stream_copies.h gives it what it lacks later. Thread: the loop's.
#ifndef ROOMKEEPER_SIDECAR_NATS_BUCKET_MAKING_H_
#define ROOMKEEPER_SIDECAR_NATS_BUCKET_MAKING_H_

#include <memory>
#include <string>
#include <vector>

#include "sidecar/nats/jetstream.h"

namespace roomkeeper::sidecar::nats {

/// One attempt; kept alive by the requests that are on their way.
class BucketMaking : public std::enable_shared_from_this<BucketMaking> {
 public:
  /// `replicas` 0: the cluster's size, at most 3. Queue and JetStream must outlive it. Completes
  /// with whether the bucket was made now; one that is there is left as it is.
  BucketMaking(RequestQueue& queue, JetStream& js, Priority priority, const std::string& bucket,
               int replicas, Done<bool> done);
  void look();

 private:
  void create(std::size_t choice);

  RequestQueue& queue_;
  JetStream& js_;
  const Priority priority_;
  const std::string bucket_;
  const std::string stream_;
  std::vector<int> choices_;  ///< the number wanted, then what is tried instead
  Done<bool> done_;
};

}  // namespace roomkeeper::sidecar::nats

#endif  // ROOMKEEPER_SIDECAR_NATS_BUCKET_MAKING_H_
