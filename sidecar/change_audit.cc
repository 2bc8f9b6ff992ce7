#include "sidecar/change_audit.h"

#include <algorithm>
#include <utility>

namespace roomkeeper::sidecar {
namespace {

using api::AuditKind;
using api::AuditRecord;
using policies::Change;
using policies::ChangeKind;
using policies::Reason;

/// A group is told at the latest after this, so that little is lost when the program is killed.
constexpr policies::Nanoseconds longest_wait = std::chrono::seconds(1);
constexpr std::size_t groups_max = 64;

AuditKind kind_of(const Change& change) {
  if (change.target == policies::ChangeTarget::pooled_room) {
    return change.kind == ChangeKind::remove ? AuditKind::room_unpooled : AuditKind::room_pooled;
  }
  switch (change.kind) {
    case ChangeKind::create:
      return AuditKind::stream_created;
    case ChangeKind::update:
      return AuditKind::stream_updated;
    case ChangeKind::adopt:
      return AuditKind::stream_adopted;
    case ChangeKind::remove:
      return AuditKind::stream_removed;
  }
  return AuditKind::change_failed;
}

/// The world had moved on before anything was asked of the server: it is planned again.
bool was_not_tried(const policies::Reason reason) {
  return reason == Reason::stream_recreated || reason == Reason::foreign_instance ||
         reason == Reason::not_empty || reason == Reason::hold_copying ||
         reason == Reason::hold_behind;
}

AuditRecord entry_of(const Change& change, const Applied& applied) {
  AuditRecord entry;
  entry.kind = applied.done ? kind_of(change) : AuditKind::change_failed;
  entry.reason = applied.reason;
  entry.ok = applied.done;
  entry.actor.origin = api::Origin::schedule;
  if (!applied.done) entry.text = std::string(to_string(change.kind)) + ": " + applied.detail;
  bool lossy = false;
  for (const policies::FieldChange& field : change.fields) {
    lossy = lossy || field.lossy;
    entry.changes.push_back(
        {.field = std::string(to_string(field.field)), .from = field.from, .to = field.to});
  }
  if (change.target == policies::ChangeTarget::pooled_room) entry.stream = change.stream;
  if (applied.done && lossy) entry.text = "ends stored messages earlier: there was consent";
  return entry;
}

std::string group_key(const AuditRecord& entry) {
  std::string key(to_string(entry.kind));
  key.append(1, '\n').append(policies::to_string(entry.reason));
  key.append(1, '\n').append(entry.text);
  key.append(1, '\n').append(entry.stream);
  for (const api::AuditChange& change : entry.changes) {
    for (const std::string* part : {&change.field, &change.from, &change.to})
      key.append(1, '\n').append(*part);
  }
  return key;
}

}  // namespace

void ChangeAudit::note(const Change& change, const Applied& applied, policies::MonoTime now) {
  if (!applied.done && was_not_tried(applied.reason)) return;
  AuditRecord entry = entry_of(change, applied);
  if (change.kind == ChangeKind::remove && applied.done) {
    entry.room = change.room.text();
    entry.stream = change.stream;
    entry.messages = change.messages;
    audit_.record(std::move(entry));
    return;
  }
  if (groups_.size() >= groups_max) flush();
  std::string key = group_key(entry);
  auto found = groups_.find(key);
  if (found == groups_.end()) {
    found = groups_
                .emplace(std::move(key),
                         Group{.entry = std::move(entry), .stream = change.stream, .since = now})
                .first;
  }
  Group& group = found->second;
  group.entry.rooms.push_back(
      {.room = change.room.text(), .messages = 0, .before = change.messages, .up_to = 0});
  if (group.entry.rooms.size() < api::audit_rooms_max && now - group.since < longest_wait) return;
  tell(std::move(group));
  groups_.erase(found);
}

void ChangeAudit::flush() {
  for (auto& [key, group] : std::exchange(groups_, {})) tell(std::move(group));
}

void ChangeAudit::tell(Group group) {
  if (group.entry.rooms.size() == 1) {
    group.entry.room = std::move(group.entry.rooms.front().room);
    group.entry.stream = std::move(group.stream);
    group.entry.rooms.clear();
  }
  std::sort(group.entry.rooms.begin(), group.entry.rooms.end(),
            [](const api::AuditRoom& a, const api::AuditRoom& b) { return a.room < b.room; });
  audit_.record(std::move(group.entry));
}

}  // namespace roomkeeper::sidecar
