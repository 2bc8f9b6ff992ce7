#include "sidecar/audit_keeper.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

#include <nlohmann/json.hpp>

#include "policies/audit_names.h"
#include "policies/backoff.h"
#include "sidecar/nats/json_reply.h"

namespace roomkeeper::sidecar {
namespace {

using api::AuditRecord;
using metrics::MetricId;
using nats::Priority;
using policies::Error;
using policies::ErrorCode;
using policies::Result;
using namespace std::chrono_literals;

constexpr policies::BackoffLimits write_retry{.first = 500ms, .longest = 30s};
/// A stream of somebody else's goes away when a person acts.
constexpr policies::Nanoseconds blocked_retry = 60s;
/// Subject, headers and protocol beside an entry's own bytes.
constexpr std::size_t overhead = 512;

/// No error: the entry is in our stream.
Result<> read_ack(const Result<Message>& reply) {
  if (!reply) return policies::pass(reply.error());
  if (reply->status != 0)
    return policies::fail(ErrorCode::unavailable, "no stream takes the audit's entries");
  const auto ack = nats::parse_reply(reply->data);
  if (!ack) return policies::pass(ack.error());
  if (nats::read_string(*ack, "stream") != std::string(policies::audit_stream))
    return policies::fail(ErrorCode::conflict, "another stream took an entry of the audit");
  return {};
}

std::string prefix_of(const Runtime& runtime) {
  const auto now = runtime.clock.wall().time_since_epoch().count();
  std::array<char, 24> text{};
  std::snprintf(text.data(), text.size(), "%llx", static_cast<unsigned long long>(now));
  return runtime.config->instance + "-" + text.data() + "-";
}

}  // namespace

AuditKeeper::AuditKeeper(Runtime& runtime, nats::RequestQueue& queue, const Inventory& inventory)
    : runtime_(runtime),
      queue_(queue),
      js_(queue, runtime.config->nats.js_domain),
      inventory_(inventory),
      stream_(runtime, js_),
      id_prefix_(prefix_of(runtime)) {}

void AuditKeeper::record(AuditRecord entry) {
  if (!runtime_.config->audit.enabled) return;
  if (entry.at == policies::WallTime{}) entry.at = inventory_.server_now();
  if (auto now = repeats_.take(std::move(entry), runtime_.clock.mono())) {
    push(*now);
  } else {
    arm_repeats();
  }
}

void AuditKeeper::arm_repeats() {
  if (repeats_timer_ != 0) return;
  const auto next = repeats_.next_due();
  if (!next) return;
  repeats_timer_ = runtime_.loop.run_after(*next - runtime_.clock.mono(), lifetime_.guard([this] {
    repeats_timer_ = 0;
    tell_repeats();
  }));
}

void AuditKeeper::tell_repeats() {
  for (const AuditRecord& entry : repeats_.due(runtime_.clock.mono())) push(entry);
  arm_repeats();
}

void AuditKeeper::push(const AuditRecord& entry) {
  std::string json = api::encode_audit(entry);
  if (waiting_.size() >= waiting_max || waiting_bytes_ + json.size() > waiting_bytes_max)
    return drop(1, "too many are waiting");
  waiting_bytes_ += json.size();
  waiting_.push_back(
      {.id = id_prefix_ + std::to_string(++last_id_), .kind = entry.kind, .json = std::move(json)});
  runtime_.metrics.set(MetricId::audit_waiting, static_cast<double>(waiting_.size()));
  pump();
}

void AuditKeeper::drop(std::size_t entries, const char* why) {
  dropped_ += entries;
  runtime_.metrics.add(MetricId::audit_dropped_total, {}, static_cast<double>(entries));
  if (std::exchange(full_, true)) return;
  runtime_.log.warn("audit.dropped", {{"entries", entries}, {"why", why}, {"problem", problem_}});
}

void AuditKeeper::start() {
  stop();
  may_act_ = true;
  if (runtime_.config->audit.enabled || !waiting_.empty()) ensure();
}

void AuditKeeper::stop() {
  ++attempt_;
  runtime_.loop.cancel(retry_timer_);
  retry_timer_ = 0;
  stage_ = Stage::away;
  may_act_ = resting_ = false;
  failures_ = 0;
}

void AuditKeeper::config_changed() {
  if (may_act_) start();
}

void AuditKeeper::ensure() {
  stage_ = Stage::making;
  stream_.ensure(lifetime_.guard([this, attempt = attempt_](const Result<>& outcome) {
    if (attempt == attempt_) ensured(outcome);
  }));
}

void AuditKeeper::ensured(const Result<>& outcome) {
  if (outcome) {
    stage_ = Stage::ready;
    if (failures_ == 0) problem_.clear();
    return pump();
  }
  stage_ = Stage::blocked;
  if (problem_ != outcome.error().text) {
    problem_ = outcome.error().text;
    runtime_.log.error("audit.no_stream", {{"error", outcome.error()}});
  }
  if (outcome.error().code == ErrorCode::unavailable && queue_.bus().state() != BusState::connected)
    return;  // start() comes with the connection
  const bool foreign = outcome.error().code == ErrorCode::conflict;
  const policies::Nanoseconds wait =
      foreign ? blocked_retry : policies::backoff(write_retry, ++failures_, last_id_);
  retry_timer_ = runtime_.loop.run_after(wait, lifetime_.guard([this] {
    retry_timer_ = 0;
    ensure();
  }));
  if (flushed_) end_flush();
}

/// In order, a few at a time. After a failure everything on its way is awaited first.
void AuditKeeper::pump() {
  if (stage_ != Stage::ready || resting_) return;
  for (Entry& entry : waiting_) {
    if (outstanding_ >= outstanding_max) break;
    if (!entry.sent) send(entry);
  }
  forget_stored();
}

void AuditKeeper::forget_stored() {
  while (!waiting_.empty() && waiting_.front().stored) {
    waiting_bytes_ -= waiting_.front().json.size();
    waiting_.pop_front();
  }
  if (waiting_.size() <= waiting_max / 2) full_ = false;
  runtime_.metrics.set(MetricId::audit_waiting, static_cast<double>(waiting_.size()));
}

void AuditKeeper::send(Entry& entry) {
  const std::int64_t max_payload = queue_.bus().server().max_payload;
  if (max_payload > 0 && entry.json.size() + overhead > static_cast<std::size_t>(max_payload)) {
    entry.sent = entry.stored = true;
    drop(1, "larger than the server's max_payload");
    return;
  }
  entry.sent = true;
  ++outstanding_;
  queue_.send(Priority::apply, "audit", api::audit_subject(entry.kind), entry.json,
              {{"Nats-Msg-Id", entry.id}},
              lifetime_.guard(
                  [this, id = entry.id](const Result<Message>& reply) { answered(id, reply); }));
}

void AuditKeeper::answered(const std::string& id, const Result<Message>& reply) {
  --outstanding_;
  const auto entry = std::find_if(waiting_.begin(), waiting_.end(),
                                  [&id](const Entry& waiting) { return waiting.id == id; });
  if (entry == waiting_.end()) return;
  if (const Result<> outcome = read_ack(reply)) {
    stored(*entry);
  } else {
    entry->sent = false;
    failed(outcome.error());
  }
  forget_stored();
  if (flushed_ && waiting_.empty()) return end_flush();
  if (resting_ && outstanding_ == 0 && retry_timer_ == 0) rest();
  pump();
}

void AuditKeeper::stored(Entry& entry) {
  entry.stored = true;
  failures_ = 0;
  problem_.clear();
  runtime_.metrics.add(MetricId::audit_records_total, {std::string(to_string(entry.kind))});
}

void AuditKeeper::failed(const Error& error) {
  if (stage_ != Stage::ready || std::exchange(resting_, true)) return;
  if (++failures_ == 1) runtime_.log.warn("audit.not_stored", {{"error", error}});
  problem_ = error.text;
}

/// Then the stream is looked at first: it may be gone, or not be ours any more.
void AuditKeeper::rest() {
  const policies::Nanoseconds wait = policies::backoff(write_retry, failures_, last_id_);
  retry_timer_ = runtime_.loop.run_after(wait, lifetime_.guard([this] {
    retry_timer_ = 0;
    resting_ = false;
    ensure();
  }));
}

void AuditKeeper::flush(policies::Nanoseconds most, std::function<void()> done) {
  runtime_.loop.cancel(repeats_timer_);
  for (const AuditRecord& entry : repeats_.drain()) push(entry);
  flushed_ = std::move(done);
  const bool hopeless = stage_ == Stage::away || stage_ == Stage::blocked;
  if (waiting_.empty() || hopeless) return end_flush();
  flush_timer_ = runtime_.loop.run_after(most, lifetime_.guard([this] { end_flush(); }));
}

void AuditKeeper::end_flush() {
  stop();
  runtime_.loop.cancel(flush_timer_);
  if (!waiting_.empty()) {
    full_ = false;  // whatever was told before: this is the end
    drop(waiting_.size(), "the program ended");
    waiting_.clear();
  }
  std::exchange(flushed_, nullptr)();
}

AuditHealth AuditKeeper::health() const {
  return {.enabled = runtime_.config->audit.enabled,
          .problem = problem_,
          .waiting = waiting_.size(),
          .dropped = dropped_};
}

}  // namespace roomkeeper::sidecar
