#include "tests/simulation/retention_history.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "tests/simulation/local_days.h"
#include "tests/support/rfc3339.h"

namespace roomkeeper::testing {
namespace {

using policies::Nanoseconds;
using policies::WallTime;
using namespace std::chrono_literals;

/// A daemon that nothing stands in the way of has done everything within so long. Where its clock
/// was set, it sees that at the next look at all streams: within a minute, and a tenth of it.
constexpr Nanoseconds settled = 75s;
constexpr Nanoseconds allowed_late = 10s;

FakeNatsOptions server_options(Dice& dice) {
  FakeNatsOptions options;
  if (dice.one_in(3)) options.version = "2.10.29";
  if (dice.one_in(3)) options.latency = std::chrono::microseconds(1 + dice.below(20'000));
  return options;
}

}  // namespace

RetentionHistory::RetentionHistory(std::uint64_t seed)
    : dice_(seed),
      scene_(any_scene(dice_)),
      rooms_(dice_, scene_),
      file_in_force_(rooms_.file()),
      world_(file_in_force_, to_rfc3339(first_midnight() - 2s - dice_.within(90s)),
             server_options(dice_)),
      ledger_(world_.nats, "seoul", scene_.around) {}

void RetentionHistory::run() {
  set_up();
  const std::size_t midnights = 1 + dice_.below(3);
  for (std::size_t i = 0; i < midnights && complaints().empty(); ++i) one_midnight();
  if (complaints().empty()) finish();
}

void RetentionHistory::tell(const std::string& text) {
  story_.push_back(to_rfc3339(world_.nats.now()) + " " + text);
}

WallTime RetentionHistory::first_midnight() const {
  WallTime first = WallTime::max();
  for (const std::string& zone : scene_.zones) {
    const LocalDays& days = LocalDays::of(zone, scene_.around);
    first = std::min(first, days.next_midnight(scene_.around + 1h));
  }
  return first;
}

WallTime RetentionHistory::next_midnight() const {
  WallTime next = WallTime::max();
  for (const std::string& zone : scene_.zones) {
    const LocalDays& days = LocalDays::of(zone, scene_.around);
    next = std::min(next, days.next_midnight(world_.nats.now()));
  }
  return next;
}

void RetentionHistory::set_up() {
  world_.with_system = false;
  world_.nats.watch([this](FakeMoment moment, const std::string& user,
                           const sidecar::Message& message) { saw(moment, user, message); });
  listener_ = world_.nats.connect("APP", "listener", "listener");
  for (const char* event : {"CREATED", "DELETED"}) {
    const std::string prefix = std::string("$JS.EVENT.ADVISORY.STREAM.") + event + ".";
    static_cast<void>(listener_->subscribe(
        prefix + "*", "", [this, length = prefix.size()](const sidecar::Message& advisory) {
          ledger_.announced(advisory.subject.substr(length));
        }));
  }
  world_.pass(100ms);
  make_strangers();
  boot();
  run_for(3s);
  make_consumers();
  if (dice_.one_in(2)) kill();  // then there is something to make up
  write_past();
  if (!world_.running()) boot();
  run_for(1s + dice_.within(2s));
}

/// From shortly before the next midnight of some zone to shortly after it.
void RetentionHistory::one_midnight() {
  if (dice_.below(3) > 0) heal();
  const WallTime midnight = next_midnight();
  ++midnights_;
  const Nanoseconds before = dice_.one_in(4) ? dice_.within(100ms) : 100ms + dice_.within(20s);
  jump_to(midnight - before);
  if (world_.nats.now() >= midnight) {  // slept through it
    speak();
    run_for(dice_.within(4s));
    return;
  }
  speak();
  if (dice_.one_in(2)) trouble_ahead();
  if (dice_.below(3) > 0) arm();
  run_to(midnight - 1ns);
  speak();
  run_to(midnight);
  speak();
  for (std::size_t i = 1 + dice_.below(3); i > 0; --i) {
    run_for(dice_.one_in(2) ? dice_.within(50ms) : dice_.within(3s));
    speak();
  }
  if (dice_.one_in(4)) change_rules();
  if (dice_.one_in(4)) consent();
  run_for(dice_.within(12s));
  if (healthy_ && world_.clock.mono() - healthy_since_ > settled)
    ledger_.demand_all_gone(allowed_late);
}

/// Hours in one step.
void RetentionHistory::jump_to(WallTime server_time) {
  const Nanoseconds far = server_time - world_.nats.now();
  if (far <= 0s) return;
  if (far < 100s && dice_.one_in(2)) return run_to(server_time);
  const Nanoseconds too_far = dice_.one_in(3) ? dice_.within(dice_.one_in(3) ? 30h : 3h) : 0s;
  switch (dice_.below(3)) {
    case 0:  // the machine slept, and wakes up
      tell("time stands still for the daemon");
      world_.clock.advance(far + too_far);
      break;
    case 1:
      if (world_.running()) kill();
      world_.clock.advance(far + too_far);
      boot();
      break;
    default:  // it stays away until the next trouble is over, or is back at once
      kill();
      tell("the daemon is not there");
      world_.clock.advance(far);
      if (dice_.below(4) > 0) boot();
      break;
  }
  healthy_since_ = world_.clock.mono();
  run_for(dice_.within(300ms));
}

void RetentionHistory::run_to(WallTime server_time) {
  const Nanoseconds left = server_time - world_.nats.now();
  if (left > 0s) run_for(left);
}

void RetentionHistory::run_for(Nanoseconds duration) {
  const policies::MonoTime end = world_.clock.mono() + duration;
  while (true) {
    world_.loop.run_until([this] { return !todo_.empty(); }, end - world_.clock.mono());
    if (todo_.empty()) return;
    const auto now = std::exchange(todo_, {});
    for (const auto& task : now) task();
  }
}

void RetentionHistory::finish() {
  strikes_left_ = countdown_ = 0;
  heal();
  run_for(settled);
  ledger_.demand_all_gone(allowed_late);
}

}  // namespace roomkeeper::testing
