#include "sidecar/audit_repeats.h"

#include <algorithm>
#include <utility>

namespace roomkeeper::sidecar {
namespace {

using api::AuditKind;
using api::AuditRecord;
using policies::MonoTime;

/// An entry that is told apart by more than this is not worth remembering.
constexpr std::size_t key_max = 16U << 10U;

/// With its length before it, so that no text of a stranger can look like two others.
void append(std::string& key, std::string_view part) {
  key.append(std::to_string(part.size())).append(1, ':').append(part);
}

void append_rooms(std::string& key, const std::vector<api::AuditRoom>& rooms) {
  std::vector<std::string_view> names;
  names.reserve(rooms.size());
  for (const api::AuditRoom& room : rooms) names.push_back(room.room);
  std::sort(names.begin(), names.end());
  for (const std::string_view name : names) append(key, name);
}

/// What two repeats have in common; empty: this never repeats.
std::string repeat_key(const AuditRecord& entry) {
  const bool by_who = entry.kind == AuditKind::change_failed || entry.kind == AuditKind::kick;
  const bool once = entry.kind == AuditKind::daemon_started || !entry.job.empty();
  if (once || (!by_who && !entry.rooms.empty())) return {};
  // Of many users: a sum already.
  if (entry.kind == AuditKind::kick && entry.user.empty()) return {};
  std::string key;
  append(key, to_string(entry.kind));
  append(key, policies::to_string(entry.reason));
  append(key, to_string(entry.actor.origin));
  append(key, entry.ok ? "done" : "failed");
  for (const std::string* part : {&entry.actor.claimed, &entry.room, &entry.user})
    append(key, *part);
  // Whose limit it was; the numbers behind it differ.
  if (entry.kind == AuditKind::kick && entry.actor.origin == api::Origin::limit)
    append(key, std::string_view(entry.text).substr(0, entry.text.find(':')));
  append_rooms(key, entry.rooms);
  if (!by_who) {
    append(key, entry.stream);
    append(key, entry.text);
    for (const api::AuditChange& change : entry.changes) {
      for (const std::string* part : {&change.field, &change.from, &change.to}) append(key, *part);
    }
  }
  return key.size() > key_max ? std::string() : key;
}

void add(std::optional<std::uint64_t>& sum, const std::optional<std::uint64_t>& more) {
  if (more) sum = sum.value_or(0) + *more;
}

void count(std::optional<AuditRecord>& counted, AuditRecord entry) {
  if (!counted) {
    counted = std::move(entry);
    if (!counted->first) counted->first = counted->at;
    return;
  }
  add(entry.messages, counted->messages);
  add(entry.connections, counted->connections);
  entry.times += counted->times;
  entry.first = counted->first;
  counted = std::move(entry);  // the last one's text and values are the freshest
}

AuditRecord finished(AuditRecord counted) {
  if (counted.times == 1) counted.first.reset();
  return counted;
}

void sort_by_time(std::vector<AuditRecord>& entries) {
  std::stable_sort(entries.begin(), entries.end(),
                   [](const AuditRecord& a, const AuditRecord& b) { return a.at < b.at; });
}

}  // namespace

std::optional<AuditRecord> AuditRepeats::take(AuditRecord entry, MonoTime now) {
  std::string key = repeat_key(entry);
  if (key.empty()) return entry;
  const auto found = told_.find(key);
  if (found != told_.end() && (found->second.counted || now < found->second.until)) {
    count(found->second.counted, std::move(entry));
    return std::nullopt;
  }
  if (found != told_.end()) {
    found->second.until = now + window;
    return entry;
  }
  if (told_.size() >= keys_max) forget_past(now);
  if (told_.size() < keys_max)
    told_.emplace(std::move(key), Told{.until = now + window, .counted = std::nullopt});
  return entry;
}

void AuditRepeats::forget_past(MonoTime now) {
  std::erase_if(told_, [now](const auto& entry) {
    return !entry.second.counted && entry.second.until <= now;
  });
}

std::vector<AuditRecord> AuditRepeats::due(MonoTime now) {
  forget_past(now);
  std::vector<AuditRecord> over;
  for (auto& [key, told] : told_) {
    if (told.until > now || !told.counted) continue;
    over.push_back(finished(*std::exchange(told.counted, std::nullopt)));
    told.until = now + window;
  }
  sort_by_time(over);
  return over;
}

std::optional<MonoTime> AuditRepeats::next_due() const {
  std::optional<MonoTime> next;
  for (const auto& [key, told] : told_) {
    if (told.counted) next = next ? std::min(*next, told.until) : told.until;
  }
  return next;
}

std::vector<AuditRecord> AuditRepeats::drain() {
  std::vector<AuditRecord> all;
  for (auto& [key, told] : told_) {
    if (told.counted) all.push_back(finished(std::move(*told.counted)));
  }
  told_.clear();
  sort_by_time(all);
  return all;
}

}  // namespace roomkeeper::sidecar
