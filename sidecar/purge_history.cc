#include "sidecar/purge_history.h"

#include "sidecar/stream_purger.h"

namespace roomkeeper::sidecar {

void PurgeHistory::note(const PurgeOrder& order, const PurgeOutcome& outcome,
                        policies::WallTime server_now) {
  const auto found = records_.find(order.stream.name);
  if (outcome.ok() && outcome.messages == 0 && found == records_.end()) return;
  PurgeRecord& record = found == records_.end() ? records_[order.stream.name] : found->second;
  if (!outcome.ok()) {
    if (!record.failing_since) record.failing_since = server_now;
    ++record.failures;
    record.failure = outcome.reason;
    record.detail = outcome.detail;
    return;
  }
  record.failing_since.reset();
  record.failures = 0;
  record.detail.clear();
  if (outcome.messages == 0) return;
  record.purged = server_now;
  record.messages = outcome.messages;
  record.reason = order.reason;
}

const PurgeRecord* PurgeHistory::find(const std::string& stream) const {
  const auto found = records_.find(stream);
  return found == records_.end() ? nullptr : &found->second;
}

void PurgeHistory::keep_only(const policies::ObservedStreams& listing) {
  if (!listing.complete) return;
  std::erase_if(records_, [&](const auto& entry) { return listing.find(entry.first) == nullptr; });
}

}  // namespace roomkeeper::sidecar
