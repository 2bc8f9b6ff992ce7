#include "sidecar/hold_keeper.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace roomkeeper::sidecar {

using metrics::MetricId;
using policies::Coverage;
using policies::CoverVerdict;
using policies::HoldState;
using policies::Reason;
using policies::Result;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t everything = std::numeric_limits<std::uint64_t>::max();
/// How long a deletion waits at the gate before it is declined; it is tried again later.
constexpr policies::Nanoseconds gate_longest = 5s;
constexpr policies::Nanoseconds gate_first_pause = 50ms;
constexpr policies::Nanoseconds gate_longest_pause = 1s;
/// How often all copies are looked at.
constexpr policies::Nanoseconds look_interval = 15s;

std::uint64_t minus(std::uint64_t a, std::uint64_t b) {
  return a > b ? a - b : 0;
}

}  // namespace

/// Somebody at the gate.
struct HoldKeeper::Visit {
  std::string stream;
  std::uint64_t up_to = 0;
  Entered done;
  policies::MonoTime deadline{};
  policies::Nanoseconds pause = gate_first_pause;
};

HoldKeeper::HoldKeeper(Runtime& runtime, nats::JetStream& js, Inventory& inventory, AuditLog& audit)
    : runtime_(runtime), js_(js), inventory_(inventory), audit_(audit) {}

HoldKeeper::~HoldKeeper() {
  runtime_.loop.cancel(timer_);
}

void HoldKeeper::start() {
  running_ = true;
  runtime_.loop.cancel(timer_);
  tick();
}

void HoldKeeper::stop() {
  running_ = false;
  runtime_.loop.cancel(timer_);
  timer_ = 0;
}

std::string HoldKeeper::copy_of(const std::string& stream) const {
  const auto room = runtime_.names().room_of_stream(stream);
  return room ? policies::hold_stream_name(room->text()) : std::string();
}

const Hold* HoldKeeper::of_stream(std::string_view stream) const {
  const auto found = holds_.find(stream);
  return found == holds_.end() ? nullptr : &found->second;
}

// ---- the gate

void HoldKeeper::enter(const std::string& stream, std::uint64_t up_to, Entered done) {
  // Who comes again after having waited in vain gets one look: a copy that stands still must not
  // hold up the rooms that are purged beside it.
  const policies::Nanoseconds patience = declined_.contains(stream) ? 0s : gate_longest;
  try_enter(std::make_shared<Visit>(Visit{.stream = stream,
                                          .up_to = up_to,
                                          .done = std::move(done),
                                          .deadline = runtime_.clock.mono() + patience}));
}

void HoldKeeper::leave(const std::string& stream) {
  const auto found = inside_.find(stream);
  if (found == inside_.end()) return;
  if (--found->second > 0) return;
  inside_.erase(found);
  const auto waiting = making_.find(stream);
  if (waiting != making_.end()) begin_making(waiting->second);
}

/// True unless a complete listing says that there is no copy.
bool HoldKeeper::may_be_held(const std::string& stream) const {
  if (holds_.contains(stream)) return true;
  const std::string copy = copy_of(stream);
  if (copy.empty()) return false;
  return !inventory_.knows_all_copies() || inventory_.copies().contains(copy);
}

void HoldKeeper::try_enter(const SharedVisit& visit) {
  if (making_.contains(visit->stream)) return wait(visit);
  if (!may_be_held(visit->stream)) return let_in(visit);
  look_at_hold(
      js_, nats::Priority::purge, visit->stream, copy_of(visit->stream),
      lifetime_.guard([this, visit](const Result<HoldLook>& look) { judge(visit, look); }));
}

void HoldKeeper::judge(const SharedVisit& visit, const Result<HoldLook>& look) {
  if (!look || making_.contains(visit->stream)) return wait(visit);
  note(visit->stream, *look);
  if (!look->copy) return let_in(visit);
  const Hold* hold = of_stream(visit->stream);
  if (hold == nullptr) return let_in(visit);  // another's stream of that name: no copy of the room
  if (hold->state == HoldState::broken) return wait(visit);
  const std::uint64_t needed = hold->acknowledged ? visit->up_to : everything;
  if (look->cover(needed).coverage == Coverage::complete) return let_in(visit);
  wait(visit);
}

void HoldKeeper::let_in(const SharedVisit& visit) {
  blocked_.erase(visit->stream);
  declined_.erase(visit->stream);
  ++inside_[visit->stream];
  visit->done(Reason::ok);
}

void HoldKeeper::wait(const SharedVisit& visit) {
  blocked_.insert(visit->stream);
  publish_metrics();
  if (runtime_.clock.mono() >= visit->deadline) {
    const Hold* hold = of_stream(visit->stream);
    const bool copying = hold == nullptr || !hold->acknowledged;
    const Reason reason = copying ? Reason::hold_copying : Reason::hold_behind;
    runtime_.log.warn("hold.deletion_waits", {{"stream", visit->stream},
                                              {"reason", reason},
                                              {"detail", hold != nullptr ? hold->why : ""}});
    declined_.insert(visit->stream);
    visit->done(reason);
    return;
  }
  runtime_.loop.run_after(visit->pause, lifetime_.guard([this, visit] { try_enter(visit); }));
  visit->pause = std::min(visit->pause * 2, gate_longest_pause);
}

// ---- what is known

