// What became of the purges of each stream since this process began: for `roomctl retention`.
//
// One small entry a stream that was ever purged or failed to be. Thread: the loop's.
#ifndef ROOMKEEPER_SIDECAR_PURGE_HISTORY_H_
#define ROOMKEEPER_SIDECAR_PURGE_HISTORY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "policies/observed.h"
#include "policies/reason.h"
#include "policies/time.h"

namespace roomkeeper::sidecar {

struct PurgeOrder;
struct PurgeOutcome;

struct PurgeRecord {
  std::optional<policies::WallTime> purged;  ///< the last purge that deleted something
  std::uint64_t messages = 0;                ///< by it
  policies::Reason reason{};                 ///< why: midnight, made_up, manual ...
  /// Since when the purges of this stream fail in a row; empty when the last one did not.
  std::optional<policies::WallTime> failing_since;
  std::uint32_t failures = 0;  ///< in a row
  policies::Reason failure{};  ///< of the last one
  std::string detail;          ///< the server's text, where there is one
};

class PurgeHistory {
 public:
  void note(const PurgeOrder& order, const PurgeOutcome& outcome, policies::WallTime server_now);
  /// Null: nothing is known of this stream.
  const PurgeRecord* find(const std::string& stream) const;
  /// Streams that are gone are forgotten.
  void keep_only(const policies::ObservedStreams& listing);

 private:
  std::unordered_map<std::string, PurgeRecord> records_;
};

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_PURGE_HISTORY_H_
