// The record of a move, as policies understand it. Pure; thread: any.
#ifndef ROOMKEEPER_SIDECAR_MOVE_RECORD_H_
#define ROOMKEEPER_SIDECAR_MOVE_RECORD_H_

#include <string>
#include <string_view>
#include <vector>

#include "api/moves.h"
#include "policies/move.h"

namespace roomkeeper::sidecar {

inline constexpr std::string_view move_key_prefix = "move.";

inline policies::MoveLedger ledger_of(const std::vector<api::MoveGroup>& groups,
                                      const std::vector<api::MoveGroup>& singles) {
  const auto entries_of = [](const std::vector<api::MoveGroup>& from) {
    std::vector<policies::LedgerEntry> entries;
    entries.reserve(from.size());
    for (const api::MoveGroup& group : from)
      entries.push_back({.up_to = group.up_to, .newest = group.newest});
    return entries;
  };
  return policies::MoveLedger::of(entries_of(groups), entries_of(singles));
}

inline std::vector<api::MoveGroup> groups_of(const std::vector<policies::LedgerEntry>& entries) {
  std::vector<api::MoveGroup> groups;
  groups.reserve(entries.size());
  for (const policies::LedgerEntry& entry : entries)
    groups.push_back({.up_to = entry.up_to, .newest = entry.newest});
  return groups;
}

/// {"template": name}; `name` is a name token.
inline std::string template_patch(std::string_view name) {
  return std::string(R"({"template":")").append(name).append("\"}");
}

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_MOVE_RECORD_H_