/// Where a hold stands, by what was just seen.
void HoldKeeper::note(const std::string& stream, const HoldLook& look) {
  if (!look.copy) return forget(stream);
  const auto room = runtime_.names().room_of_stream(stream);
  // A stream of that name that is neither marked nor a copy of the room is somebody's own.
  const bool ours = look.copy->mark && look.copy->mark->instance == runtime_.config->instance;
  if (!room || (!ours && look.copy->copy.origin != stream)) return forget(stream);
  const auto [found, is_new] = holds_.try_emplace(stream);
  Hold& hold = found->second;
  hold.room = room->text();
  hold.stream = stream;
  hold.copy = copy_of(stream);
  hold.mark = look.copy->mark;
  hold.messages = look.copy->stored.messages;
  hold.bytes = look.copy->stream.bytes;
  hold.looked = look.copy->server_time;
  const CoverVerdict cover = look.cover(everything);
  const std::uint64_t in_room = look.origin ? look.origin->stored.messages : 0;
  hold.missing = cover.missing;
  hold.only_here = minus(hold.messages, minus(in_room, cover.missing));
  hold.why = policies::copy_defect(look.copy->copy, stream);
  if (hold.why.empty() && !hold.mark) hold.why = "its mark was taken away";
  const HoldState before = hold.state;
  if (!hold.why.empty() || cover.coverage == Coverage::damaged) {
    hold.state = HoldState::broken;
    if (hold.why.empty()) hold.why = cover.why;
  } else if (!look.origin) {
    hold.state = HoldState::orphaned;
    hold.acknowledged = true;
    hold.why = "the room's stream is gone";
  } else if (cover.coverage == Coverage::complete) {
    hold.state = HoldState::held;
    if (!hold.acknowledged) acknowledge(hold);
  } else {
    hold.state = hold.acknowledged ? HoldState::lagging : HoldState::copying;
    hold.why = cover.why;
  }
  if (hold.state == HoldState::copying) {
    unfinished_.insert(stream);
    watch(stream);
  }
  if ((is_new || before != hold.state) && hold.state != HoldState::copying) {
    runtime_.log.info("hold.state", {{"room", hold.room},
                                     {"state", to_string(hold.state)},
                                     {"missing", hold.missing},
                                     {"detail", hold.why}});
  }
  publish_metrics();
}

void HoldKeeper::acknowledge(Hold& hold) {
  hold.acknowledged = true;
  runtime_.log.info("hold.acknowledged", {{"room", hold.room}, {"messages", hold.messages}});
  // What was there when the daemon started was told by the one before.
  if (unfinished_.erase(hold.stream) == 0) return;
  api::AuditRecord entry;
  entry.kind = api::AuditKind::hold;
  entry.reason = Reason::hold_asked;
  entry.room = hold.room;
  entry.stream = hold.copy;
  entry.messages = hold.messages;
  entry.text = "the copy is complete";
  if (hold.mark) entry.actor = {.origin = api::Origin::admin_api, .claimed = hold.mark->by};
  audit_.record(std::move(entry));
}

void HoldKeeper::forget(const std::string& stream) {
  const auto found = holds_.find(stream);
  if (found == holds_.end()) return;
  runtime_.log.warn("hold.gone", {{"room", found->second.room}, {"stream", found->second.copy}});
  holds_.erase(found);
  unfinished_.erase(stream);
  publish_metrics();
}

std::vector<std::string> HoldKeeper::known_streams() const {
  std::set<std::string> streams;
  for (const auto& [stream, hold] : holds_) streams.insert(stream);
  for (const std::string& copy : inventory_.copies()) {
    const auto room = policies::RoomId::parse(copy.substr(policies::hold_prefix.size()));
    if (room) streams.insert(runtime_.names().stream_of(*room));
  }
  return {streams.begin(), streams.end()};
}

void HoldKeeper::look_again() {
  if (!running_) return;
  for (const std::string& stream : known_streams()) {
    if (!holds_.contains(stream)) return refresh([] {});
  }
}

void HoldKeeper::refresh(std::function<void()> done) {
  auto left = std::make_shared<std::vector<std::string>>(known_streams());
  std::reverse(left->begin(), left->end());
  look_at_next(std::move(left), std::move(done));
}

/// One after the other: looking at holds never crowds out what the daemon is there for.
void HoldKeeper::look_at_next(std::shared_ptr<std::vector<std::string>> left,
                              std::function<void()> done) {
  if (left->empty()) {
    publish_metrics();
    done();
    return;
  }
  const std::string stream = std::move(left->back());
  left->pop_back();
  look_at_hold(js_, nats::Priority::list, stream, copy_of(stream),
               lifetime_.guard([this, left = std::move(left), stream,
                                done = std::move(done)](const Result<HoldLook>& look) {
                 if (look) note(stream, *look);
                 look_at_next(left, done);
               }));
}

void HoldKeeper::tick() {
  timer_ = runtime_.loop.run_after(look_interval, lifetime_.guard([this] { tick(); }));
  if (looking_ || !inventory_.has_listed()) return;
  looking_ = true;
  refresh(lifetime_.guard([this] { looking_ = false; }));
}

void HoldKeeper::publish_metrics() {
  std::array<std::uint64_t, policies::hold_state_count> by_state{};
  std::uint64_t lag = 0;
  for (const auto& [stream, hold] : holds_) {
    ++by_state.at(static_cast<std::size_t>(hold.state));
    lag = std::max(lag, hold.missing);
  }
  for (std::size_t i = 0; i < by_state.size(); ++i) {
    runtime_.metrics.set(MetricId::holds, {std::string(to_string(static_cast<HoldState>(i)))},
                         static_cast<double>(by_state[i]));
  }
  runtime_.metrics.set(MetricId::hold_lag_messages, static_cast<double>(lag));
  runtime_.metrics.set(MetricId::holds_blocking_rooms, static_cast<double>(blocked_.size()));
}

}  // namespace roomkeeper::sidecar
