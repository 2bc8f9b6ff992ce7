#include "policies/move.h"

#include <algorithm>
#include <array>
#include <utility>

namespace roomkeeper::policies {
namespace {

constexpr std::array<std::string_view, move_state_count> move_state_names{
    "asked",   "copying",  "switching", "tail", "removing", "left",
    "keeping", "aborting", "failed",    "done", "aborted"};

constexpr Nanoseconds one_day = std::chrono::hours(24);

/// Which span of equal length a time lies in.
std::int64_t slice_of(WallTime at, Nanoseconds length) {
  const std::int64_t size = std::max<std::int64_t>(length.count(), 1);
  const std::int64_t since = at.time_since_epoch().count();
  return since >= 0 ? since / size : -1 - (-1 - since) / size;
}

Nanoseconds slice_length(const RetentionRule& rule) {
  const auto* age = std::get_if<KeepFor>(&rule);
  return age == nullptr ? one_day : age->age / ledger_slices;
}

bool is_same_group(const RetentionRule& rule, WallTime a, WallTime b) {
  if (std::holds_alternative<UntilMidnight>(rule)) return gone_at(rule, a) == gone_at(rule, b);
  const Nanoseconds length = slice_length(rule);
  return slice_of(a, length) == slice_of(b, length);
}

bool is_due(const RetentionRule& rule, const LedgerEntry& entry, WallTime now) {
  const std::optional<WallTime> due = gone_at(rule, entry.newest);
  return due && *due <= now;
}

bool by_seq(const LedgerEntry& a, const LedgerEntry& b) {
  return a.up_to < b.up_to;
}

}  // namespace

std::string_view to_string(MoveState state) {
  const auto index = static_cast<std::size_t>(state);
  return index < move_state_names.size() ? move_state_names[index] : move_state_names.front();
}

std::optional<MoveState> parse_move_state(std::string_view name) {
  const auto found = std::find(move_state_names.begin(), move_state_names.end(), name);
  if (found == move_state_names.end()) return std::nullopt;
  return static_cast<MoveState>(found - move_state_names.begin());
}

bool has_ended(MoveState state) {
  return state == MoveState::done || state == MoveState::aborted;
}

bool is_before_switch(MoveState state) {
  return state == MoveState::asked || state == MoveState::copying;
}

void MoveLedger::note(const RetentionRule& rule, std::uint64_t seq, WallTime original) {
  if (!entries_.empty()) {
    LedgerEntry& last = entries_.back();
    // An original that is older than one before it cannot go earlier than that one does.
    if (original <= last.newest || is_same_group(rule, last.newest, original)) {
      last.up_to = std::max(last.up_to, seq);
      last.newest = std::max(last.newest, original);
      return;
    }
  }
  entries_.push_back({.up_to = seq, .newest = original});
  shrink();
}

void MoveLedger::shrink() {
  if (entries_.size() <= ledger_entries_max) return;
  auto closest = entries_.begin();
  for (auto it = entries_.begin(); std::next(it) != entries_.end(); ++it) {
    const auto gap = [](auto at) { return std::next(at)->newest - at->newest; };
    if (gap(it) < gap(closest)) closest = it;
  }
  entries_.erase(closest);  // the later of the two speaks for both
}

bool MoveLedger::note_single(const RetentionRule& rule, std::uint64_t seq, WallTime original,
                             WallTime copied) {
  const bool goes_by_itself =
      std::holds_alternative<UntilMidnight>(rule)
          ? gone_at(rule, original) == gone_at(rule, copied)
          : copied - original <= std::min<Nanoseconds>(slice_length(rule), one_day);
  if (goes_by_itself || singles_.size() >= ledger_singles_max) return false;
  singles_.push_back({.up_to = seq, .newest = original});
  return true;
}

std::uint64_t MoveLedger::due_up_to(const RetentionRule& rule, WallTime now) const {
  std::uint64_t up_to = 0;
  for (const LedgerEntry& entry : entries_) {
    if (!is_due(rule, entry, now)) break;
    up_to = entry.up_to;
  }
  return up_to;
}

std::optional<std::uint64_t> MoveLedger::due_single(const RetentionRule& rule, WallTime now) const {
  for (const LedgerEntry& single : singles_) {
    if (is_due(rule, single, now)) return single.up_to;
  }
  return std::nullopt;
}

std::optional<WallTime> MoveLedger::next_due(const RetentionRule& rule) const {
  std::optional<WallTime> next;
  const auto take = [&](const LedgerEntry& entry) {
    const std::optional<WallTime> due = gone_at(rule, entry.newest);
    if (due && (!next || *due < *next)) next = due;
  };
  if (!entries_.empty()) take(entries_.front());
  for (const LedgerEntry& single : singles_) take(single);
  return next;
}

void MoveLedger::drop_up_to(std::uint64_t seq) {
  std::erase_if(entries_, [seq](const LedgerEntry& entry) { return entry.up_to <= seq; });
  std::erase_if(singles_, [seq](const LedgerEntry& single) { return single.up_to <= seq; });
}

void MoveLedger::drop_single(std::uint64_t seq) {
  std::erase_if(singles_, [seq](const LedgerEntry& single) { return single.up_to == seq; });
}

MoveLedger MoveLedger::of(std::vector<LedgerEntry> entries, std::vector<LedgerEntry> singles) {
  MoveLedger ledger;
  std::sort(entries.begin(), entries.end(), by_seq);
  std::sort(singles.begin(), singles.end(), by_seq);
  for (std::size_t i = 1; i < entries.size(); ++i)
    entries[i].newest = std::max(entries[i].newest, entries[i - 1].newest);
  ledger.entries_ = std::move(entries);
  ledger.singles_ = std::move(singles);
  return ledger;
}

}  // namespace roomkeeper::policies
