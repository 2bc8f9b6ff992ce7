#include "sidecar/lease_keeper.h"

#include <algorithm>
#include <utility>

#include "policies/replica_names.h"

namespace roomkeeper::sidecar {
namespace {

using policies::LeaseRecord;
using policies::Nanoseconds;
using policies::Reason;
using policies::Result;
using namespace std::chrono_literals;

/// How often a candidate looks: what a clean hand-over costs.
constexpr Nanoseconds poll = 250ms;
/// After a failed request, so that a cluster in the middle of an election is not flooded.
constexpr Nanoseconds retry = 200ms;
constexpr Nanoseconds release_longest = 500ms;

}  // namespace

std::string_view to_string(LeaseKeeper::Role role) {
  switch (role) {
    case LeaseKeeper::Role::none:
      return "none";
    case LeaseKeeper::Role::watching:
      return "watching";
    case LeaseKeeper::Role::leading:
      return "leading";
  }
  return "none";
}

LeaseKeeper::LeaseKeeper(Runtime& runtime, nats::RequestQueue& queue, nats::JetStream& js,
                         std::string name, std::string process, Configuration configuration)
    : runtime_(runtime),
      key_(queue, js, runtime.names().state_bucket + std::string(policies::lease_suffix)),
      name_(std::move(name)),
      process_(std::move(process)),
      configuration_(std::move(configuration)) {}

void LeaseKeeper::start() {
  stop();
  running_ = true;
  ensured_ = false;
  must_read_ = true;
  schedule(0s);
}

void LeaseKeeper::stop() {
  running_ = false;
  ++epoch_;
  asking_ = false;
  runtime_.loop.cancel(timer_);
  runtime_.loop.cancel(end_timer_);
  timer_ = end_timer_ = 0;
  role_ = Role::none;
  reason_ = Reason::lease_lost;
}

bool LeaseKeeper::may_act() const {
  return role_ == Role::leading && runtime_.clock.mono() < act_until_;
}

void LeaseKeeper::schedule(Nanoseconds delay) {
  runtime_.loop.cancel(timer_);
  timer_ = runtime_.loop.run_after(delay, lifetime_.guard([this] {
    timer_ = 0;
    tick();
  }));
}

void LeaseKeeper::look_now() {
  must_read_ = true;
  if (running_ && !asking_) schedule(0s);
}

void LeaseKeeper::rise_above(std::uint64_t generation) {
  generation_ = std::max(generation_, generation + 1);
  if (running_ && !asking_) schedule(0s);
}

void LeaseKeeper::tick() {
  if (!running_ || asking_) return;
  asking_ = true;
  if (!ensured_) return ensure();
  if (role_ == Role::leading && !must_read_) return write(reason_);
  read();
}

void LeaseKeeper::ensure() {
  key_.ensure(runtime_.config->state.replicas,
              lifetime_.guard([this, epoch = epoch_](const Result<bool>& made) {
                if (epoch != epoch_) return;
                asking_ = false;
                ensured_ = made.has_value();
                const std::string error = made ? std::string() : made.error().text;
                if (!error.empty() && error != told_)
                  runtime_.log.warn("lease.no_bucket", {{"error", error}});
                told_ = error;
                schedule(made ? Nanoseconds(0s) : Nanoseconds(1s));
              }));
}

void LeaseKeeper::read() {
  key_.read(lifetime_.guard([this, epoch = epoch_](const Result<nats::LeaseReading>& reading) {
    if (epoch != epoch_) return;
    asking_ = false;
    was_read(reading);
  }));
}

void LeaseKeeper::was_read(const Result<nats::LeaseReading>& reading) {
  if (!reading) {
    // The bucket was deleted: then it is made anew.
    if (reading.error().code == policies::ErrorCode::not_found) ensured_ = false;
    return schedule(retry);
  }
  must_read_ = false;
  watch_.saw(reading->record, reading->revision, runtime_.clock.mono());
  if (role_ != Role::leading) return consider();
  // Our own write may have been stored although nobody told us.
  // And a key that is gone, as after the loss of the server's store, is nobody else's.
  const bool ours = !reading->record || reading->record->process == process_;
  if (!ours) return lose(Reason::lease_lost);
  asking_ = true;
  write(reason_);
}

bool LeaseKeeper::yields() const {
  return runtime_.clock.mono() < yield_until_ &&
         (!watch_.record() || !watch_.record()->held() || watch_.record()->process == process_);
}

void LeaseKeeper::consider() {
  const policies::LeaseWatch::Decision decision =
      watch_.decide(process_, configuration(), runtime_.clock.mono());
  if (!decision.take || yields()) {
    enter(Role::watching, decision.take ? Reason::lease_released : decision.reason);
    return schedule(poll);
  }
  asking_ = true;
  write(decision.reason);
}

/// Renews what is ours, or takes it.
void LeaseKeeper::write(Reason reason) {
  const bool renews = role_ == Role::leading;
  const std::uint64_t last = watch_.record() ? watch_.record()->generation : 0;
  const bool continuous = generation_ != 0 && last == generation_;
  const LeaseRecord record{.name = name_,
                           .process = process_,
                           .generation = renews ? generation_ : std::max(last, generation_) + 1,
                           .duration = runtime_.config->replica.lease,
                           .configuration = configuration()};
  key_.write(record, watch_.revision(),
             lifetime_.guard([this, epoch = epoch_, sent = runtime_.clock.mono(), reason, record,
                              continuous](const Result<std::uint64_t>& revision) {
               if (epoch != epoch_) return;
               asking_ = false;
               if (role_ != Role::leading) continuous_ = continuous;
               was_written(sent, reason, record, revision);
             }));
}

void LeaseKeeper::was_written(policies::MonoTime sent, Reason reason, const LeaseRecord& record,
                              const Result<std::uint64_t>& revision) {
  if (!revision) {
    must_read_ = true;
    if (revision.error().code != policies::ErrorCode::conflict)
      runtime_.log.debug("lease.not_written", {{"error", revision.error()}});
    return schedule(revision.error().code == policies::ErrorCode::conflict ? Nanoseconds(0s)
                                                                           : retry);
  }
  const policies::MonoTime now = runtime_.clock.mono();
  watch_.saw(record, *revision, now);
  // From when it was sent: a candidate may have seen it right after.
  const policies::MonoTime end = sent + record.duration - policies::lease_margin(record.duration);
  if (now >= end) {
    // Too late to be of use, and perhaps somebody else's by now.
    must_read_ = true;
    return schedule(0s);
  }
  generation_ = std::max(generation_, record.generation);
  hold_until(end);
  schedule(policies::lease_renewal(record.duration));
  if (role_ != Role::leading) enter(Role::leading, reason);
}

void LeaseKeeper::hold_until(policies::MonoTime end) {
  act_until_ = end;
  runtime_.loop.cancel(end_timer_);
  end_timer_ = runtime_.loop.run_after(end - runtime_.clock.mono(), lifetime_.guard([this] {
    end_timer_ = 0;
    lose(Reason::lease_lost);
  }));
}

void LeaseKeeper::lose(Reason reason) {
  if (role_ != Role::leading) return;
  runtime_.loop.cancel(end_timer_);
  end_timer_ = 0;
  must_read_ = true;
  enter(Role::watching, reason);
  if (!asking_) schedule(0s);
}

void LeaseKeeper::enter(Role role, Reason reason) {
  const bool changed = role_ != role;
  if (!changed && reason_ == reason) return;
  role_ = role;
  reason_ = reason;
  if (changed) changed_(role, reason);
}

void LeaseKeeper::release(bool stay_away, std::function<void()> done) {
  const bool led = may_act();
  if (stay_away) yield_until_ = runtime_.clock.mono() + 2 * runtime_.config->replica.lease;
  stop();
  if (!led) return done();
  const auto once = std::make_shared<std::function<void()>>(std::move(done));
  const auto finish = [once] {
    if (*once) std::exchange(*once, {})();
  };
  const TimerId longest = runtime_.loop.run_after(release_longest, lifetime_.guard(finish));
  hand_over(watch_.revision(), true, [this, longest, finish] {
    runtime_.loop.cancel(longest);
    finish();
  });
}

/// `again`: a renewal that was on its way may have come before; then once more.
void LeaseKeeper::hand_over(std::uint64_t revision, bool again, std::function<void()> done) {
  const LeaseRecord record{.name = name_,
                           .process = {},
                           .generation = generation_,
                           .duration = runtime_.config->replica.lease,
                           .configuration = configuration()};
  auto written =
      lifetime_.guard([this, again, done = std::move(done)](const Result<std::uint64_t>& outcome) {
        const bool overtaken =
            !outcome && outcome.error().code == policies::ErrorCode::conflict && again;
        if (!overtaken) {
          if (!outcome) runtime_.log.warn("lease.not_released", {{"error", outcome.error()}});
          return done();
        }
        key_.read(lifetime_.guard([this, done](const Result<nats::LeaseReading>& reading) {
          const bool ours = reading && reading->record && reading->record->process == process_;
          if (!ours) return done();
          hand_over(reading->revision, false, done);
        }));
      });
  key_.write(record, revision, std::move(written));
}

}  // namespace roomkeeper::sidecar
