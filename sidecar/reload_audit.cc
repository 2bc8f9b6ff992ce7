#include "sidecar/reload_audit.h"

#include <algorithm>
#include <map>
#include <memory>
#include <string_view>
#include <utility>

#include "config/room_fields.h"

namespace roomkeeper::sidecar {
namespace {

using api::AuditRecord;
using policies::RoomSettings;
using policies::RoomSpec;

/// `nats` keeps `nats.url` too.
bool is_kept(const std::string& key, const std::vector<std::string>& kept) {
  return std::any_of(kept.begin(), kept.end(), [&key](const std::string& name) {
    return key == name || key.starts_with(name + ".");
  });
}

void add_settings(const config::Config& before, const config::Config& after,
                  const std::vector<std::string>& kept, AuditRecord& entry) {
  std::map<std::string_view, std::string_view> old;
  for (const config::EffectiveValue& value : before.effective) old[value.key] = value.value;
  for (const config::EffectiveValue& value : after.effective) {
    const auto found = old.find(value.key);
    const std::string was(found == old.end() ? std::string_view() : found->second);
    if (found != old.end()) old.erase(found);
    if (was == value.value || is_kept(value.key, kept)) continue;
    entry.changes.push_back({.field = value.key, .from = was, .to = value.value});
  }
  // Settings always have a value; rules of limits.users go.
  for (const auto& [key, was] : old)
    entry.changes.push_back({.field = std::string(key), .from = std::string(was), .to = {}});
}

void add_template(const std::string& name, const RoomSettings* before, const RoomSettings* after,
                  AuditRecord& entry) {
  if (before == nullptr || after == nullptr) {
    const bool added = before == nullptr;
    entry.changes.push_back({.field = "templates." + name,
                             .from = added ? "" : "defined",
                             .to = added ? "defined" : ""});
    return;
  }
  for (const config::RoomField& field : config::room_fields()) {
    std::string was = field.show(*before);
    std::string is = field.show(*after);
    if (was == is) continue;
    entry.changes.push_back({.field = "templates." + name + "." + std::string(field.key),
                             .from = std::move(was),
                             .to = std::move(is)});
  }
}

void add_templates(const config::Config& before, const config::Config& after, AuditRecord& entry) {
  std::map<std::string, std::pair<const RoomSettings*, const RoomSettings*>> all;
  for (const auto& [name, settings] : before.templates) all[name].first = settings.get();
  for (const auto& [name, settings] : after.templates) all[name].second = settings.get();
  for (const auto& [name, pair] : all) add_template(name, pair.first, pair.second, entry);
}

bool same(const RoomSpec& a, const RoomSpec& b) {
  if (a.title != b.title || a.topic != b.topic || a.tags != b.tags) return false;
  return a.settings == b.settings || (a.settings->template_name == b.settings->template_name &&
                                      a.settings->layout == b.settings->layout &&
                                      a.settings->retention == b.settings->retention &&
                                      a.settings->stream == b.settings->stream &&
                                      a.settings->connections == b.settings->connections);
}

/// `3 rooms added, 0 removed, 1 changed`, of two sorted lists.
std::string room_counts(const std::vector<RoomSpec>& before, const std::vector<RoomSpec>& after) {
  std::size_t added = 0;
  std::size_t removed = 0;
  std::size_t changed = 0;
  auto was = before.begin();
  auto is = after.begin();
  while (was != before.end() || is != after.end()) {
    if (was == before.end() || (is != after.end() && is->id < was->id)) {
      ++added;
      ++is;
    } else if (is == after.end() || was->id < is->id) {
      ++removed;
      ++was;
    } else {
      if (!same(*was, *is)) ++changed;
      ++was;
      ++is;
    }
  }
  return std::to_string(added) + " rooms added, " + std::to_string(removed) + " removed, " +
         std::to_string(changed) + " changed";
}

AuditRecord reload_entry() {
  AuditRecord entry;
  entry.kind = api::AuditKind::config_reloaded;
  entry.reason = policies::Reason::file_changed;
  entry.actor.origin = api::Origin::file;
  return entry;
}

}  // namespace

AuditRecord audit_of_reload(const config::Config& before, const config::Config& after,
                            const std::vector<std::string>& kept) {
  AuditRecord entry = reload_entry();
  add_settings(before, after, kept, entry);
  add_templates(before, after, entry);
  entry.text = room_counts(before.rooms.rooms, after.rooms.rooms);
  for (const std::string& name : kept) entry.text += "; " + name + " needs a restart";
  return entry;
}

AuditRecord audit_of_refusal(const std::vector<config::Problem>& problems) {
  AuditRecord entry = reload_entry();
  entry.ok = false;
  entry.text = "refused, the last good one stays in force: ";
  entry.text += problems.empty() ? "unknown problem" : to_string(problems.front());
  if (problems.size() > 1)
    entry.text += " (and " + std::to_string(problems.size() - 1) + " more problems)";
  return entry;
}

}  // namespace roomkeeper::sidecar
