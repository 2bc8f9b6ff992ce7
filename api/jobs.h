// Purge jobs: what `purge` asks for, what `job.ls`, `job.show` and `job.abort` say, and the record
// that the state bucket keeps of a job (docs/operations.md, "Purge jobs").
//
// Plain values; texts may hold bytes of strangers. Times are server times, RFC 3339 UTC on the
// wire. Thread: any.
#ifndef ROOMKEEPER_API_JOBS_H_
#define ROOMKEEPER_API_JOBS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policies/time.h"

namespace roomkeeper::api {

enum class JobState : std::uint8_t {
  queued,   ///< waits for its turn
  running,  ///< works
  waiting,  ///< everything left waits: for the copy of a hold, or before it is tried again
  aborting,
  done,
  done_with_failures,  ///< ended; some rooms could not be purged
  failed,              ///< ended; could not go on
  aborted,
};
inline constexpr std::size_t job_state_count = static_cast<std::size_t>(JobState::aborted) + 1;
std::string_view to_string(JobState state);
std::optional<JobState> parse_job_state(std::string_view name);
bool has_ended(JobState state);

/// Which rooms, and which of their messages. Rooms: those named, or those that fit `match` and
/// `template` both.
struct PurgeSelection {
  std::vector<std::string> rooms;
  std::string match;          ///< glob on the id
  std::string template_name;  ///< JSON: "template"; the one that was applied
  std::string user;           ///< only messages of this user
  std::optional<policies::WallTime> before_time;
  std::optional<std::uint64_t> before_seq;  ///< exclusive; only with exactly one room
  std::optional<std::uint64_t> keep;        ///< 1 or more: the newest N of those that match stay
  bool operator==(const PurgeSelection&) const = default;
};
inline constexpr std::size_t purge_rooms_max = 100;  ///< named ones
inline constexpr std::size_t purge_match_max = 128;  ///< bytes
inline constexpr std::uint64_t purge_rate_max = 1'000'000;

struct PurgeRequest {
  PurgeSelection selection;  ///< its fields stand in the request itself
  /// Consent to deleting every message: required with `dry_run` false where neither user, nor a
  /// bound in time or sequence, nor `keep` narrows it.
  bool all = false;
  std::uint64_t rate = 0;  ///< rooms a second at most; 0: as configured
  bool dry_run = true;
};

/// A room that could not be purged.
struct JobFailure {
  std::string room;
  std::string reason;
  std::string detail;
};

struct JobView {
  std::string id;
  bool dry_run = true;
  PurgeSelection selection;
  std::uint64_t rate = 0;
  std::string who;               ///< what the requester said of itself
  policies::WallTime created{};  ///< nothing that was stored later goes
  std::optional<policies::WallTime> ended;
  std::string state;   ///< JobState's name; "unreadable" for a record that is not understood
  std::string reason;  ///< why it ended, where it was not done
  std::string detail;
  std::uint64_t rooms = 0;  ///< 0 until they were listed
  std::uint64_t rooms_done = 0;
  std::uint64_t rooms_skipped = 0;
  std::uint64_t rooms_failed = 0;
  std::uint64_t messages = 0;  ///< deleted; of a dry run: would be
  std::uint64_t stored = 0;    ///< in those rooms, before
  bool at_least = false;       ///< what went may be more: answers were lost
  std::uint64_t resumed = 0;   ///< how often it went on after a restart
};

struct JobListRequest {
  std::uint64_t limit = 50;  ///< 1..100
  std::uint64_t offset = 0;
};
/// The newest first.
struct JobListReply {
  std::vector<JobView> jobs;
  std::uint64_t total = 0;
};

struct JobRequest {
  std::string job;
};
struct JobShowRequest {
  std::string job;
  std::uint64_t limit = 100;  ///< rooms; 1..1000
  std::uint64_t offset = 0;
};
struct JobRoom {
  std::string room;
  std::uint64_t messages = 0;  ///< deleted, or would be
  std::uint64_t stored = 0;    ///< before
};
struct JobReply {
  JobView job;
  std::vector<JobFailure> failures;  ///< at most job_failures_max
  /// Rooms with messages that go, the most first. What went before a restart is not among them.
  std::vector<JobRoom> rooms;
  std::uint64_t total = 0;  ///< of `rooms`, all pages
};
inline constexpr std::size_t job_failures_max = 100;

/// What the state bucket keeps under `job.<id>`. Read strictly: a field that is not known might
/// narrow the job.
struct JobRecord {
  JobView job;         ///< rooms_done, _skipped and _failed count up to the cursor
  std::string cursor;  ///< all rooms up to this id are done; empty: none
  std::vector<JobFailure> failures;
};

std::string encode(const PurgeRequest& value);
std::string encode(const JobView& value);
std::string encode(const JobListRequest& value);
std::string encode(const JobListReply& value);
std::string encode(const JobRequest& value);
std::string encode(const JobShowRequest& value);
std::string encode(const JobReply& value);
std::string encode(const JobRecord& value);

}  // namespace roomkeeper::api

#endif  // ROOMKEEPER_API_JOBS_H_
