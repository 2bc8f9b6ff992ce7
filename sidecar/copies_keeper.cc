#include "sidecar/copies_keeper.h"

#include <algorithm>
#include <chrono>

#include "policies/audit_names.h"
#include "policies/replica_names.h"

namespace roomkeeper::sidecar {
namespace {

using policies::Result;
using namespace std::chrono_literals;

constexpr policies::Nanoseconds first_rest = 5s;
constexpr policies::Nanoseconds longest_rest = 5min;

}  // namespace

CopiesKeeper::CopiesKeeper(Runtime& runtime, nats::RequestQueue& queue, nats::JetStream& js,
                           const AuditKeeper& audit)
    : runtime_(runtime), queue_(queue), js_(js), audit_(audit) {}

void CopiesKeeper::start() {
  stop();
  running_ = true;
  rest_ = first_rest;
  told_.clear();
  begin_look();
}

void CopiesKeeper::stop() {
  ++run_;
  running_ = false;
  runtime_.loop.cancel(timer_);
  timer_ = 0;
}

void CopiesKeeper::begin_look() {
  const std::string state = runtime_.names().state_stream();
  left_ = {state, state + std::string(policies::lease_suffix)};
  // Until it was made, or where a stranger holds its name, there is nothing of ours.
  if (audit_.is_ready()) left_.emplace_back(policies::audit_stream);
  next();
}

void CopiesKeeper::next() {
  if (!left_.empty()) {
    const std::string stream = left_.back();
    left_.pop_back();
    return nats::ensure_copies(
        queue_, js_, stream, runtime_.config->state.replicas,
        lifetime_.guard([this, stream, run = run_](const Result<nats::CopiesOutcome>& outcome) {
          if (run != run_) return;
          // Who does not answer is left in peace until the next look.
          if (!outcome && outcome.error().code != policies::ErrorCode::not_found) left_.clear();
          if (outcome) looked(stream, *outcome);
          next();
        }));
  }
  timer_ = runtime_.loop.run_after(rest_, lifetime_.guard([this] {
    timer_ = 0;
    begin_look();
  }));
  rest_ = std::min(2 * rest_, longest_rest);
}

void CopiesKeeper::looked(const std::string& stream, const nats::CopiesOutcome& outcome) {
  if (outcome.now != outcome.before)
    runtime_.log.info("state.copies",
                      {{"stream", stream}, {"before", outcome.before}, {"now", outcome.now}});
  tell_missing(stream, outcome);
}

/// By itself it takes what there is room for, so only what the operator asks for can be missing.
void CopiesKeeper::tell_missing(const std::string& stream, const nats::CopiesOutcome& outcome) {
  const int wanted = runtime_.config->state.replicas;
  if (wanted == 0 || outcome.now == wanted) {
    told_.erase(stream);
    return;
  }
  if (!told_.insert(stream).second) return;
  runtime_.log.warn("state.copies_missing", {{"stream", stream},
                                             {"copies", outcome.now},
                                             {"wanted", wanted},
                                             {"error", outcome.refusal}});
}

}  // namespace roomkeeper::sidecar
