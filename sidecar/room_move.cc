#include "sidecar/room_move.h"

#include <algorithm>
#include <utility>

#include "api/codec.h"
#include "sidecar/move_record.h"
#include "sidecar/silence.h"
#include "sidecar/state_record.h"

namespace roomkeeper::sidecar {
namespace {

using api::ApiCode;
using metrics::MetricId;
using nats::Priority;
using nats::StreamInfo;
using policies::ErrorCode;
using policies::MoveState;
using policies::Reason;
using policies::Result;

using namespace std::chrono_literals;

constexpr policies::Nanoseconds retry_soon = 500ms;
constexpr policies::Nanoseconds retry_later = 10s;
constexpr policies::Nanoseconds left_interval = 60s;

}  // namespace

RoomMove::RoomMove(MoveParts& parts, policies::RoomId room, api::MoveRecord record,
                   std::function<void()> changed)
    : parts_(parts),
      room_(std::move(room)),
      record_(std::move(record)),
      changed_(std::move(changed)),
      state_(policies::parse_move_state(record_.move.state).value_or(MoveState::failed)),
      ledger_(ledger_of(record_.groups, record_.singles)),
      kept_(ledger_of(record_.kept_groups, record_.kept_singles)),
      purger_(parts, ledger_,
              {.before =
                   [this](Step then) {
                     record_.purging = true;
                     save(std::move(then));
                   },
               .after =
                   [this](std::uint64_t messages) {
                     record_.move.expired += messages;
                     record_.purging = false;
                     save_if_changed();
                   }}),
      kept_purger_(parts, kept_,
                   {.before = [](const Step& then) { then(); },
                    .after = [this](std::uint64_t) { save_if_changed(); }}),
      removal_(parts) {
  purger_.set_home(record_.move.to.stream, to_filter());
  if (!record_.kept_stream.empty()) kept_purger_.set_home(record_.kept_stream, record_.kept_filter);
}

// --- names

std::string RoomMove::key() const {
  return std::string(move_key_prefix) + room_.text();
}
bool RoomMove::is_pooled_from() const {
  return record_.move.from.layout == to_string(policies::Layout::pooled);
}
bool RoomMove::is_pooled_to() const {
  return record_.move.to.layout == to_string(policies::Layout::pooled);
}
std::string RoomMove::from_filter() const {
  return record_.move.from.subscribe_subject;
}
std::string RoomMove::to_filter() const {
  return record_.move.to.subscribe_subject;
}
/// `chat.lobby.general.*` without its last token.
std::string RoomMove::to_prefix() const {
  std::string prefix = to_filter();
  if (!prefix.empty()) prefix.pop_back();
  return prefix;
}

const policies::RoomSpec* RoomMove::wanted() const {
  return parts_.rooms.desired().find(room_);
}

bool RoomMove::names_target() const {
  const policies::RoomSpec* room = wanted();
  return room != nullptr && room->settings->template_name == record_.move.to.template_name &&
         to_string(room->settings->layout) == record_.move.to.layout;
}

bool RoomMove::is_copying() const {
  return at_work_ && (state_ == MoveState::copying || state_ == MoveState::asked ||
                      state_ == MoveState::switching);
}

api::MoveRecord RoomMove::fresh_record() const {
  api::MoveRecord record = record_;
  record.groups = groups_of(ledger_.entries());
  record.singles = groups_of(ledger_.singles());
  record.kept_groups = groups_of(kept_.entries());
  record.kept_singles = groups_of(kept_.singles());
  if (state_ != MoveState::failed) record.move.detail.clear();
  record.move.notes.clear();
  record.move.ledger = 0;
  record.move.next_due.reset();
  return record;
}

api::MoveView RoomMove::view() const {
  api::MoveView view = record_.move;
  view.ledger = ledger_.entries().size() + ledger_.singles().size();
  view.next_due = purger_.next_due();
  return view;
}

// --- the steps

bool RoomMove::is_ready_to_work() {
  if (parts_.inventory.has_listed() && parts_.pools.seen().roster.known) return true;
  wait(retry_soon, "the server's streams are being read", [this] { run(); });
  return false;
}

void RoomMove::run() {
  if (policies::has_ended(state_)) return;
  at_work_ = true;
  if (!is_ready_to_work()) return;
  save([this] { step(); });
}

void RoomMove::suspend() {
  if (at_work_ && !policies::has_ended(state_)) ++record_.move.resumed;
  ++epoch_;
  at_work_ = saving_ = draining_ = false;
  parts_.runtime.loop.cancel(timer_);
  timer_ = 0;
  copier_.reset();
  purger_.suspend();
  kept_purger_.suspend();
}

void RoomMove::tick() {
  if (!at_work_ || policies::has_ended(state_)) return;
  purger_.set_created(record_.to_created);
  purger_.tick();
  kept_purger_.set_created(record_.from_created);  // the old home of this is the new one of that
  kept_purger_.tick();
  save_if_changed();
  if (state_ == MoveState::keeping && ledger_.empty() && !purger_.busy()) end(MoveState::done);
}

void RoomMove::step() {
  switch (state_) {
    case MoveState::asked:
      return begin_asked();
    case MoveState::copying:
    case MoveState::tail:
      return scan();
    case MoveState::switching:
      return switch_over();
    case MoveState::removing:
      return remove_old();
    case MoveState::left:
      return watch_left();
    case MoveState::aborting:
      return clear_copies();
    case MoveState::keeping:
    case MoveState::failed:
    case MoveState::done:
    case MoveState::aborted:
      return;
  }
}

void RoomMove::advance(MoveState to) {
  state_ = to;
  record_.move.state = to_string(to);
  record_.move.detail.clear();
  parts_.runtime.log.info("move.state", {{"room", room_.text()}, {"state", to_string(to)}});
  changed_();
  save([this] { step(); });
}

/// Goes on when the record is in the bucket; a write that failed is tried again.
void RoomMove::save(Step then) {
  const std::string text = api::encode(fresh_record());
  parts_.state.put_entry(
      key(), text, later([this, text, then](const Result<>& written) {
        if (written) {
          written_ = text;
          written_once_ = true;
          return then();
        }
        parts_.runtime.log.warn("move.not_recorded",
                                {{"room", room_.text()}, {"error", written.error()}});
        parts_.runtime.loop.run_after(retry_soon, later([this, then] { save(then); }));
      }));
}

void RoomMove::save_if_changed() {
  if (saving_ || policies::has_ended(state_)) return;
  std::string text = api::encode(fresh_record());
  if (text == written_) return;
  saving_ = true;
  parts_.state.put_entry(key(), text, later([this, text](const Result<>& written) {
                           saving_ = false;
                           if (written) written_ = text;  // else the next tick tries again
                         }));
}

void RoomMove::wait(policies::Nanoseconds delay, std::string why, Step then) {
  record_.move.detail = std::move(why);
  parts_.runtime.loop.cancel(timer_);
  timer_ = parts_.runtime.loop.run_after(delay, later([this, then = std::move(then)] {
                                           timer_ = 0;
                                           then();
                                         }));
}

void RoomMove::fail(Reason reason, std::string text) {
  if (copier_) copier_->stop();
  record_.failed_in = to_string(state_);
  record_.move.reason = to_string(reason);
  parts_.runtime.log.error(
      "move.failed",
      {{"room", room_.text()}, {"state", record_.failed_in}, {"reason", reason}, {"text", text}});
  tell_audit(reason, "failed while " + record_.failed_in + ": " + text, false);
  state_ = MoveState::failed;
  record_.move.state = to_string(state_);
  record_.move.detail = std::move(text);
  changed_();
  save([] {});
}

void RoomMove::retry() {
  if (state_ != MoveState::failed) return;
  const MoveState back = policies::parse_move_state(record_.failed_in).value_or(MoveState::asked);
  record_.failed_in.clear();
  record_.move.reason.clear();
  troubles_ = rounds_ = 0;
  record_.attempt = std::max<std::uint64_t>(record_.attempt, 1);
  advance(back);
}

// --- asked: the definition and the new home

void RoomMove::begin_asked() {
  if (!record_.room_before.empty() && !names_target()) return define();
  ensure_home();
}

/// A room of the API gets its new template here, so that its pool is made.
void RoomMove::define() {
  const Result<std::string> room =
      merge_room(record_.room_before, template_patch(record_.move.to.template_name));
  if (!room) return fail(Reason::settings_changed, room.error().text);
  parts_.state.put_room(room_, *room, later([this](const Result<>& written) {
                          if (!written)
                            return wait(retry_soon, written.error().text, [this] { define(); });
                          parts_.reconciler.refresh_desired();
                          parts_.reconciler.mark_dirty();
                          ensure_home();
                        }));
}

void RoomMove::ensure_home() {
  if (!names_target()) {
    return fail(Reason::settings_changed, "the room's definition does not name template " +
                                              record_.move.to.template_name + " any more");
  }
  is_pooled_to() ? ensure_pool() : ensure_stream();
}

/// The planner makes it, because a room wants it now.
void RoomMove::ensure_pool() {
  const policies::ObservedStream* pool = parts_.inventory.streams().find(record_.move.to.stream);
  const bool ours = pool != nullptr && pool->config.mark && pool->config.mark->is_pool() &&
                    pool->config.mark->instance == parts_.runtime.config->instance;
  if (ours && pool->has_leader) return home_is_there(*pool);
  wait(retry_soon, "waits for stream " + record_.move.to.stream, [this] { ensure_home(); });
}

void RoomMove::ensure_stream() {
  parts_.js.info(Priority::apply, record_.move.to.stream, later([this](Result<StreamInfo> info) {
                   if (!info) {
                     if (info.error().server_code == nats::server_code::stream_not_found)
                       return create_stream();
                     return wait(retry_soon, info.error().text, [this] { ensure_home(); });
                   }
                   const auto& mark = info->stream.config.mark;
                   if (!mark || mark->instance != parts_.runtime.config->instance ||
                       mark->room != room_.text()) {
                     return fail(Reason::unmarked_stream, "stream " + record_.move.to.stream +
                                                              " is there and is not this room's");
                   }
                   parts_.inventory.put(info->stream, info->server_time);
                   home_is_there(info->stream);
                 }));
}

void RoomMove::create_stream() {
  const policies::StreamConfig config =
      policies::wanted_stream(*wanted(), parts_.runtime.names(), parts_.runtime.config->instance);
  const auto seen = parts_.inventory.seen().find(record_.move.to.stream);
  const std::uint64_t first =
      seen == parts_.inventory.seen().end() ? 0 : seen->second.highest_seq + 1;
  record_.made_home = true;
  save([this, config, first] {
    parts_.js.create(
        Priority::apply, record_.move.to.stream, config, first,
        later([this](Result<StreamInfo> info) {
          if (info) return ensure_home();
          if (is_silent(info.error())) {
            return wait(retry_soon, info.error().text, [this] { ensure_home(); });
          }
          fail(nats::lacks_capacity(info.error()) ? Reason::no_capacity : Reason::server_refused,
               info.error().text);
        }));
  });
}

void RoomMove::home_is_there(const policies::ObservedStream& stream) {
  record_.to_created = stream.stored.created;
  look_at_origin();
}

void RoomMove::look_at_origin() {
  parts_.js.info(
      Priority::apply, record_.move.from.stream, later([this](const Result<StreamInfo>& info) {
        if (!info) {
          if (info.error().server_code == nats::server_code::stream_not_found)
            return fail(Reason::room_lost, "stream " + record_.move.from.stream + " is gone");
          return wait(retry_soon, info.error().text, [this] { ensure_home(); });
        }
        record_.from_created = info->stream.stored.created;
        if (!record_.move.copy) return advance(MoveState::switching);
        look_whether_empty();
      }));
}

/// What is there already could not be told from the copies, and would not be in their order.
void RoomMove::look_whether_empty() {
  nats::whole_message_from(
      parts_.js, Priority::apply, record_.move.to.stream, 1, to_filter(),
      later([this](const Result<std::optional<nats::WholeMessage>>& read) {
        if (!read) return wait(retry_soon, read.error().text, [this] { ensure_home(); });
        if (!*read) return advance(MoveState::copying);
        fail(Reason::not_empty, "there are messages of " + to_filter() + " in " +
                                    record_.move.to.stream + " already: purge them first");
      }));
}

// --- the switch

void RoomMove::switch_over() {
  policies::RosterChange change{.room = room_, .pool = nullptr, .owner = {}};
  if (const policies::RoomSpec* room = wanted()) change.owner = room->owner;
  if (is_pooled_to()) {
    change.pool = std::make_shared<const std::string>(record_.move.to.template_name);
  }
  parts_.pools.roster().write({change},
                              later([this](const Result<>& written) { switched(written); }));
}

void RoomMove::switched(const Result<>& written) {
  if (!written) {
    return wait(retry_soon, "the roster: " + written.error().text, [this] { switch_over(); });
  }
  record_.move.switched = parts_.inventory.server_now();
  parts_.runtime.log.info("move.switched", {{"room", room_.text()},
                                            {"from", record_.move.from.stream},
                                            {"to", record_.move.to.stream},
                                            {"copied", record_.move.copied}});
  tell_audit(Reason::asked_by_admin,
             "lives in " + record_.move.to.stream + " now; it was in " + record_.move.from.stream,
             true);
  parts_.reconciler.refresh_desired();
  parts_.reconciler.mark_dirty();
  advance(record_.move.copy ? MoveState::tail : MoveState::left);
}

// --- the old home

void RoomMove::remove_old() {
  removal_.remove({.room = room_,
                   .stream = record_.move.from.stream,
                   .filter = is_pooled_from() ? from_filter() : "",
                   .created = record_.from_created,
                   .up_to = record_.cursor},
                  later([this](const Applied& applied) { removed(applied); }));
}

void RoomMove::removed(const Applied& applied) {
  if (applied.done) return finish();
  if (applied.reason == Reason::not_empty && state_ == MoveState::removing)
    return advance(MoveState::tail);
  if (applied.reason == Reason::stream_recreated) return fail(applied.reason, applied.detail);
  wait(retry_later, std::string(to_string(applied.reason)) + ": " + applied.detail,
       [this] { step(); });
}

/// Moved without a copy: the old home goes when its own retention has emptied it.
void RoomMove::watch_left() {
  const auto again = [this] { step(); };
  parts_.js.info(Priority::list, record_.move.from.stream,
                 later([this, again](const Result<StreamInfo>& info) {
                   if (!info) {
                     if (info.error().server_code == nats::server_code::stream_not_found)
                       return finish();
                     return wait(left_interval, info.error().text, again);
                   }
                   const policies::StoredRange stored = info->stream.stored;
                   if (!is_pooled_from()) {
                     if (stored.messages > 0) return wait(left_interval, "", again);
                     record_.cursor = stored.last_seq;
                     return remove_old();
                   }
                   nats::whole_message_from(
                       parts_.js, Priority::list, record_.move.from.stream, 1, from_filter(),
                       later([this, again](const Result<std::optional<nats::WholeMessage>>& read) {
                         if (read && !*read) return finish();
                         wait(left_interval, read ? "" : read.error().text, again);
                       }));
                 }));
}

void RoomMove::finish() {
  record_.kept_stream.clear();
  kept_ = {};
  if (is_pooled_from()) parts_.pools.watch().forget(record_.move.from.stream, room_.text());
  parts_.inventory.mark_dirty(record_.move.from.stream);
  parts_.inventory.mark_dirty(record_.move.to.stream);
  parts_.reconciler.mark_dirty();
  parts_.runtime.log.info("move.old_removed", {{"room", room_.text()},
                                               {"stream", record_.move.from.stream},
                                               {"copied", record_.move.copied}});
  tell_audit(Reason::moved, "the old home in " + record_.move.from.stream + " is gone", true);
  ledger_.empty() ? end(MoveState::done) : advance(MoveState::keeping);
}

/// Its record goes; what it was is known until this process ends.
void RoomMove::end(MoveState as) {
  if (policies::has_ended(state_)) return;
  parts_.state.erase_entry(key(), later([this, as](const Result<>& erased) {
                             if (erased) return;
                             parts_.runtime.log.warn(
                                 "move.not_recorded",
                                 {{"room", room_.text()}, {"error", erased.error()}});
                             parts_.runtime.loop.run_after(retry_soon, later([this, as] {
                                                             state_ = MoveState::keeping;
                                                             end(as);
                                                           }));
                           }));
  state_ = as;
  record_.move.state = to_string(as);
  record_.move.detail.clear();
  record_.move.ended = parts_.inventory.server_now();
  at_work_ = false;
  parts_.runtime.log.info("move.state", {{"room", room_.text()}, {"state", to_string(as)}});
  changed_();
}

void RoomMove::tell_audit(Reason reason, std::string text, bool ok) {
  api::AuditRecord entry;
  entry.kind = api::AuditKind::room_moved;
  entry.reason = reason;
  entry.room = room_.text();
  entry.stream = record_.move.to.stream;
  entry.actor = {.origin = api::Origin::admin_api, .claimed = record_.move.who};
  entry.text = std::move(text);
  entry.messages = record_.move.copied;
  entry.ok = ok;
  parts_.audit.record(std::move(entry));
}

}  // namespace roomkeeper::sidecar
