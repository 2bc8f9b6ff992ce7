// The retention loop: at every zone's local midnight everything that is older than the boundary is
// purged.
//
// Acts by the retention last applied (the stream's mark), by the server's clock, and only on the
// evidence of policies::check_cut. A deadline is closed when a listing read more than 2 s after it
// (server time) shows nothing overdue; one that passed while nobody watched is made up at start.
// Thread: the loop's.
#ifndef ROOMKEEPER_SIDECAR_RETENTION_KEEPER_H_
#define ROOMKEEPER_SIDECAR_RETENTION_KEEPER_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "policies/observed.h"
#include "policies/retention.h"
#include "sidecar/audit_log.h"
#include "sidecar/inventory.h"
#include "sidecar/lifetime.h"
#include "sidecar/nats/jetstream.h"
#include "sidecar/pool_keeper.h"
#include "sidecar/purge_history.h"
#include "sidecar/room_directory.h"
#include "sidecar/rule_book.h"
#include "sidecar/runtime.h"
#include "sidecar/stream_purger.h"

namespace roomkeeper::sidecar {

/// One zone's book-keeping, for status.
struct ZoneState {
  const date::time_zone* zone = nullptr;
  std::optional<policies::WallTime> closed;  ///< the last deadline that was closed
  policies::Nanoseconds closed_late{};       ///< server time of the proof, less the deadline
  bool made_up = false;                      ///< nobody watched that deadline
  bool watched = false;                      ///< a deadline was seen coming (else it is made up)
  std::uint64_t rooms = 0;
  std::uint64_t overdue_rooms = 0;
};

/// Why the last pass does not prove anything; `reason` is ok when it does.
struct PassDoubt {
  policies::Reason reason = policies::Reason::ok;
  std::string detail;
  policies::WallTime since{};  ///< server time of the first such pass in a row
};

class RetentionKeeper {
 public:
  RetentionKeeper(Runtime& runtime, nats::JetStream& js, Inventory& inventory, RoomDirectory& rooms,
                  const PoolKeeper& pools, StreamPurger& purger, AuditLog& audit);
  ~RetentionKeeper();
  RetentionKeeper(const RetentionKeeper&) = delete;
  RetentionKeeper& operator=(const RetentionKeeper&) = delete;

  /// Connected, allowed to act, and a listing is there: overdue deadlines are made up at once.
  void start();
  void stop();
  /// Rules may have changed: looks for zones and deadlines again.
  void look_again();

  const std::map<std::string, ZoneState, std::less<>>& zones() const { return zones_; }
  /// How long the oldest overdue message is overdue now, over all rooms; 0 when none is.
  policies::Nanoseconds overdue() const;
  /// The rule in force for a stream of ours; nullptr when its mark says none that is understood.
  const policies::RetentionRule* rule_of(const policies::ObservedStream& stream) {
    return rules_.rule_of(stream);
  }
  RuleBook& rules() { return rules_; }
  const PurgeHistory& history() const { return history_; }
  const PassDoubt& doubt() const { return doubt_; }

  /// Somebody agreed to a change that ends messages of this stream earlier: what is overdue by it
  /// is purged with that reason.
  void note_consent(const std::string& stream);
  /// Once a second, also while nothing can be done: what is overdue gets older.
  void refresh_metrics();

 private:
  struct Pass;
  struct Candidate;
  struct Overdue {
    policies::WallTime oldest_due = policies::WallTime::max();  ///< max(): nothing is overdue
    std::uint64_t rooms = 0;
    void add(policies::WallTime due, std::uint64_t of_rooms);
  };
  void schedule();
  void schedule_after(policies::Nanoseconds delay);
  void count_zones();
  void count_stream(const policies::ObservedStream& stream, std::uint64_t rooms,
                    policies::WallTime now);
  void begin_pass();
  void listed(policies::Result<policies::ObservedStreams> listing);
  void collect(const policies::ObservedStreams& listing);
  bool clock_is_sound(policies::WallTime server_time);
  void feed();
  void submit(const Candidate& candidate);
  void purged(const Candidate& candidate, const PurgeOutcome& outcome);
  void note_for_audit(const Candidate& candidate, const PurgeOutcome& outcome);
  void note_doubt(policies::Reason reason, std::string detail);
  void tell_audit(policies::Reason reason, std::vector<api::AuditRoom> group);
  void tell_audit_of_begin();
  void end_pass();
  void close_deadlines(policies::WallTime server_time);
  void publish_metrics();
  void publish_overdue();

  Runtime& runtime_;
  nats::JetStream& js_;
  Inventory& inventory_;
  const PoolKeeper& pools_;
  StreamPurger& purger_;
  AuditLog& audit_;
  bool running_ = false;
  TimerId timer_ = 0;
  std::unique_ptr<Pass> pass_;
  std::map<std::string, ZoneState, std::less<>> zones_;
  RuleBook rules_;
  PurgeHistory history_;
  PassDoubt doubt_;
  std::set<std::string> consented_;  ///< streams whose next purge somebody agreed to
  std::map<std::string, Overdue, std::less<>> templates_;
  Overdue all_;
  /// When a boundary moves and the counts no longer hold; empty: nothing was counted yet.
  std::optional<policies::WallTime> count_again_at_;
  std::uint32_t unclean_in_a_row_ =
      0;  ///< passes that found something overdue, failed or were incomplete
  std::uint64_t seed_ = 1;
  Lifetime lifetime_;
};

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_RETENTION_KEEPER_H_
