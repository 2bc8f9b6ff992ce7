#include "tests/simulation/audit_entries.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <stdexcept>

namespace roomkeeper::testing {

using namespace std::chrono_literals;

Entries audit_of(const DaemonWorld& world) {
  Entries entries;
  const FakeStream* stream = world.nats.stream("ROOMKEEPER_AUDIT");
  if (stream == nullptr) return entries;
  for (const auto& [seq, message] : stream->messages()) {
    const auto entry = api::decode_audit(message.data);
    if (!entry) throw std::runtime_error(message.data + ": " + entry.error().message);
    if (message.subject != "roomkeeper.audit." + std::string(to_string(entry->kind)))
      throw std::runtime_error(message.subject + ": " + message.data);
    entries.push_back(*entry);
  }
  return entries;
}

Entries audit_of(const DaemonWorld& world, api::AuditKind kind) {
  Entries entries = audit_of(world);
  std::erase_if(entries, [kind](const api::AuditRecord& entry) { return entry.kind != kind; });
  return entries;
}

api::AuditRecord only_entry(const DaemonWorld& world, api::AuditKind kind) {
  const Entries entries = audit_of(world, kind);
  if (entries.size() == 1) return entries.front();
  throw std::runtime_error(std::to_string(entries.size()) + " entries of kind " +
                           std::string(to_string(kind)));
}

std::vector<std::string> changes_of(const api::AuditRecord& entry) {
  std::vector<std::string> texts;
  for (const api::AuditChange& change : entry.changes)
    texts.push_back(change.field + ": " + change.from + " -> " + change.to);
  return texts;
}

std::vector<std::string> rooms_of(const api::AuditRecord& entry) {
  std::vector<std::string> rooms;
  if (!entry.room.empty()) rooms.push_back(entry.room);
  for (const api::AuditRoom& room : entry.rooms) rooms.push_back(room.room);
  std::sort(rooms.begin(), rooms.end());
  return rooms;
}

std::uint64_t times_of(const Entries& entries) {
  std::uint64_t sum = 0;
  for (const api::AuditRecord& entry : entries) sum += entry.times;
  return sum;
}

std::string ask_as(DaemonWorld& world, const std::string& actor, const std::string& verb,
                   std::string_view json) {
  const auto bus = world.nats.connect("APP", "admin", "roomctl");
  world.loop.run_until_idle();
  std::optional<std::string> answer;
  bus->request("roomkeeper.admin." + verb, json, {{"Roomkeeper-Actor", actor}}, 10s,
               [&answer](policies::Result<sidecar::Message> reply) {
                 answer = reply ? reply->data : "error: " + reply.error().text;
               });
  world.loop.run_until([&answer] { return answer.has_value(); }, 11s);
  return answer.value_or("");
}

}  // namespace roomkeeper::testing
