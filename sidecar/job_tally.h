// How far a purge job is: which rooms are done, what went, and up to which room nothing is left to
// do. Pure. Thread: the loop's.
#ifndef ROOMKEEPER_SIDECAR_JOB_TALLY_H_
#define ROOMKEEPER_SIDECAR_JOB_TALLY_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "api/jobs.h"

namespace roomkeeper::sidecar {

enum class RoomOutcome : std::uint8_t { open, done, skipped, failed };

class JobTally {
 public:
  /// Goes on where a record stopped: what failed behind its cursor is tried again.
  explicit JobTally(const api::JobRecord& record);

  /// The rooms beyond the cursor, sorted. What was finished before keeps its outcome.
  void begin(std::vector<std::string> rooms);
  std::size_t size() const { return rooms_.size(); }
  const std::string& room(std::size_t index) const { return rooms_[index]; }
  bool is_open(std::size_t index) const { return outcomes_[index] == RoomOutcome::open; }

  /// REQUIRES: is_open(index). `messages`: deleted, or would be; `stored`: before.
  void finish(std::size_t index, RoomOutcome outcome, std::uint64_t messages, std::uint64_t stored);
  void fail(std::size_t index, std::string reason, std::string detail);

  /// All rooms up to this one are finished; empty: none is.
  const std::string& cursor() const { return cursor_; }
  std::uint64_t failed() const { return all_.failed; }
  std::uint64_t messages() const { return messages_; }
  /// Fills in the counts: of all rooms, or only of those up to the cursor.
  void write_counts(api::JobView& view, bool up_to_cursor) const;
  const std::vector<api::JobFailure>& failures() const { return failures_; }
  /// A page of the rooms with messages that went, the most first; bounded: of very many rooms those
  /// with the fewest messages are left out.
  std::vector<api::JobRoom> largest(std::size_t limit, std::size_t offset);
  std::size_t counted() const { return counted_.size(); }
  /// The job has ended: keeps only what is still asked for.
  void shrink();

 private:
  struct Counts {
    std::uint64_t done = 0;
    std::uint64_t skipped = 0;
    std::uint64_t failed = 0;
    std::uint64_t sum() const { return done + skipped + failed; }
    void add(RoomOutcome outcome);
  };
  void move_cursor();
  void drop_smallest(std::size_t most);

  std::vector<std::string> rooms_;
  std::vector<RoomOutcome> outcomes_;  ///< as rooms_
  std::size_t at_ = 0;                 ///< rooms_ below it are finished
  std::uint64_t total_ = 0;
  Counts all_;
  Counts behind_;  ///< up to the cursor
  std::string cursor_;
  std::uint64_t messages_ = 0;
  std::uint64_t stored_ = 0;
  std::vector<api::JobFailure> failures_;
  std::vector<api::JobRoom> counted_;
  bool sorted_ = true;
};

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_JOB_TALLY_H_
