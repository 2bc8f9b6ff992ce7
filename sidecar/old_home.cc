#include "sidecar/old_home.h"

#include <utility>

#include "policies/plan.h"
#include "sidecar/silence.h"

namespace roomkeeper::sidecar {
namespace {

using nats::Priority;
using nats::StreamInfo;
using policies::Reason;
using policies::Result;

const Applied done_applied{.done = true, .retry = false, .reason = Reason::moved, .detail = {}};

Applied not_done(Reason reason, std::string detail) {
  return {.done = false, .retry = true, .reason = reason, .detail = std::move(detail)};
}

Applied failed(const policies::Error& error) {
  if (error.server_code == nats::server_code::stream_not_found) return done_applied;
  return not_done(is_silent(error) ? Reason::server_timeout : Reason::server_refused, error.text);
}

bool is_ours(const StreamInfo& info, const OldHome& home, const std::string& instance) {
  const auto& mark = info.stream.config.mark;
  if (!mark || mark->instance != instance) return false;
  return home.filter.empty() ? mark->room == home.room.text() : mark->is_pool();
}

}  // namespace

void OldHomeRemoval::remove(const OldHome& home, Done done) {
  if (!home.filter.empty()) return purge(home, std::move(done));
  look(home, false, std::move(done));
}

/// Twice: before the gate and the count, and after them, because both may take long.
void OldHomeRemoval::look(const OldHome& home, bool once_more, Done done) {
  parts_.js.info(
      Priority::apply, home.stream,
      lifetime_.guard([this, home, once_more, done = std::move(done)](Result<StreamInfo> info) {
        Applied why_not = done_applied;
        if (!info) {
          why_not = failed(info.error());
        } else if (!is_ours(*info, home, parts_.runtime.config->instance) ||
                   info->stream.stored.created != home.created) {
          why_not = not_done(Reason::stream_recreated, "another stream of that name is there");
        } else if (info->stream.stored.last_seq > home.up_to) {
          why_not = not_done(Reason::not_empty, "a message has come in");
        } else if (once_more) {
          return send(home, done);
        } else {
          return enter(home, info->stream.stored.last_seq, done);
        }
        if (once_more) {
          parts_.reconciler.guard().not_removed({home.stream, home.created});
          leave(home);
        }
        done(why_not);
      }));
}

void OldHomeRemoval::enter(const OldHome& home, std::uint64_t last_seq, Done done) {
  parts_.gate.enter({.stream = home.stream, .filter = {}, .up_to = last_seq + 1},
                    lifetime_.guard([this, home, done = std::move(done)](Reason verdict) {
                      if (verdict == Reason::ok) return count(home, done);
                      done(not_done(verdict, std::string(explain(verdict))));
                    }));
}

void OldHomeRemoval::leave(const OldHome& home) {
  parts_.gate.leave({.stream = home.stream, .filter = {}, .up_to = 0});
}

void OldHomeRemoval::count(const OldHome& home, Done done) {
  RemovalGuard& guard = parts_.reconciler.guard();
  const policies::PlanLimits limits = parts_.reconciler.limits({});
  if (policies::removals_allowed(limits, parts_.rooms.verdicts().size()) <= 0) {
    leave(home);
    return done(not_done(Reason::removal_guard, "no more removals may be done this hour"));
  }
  guard.allow_one_more();
  guard.count({home.stream, home.created},
              lifetime_.guard([this, home, done = std::move(done)](const Result<>& counted) {
                if (counted) return look(home, true, done);
                leave(home);
                const bool full = counted.error().code == policies::ErrorCode::limit;
                done(not_done(full ? Reason::removal_guard : Reason::server_timeout,
                              "the removal could not be counted: " + counted.error().text));
              }));
}

void OldHomeRemoval::send(const OldHome& home, Done done) {
  RemovalGuard& guard = parts_.reconciler.guard();
  guard.sending({home.stream, home.created});
  parts_.js.remove(Priority::apply, home.stream,
                   lifetime_.guard([this, home, done = std::move(done)](const Result<bool>& gone) {
                     leave(home);
                     RemovalGuard& of = parts_.reconciler.guard();
                     if (!gone && gone.error().server_code != nats::server_code::stream_not_found) {
                       if (gone.error().server_code != 0) of.refused({home.stream, home.created});
                       return done(failed(gone.error()));
                     }
                     parts_.inventory.erase(home.stream);
                     of.removed({home.stream, home.created});
                     done(done_applied);
                   }));
}

void OldHomeRemoval::purge(const OldHome& home, Done done) {
  const std::uint64_t mark = parts_.purger.event_mark();
  parts_.js.info(
      Priority::apply, home.stream,
      lifetime_.guard([this, home, mark, done = std::move(done)](Result<StreamInfo> info) {
        if (!info) return done(failed(info.error()));
        if (!is_ours(*info, home, parts_.runtime.config->instance) ||
            info->stream.stored.created != home.created) {
          return done(not_done(Reason::stream_recreated, "another stream of that name is there"));
        }
        PurgeOrder order;
        order.stream = std::move(info->stream);
        // What bounds it is the sequence, up to which everything was read.
        order.limit = info->server_time + std::chrono::seconds(1);
        order.before_seq = home.up_to + 1;
        order.filter = home.filter;
        order.reason = Reason::moved;
        order.priority = Priority::apply;
        order.listed_at = mark;
        parts_.purger.purge(std::move(order), lifetime_.guard([done](const PurgeOutcome& outcome) {
          if (outcome.ok()) return done(done_applied);
          done(not_done(outcome.reason, outcome.detail.empty()
                                            ? std::string(explain(outcome.reason))
                                            : outcome.detail));
        }));
      }));
}

}  // namespace roomkeeper::sidecar
