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
#include <string>
#include <vector>

#include "policies/observed.h"
#include "policies/retention.h"
#include "sidecar/inventory.h"
#include "sidecar/lifetime.h"
#include "sidecar/nats/jetstream.h"
#include "sidecar/room_directory.h"
#include "sidecar/runtime.h"

namespace roomkeeper::sidecar {

/// One zone's book-keeping, for status.
struct ZoneState {
  const date::time_zone* zone = nullptr;
  std::optional<policies::WallTime> closed;  ///< the last deadline that was closed
  policies::Nanoseconds closed_late{};       ///< server time of the proof, less the deadline
  bool watched = false;                      ///< a deadline was seen coming (else it is made up)
  std::uint64_t rooms = 0;
  std::uint64_t overdue_rooms = 0;
};

class RetentionKeeper {
 public:
  RetentionKeeper(Runtime& runtime, nats::JetStream& js, Inventory& inventory,
                  RoomDirectory& rooms);
  ~RetentionKeeper();
  RetentionKeeper(const RetentionKeeper&) = delete;
  RetentionKeeper& operator=(const RetentionKeeper&) = delete;

  /// Connected, allowed to act, and a listing is there: overdue deadlines are made up at once.
  void start();
  void stop();
  /// The server said that a stream was made or deleted: what this pass knows of it no longer holds.
  void note_stream_event(const std::string& stream);
  /// Rules may have changed: looks for zones and deadlines again.
  void look_again();

  const std::map<std::string, ZoneState, std::less<>>& zones() const { return zones_; }
  /// How long the oldest overdue message is overdue, over all rooms; 0 when none is.
  policies::Nanoseconds overdue() const { return overdue_; }
  /// The rule in force for a stream of ours; nullptr when its mark says none that is understood.
  const policies::RetentionRule* rule_of(const policies::ObservedStream& stream);

 private:
  struct Pass;
  struct Candidate;
  struct Overdue {
    policies::Nanoseconds oldest{};
    std::uint64_t rooms = 0;
  };
  std::optional<policies::WallTime> limit_of(const policies::ObservedStream& stream,
                                             policies::WallTime now);
  void schedule();
  void schedule_after(policies::Nanoseconds delay);
  void count_zones();
  void begin_pass();
  void listed(policies::Result<policies::ObservedStreams> listing);
  void collect(const policies::ObservedStreams& listing);
  bool clock_is_sound(policies::WallTime server_time);
  void feed();
  void submit(const Candidate& candidate);
  void look_up(const Candidate& candidate);
  void verify(const Candidate& candidate, const nats::Cut& cut);
  void ask_for_tail(const Candidate& candidate, policies::CutEvidence evidence);
  void purge(const Candidate& candidate, const policies::CutEvidence& evidence);
  void purged(const Candidate& candidate, const policies::CutEvidence& evidence,
              policies::Result<std::uint64_t> count);
  void finished(bool ok);
  void end_pass();
  void close_deadlines(policies::WallTime server_time);
  void publish_metrics();

  Runtime& runtime_;
  nats::JetStream& js_;
  Inventory& inventory_;
  RoomDirectory& rooms_;
  bool running_ = false;
  TimerId timer_ = 0;
  std::unique_ptr<Pass> pass_;
  std::map<std::string, ZoneState, std::less<>> zones_;
  std::map<std::string, std::optional<policies::RetentionRule>, std::less<>>
      rules_;  ///< by the mark's text
  std::map<std::string, Overdue, std::less<>> templates_;
  policies::Nanoseconds overdue_{};
  std::uint32_t unclean_in_a_row_ =
      0;  ///< passes that found something overdue, failed or were incomplete
  std::uint64_t seed_ = 1;
  Lifetime lifetime_;
};

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_RETENTION_KEEPER_H_
