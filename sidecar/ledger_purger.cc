#include "sidecar/ledger_purger.h"

#include <algorithm>
#include <utility>

namespace roomkeeper::sidecar {
namespace {

using nats::Priority;
using nats::StreamInfo;
using policies::Reason;
using policies::Result;
using policies::RetentionRule;
using policies::WallTime;

using namespace std::chrono_literals;

constexpr policies::Nanoseconds retry_after = 5s;
constexpr policies::Nanoseconds look_at_first_every = 1h;
/// A purge that comes later than this after its instant is called made up.
constexpr policies::Nanoseconds late = 60s;

}  // namespace

void LedgerPurger::set_home(std::string stream, std::string filter) {
  stream_ = std::move(stream);
  filter_ = std::move(filter);
  first_looked_ = parts_.runtime.clock.mono();
}

/// The last sequence that the ledger knows.
std::uint64_t LedgerPurger::last_known() const {
  const std::uint64_t groups = ledger_.entries().empty() ? 0 : ledger_.entries().back().up_to;
  const std::uint64_t singles = ledger_.singles().empty() ? 0 : ledger_.singles().back().up_to;
  return std::max(groups, singles);
}

std::vector<RetentionRule> LedgerPurger::rules() const {
  const policies::ObservedStream* stream = parts_.inventory.streams().find(stream_);
  if (stream == nullptr) return {};
  const RetentionRule* applied = parts_.rules.rule_of(*stream);
  if (applied == nullptr) return {};
  std::vector<RetentionRule> rules{*applied};
  const RetentionRule* wanted = parts_.rules.wanted_of(*stream);
  if (wanted != nullptr && *wanted != *applied && !parts_.rules.waits_for_consent(*stream))
    rules.push_back(*wanted);
  return rules;
}

/// Nothing goes before all of the rules say so.
std::optional<WallTime> LedgerPurger::next_due() const {
  std::optional<WallTime> next;
  for (const RetentionRule& rule : rules()) {
    const std::optional<WallTime> due = ledger_.next_due(rule);
    if (!due) return std::nullopt;
    next = next ? std::max(*next, *due) : *due;
  }
  return next;
}

bool LedgerPurger::is_gone(WallTime original) const {
  const std::vector<RetentionRule> all = rules();
  const WallTime now = parts_.inventory.server_now();
  return !all.empty() && std::all_of(all.begin(), all.end(), [&](const RetentionRule& rule) {
    const std::optional<WallTime> due = policies::gone_at(rule, original);
    return due && *due <= now;
  });
}

std::uint64_t LedgerPurger::due_up_to(WallTime now) const {
  std::optional<std::uint64_t> up_to;
  for (const RetentionRule& rule : rules()) {
    const std::uint64_t by_rule = ledger_.due_up_to(rule, now);
    up_to = up_to ? std::min(*up_to, by_rule) : by_rule;
  }
  return up_to.value_or(0);
}

std::optional<std::uint64_t> LedgerPurger::due_single(WallTime now) const {
  std::optional<std::uint64_t> due;
  const std::vector<RetentionRule> all = rules();
  for (const RetentionRule& rule : all) {
    const std::optional<std::uint64_t> by_rule = ledger_.due_single(rule, now);
    if (!by_rule || (due && *due != *by_rule)) return std::nullopt;
    due = by_rule;
  }
  return due;
}

void LedgerPurger::suspend() {
  ++epoch_;
  busy_ = false;
}

void LedgerPurger::tick() {
  if (busy_ || stream_.empty() || ledger_.empty() || created_ == WallTime{}) return;
  const policies::MonoTime now = parts_.runtime.clock.mono();
  if (now < not_before_) return;
  const std::optional<WallTime> next = next_due();
  if (next && *next <= parts_.inventory.server_now()) return look();
  if (now - first_looked_ >= look_at_first_every) look_at_first();
}

/// The server's own time decides, and the stream as it is now.
void LedgerPurger::look() {
  busy_ = true;
  const std::uint64_t mark = parts_.purger.event_mark();
  parts_.js.info(Priority::purge, stream_,
                 lifetime_.guard([this, mark, epoch = epoch_](const Result<StreamInfo>& info) {
                   if (epoch != epoch_) return;
                   if (info) return due(*info, mark);
                   if (info.error().server_code == nats::server_code::stream_not_found) {
                     ledger_ = {};  // the copies went with it
                     return end({}, 0);
                   }
                   parts_.runtime.log.warn("move.ledger_waits",
                                           {{"stream", stream_}, {"error", info.error()}});
                   end(retry_after, 0);
                 }));
}

void LedgerPurger::due(const StreamInfo& info, std::uint64_t mark) {
  if (policies::judge_skew(parts_.runtime.clock.wall(), info.server_time) ==
      policies::Skew::too_far) {
    parts_.runtime.log.warn("move.ledger_waits",
                            {{"stream", stream_}, {"reason", Reason::clock_skew}});
    return end(retry_after, 0);
  }
  if (info.stream.stored.created != created_) {
    parts_.runtime.log.warn("move.ledger_waits",
                            {{"stream", stream_}, {"reason", Reason::stream_recreated}});
    ledger_ = {};  // the copies went with the stream that it was
    return end({}, 0);
  }
  const std::uint64_t up_to = due_up_to(info.server_time);
  const std::optional<std::uint64_t> single = due_single(info.server_time);
  if (up_to == 0 && !single) return end({}, 0);
  tellers_.before(lifetime_.guard([this, info, mark, up_to, single, epoch = epoch_] {
    if (epoch != epoch_) return;
    if (up_to != 0) return purge(info, mark, up_to);
    remove_single(*single);
  }));
}

void LedgerPurger::purge(const StreamInfo& info, std::uint64_t mark, std::uint64_t up_to) {
  const std::optional<WallTime> when = next_due();
  PurgeOrder order;
  order.stream = info.stream;
  // What bounds it is the sequence: the copies themselves are younger than their originals.
  order.limit = info.server_time + 1s;
  order.before_seq = up_to + 1;
  order.filter = filter_;
  order.reason = when && info.server_time - *when > late ? Reason::made_up : Reason::midnight;
  order.listed_at = mark;
  auto look = lifetime_.guard([this, up_to, at = info.server_time](bool& still_due) {
    still_due = due_up_to(at) >= up_to;
  });
  order.still_due = [look]() mutable {
    bool still_due = false;
    look(still_due);
    return still_due;
  };
  parts_.purger.purge(
      std::move(order), lifetime_.guard([this, up_to, epoch = epoch_](const PurgeOutcome& outcome) {
        if (epoch != epoch_) return;
        if (!outcome.ok()) return end(retry_after, 0);
        ledger_.drop_up_to(up_to);
        parts_.runtime.log.info("move.ledger_purged", {{"stream", stream_},
                                                       {"filter", filter_},
                                                       {"up_to", up_to},
                                                       {"messages", outcome.messages}});
        end({}, outcome.messages);
      }));
}

void LedgerPurger::remove_single(std::uint64_t seq) {
  const Deletion deletion{.stream = stream_, .filter = filter_, .up_to = seq + 1};
  parts_.gate.enter(deletion, lifetime_.guard([this, seq, deletion,
                                               epoch = epoch_](Reason verdict) {
    if (verdict != Reason::ok) {
      if (epoch == epoch_) end(retry_after, 0);
      return;
    }
    nats::delete_message(parts_.js, Priority::purge, stream_, seq,
                         lifetime_.guard([this, seq, deletion, epoch](const Result<bool>& gone) {
                           parts_.gate.leave(deletion);
                           if (epoch != epoch_) return;
                           if (!gone) return end(retry_after, 0);
                           ledger_.drop_single(seq);
                           parts_.inventory.mark_dirty(stream_);
                           end({}, *gone ? 1 : 0);
                         }));
  }));
}

/// What the stream's own limits took, or somebody purged, needs no entry any more.
void LedgerPurger::look_at_first() {
  busy_ = true;
  first_looked_ = parts_.runtime.clock.mono();
  nats::whole_message_from(
      parts_.js, Priority::list, stream_, 1, filter_,
      lifetime_.guard([this, last = last_known(),
                       epoch = epoch_](const Result<std::optional<nats::WholeMessage>>& read) {
        if (epoch != epoch_) return;
        const bool no_stream =
            !read && read.error().server_code == nats::server_code::stream_not_found;
        if (read && *read) {
          ledger_.drop_up_to((*read)->seq - 1);
        } else if (read || no_stream) {
          ledger_.drop_up_to(last);
        }
        end({}, 0);
      }));
}

void LedgerPurger::end(policies::Nanoseconds pause, std::uint64_t messages) {
  busy_ = false;
  not_before_ = parts_.runtime.clock.mono() + pause;
  tellers_.after(messages);
}

}  // namespace roomkeeper::sidecar
