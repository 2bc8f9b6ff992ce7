// One purge job at work: chooses its rooms from one fresh listing and purges (or counts) them in
// the order of their ids, several at a time. A room in a pool is purged by its subjects.
//
// It deletes only what was stored before it was asked for. It can be suspended and run again, and
// goes on where it stopped: a purge that is done twice deletes nothing more. Thread: the loop's.
// Ownership: the parts must outlive it.
#ifndef ROOMKEEPER_SIDECAR_PURGE_JOB_H_
#define ROOMKEEPER_SIDECAR_PURGE_JOB_H_

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "api/audit.h"
#include "api/jobs.h"
#include "policies/backoff.h"
#include "sidecar/audit_log.h"
#include "sidecar/inventory.h"
#include "sidecar/job_room_search.h"
#include "sidecar/job_rooms.h"
#include "sidecar/job_tally.h"
#include "sidecar/lifetime.h"
#include "sidecar/message_selection.h"
#include "sidecar/nats/jetstream.h"
#include "sidecar/pace.h"
#include "sidecar/pool_keeper.h"
#include "sidecar/runtime.h"
#include "sidecar/stream_purger.h"

namespace roomkeeper::sidecar {

/// A job deletes nothing that a deadline, a kick or a person's request has to wait for.
inline constexpr nats::Priority job_priority = nats::Priority::apply;
inline constexpr policies::BackoffLimits job_retry_limits{.first = std::chrono::milliseconds(250),
                                                          .longest = std::chrono::seconds(10)};

struct JobParts {
  Runtime& runtime;
  nats::JetStream& js;
  Inventory& inventory;
  StreamPurger& purger;
  AuditLog& audit;
  const PoolKeeper& pools;
  Pace& pace;  ///< of all jobs together
};

class PurgeJob {
 public:
  /// `record`: a new job's, or one that goes on. `on_state`: the state has changed; the job may be
  /// ended then, but must not be destroyed inside of it.
  PurgeJob(JobParts parts, const api::JobRecord& record, std::function<void()> on_state);
  PurgeJob(const PurgeJob&) = delete;
  PurgeJob& operator=(const PurgeJob&) = delete;

  const std::string& id() const { return view_.id; }
  bool is_dry() const { return view_.dry_run; }
  api::JobState state() const { return state_; }
  bool ended() const { return api::has_ended(state_); }
  bool at_work() const { return running_ && !ended(); }
  policies::WallTime created() const { return view_.created; }

  /// Begins, or goes on. No effect when it works or has ended.
  void run();
  /// Nothing can be done now (not connected, not allowed to act). What is under way ends by itself.
  void suspend();
  /// What is under way is finished, the rest is left.
  void abort();
  /// Ends it without having done anything more.
  void give_up(std::string detail);
  /// Rooms worked on at the same time.
  void set_window(std::size_t rooms) { window_ = rooms; }

  api::JobView view() const;
  api::JobRecord record() const;
  api::JobReply show(std::size_t limit, std::size_t offset);

 private:
  struct Retry {
    std::uint32_t tries = 0;
    policies::MonoTime since{};   ///< of the first failure
    std::uint64_t listed_at = 0;  ///< StreamPurger's, from before the stream was asked for
  };
  void look_for_rooms();
  void listed(policies::Result<std::vector<JobRoom>> rooms);
  void listing_failed(const std::string& detail);
  void begin_rooms(std::vector<JobRoom> rooms);
  void feed();
  std::optional<std::size_t> next_room();
  void drop_next();
  bool settle_at_once(std::size_t index);
  bool may_begin();
  void begin(std::size_t index);
  bool is_elsewhere(std::size_t index, const policies::RoomId& room);
  void ask_for(std::size_t index, const policies::RoomId& room);
  void refreshed(std::size_t index, const Home& home, policies::Result<nats::StreamInfo> info);
  void count_first(std::size_t index);
  void act(std::size_t index);
  void count(std::size_t index);
  void find_end(std::size_t index);
  void purge(std::size_t index, std::uint64_t before_seq);
  void purged(std::size_t index, const PurgeOutcome& outcome);
  void finish(std::size_t index, RoomOutcome outcome, std::uint64_t messages, std::uint64_t stored);
  void note_done(std::size_t index, RoomOutcome outcome, std::uint64_t messages,
                 std::uint64_t stored);
  void failed(std::size_t index, policies::Reason reason, const std::string& detail);
  void failed(std::size_t index, const policies::Error& error);
  void given_up(std::size_t index, policies::Reason reason, const std::string& detail);
  void count_room(RoomOutcome outcome);
  void left_off();
  void settle();
  void end(api::JobState state, policies::Reason reason, std::string detail);
  void tell_audit();
  void arm(policies::Nanoseconds delay);
  void arm_for_later();
  void set_state(api::JobState state);
  void show_work();
  MessageSelection selection_of(std::size_t index) const;

  JobParts parts_;
  api::JobView view_;  ///< without its counts
  std::function<void()> on_state_;
  JobTally tally_;
  Pace own_pace_;
  api::JobState state_ = api::JobState::queued;
  policies::WallTime limit_{};
  JobRoomSearch search_;
  std::vector<JobRoom> rooms_;  ///< as the tally's, without their names
  std::uint64_t listed_at_ = 0;
  std::size_t next_ = 0;
  std::deque<std::size_t> due_;                           ///< to be tried again now
  std::multimap<policies::MonoTime, std::size_t> later_;  ///< to be tried again then
  std::unordered_map<std::size_t, Retry> retries_;
  std::size_t open_ = 0;
  std::size_t window_ = 1;
  std::uint32_t listing_failures_ = 0;
  bool running_ = false;
  bool looking_ = false;     ///< a listing is under way, or will be asked for again
  bool look_again_ = false;  ///< once nothing is open any more
  bool aborting_ = false;
  bool feeding_ = false;  ///< a room that ends at once must not begin the next one inside of itself
  bool at_least_ = false;
  TimerId timer_ = 0;
  policies::MonoTime timer_at_{};
  std::vector<api::AuditRoom> told_;  ///< purged, not told to the audit yet
  Lifetime lifetime_;
};

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_PURGE_JOB_H_
