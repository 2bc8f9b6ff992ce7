// A JetStream KV bucket (ADR-8), written by one writer at a time.
//
// Every write carries the stream-level `Nats-Expected-Last-Sequence`, predicted while pipelining
// (design.md, "High availability"), and the message id of the write before it
// (`Nats-Expected-Last-Msg-Id`), because one foreign message makes the prediction of the write
// after the one that missed true again. The first miss (10070, 10071 or 10164) or timeout fails it
// and all after it until load() was called again. Thread: the loop's.
#ifndef ROOMKEEPER_SIDECAR_NATS_KEY_VALUE_H_
#define ROOMKEEPER_SIDECAR_NATS_KEY_VALUE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "policies/result.h"
#include "policies/time.h"
#include "sidecar/nats/jetstream.h"

namespace roomkeeper::sidecar::nats {

struct KeyValueSnapshot {
  std::map<std::string, std::string, std::less<>> entries;  ///< live keys only
  std::uint64_t last_seq = 0;
  policies::WallTime created{};  ///< of the bucket's stream
};

class KeyValue {
 public:
  /// Queue and JetStream must outlive this. `priority`: of every request that it makes.
  KeyValue(RequestQueue& queue, JetStream& js, std::string bucket,
           Priority priority = Priority::admin);

  /// Creates the bucket if it is missing: file storage, history 1, so many `replicas` (0: the
  /// cluster's size, at most 3). Completes with whether it was made now.
  void ensure(int replicas, Done<bool> done);
  /// Reads everything. Errors: not_found (no bucket).
  void load(Done<KeyValueSnapshot> done);
  /// Key: `[A-Za-z0-9._=-]+`, as ADR-8. Completes with the new sequence. Errors: conflict (another
  /// writer, or load() is due), timeout, unavailable.
  void put(const std::string& key, std::string_view value, Done<std::uint64_t> done);
  void erase(const std::string& key, Done<std::uint64_t> done);  ///< `KV-Operation: DEL`

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace roomkeeper::sidecar::nats

#endif  // ROOMKEEPER_SIDECAR_NATS_KEY_VALUE_H_
