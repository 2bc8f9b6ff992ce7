// Keeps the audit: entries go into the stream ROOMKEEPER_AUDIT, in order, each acknowledged.
//
// Repeats are told as one (audit_repeats.h). Bounded: at most 4096 entries and 32 MiB wait, also
// while there is no connection; what comes above that is dropped and counted. A retry has the same
// Nats-Msg-Id, so that the server stores it once. Uses a request queue of its own, so that a stream
// that does not answer holds back no purge. Thread: the loop's. Ownership: everything given must
// outlive this.
#ifndef ROOMKEEPER_SIDECAR_AUDIT_KEEPER_H_
#define ROOMKEEPER_SIDECAR_AUDIT_KEEPER_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>

#include "sidecar/audit_log.h"
#include "sidecar/audit_repeats.h"
#include "sidecar/audit_stream.h"
#include "sidecar/inventory.h"
#include "sidecar/lifetime.h"
#include "sidecar/nats/jetstream.h"
#include "sidecar/nats/request_queue.h"
#include "sidecar/runtime.h"

namespace roomkeeper::sidecar {

/// For doctor.
struct AuditHealth {
  bool enabled = true;
  std::string problem;  ///< why nothing is stored; empty: it is, or there was no connection yet
  std::size_t waiting = 0;
  std::uint64_t dropped = 0;  ///< since the start
};

class AuditKeeper final : public AuditLog {
 public:
  static constexpr std::size_t waiting_max = 4096;
  static constexpr std::size_t waiting_bytes_max = 32U << 20U;
  static constexpr int outstanding_max = 8;

  AuditKeeper(Runtime& runtime, nats::RequestQueue& queue, const Inventory& inventory);

  void record(api::AuditRecord entry) override;

  /// Connected and allowed to act: makes the stream if need be, then what waits goes out.
  void start();
  bool running() const { return may_act_; }
  /// The stream is there, and it is ours.
  bool is_ready() const { return stage_ == Stage::ready; }
  /// Not connected any more: entries wait.
  void stop();
  /// The settings may have changed.
  void config_changed();
  /// At the end of the program: tells what was counted, sends what waits, then `done`; after `most`
  /// at the latest. What is left is counted as dropped.
  void flush(policies::Nanoseconds most, std::function<void()> done);
  AuditHealth health() const;

 private:
  enum class Stage : std::uint8_t {
    away,    ///< not connected, or not allowed to act
    making,  ///< the stream is looked at
    ready,
    blocked,  ///< it cannot be written to; tried again
  };
  struct Entry {
    std::string id;
    api::AuditKind kind{};
    std::string json;
    bool sent = false;    ///< on its way, or unknown whether it was stored
    bool stored = false;  ///< waits only for those before it
  };

  void ensure();
  void ensured(const policies::Result<>& outcome);
  void push(const api::AuditRecord& entry);
  void drop(std::size_t entries, const char* why);
  void tell_repeats();
  void arm_repeats();
  void pump();
  void send(Entry& entry);
  void answered(const std::string& id, const policies::Result<Message>& reply);
  void stored(Entry& entry);
  void failed(const policies::Error& error);
  void rest();
  void forget_stored();
  void end_flush();

  Runtime& runtime_;
  nats::RequestQueue& queue_;
  nats::JetStream js_;
  const Inventory& inventory_;
  AuditStream stream_;
  AuditRepeats repeats_;
  std::deque<Entry> waiting_;
  std::size_t waiting_bytes_ = 0;
  std::string id_prefix_;  ///< unlike that of any other process
  std::uint64_t last_id_ = 0;
  int outstanding_ = 0;
  Stage stage_ = Stage::away;
  std::uint64_t attempt_ = 0;  ///< grows with start() and stop(): older answers decide nothing
  bool may_act_ = false;       ///< between start() and stop()
  bool resting_ = false;  ///< one has failed: nothing is sent until all are answered and then some
  bool full_ = false;     ///< told in the log, until half of it has gone
  std::uint32_t failures_ = 0;
  std::uint64_t dropped_ = 0;
  std::string problem_;
  TimerId retry_timer_ = 0;
  TimerId repeats_timer_ = 0;
  TimerId flush_timer_ = 0;
  std::function<void()> flushed_;
  Lifetime lifetime_;
};

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_AUDIT_KEEPER_H_
