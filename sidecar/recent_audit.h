// The newest entries of the audit, for the status page: read from the stream, so that every replica
// shows what the leader wrote, also before its own start.
//
// Read only while somebody asks, at most every two seconds, and then only what has come since. What
// is in the stream may be anybody's bytes: what is no entry is left out. Thread: the loop's.
#ifndef ROOMKEEPER_SIDECAR_RECENT_AUDIT_H_
#define ROOMKEEPER_SIDECAR_RECENT_AUDIT_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "api/audit.h"
#include "sidecar/lifetime.h"
#include "sidecar/nats/jetstream.h"
#include "sidecar/runtime.h"

namespace roomkeeper::sidecar {

class RecentAudit {
 public:
  static constexpr std::size_t entries_max = 50;
  static constexpr std::size_t purges_max = 10;
  static constexpr policies::Nanoseconds fresh_for = std::chrono::seconds(2);

  RecentAudit(Runtime& runtime, nats::JetStream& js);

  /// Reads what has come since, unless that was done just now or is being done.
  void refresh();
  /// {"state":...,"entries":[...],"purges":[...]}, newest first, as encode_audit writes them.
  /// `state`: off, unread (nothing was answered yet), reading (for the first time), missing (there
  /// is no stream), read.
  std::string json() const;

 private:
  enum class State : std::uint8_t { unread, missing, read };

  void found(const policies::Result<nats::StreamInfo>& info);
  void read_from(std::uint64_t seq);
  void take(const nats::StoredMessage& message);
  void ask_last_purge();
  void keep(std::deque<std::string>& list, std::string entry, std::size_t most);
  void end(State state);

  Runtime& runtime_;
  nats::JetStream& js_;
  State state_ = State::unread;
  bool reading_ = false;
  std::optional<policies::MonoTime> asked_;
  policies::WallTime created_{};     ///< of the stream that was read
  std::uint64_t read_up_to_ = 0;     ///< the last sequence that was read
  std::uint64_t last_ = 0;           ///< the last one that is to be read now
  std::deque<std::string> entries_;  ///< JSON, newest first
  std::deque<std::string> purges_;   ///< likewise
  Lifetime lifetime_;
};

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_RECENT_AUDIT_H_
