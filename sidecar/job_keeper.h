// All purge jobs: takes them in, lets a few work at a time, remembers them.
//
// A job that deletes is recorded in the state bucket (`job.<id>`) before its first purge, at least
// every second while it works, and at its end; after a restart or a lost connection it goes on
// behind the last room that was recorded. A dry run lives in memory only. A record that cannot be
// read is shown and left alone. Thread: the loop's.
#ifndef ROOMKEEPER_SIDECAR_JOB_KEEPER_H_
#define ROOMKEEPER_SIDECAR_JOB_KEEPER_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "api/audit.h"
#include "api/jobs.h"
#include "api/types.h"
#include "sidecar/audit_log.h"
#include "sidecar/inventory.h"
#include "sidecar/lifetime.h"
#include "sidecar/nats/jetstream.h"
#include "sidecar/pace.h"
#include "sidecar/pool_keeper.h"
#include "sidecar/purge_job.h"
#include "sidecar/runtime.h"
#include "sidecar/state_keeper.h"
#include "sidecar/stream_purger.h"

namespace roomkeeper::sidecar {

inline constexpr std::size_t jobs_at_work_max = 4;
inline constexpr std::size_t jobs_not_ended_max = 32;
inline constexpr std::size_t jobs_ended_max = 100;  ///< older ones are forgotten
inline constexpr std::size_t dry_jobs_ended_max = 20;

class JobKeeper {
 public:
  using Asked = std::function<void(api::ApiResult<api::JobView>)>;

  JobKeeper(Runtime& runtime, nats::JetStream& js, Inventory& inventory, StreamPurger& purger,
            AuditLog& audit, StateKeeper& state, const PoolKeeper& pools);
  JobKeeper(const JobKeeper&) = delete;
  JobKeeper& operator=(const JobKeeper&) = delete;

  /// Connected, allowed to act, and the state was read: jobs begin, or go on.
  void start();
  void stop();
  /// Another replica has led since: what it did to the jobs is in the bucket, and what is
  /// remembered here is not true any more. Dry runs stay. REQUIRES: stopped.
  void forget();
  /// The configuration may have changed.
  void look_again();
  /// Called when a job that deletes has ended: what is stored has changed.
  void on_purged(std::function<void()> handler) { on_purged_ = std::move(handler); }

  /// REQUIRES: a checked request. Completes when the job is recorded, or has begun where it is a
  /// dry run. Errors: busy, unsafe (clocks too far apart for a bound in time), not_connected, ...
  void ask(const api::PurgeRequest& request, const api::Actor& actor, const Asked& done);
  api::JobListReply list(std::uint64_t limit, std::uint64_t offset) const;
  /// Null: no such job. Valid until the loop goes on.
  PurgeJob* find(const std::string& id) const;
  /// Errors: job_not_found, conflict (it has ended).
  api::ApiResult<api::JobView> abort(const std::string& id, const api::Actor& actor);

 private:
  struct Entry {
    std::unique_ptr<PurgeJob> job;
    std::string written;    ///< its record, as the bucket has it
    bool recorded = false;  ///< it is in the bucket, or needs not be: it may begin
    bool writing = false;
    bool told_end = false;
    bool end_written = false;  ///< nothing is left to be written
  };
  void take_records();
  void take_record(const std::string& id, const std::string& value);
  void asked(const api::PurgeRequest& request, const api::Actor& actor, policies::WallTime created,
             const Asked& done);
  void recorded(const std::string& id, const policies::Result<>& written, const Asked& done);
  PurgeJob& add(const api::JobRecord& record);
  std::string new_id(policies::WallTime created) const;
  void changed();
  void schedule();
  void tell_ends();
  void tell_end(const PurgeJob& job);
  void tell_audit(const api::JobView& job, policies::Reason reason, const api::Actor& actor,
                  std::string text, bool ok);
  void save(const std::string& id, Entry& entry);
  void save_all();
  void forget_old();
  void publish_metrics();
  std::size_t not_ended() const;

  Runtime& runtime_;
  nats::JetStream& js_;
  Inventory& inventory_;
  StreamPurger& purger_;
  AuditLog& audit_;
  StateKeeper& state_;
  const PoolKeeper& pools_;
  std::function<void()> on_purged_ = [] {};
  Pace pace_;
  bool running_ = false;
  std::size_t being_asked_ = 0;
  std::map<std::string, Entry> jobs_;              ///< by id: the oldest first
  std::map<std::string, std::string> unreadable_;  ///< id -> what is wrong with its record
  bool change_posted_ = false;
  TimerId timer_ = 0;
  Lifetime lifetime_;
};

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_JOB_KEEPER_H_
