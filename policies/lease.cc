#include "policies/lease.h"

#include <algorithm>
#include <utility>

namespace roomkeeper::policies {

using namespace std::chrono_literals;

bool is_as_new(const ConfigurationId& mine, const ConfigurationId& last) {
  if (mine.hash == last.hash) return true;
  if (mine.revision != last.revision) return mine.revision > last.revision;
  return mine.loaded >= last.loaded;
}

Nanoseconds lease_margin(Nanoseconds duration) {
  return duration / 8;
}

Nanoseconds lease_renewal(Nanoseconds duration) {
  return duration / 4;
}

Nanoseconds bounded_lease(Nanoseconds duration) {
  return std::clamp<Nanoseconds>(duration, 1s, 60s);
}

void LeaseWatch::saw(std::optional<LeaseRecord> record, std::uint64_t revision, MonoTime now) {
  if (known_ && !record && record_ && record_->held()) {
    // Lost, or deleted by hand: whoever held it may act until its time is over all the same.
    if (revision != revision_) since_ = now;
    revision_ = revision;
    return;
  }
  // A store that was lost and made anew may come to the same number: then the record differs.
  const bool same = known_ && revision == revision_ && record.has_value() == record_.has_value() &&
                    (!record || record->process == record_->process);
  if (!same) since_ = now;
  known_ = true;
  record_ = std::move(record);
  revision_ = revision;
}

void LeaseWatch::forget() {
  *this = LeaseWatch();
}

LeaseWatch::Decision LeaseWatch::decide(const std::string& process, const ConfigurationId& mine,
                                        MonoTime now) const {
  if (!record_) return {.take = true, .reason = Reason::lease_free};
  if (record_->process == process) return {.take = true, .reason = Reason::lease_expired};
  const bool as_new = is_as_new(mine, record_->configuration);
  const MonoTime gone = record_->held() ? since_ + bounded_lease(record_->duration) : since_;
  // Rather an old one than none for ever; which of two without numbers is newer is a guess besides.
  const bool is_lower = mine.revision < record_->configuration.revision;
  const MonoTime old_enough = gone + (is_lower ? lower_revision_waits : older_waits);
  if (!as_new && now < old_enough)
    return {.take = false, .reason = Reason::older_configuration, .when = old_enough};
  if (!record_->held()) return {.take = true, .reason = Reason::lease_released};
  const MonoTime end = gone;
  if (now < end) return {.take = false, .reason = Reason::leader_elsewhere, .when = end};
  return {.take = true, .reason = Reason::lease_expired};
}

}  // namespace roomkeeper::policies
