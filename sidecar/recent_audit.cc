#include "sidecar/recent_audit.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "policies/audit_names.h"

namespace roomkeeper::sidecar {

using nats::Priority;
using policies::Result;

namespace {

std::string listed(const std::deque<std::string>& entries) {
  std::string json = "[";
  for (const std::string& entry : entries) {
    if (json.size() > 1) json += ',';
    json += entry;
  }
  return json + ']';
}

}  // namespace

RecentAudit::RecentAudit(Runtime& runtime, nats::JetStream& js) : runtime_(runtime), js_(js) {}

void RecentAudit::refresh() {
  const policies::MonoTime now = runtime_.clock.mono();
  if (reading_ || !runtime_.config->audit.enabled) return;
  if (asked_ && now - *asked_ < fresh_for) return;
  if (js_.queue().bus().state() != BusState::connected) return;
  reading_ = true;
  asked_ = now;
  js_.info(Priority::list, std::string(policies::audit_stream),
           lifetime_.guard([this](const Result<nats::StreamInfo>& info) { found(info); }));
}

void RecentAudit::end(State state) {
  reading_ = false;
  state_ = state;
}

void RecentAudit::found(const Result<nats::StreamInfo>& info) {
  if (!info) {
    const bool gone = info.error().code == policies::ErrorCode::not_found;
    return end(gone ? State::missing : state_);
  }
  const policies::StoredRange& stored = info->stream.stored;
  if (stored.created != created_) {
    created_ = stored.created;
    read_up_to_ = 0;
    entries_.clear();
    purges_.clear();
  }
  last_ = stored.messages == 0 ? 0 : stored.last_seq;
  if (last_ <= read_up_to_) return end(State::read);
  const std::uint64_t window = last_ >= entries_max ? last_ - entries_max + 1 : 1;
  if (window > read_up_to_ + 1) return ask_last_purge();
  read_from(std::max({read_up_to_ + 1, window, stored.first_seq}));
}

/// The newest purge may lie before the entries that are read: many kicks may have come since.
void RecentAudit::ask_last_purge() {
  js_.last_of_subject(
      Priority::list, std::string(policies::audit_stream),
      api::audit_subject(api::AuditKind::purge),
      lifetime_.guard([this](const Result<std::optional<nats::StoredMessage>>& message) {
        const std::uint64_t window = last_ - entries_max + 1;
        if (message && *message && (*message)->seq < window && (*message)->seq > read_up_to_) {
          const auto entry = api::decode_audit((*message)->data);
          if (entry) keep(purges_, api::encode_audit(*entry), purges_max);
        }
        read_from(window);
      }));
}

void RecentAudit::read_from(std::uint64_t seq) {
  js_.message_from(
      Priority::list, std::string(policies::audit_stream), seq,
      lifetime_.guard([this](const Result<std::optional<nats::StoredMessage>>& message) {
        if (!message) return end(state_);  // what was read stays; the rest is read the next time
        if (!*message) {
          read_up_to_ = last_;
          return end(State::read);
        }
        take(**message);
        if (read_up_to_ >= last_) return end(State::read);
        read_from(read_up_to_ + 1);
      }));
}

void RecentAudit::take(const nats::StoredMessage& message) {
  read_up_to_ = message.seq;
  const auto entry = api::decode_audit(message.data);
  if (!entry) return;
  std::string json = api::encode_audit(*entry);
  if (entry->kind == api::AuditKind::purge) keep(purges_, json, purges_max);
  keep(entries_, std::move(json), entries_max);
}

void RecentAudit::keep(std::deque<std::string>& list, std::string entry, std::size_t most) {
  list.push_front(std::move(entry));
  if (list.size() > most) list.pop_back();
}

std::string RecentAudit::json() const {
  std::string_view state = "read";
  if (state_ == State::unread) state = reading_ ? "reading" : "unread";
  if (state_ == State::missing) state = "missing";
  if (!runtime_.config->audit.enabled) state = "off";
  return "{\"state\":\"" + std::string(state) + "\",\"entries\":" + listed(entries_) +
         ",\"purges\":" + listed(purges_) + "}";
}

}  // namespace roomkeeper::sidecar
