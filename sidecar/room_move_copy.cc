// The copying part of a move: finding what was copied already, copying on, checking it, and taking
// it away again.
#include <algorithm>
#include <utility>

#include "api/codec.h"
#include "policies/backoff.h"
#include "policies/rfc3339.h"
#include "sidecar/nats/room_count.h"
#include "sidecar/room_move.h"
#include "sidecar/silence.h"

namespace roomkeeper::sidecar {
namespace {

using metrics::MetricId;
using nats::Priority;
using nats::WholeMessage;
using policies::ErrorCode;
using policies::MoveState;
using policies::Reason;
using policies::Result;
using policies::WallTime;

using namespace std::chrono_literals;

constexpr policies::BackoffLimits copy_retry{.first = 500ms, .longest = 30s};
constexpr policies::Nanoseconds tail_interval = 1s;
constexpr policies::Nanoseconds scan_interval = 10s;
constexpr policies::Nanoseconds short_wait = 200ms;
/// A copy is acknowledged a moment after it was stored, and our idea of the server's time is a
/// little off: what was stored so close to a midnight is looked after in any case.
constexpr policies::Nanoseconds clock_margin = 2s;
/// Rounds in which something new had come in, before the switch is made all the same.
constexpr std::uint32_t rounds_max = 20;
/// Refusals in a row.
constexpr std::uint32_t troubles_max = 5;
constexpr std::uint64_t attempts_max = 3;
/// Copies that were made and not recorded: of about a second.
constexpr std::size_t found_max = 100'000;

std::string_view header_of(const Headers& headers, std::string_view name) {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

std::optional<WallTime> time_in(const Headers& headers) {
  const auto time = policies::parse_rfc3339(header_of(headers, moved_time_header));
  return time ? std::optional(*time) : std::nullopt;
}

}  // namespace

// --- what was copied already

/// Copies behind the last one that is recorded.
void RoomMove::scan() {
  if (copier_ && !copier_->idle()) return wait(short_wait, "", [this] { scan(); });
  // What says to be the copy of something that was not there yet is none.
  count_all_of_origin([this](std::uint64_t last_seq) {
    const auto found = std::make_shared<std::deque<Copied>>();
    scan_from(record_.scan_from + 1, found, [this, found, last_seq] {
      std::erase_if(*found, [last_seq](const Copied& copy) { return copy.origin_seq > last_seq; });
      found_last_ = found->empty() ? 0 : found->back().copy_seq;
      settle_expired(found->size(), [this, found] { copy_on(std::move(*found)); });
    });
  });
}

/// The last sequence that the old home ever had.
void RoomMove::count_all_of_origin(std::function<void(std::uint64_t)> then) {
  parts_.js.info(Priority::apply, record_.move.from.stream,
                 later([this, then](const Result<nats::StreamInfo>& info) {
                   if (info) return then(info->stream.stored.last_seq);
                   if (info.error().server_code == nats::server_code::stream_not_found) {
                     return fail(Reason::stream_recreated,
                                 "the old home " + record_.move.from.stream + " is gone");
                   }
                   wait(tail_interval, info.error().text, [this] { step(); });
                 }));
}

void RoomMove::scan_from(std::uint64_t seq, Found found, Step then) {
  nats::whole_message_from(
      parts_.js, Priority::apply, record_.move.to.stream, seq, to_filter(),
      later([this, found, then](const Result<std::optional<WholeMessage>>& read) {
        const bool is_gone =
            !read && read.error().server_code == nats::server_code::stream_not_found;
        if (is_gone && state_ == MoveState::aborting) return stay();
        if (!read) return wait(tail_interval, read.error().text, [this] { step(); });
        if (!*read) return then();
        const WholeMessage& message = **read;
        const auto from = parse_moved(header_of(message.headers, moved_header));
        const std::uint64_t last = found->empty() ? record_.cursor : found->back().origin_seq;
        if (from && from->stream == record_.move.from.stream && from->seq > last) {
          found->push_back({.origin_seq = from->seq,
                            .original = time_in(message.headers).value_or(message.time),
                            .copy_seq = message.seq,
                            .content = content_of(message)});
        }
        if (found->size() > found_max) {
          return fail(Reason::unsafe_cut,
                      "more copies than were recorded are in " + record_.move.to.stream);
        }
        scan_from(message.seq + 1, found, then);
      }));
}

/// A purge of the ledger was sent, and it is not known what it deleted.
void RoomMove::settle_expired(std::uint64_t found, Step then) {
  if (!record_.purging || purger_.busy()) return then();
  if (!policies::is_before_switch(state_)) {
    record_.purging = false;
    return then();
  }
  count(record_.move.to.stream, to_filter(), is_pooled_to(),
        [this, found, then](std::uint64_t messages, std::uint64_t) {
          const std::uint64_t made = record_.move.copied + found;
          record_.move.expired = made - std::min(made, messages);
          record_.purging = false;
          then();
        });
}

// --- copying

void RoomMove::copy_on(std::deque<Copied> known) {
  if (!copier_) {
    copier_ = std::make_unique<MoveCopier>(
        parts_.runtime, parts_.bus, parts_.js, parts_.pace,
        CopyRoute{.from_stream = record_.move.from.stream,
                  .from_filter = from_filter(),
                  .to_stream = record_.move.to.stream,
                  .to_prefix = to_prefix()},
        MoveCopier::Tellers{
            .original_of = [this](const WholeMessage& message) { return original_of(message); },
            .is_gone = [this](WallTime original) { return purger_.is_gone(original); },
            .copied = [this](const Copied& copied) { note_copied(copied); },
            .caught_up = [this] { caught_up(); },
            .trouble = [this](const policies::Error& error, bool gap) { trouble(error, gap); }});
  }
  const bool is_tail = state_ == MoveState::tail;
  const std::string stem =
      is_tail
          ? "roomkeeper-move-" +
                std::to_string(record_.move.asked.value_or(WallTime{}).time_since_epoch().count()) +
                "-" + room_.text() + "-"
          : "";
  copier_->run(record_.cursor, std::move(known), record_.last_copy, is_tail ? 1 : copy_window_max,
               stem);
}

/// The header of a copy says when its original was stored; it is believed where it is known that
/// we wrote it.
WallTime RoomMove::original_of(const WholeMessage& message) const {
  const bool is_copy = record_.kept_stream == record_.move.from.stream &&
                       message.seq <= record_.kept_last &&
                       !header_of(message.headers, moved_header).empty();
  const std::optional<WallTime> said = is_copy ? time_in(message.headers) : std::nullopt;
  return said ? std::min(*said, message.time) : message.time;
}

void RoomMove::note_copied(const Copied& copied) {
  record_.cursor = std::max(record_.cursor, copied.origin_seq);
  troubles_ = 0;
  if (copied.copy_seq == 0) {
    ++record_.move.skipped;
    return;
  }
  ++record_.move.copied;
  parts_.runtime.metrics.add(MetricId::moved_messages_total);
  record_.last_origin = copied.origin_seq;
  record_.last_copy = copied.copy_seq;
  record_.scan_from = std::max(record_.scan_from, copied.copy_seq);
  const std::vector<policies::RetentionRule> rules = purger_.rules();
  const policies::RetentionRule rule =
      rules.empty() ? policies::RetentionRule(policies::KeepForever{}) : rules.front();
  if (state_ == MoveState::tail) {
    ledger_.note_single(rule, copied.copy_seq, copied.original,
                        parts_.inventory.server_now() + clock_margin);
  } else {
    ledger_.note(rule, copied.copy_seq, copied.original);
  }
}

void RoomMove::trouble(const policies::Error& error, bool gap) {
  parts_.runtime.log.warn("move.trouble", {{"room", room_.text()}, {"error", error}});
  if (gap) {
    if (state_ == MoveState::copying) return begin_again(error.text);
    return fail(Reason::unsafe_cut, error.text);
  }
  draining_ = false;
  if (!is_silent(error) && ++troubles_ > troubles_max)
    return fail(Reason::server_refused, error.text);
  wait(policies::backoff(copy_retry, std::max<std::uint32_t>(troubles_, 1), record_.cursor + 1),
       error.text, [this] { step(); });
}

void RoomMove::begin_again(const std::string& why) {
  if (record_.attempt >= attempts_max) {
    return fail(Reason::unsafe_cut,
                "given up after " + std::to_string(record_.attempt) + " attempts: " + why);
  }
  parts_.runtime.log.warn("move.begins_again",
                          {{"room", room_.text()}, {"attempt", record_.attempt}, {"text", why}});
  ++record_.attempt;
  const std::uint64_t last = std::max(record_.last_copy, std::exchange(found_last_, 0));
  record_.cursor = record_.last_origin = record_.last_copy = record_.scan_from = 0;
  record_.move.copied = record_.move.skipped = record_.move.expired = 0;
  ledger_ = {};
  save([this, last] { purge_copies(last); });
}

void RoomMove::purge_copies(std::uint64_t up_to) {
  removal_.purge({.room = room_,
                  .stream = record_.move.to.stream,
                  .filter = is_pooled_to() ? to_filter() : "",
                  .created = record_.to_created,
                  .up_to = up_to},
                 later([this, up_to](const Applied& applied) {
                   if (applied.done) {
                     state_ == MoveState::aborting ? give_back_home() : scan();
                     return;
                   }
                   if (applied.reason == Reason::stream_recreated)
                     return fail(applied.reason, applied.detail);
                   wait(tail_interval, applied.detail, [this, up_to] { purge_copies(up_to); });
                 }));
}

void RoomMove::caught_up() {
  if (state_ == MoveState::copying) return check_copies();
  if (state_ != MoveState::tail) return;
  draining_ ? verify() : poll_tail();
}

// --- checks before the switch

std::uint64_t RoomMove::copies_expected() const {
  return record_.move.copied - std::min(record_.move.copied, record_.move.expired);
}

void RoomMove::count(const std::string& stream, const std::string& filter, bool pooled,
                     std::function<void(std::uint64_t, std::uint64_t)> then) {
  const auto silent = [this](const policies::Error& error) {
    wait(tail_interval, error.text, [this] { step(); });
  };
  if (!pooled) {
    parts_.js.info(Priority::apply, stream,
                   later([then, silent](const Result<nats::StreamInfo>& info) {
                     if (!info) return silent(info.error());
                     then(info->stream.stored.messages, info->stream.stored.last_seq);
                   }));
    return;
  }
  nats::count_room(parts_.js, Priority::apply, stream, filter,
                   later([then, silent](const Result<nats::RoomCount>& counted) {
                     if (!counted) return silent(counted.error());
                     then(counted->messages, counted->last_seq);
                   }));
}

/// Every copy that was acknowledged is in the new home, and nothing else.
void RoomMove::check_copies() {
  if (purger_.busy()) return wait(short_wait, "", [this] { check_copies(); });
  count(record_.move.to.stream, to_filter(), is_pooled_to(),
        [this](std::uint64_t messages, std::uint64_t) {
          if (purger_.busy()) return wait(short_wait, "", [this] { check_copies(); });
          const std::uint64_t expected = copies_expected();
          if (messages == expected) return check_origin();
          const std::string counts = std::to_string(messages) + " messages where " +
                                     std::to_string(expected) + " copies are expected: ";
          fail(messages > expected ? Reason::not_empty : Reason::unsafe_cut,
               record_.move.to.stream + " has " + counts +
                   (messages > expected ? "somebody else has published " + to_filter()
                                        : "its limits may have taken some"));
        });
}

/// Nothing that the old home has was overlooked.
void RoomMove::check_origin() {
  count(record_.move.from.stream, from_filter(), is_pooled_from(),
        [this](std::uint64_t messages, std::uint64_t last_seq) {
          const std::uint64_t dealt_with = record_.move.copied + record_.move.skipped;
          if (last_seq > record_.cursor && messages > dealt_with && ++rounds_ <= rounds_max)
            return copy_on({});
          if (messages > dealt_with && last_seq <= record_.cursor) {
            return begin_again(record_.move.from.stream + " has " + std::to_string(messages) +
                               " messages, and " + std::to_string(dealt_with) + " were read");
          }
          advance(MoveState::switching);
        });
}

// --- the tail

void RoomMove::poll_tail() {
  const WallTime now = parts_.inventory.server_now();
  const WallTime over =
      record_.move.switched.value_or(now) + std::chrono::seconds(record_.move.grace_seconds);
  if (now >= over) return drain();
  const policies::MonoTime mono = parts_.runtime.clock.mono();
  wait(std::min<policies::Nanoseconds>(tail_interval, over - now), "", [this, mono] {
    if (mono - scanned_ < scan_interval) return copy_on({});
    // All copies are acknowledged: whatever is there now needs not be looked through again.
    scanned_ = mono;
    parts_.js.info(
        Priority::list, record_.move.to.stream, later([this](const Result<nats::StreamInfo>& info) {
          if (info) record_.scan_from = std::max(record_.scan_from, info->stream.stored.last_seq);
          copy_on({});
        }));
  });
}

void RoomMove::drain() {
  count(record_.move.from.stream, from_filter(), is_pooled_from(),
        [this](std::uint64_t messages, std::uint64_t last_seq) {
          drain_messages_ = messages;
          drain_last_ = last_seq;
          draining_ = true;
          copy_on({});
        });
}

void RoomMove::verify() {
  draining_ = false;
  const std::uint64_t dealt_with = record_.move.copied + record_.move.skipped;
  if (drain_messages_ > dealt_with) {
    return fail(Reason::unsafe_cut, record_.move.from.stream + " had " +
                                        std::to_string(drain_messages_) + " messages, and " +
                                        std::to_string(dealt_with) + " were read");
  }
  // Everything up to there was read; what is not there any more was deleted.
  if (!is_pooled_from()) record_.cursor = std::max(record_.cursor, drain_last_);
  compare_last();
}

/// The last copy is the last original, byte by byte, unless the rule has taken one of them.
void RoomMove::compare_last() {
  if (record_.last_copy == 0) return advance(MoveState::removing);
  parts_.js.info(Priority::apply, record_.move.to.stream,
                 later([this](const Result<nats::StreamInfo>& info) {
                   const bool is_gone =
                       !info && info.error().server_code == nats::server_code::stream_not_found;
                   if (!info && !is_gone)
                     return wait(tail_interval, info.error().text, [this] { compare_last(); });
                   if (is_gone || info->stream.stored.created != record_.to_created) {
                     return fail(Reason::stream_recreated,
                                 record_.move.to.stream + " is not the stream that was copied to");
                   }
                   compare_messages();
                 }));
}

void RoomMove::compare_messages() {
  nats::whole_message_from(
      parts_.js, Priority::apply, record_.move.from.stream, record_.last_origin, from_filter(),
      later([this](const Result<std::optional<WholeMessage>>& read) {
        if (!read) return wait(tail_interval, read.error().text, [this] { compare_last(); });
        if (!*read || (*read)->seq != record_.last_origin) return advance(MoveState::removing);
        nats::whole_message_from(
            parts_.js, Priority::apply, record_.move.to.stream, record_.last_copy, to_filter(),
            later([this, origin = **read](const Result<std::optional<WholeMessage>>& copy) {
              if (!copy) return wait(tail_interval, copy.error().text, [this] { compare_last(); });
              const bool is_there = *copy && (*copy)->seq == record_.last_copy;
              const bool is_same = is_there && (*copy)->data == origin.data &&
                                   user_of((*copy)->subject) == user_of(origin.subject);
              if (is_same || (!is_there && purger_.is_gone(original_of(origin))))
                return advance(MoveState::removing);
              fail(Reason::unsafe_cut,
                   "message " + std::to_string(record_.last_copy) + " of " +
                       record_.move.to.stream +
                       (is_there ? " is not the copy that was made" : " is not there any more"));
            }));
      }));
}

// --- taking it back

api::ApiResult<void> RoomMove::abort() {
  const MoveState where = state_ == MoveState::failed
                              ? policies::parse_move_state(record_.failed_in).value_or(state_)
                              : state_;
  if (!policies::is_before_switch(where) && where != MoveState::aborting) {
    return tl::unexpected(api::ApiError{
        api::ApiCode::conflict,
        "room '" + room_.text() + "' lives in " + record_.move.to.stream +
            " already: a move cannot be undone behind the switch; move it back instead",
        {}});
  }
  ++epoch_;  // whatever step is under way
  saving_ = false;
  parts_.runtime.loop.cancel(timer_);
  timer_ = 0;
  purger_.suspend();
  kept_purger_.suspend();
  if (copier_) copier_->stop();
  record_.failed_in.clear();
  advance(MoveState::aborting);
  return {};
}

void RoomMove::clear_copies() {
  if (copier_ && !copier_->idle()) return wait(short_wait, "", [this] { clear_copies(); });
  if (record_.to_created == WallTime{} || !record_.move.copy) return give_back_home();
  const auto found = std::make_shared<std::deque<Copied>>();
  scan_from(record_.scan_from + 1, found, [this, found] {
    count(record_.move.to.stream, to_filter(), is_pooled_to(),
          [this, found](std::uint64_t messages, std::uint64_t last_seq) {
            const std::uint64_t ours = copies_expected() + found->size();
            if (messages == 0) return give_back_home();
            if (messages <= ours) return purge_copies(last_seq);
            fail(Reason::not_empty,
                 "somebody else has published " + to_filter() + ": purge it, then abort again");
          });
  });
}

/// A stream that was made for the room goes again.
void RoomMove::give_back_home() {
  if (!record_.made_home || record_.to_created == WallTime{}) return stay();
  parts_.js.info(
      Priority::apply, record_.move.to.stream, later([this](const Result<nats::StreamInfo>& info) {
        if (!info && info.error().server_code == nats::server_code::stream_not_found) return stay();
        if (!info || info->stream.stored.messages > 0)
          return wait(tail_interval, "the new home is looked at", [this] { clear_copies(); });
        removal_.remove({.room = room_,
                         .stream = record_.move.to.stream,
                         .filter = {},
                         .created = record_.to_created,
                         .up_to = info->stream.stored.last_seq},
                        later([this](const Applied& applied) {
                          if (applied.done) return stay();
                          wait(tail_interval, applied.detail, [this] { clear_copies(); });
                        }));
      }));
}

/// The definition is as it was, and so is the ledger of an earlier move.
void RoomMove::stay() {
  const std::optional<std::string> now = parts_.state.room_json(room_);
  if (!record_.room_before.empty() && now && *now != record_.room_before) {
    parts_.state.put_room(room_, record_.room_before, later([this](const Result<>& written) {
                            if (!written)
                              return wait(tail_interval, written.error().text, [this] { stay(); });
                            parts_.reconciler.refresh_desired();
                            parts_.reconciler.mark_dirty();
                            stay();
                          }));
    return;
  }
  tell_audit(Reason::job_aborted, "aborted: stays in " + record_.move.from.stream, true);
  ledger_ = {};
  if (kept_.empty()) return end(MoveState::aborted);
  record_.move.to = record_.move.from;
  record_.last_copy = record_.kept_last;
  ledger_ = std::exchange(kept_, {});
  purger_.set_home(record_.kept_stream, record_.kept_filter);
  record_.kept_stream.clear();
  advance(MoveState::keeping);
}

}  // namespace roomkeeper::sidecar
