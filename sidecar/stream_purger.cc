#include "sidecar/stream_purger.h"

#include <algorithm>
#include <utility>

namespace roomkeeper::sidecar {
namespace {

using metrics::MetricId;
using policies::CutEvidence;
using policies::CutKind;
using policies::CutPlan;
using policies::ObservedStream;
using policies::Reason;
using policies::Result;
using policies::WallTime;

constexpr std::size_t events_remembered = 10'000;

}  // namespace

struct StreamPurger::Work {
  PurgeOrder order;
  Done done;
};

StreamPurger::StreamPurger(Runtime& runtime, nats::JetStream& js, Inventory& inventory,
                           PurgeGate& gate)
    : runtime_(runtime), js_(js), inventory_(inventory), gate_(gate) {}

StreamPurger::~StreamPurger() = default;

void StreamPurger::note_stream_event(const std::string& stream) {
  if (last_event_.size() >= events_remembered && !last_event_.contains(stream)) {
    last_event_.clear();
    forgotten_ = events_;
  }
  last_event_[stream] = ++events_;
}

bool StreamPurger::recreated_since(const std::string& stream, std::uint64_t mark) const {
  if (mark < forgotten_) return true;  // not known: as good as yes
  const auto found = last_event_.find(stream);
  return found != last_event_.end() && found->second > mark;
}

void StreamPurger::purge(PurgeOrder order, Done done) {
  const auto work = std::make_shared<Work>(Work{std::move(order), std::move(done)});
  const policies::StoredRange& stored = work->order.stream.stored;
  const CutPlan cut = policies::plan_cut(stored, work->order.limit);
  const std::uint64_t before_seq = work->order.before_seq;
  if (cut.kind == CutKind::nothing || (before_seq != 0 && before_seq <= stored.first_seq)) {
    finish(work, {.detail = {}, .before = stored.messages});
    return;
  }
  if (cut.kind == CutKind::look_up) {
    look_up(work);
    return;
  }
  check(work, {.cut = cut.cut,
               .stored = stored,
               .created_at_look_up = stored.created,
               .cut_ts = std::nullopt,
               .last_stored_ts = std::nullopt});
}

void StreamPurger::look_up(const Shared& work) {
  const PurgeOrder& order = work->order;
  nats::find_cut(js_, order.priority, order.stream.name, order.stream.stored, order.limit,
                 lifetime_.guard([this, work](const Result<nats::Cut>& cut) {
                   if (!cut) return failed(work, "purge.no_cut", cut.error());
                   verify(work, *cut);
                 }));
}

/// The cut took several requests: what it is checked against is read once more.
void StreamPurger::verify(const Shared& work, const nats::Cut& cut) {
  js_.info(work->order.priority, work->order.stream.name,
           lifetime_.guard([this, work, cut](const Result<nats::StreamInfo>& info) {
             if (!info) return failed(work, "purge.no_info", info.error());
             const CutEvidence evidence{.cut = cut.seq,
                                        .stored = info->stream.stored,
                                        .created_at_look_up = work->order.stream.stored.created,
                                        .cut_ts = cut.ts,
                                        .last_stored_ts = std::nullopt};
             // The newest messages were deleted one by one and the server still names their time.
             const bool tail_deleted = !cut.ts && info->stream.stored.last_ts >= work->order.limit;
             tail_deleted ? ask_for_tail(work, evidence) : check(work, evidence);
           }));
}

void StreamPurger::ask_for_tail(const Shared& work, CutEvidence evidence) {
  js_.last_message(
      work->order.priority, work->order.stream.name,
      lifetime_.guard(
          [this, work, evidence](const Result<std::optional<nats::StoredMessage>>& last) mutable {
            if (!last) return failed(work, "purge.no_tail", last.error());
            if (*last) evidence.last_stored_ts = (*last)->time;
            check(work, evidence);
          }));
}

void StreamPurger::check(const Shared& work, const CutEvidence& evidence) {
  // A listing takes its time, and so do two thousand purges: a stream that was recreated meanwhile
  // has other messages.
  const PurgeOrder& order = work->order;
  Reason verdict = last_objection(order);
  if (verdict == Reason::ok) verdict = policies::check_cut(evidence, order.limit);
  if (verdict != Reason::ok) {
    runtime_.log.warn("purge.declined",
                      {{"stream", order.stream.name}, {"reason", verdict}, {"cut", evidence.cut}});
    declined(work, verdict);
    return;
  }
  CutEvidence bounded = evidence;
  if (order.before_seq != 0 && order.before_seq < bounded.cut) {
    bounded.cut = order.before_seq;
    bounded.cut_ts.reset();
  }
  enter(work, bounded);
}

/// May come at any moment as long as the purge has not been sent.
Reason StreamPurger::last_objection(const PurgeOrder& order) const {
  if (recreated_since(order.stream.name, order.listed_at)) return Reason::stream_recreated;
  if (order.still_due && !order.still_due()) return Reason::settings_changed;
  return objection_(order);
}

void StreamPurger::enter(const Shared& work, const CutEvidence& evidence) {
  gate_.enter(
      {.stream = work->order.stream.name, .filter = work->order.filter, .up_to = evidence.cut},
      lifetime_.guard([this, work, evidence](Reason verdict) {
        if (verdict != Reason::ok) {
          runtime_.log.info("purge.waits",
                            {{"stream", work->order.stream.name}, {"reason", verdict}});
          declined(work, verdict);
          return;
        }
        send(work, evidence);
      }));
}

void StreamPurger::send(const Shared& work, const CutEvidence& evidence) {
  const PurgeOrder& order = work->order;
  // The waits at the gate and in the queue may have been long.
  auto look = lifetime_.guard([this, work](bool& still_wanted) {
    still_wanted = last_objection(work->order) == Reason::ok;
    if (!still_wanted) return;
    runtime_.metrics.add(MetricId::purges_total, {std::string(to_string(work->order.reason))});
  });
  js_.purge(order.priority, order.stream.name,
            {.filter = order.filter,
             .up_to = evidence.cut,
             .keep = 0,
             .still_wanted =
                 [look]() mutable {
                   bool still_wanted = false;
                   look(still_wanted);
                   return still_wanted;
                 }},
            lifetime_.guard([this, work, evidence](Result<std::uint64_t> count) {
              gate_.leave({.stream = work->order.stream.name,
                           .filter = work->order.filter,
                           .up_to = evidence.cut});
              purged(work, evidence, std::move(count));
            }));
}

void StreamPurger::purged(const Shared& work, const CutEvidence& evidence,
                          Result<std::uint64_t> count) {
  const PurgeOrder& order = work->order;
  if (!count) {
    const Reason objection = last_objection(order);
    return count.error().code == policies::ErrorCode::conflict && objection != Reason::ok
               ? declined(work, objection)
               : failed(work, "purge.failed", count.error());
  }
  runtime_.metrics.add(MetricId::purged_messages_total, {std::string(to_string(order.reason))},
                       static_cast<double>(*count));
  const bool whole_head = order.filter.empty() && order.before_seq == 0;
  if (whole_head) {
    ObservedStream left = order.stream;
    left.stored = evidence.stored;
    left.stored.messages -= std::min(*count, left.stored.messages);
    left.stored.first_seq = evidence.cut;
    left.stored.first_ts = evidence.cut_ts.value_or(WallTime{});
    inventory_.put(std::move(left), {});
  } else {
    inventory_.mark_dirty(order.stream.name);
  }
  finish(
      work,
      {.detail = {}, .messages = *count, .before = evidence.stored.messages, .cut = evidence.cut});
}

void StreamPurger::failed(const Shared& work, std::string_view event,
                          const policies::Error& error) {
  runtime_.log.warn(event, {{"stream", work->order.stream.name}, {"error", error}});
  const Reason reason =
      error.code == policies::ErrorCode::timeout ? Reason::server_timeout : Reason::server_refused;
  runtime_.metrics.add(MetricId::purge_errors_total, {std::string(to_string(reason))});
  finish(work, {.reason = reason, .detail = error.text});
}

void StreamPurger::declined(const Shared& work, Reason reason) {
  runtime_.metrics.add(MetricId::purge_errors_total, {std::string(to_string(reason))});
  finish(work, {.reason = reason, .detail = {}});
}

void StreamPurger::finish(const Shared& work, const PurgeOutcome& outcome) {
  observer_(work->order, outcome);
  work->done(outcome);
}

}  // namespace roomkeeper::sidecar
