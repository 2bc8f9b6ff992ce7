#include "sidecar/hold_keeper.h"

#include <algorithm>
#include <array>
#include <utility>

#include "sidecar/hold_making.h"

namespace roomkeeper::sidecar {

using metrics::MetricId;
using policies::Coverage;
using policies::CoverVerdict;
using policies::HoldState;
using policies::Reason;
using policies::Result;
using policies::RoomId;
using namespace std::chrono_literals;

namespace {

/// How often all copies are looked at.
constexpr policies::Nanoseconds copy_look_interval = 15s;

std::uint64_t minus(std::uint64_t a, std::uint64_t b) {
  return a > b ? a - b : 0;
}

}  // namespace

HoldKeeper::HoldKeeper(Runtime& runtime, nats::JetStream& js, Inventory& inventory,
                       const PoolKeeper& pools, AuditLog& audit)
    : runtime_(runtime), js_(js), inventory_(inventory), pools_(pools), audit_(audit) {}

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

const Hold* HoldKeeper::of_room(const RoomId& room) const {
  const auto found = holds_.find(room.text());
  return found == holds_.end() ? nullptr : &found->second;
}

// ---- where

HeldPlace HoldKeeper::place_in(const RoomId& room, const std::string& stream) const {
  const policies::Names& names = runtime_.names();
  const auto pool = names.pool_of_stream(stream);
  return {.stream = stream,
          .filter = pool ? names.subscribe_subject(room, *pool) : std::string(),
          .copy = policies::hold_stream_name(room.text()),
          .known = of_room(room) != nullptr ? of_room(room)->known : nullptr};
}

/// The stream that the room's messages are in; empty: nothing says where, or that it is there.
std::string HoldKeeper::lives_in(const RoomId& room) const {
  const policies::Names& names = runtime_.names();
  if (const std::string_view pool = pools_.pool_of(room); !pool.empty())
    return names.pool_stream(pool);
  const std::string stream = names.stream_of(room);
  return inventory_.streams().find(stream) == nullptr ? std::string() : stream;
}

/// What the copy is one of: the copy itself tells it.
HeldPlace HoldKeeper::place_of(const RoomId& room) const {
  const auto* copy = inventory_.streams().find(policies::hold_stream_name(room.text()));
  if (copy != nullptr && !copy->mirror_of.empty()) return place_in(room, copy->mirror_of);
  if (const Hold* hold = of_room(room)) return place_in(room, hold->stream);
  const std::string stream = lives_in(room);
  return place_in(room, stream.empty() ? runtime_.names().stream_of(room) : stream);
}

// ---- what is known

/// Where a hold stands, by what was just seen.
void HoldKeeper::note(const RoomId& room, const HeldPlace& place, const HoldLook& look) {
  if (!look.copy) return forget(room.text());
  // A stream of that name that is neither marked nor a copy of the room is somebody's own.
  const bool ours = look.copy->mark && look.copy->mark->instance == runtime_.config->instance;
  if (!ours && look.copy->copy.origin != place.stream) return forget(room.text());
  const auto [found, is_new] = holds_.try_emplace(room.text());
  Hold& hold = found->second;
  hold.room = room.text();
  hold.stream = place.stream;
  hold.copy = place.copy;
  hold.mark = look.copy->mark;
  hold.messages = look.copy->stored.messages;
  hold.bytes = look.copy->stream.bytes;
  hold.looked = look.copy->server_time;
  const HoldState before = hold.state;
  judge_state(room, place, look, hold);
  if (hold.state == HoldState::copying) {
    unfinished_.insert(hold.room);
    watch(room);
  }
  if (hold.state == HoldState::held) unblock(hold.room);
  if ((is_new || before != hold.state) && hold.state != HoldState::copying) {
    runtime_.log.info("hold.state", {{"room", hold.room},
                                     {"state", to_string(hold.state)},
                                     {"missing", hold.missing},
                                     {"detail", hold.why}});
  }
  publish_metrics();
}

void HoldKeeper::judge_state(const RoomId& room, const HeldPlace& place, const HoldLook& look,
                             Hold& hold) {
  const CoverVerdict cover = look.cover(everything_stored);
  hold.missing = cover.missing;
  hold.only_here = minus(hold.messages, minus(look.messages(), cover.missing));
  hold.why = policies::copy_defect(look.copy->copy, place.stream, place.filter);
  if (hold.why.empty() && !hold.mark) hold.why = "its mark was taken away";
  const std::string home = lives_in(room);
  if (hold.why.empty() && !home.empty() && home != place.stream)
    hold.why = "it is a copy of " + place.stream + ", and the room's messages are in " + home;
  const bool left_the_pool = home.empty() && look.room && pools_.seen().roster.known;
  if (!hold.why.empty() || cover.coverage == Coverage::damaged) {
    hold.state = HoldState::broken;
    if (hold.why.empty()) hold.why = cover.why;
  } else if (!look.origin || (left_the_pool && look.messages() == 0)) {
    hold.state = HoldState::orphaned;
    hold.acknowledged = true;
    hold.why = look.origin ? "the room is not in its pool any more" : "the room's stream is gone";
  } else if (cover.coverage == Coverage::complete) {
    hold.state = HoldState::held;
    if (!hold.acknowledged) acknowledge(hold);
  } else {
    hold.state = hold.acknowledged ? HoldState::lagging : HoldState::copying;
    hold.why = cover.why;
  }
}

void HoldKeeper::acknowledge(Hold& hold) {
  hold.acknowledged = true;
  runtime_.log.info("hold.acknowledged", {{"room", hold.room}, {"messages", hold.messages}});
  // What was there when the daemon started was told by the one before.
  if (unfinished_.erase(hold.room) == 0) return;
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

void HoldKeeper::forget(const std::string& room) {
  const auto found = holds_.find(room);
  if (found == holds_.end()) return;
  runtime_.log.warn("hold.gone", {{"room", found->second.room}, {"stream", found->second.copy}});
  holds_.erase(found);
  unfinished_.erase(room);
  unblock(room);
  publish_metrics();
}

std::vector<RoomId> HoldKeeper::known_rooms() const {
  std::set<RoomId> rooms;
  const auto add = [&rooms](std::string_view text) {
    if (auto room = RoomId::parse(text)) rooms.insert(*std::move(room));
  };
  for (const auto& [room, hold] : holds_) add(room);
  for (const std::string& copy : inventory_.copies())
    add(std::string_view(copy).substr(policies::hold_prefix.size()));
  return {rooms.begin(), rooms.end()};
}

void HoldKeeper::look_again() {
  if (!running_) return;
  for (const RoomId& room : known_rooms()) {
    if (!holds_.contains(room.text())) return refresh([] {});
  }
}

void HoldKeeper::refresh(std::function<void()> done) {
  auto left = std::make_shared<std::vector<RoomId>>(known_rooms());
  std::reverse(left->begin(), left->end());
  look_at_next(std::move(left), std::move(done));
}

/// One after the other: looking at holds never crowds out what the daemon is there for.
void HoldKeeper::look_at_next(std::shared_ptr<std::vector<RoomId>> left,
                              std::function<void()> done) {
  if (left->empty()) {
    publish_metrics();
    done();
    return;
  }
  const RoomId room = std::move(left->back());
  left->pop_back();
  const HeldPlace place = place_of(room);
  look_at_hold(js_, nats::Priority::list, place, nullptr,
               lifetime_.guard([this, left = std::move(left), room, place,
                                done = std::move(done)](const Result<HoldLook>& look) {
                 if (look) note(room, place, *look);
                 look_at_next(left, done);
               }));
}

void HoldKeeper::tick() {
  timer_ = runtime_.loop.run_after(copy_look_interval, lifetime_.guard([this] { tick(); }));
  if (looking_ || !inventory_.has_listed()) return;
  looking_ = true;
  refresh(lifetime_.guard([this] { looking_ = false; }));
}

void HoldKeeper::publish_metrics() {
  std::array<std::uint64_t, policies::hold_state_count> by_state{};
  std::uint64_t lag = 0;
  for (const auto& [room, hold] : holds_) {
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
