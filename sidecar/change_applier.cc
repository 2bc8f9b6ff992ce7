#include "sidecar/change_applier.h"

#include <algorithm>
#include <utility>

namespace roomkeeper::sidecar {

using nats::Priority;
using nats::StreamInfo;
using policies::Change;
using policies::ChangeKind;
using policies::Error;
using policies::ErrorCode;
using policies::FieldChange;
using policies::Reason;
using policies::Result;
using policies::StreamConfig;

namespace {

/// Too few servers for the replicas or the placement: a server may come back.
bool needs_servers(const Error& error) {
  return error.server_code == nats::server_code::replicas_need_cluster ||
         (error.server_code == nats::server_code::no_suitable_peers &&
          !nats::lacks_capacity(error));
}

std::string replicas_text(const Change& change) {
  if (!change.wanted || change.wanted->settings.replicas < 2) return {};
  const std::string replicas = std::to_string(change.wanted->settings.replicas);
  return " (replicas: " + replicas + " needs " + replicas +
         " servers of one cluster that are up and fit the placement)";
}

}  // namespace

ChangeApplier::ChangeApplier(Runtime& runtime, nats::JetStream& js, Inventory& inventory,
                             PurgeGate& gate, RemovalGuard& guard, StreamPurger& purger,
                             const RoomDirectory& rooms)
    : runtime_(runtime),
      js_(js),
      inventory_(inventory),
      gate_(gate),
      guard_(guard),
      pooled_(runtime, js, purger, rooms, guard) {}

void ChangeApplier::apply(const Change& change, bool lossy_allowed, bool only_if_empty, Done done) {
  switch (change.kind) {
    case ChangeKind::create:
      create(change, std::move(done));
      return;
    case ChangeKind::update:
    case ChangeKind::adopt:
      update(change, lossy_allowed, std::move(done));
      return;
    case ChangeKind::remove:
      if (change.target == policies::ChangeTarget::pooled_room) {
        pooled_.remove(change, only_if_empty, std::move(done));
      } else {
        // A pool has the messages of many rooms: it goes only when there are none.
        const bool is_pool = change.target == policies::ChangeTarget::pool_stream;
        remove(change, only_if_empty || is_pool, std::move(done));
      }
      return;
  }
}

void ChangeApplier::create(const Change& change, Done done) {
  js_.create(
      Priority::apply, change.stream, *change.wanted, change.first_seq,
      lifetime_.guard([this, change, done = std::move(done)](Result<StreamInfo> info) {
        done(info ? seen(change, std::move(*info), *change.wanted) : refused(change, info.error()));
      }));
}

void ChangeApplier::update(const Change& change, bool lossy_allowed, Done done) {
  js_.info(Priority::apply, change.stream,
           lifetime_.guard(
               [this, change, lossy_allowed, done = std::move(done)](Result<StreamInfo> info) {
                 if (!info) {
                   done(refused(change, info.error()));
                   return;
                 }
                 send_update(change, *info, lossy_allowed, done);
               }));
}

void ChangeApplier::send_update(const Change& change, const StreamInfo& now, bool lossy_allowed,
                                Done done) {
  inventory_.put(now.stream, now.server_time);
  if (now.stream.stored.created != change.created) {
    done({.done = false,
          .retry = true,
          .reason = Reason::stream_recreated,
          .detail = "planned for another stream of that name"});
    return;
  }
  // Somebody may have taken the stream, or switched on what can never be touched, since it was
  // planned: plan again.
  const bool ours =
      now.stream.config.mark && now.stream.config.mark->instance == runtime_.config->instance;
  if (change.kind == ChangeKind::adopt ? now.stream.config.mark.has_value() : !ours) {
    done({.done = false,
          .retry = true,
          .reason = Reason::foreign_instance,
          .detail = "the ownership mark has changed"});
    return;
  }
  const StreamConfig wanted =
      lossy_allowed ? *change.wanted
                    : policies::without_lossy(now.stream, *change.wanted, runtime_.zones);
  if (policies::diff_stream(now.stream, wanted, runtime_.zones).empty()) {
    done(seen(change, now, *change.wanted));
    return;
  }
  js_.update(
      Priority::apply, change.stream, now.raw_config, wanted,
      lifetime_.guard([this, change, wanted, done = std::move(done)](Result<StreamInfo> info) {
        done(info ? seen(change, std::move(*info), wanted) : refused(change, info.error()));
      }));
}

void ChangeApplier::remove(const Change& change, bool only_if_empty, Done done) {
  js_.info(Priority::apply, change.stream,
           lifetime_.guard(
               [this, change, only_if_empty, done = std::move(done)](Result<StreamInfo> info) {
                 if (!info) return done(refused(change, info.error()));
                 if (const auto why_not = forbids_removal(change, *info, only_if_empty))
                   return done(*why_not);
                 enter_gate(change, *info, only_if_empty, done);
               }));
}

std::optional<Applied> ChangeApplier::forbids_removal(const Change& change, const StreamInfo& now,
                                                      bool only_if_empty) {
  inventory_.put(now.stream, now.server_time);
  const auto& mark = now.stream.config.mark;
  const bool is_pool = change.target == policies::ChangeTarget::pool_stream;
  const std::string_view room =
      is_pool ? policies::all_rooms_mark : std::string_view(change.room.text());
  const bool ours = mark && mark->instance == runtime_.config->instance && mark->room == room;
  if (!ours || now.stream.stored.created != change.created) {
    return Applied{.done = false,
                   .retry = true,
                   .reason = Reason::stream_recreated,
                   .detail = "planned for another stream of that name"};
  }
  if (only_if_empty && now.stream.stored.messages > 0) {
    return Applied{.done = false,
                   .retry = false,
                   .reason = Reason::not_empty,
                   .detail = "a message has come in"};
  }
  return std::nullopt;
}

/// A hold keeps the stream until its copy has every message of it.
void ChangeApplier::enter_gate(const Change& change, const StreamInfo& now, bool only_if_empty,
                               Done done) {
  const std::uint64_t last_seq = now.stream.stored.last_seq;
  gate_.enter({.stream = change.stream, .filter = {}, .up_to = last_seq + 1},
              lifetime_.guard(
                  [this, change, last_seq, only_if_empty, done = std::move(done)](Reason verdict) {
                    if (verdict == Reason::ok)
                      return count_removal(change, last_seq, only_if_empty, done);
                    done({.done = false,
                          .retry = true,
                          .reason = verdict,
                          .detail = std::string(explain(verdict))});
                  }));
}

/// Before the last look, so that nothing comes between that and the removal.
void ChangeApplier::count_removal(const Change& change, std::uint64_t last_seq, bool only_if_empty,
                                  Done done) {
  guard_.count({change.stream, change.created},
               lifetime_.guard([this, change, last_seq, only_if_empty,
                                done = std::move(done)](const Result<>& counted) {
                 if (counted) return look_once_more(change, last_seq, only_if_empty, done);
                 gate_.leave({.stream = change.stream, .filter = {}, .up_to = 0});
                 const bool full = counted.error().code == ErrorCode::limit;
                 done({.done = false,
                       .retry = !full,
                       .reason = full ? Reason::removal_guard : Reason::server_timeout,
                       .detail = "the removal could not be counted: " + counted.error().text});
               }));
}

/// The wait at the gate may have been long, and the copy has only what was asked about.
void ChangeApplier::look_once_more(const Change& change, std::uint64_t last_seq, bool only_if_empty,
                                   Done done) {
  js_.info(Priority::apply, change.stream,
           lifetime_.guard([this, change, last_seq, only_if_empty,
                            done = std::move(done)](Result<StreamInfo> info) {
             std::optional<Applied> why_not;
             if (!info) {
               why_not = refused(change, info.error());
             } else {
               why_not = forbids_removal(change, *info, only_if_empty);
               if (!why_not && info->stream.stored.last_seq != last_seq) {
                 why_not = Applied{.done = false,
                                   .retry = true,
                                   .reason = Reason::not_empty,
                                   .detail = "a message has come in"};
               }
             }
             if (!why_not) return send_removal(change, done);
             guard_.not_removed({change.stream, change.created});
             gate_.leave({.stream = change.stream, .filter = {}, .up_to = 0});
             done(*why_not);
           }));
}

void ChangeApplier::send_removal(const Change& change, Done done) {
  guard_.sending({change.stream, change.created});
  js_.remove(Priority::apply, change.stream,
             lifetime_.guard([this, change, done = std::move(done)](Result<bool> gone) {
               gate_.leave({.stream = change.stream, .filter = {}, .up_to = 0});
               if (!gone && gone.error().server_code != nats::server_code::stream_not_found) {
                 // An error of the server's own says that it was not done; silence does not.
                 if (gone.error().server_code != 0) guard_.refused({change.stream, change.created});
                 done(refused(change, gone.error()));
                 return;
               }
               inventory_.erase(change.stream);
               guard_.removed({change.stream, change.created});
               done({.done = true, .retry = false, .reason = change.reason, .detail = {}});
             }));
}

Applied ChangeApplier::refused(const Change& change, const Error& error) {
  inventory_.mark_dirty(change.stream);
  if (nats::lacks_capacity(error))
    return {.done = false, .retry = false, .reason = Reason::no_capacity, .detail = error.text};
  if (needs_servers(error)) {
    return {.done = false,
            .retry = error.server_code == nats::server_code::no_suitable_peers,
            .reason = Reason::server_refused,
            .detail = error.text + replicas_text(change)};
  }
  const bool unanswered = error.code == ErrorCode::timeout || error.code == ErrorCode::unavailable;
  if (unanswered)
    return {.done = false, .retry = true, .reason = Reason::server_timeout, .detail = error.text};
  if (error.server_code == nats::server_code::subjects_overlap) {
    return {.done = false, .retry = false, .reason = Reason::subject_overlap, .detail = error.text};
  }
  // The name is in use, or the stream is gone: the listing was too old. Or it was too much at once.
  const bool passes = error.server_code == nats::server_code::stream_name_in_use ||
                      error.server_code == nats::server_code::stream_not_found ||
                      error.server_code == nats::server_code::too_many_requests;
  return {.done = false, .retry = passes, .reason = Reason::server_refused, .detail = error.text};
}

/// Status is the truth: done only when the reply shows what was asked.
Applied ChangeApplier::seen(const Change& change, StreamInfo info, const StreamConfig& wanted) {
  const std::vector<FieldChange> left = policies::diff_stream(info.stream, wanted, runtime_.zones);
  inventory_.put(std::move(info.stream), info.server_time);
  if (left.empty()) return {.done = true, .retry = false, .reason = change.reason, .detail = {}};
  const FieldChange& first = left.front();
  return {.done = false,
          .retry = false,
          .reason = Reason::server_refused,
          .detail = "the server kept " + std::string(policies::to_string(first.field)) + " at " +
                    first.from + " instead of " + first.to};
}

}  // namespace roomkeeper::sidecar
