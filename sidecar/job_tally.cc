#include "sidecar/job_tally.h"

#include <algorithm>
#include <map>
#include <utility>

namespace roomkeeper::sidecar {
namespace {

constexpr std::size_t counted_most = 10'000;
constexpr std::size_t counted_after_end = 1'000;

bool more_messages(const api::JobRoom& a, const api::JobRoom& b) {
  return a.messages != b.messages ? a.messages > b.messages : a.room < b.room;
}

}  // namespace

void JobTally::Counts::add(RoomOutcome outcome) {
  if (outcome == RoomOutcome::done) ++done;
  if (outcome == RoomOutcome::skipped) ++skipped;
  if (outcome == RoomOutcome::failed) ++failed;
}

JobTally::JobTally(const api::JobRecord& record)
    : total_(record.job.rooms),
      all_{.done = record.job.rooms_done,
           .skipped = record.job.rooms_skipped,
           .failed = record.job.rooms_failed},
      behind_(all_),
      cursor_(record.cursor),
      messages_(record.job.messages),
      stored_(record.job.stored) {
  for (const api::JobFailure& failure : record.failures) {
    if (record.job.ended || failure.room <= cursor_) failures_.push_back(failure);
  }
}

void JobTally::begin(std::vector<std::string> rooms) {
  std::map<std::string, RoomOutcome, std::less<>> finished;
  for (std::size_t i = at_; i < rooms_.size(); ++i) {
    if (outcomes_[i] != RoomOutcome::open) finished.emplace(std::move(rooms_[i]), outcomes_[i]);
  }
  rooms_ = std::move(rooms);
  outcomes_.assign(rooms_.size(), RoomOutcome::open);
  at_ = 0;
  for (std::size_t i = 0; i < rooms_.size(); ++i) {
    const auto found = finished.find(rooms_[i]);
    if (found != finished.end()) outcomes_[i] = found->second;
  }
  total_ = std::max(behind_.sum() + rooms_.size(), all_.sum());
  move_cursor();
}

void JobTally::finish(std::size_t index, RoomOutcome outcome, std::uint64_t messages,
                      std::uint64_t stored) {
  outcomes_[index] = outcome;
  all_.add(outcome);
  messages_ += messages;
  if (outcome == RoomOutcome::done) stored_ += stored;
  if (messages > 0) {
    counted_.push_back({.room = rooms_[index], .messages = messages, .stored = stored});
    sorted_ = false;
    if (counted_.size() > 2 * counted_most) drop_smallest(counted_most);
  }
  move_cursor();
}

void JobTally::fail(std::size_t index, std::string reason, std::string detail) {
  if (failures_.size() < api::job_failures_max) {
    failures_.push_back(
        {.room = rooms_[index], .reason = std::move(reason), .detail = std::move(detail)});
  }
  finish(index, RoomOutcome::failed, 0, 0);
}

void JobTally::move_cursor() {
  while (at_ < rooms_.size() && outcomes_[at_] != RoomOutcome::open) {
    behind_.add(outcomes_[at_]);
    cursor_ = rooms_[at_];
    ++at_;
  }
}

void JobTally::write_counts(api::JobView& view, bool up_to_cursor) const {
  const Counts& counts = up_to_cursor ? behind_ : all_;
  view.rooms = total_;
  view.rooms_done = counts.done;
  view.rooms_skipped = counts.skipped;
  view.rooms_failed = counts.failed;
  view.messages = messages_;
  view.stored = stored_;
}

std::vector<api::JobRoom> JobTally::largest(std::size_t limit, std::size_t offset) {
  if (!sorted_) std::sort(counted_.begin(), counted_.end(), more_messages);
  sorted_ = true;
  const std::size_t from = std::min(offset, counted_.size());
  const std::size_t to = from + std::min(limit, counted_.size() - from);
  return {counted_.begin() + static_cast<std::ptrdiff_t>(from),
          counted_.begin() + static_cast<std::ptrdiff_t>(to)};
}

void JobTally::drop_smallest(std::size_t most) {
  std::sort(counted_.begin(), counted_.end(), more_messages);
  sorted_ = true;
  if (counted_.size() > most) counted_.resize(most);
}

void JobTally::shrink() {
  drop_smallest(counted_after_end);
  counted_.shrink_to_fit();
  rooms_ = {};
  outcomes_ = {};
  at_ = 0;
}

}  // namespace roomkeeper::sidecar
