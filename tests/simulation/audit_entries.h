// What the audit stream of the fake server holds, for the simulations of the audit.
#ifndef ROOMKEEPER_TESTS_SIMULATION_AUDIT_ENTRIES_H_
#define ROOMKEEPER_TESTS_SIMULATION_AUDIT_ENTRIES_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "api/audit.h"
#include "tests/simulation/daemon_world.h"

namespace roomkeeper::testing {

using Entries = std::vector<api::AuditRecord>;

/// All entries in the order of the stream. One that cannot be read, or that stands under another
/// kind's subject, fails the test by throwing.
Entries audit_of(const DaemonWorld& world);
/// Those of one kind.
Entries audit_of(const DaemonWorld& world, api::AuditKind kind);
/// The only one of its kind; fails the test by throwing when there are none or several.
api::AuditRecord only_entry(const DaemonWorld& world, api::AuditKind kind);
/// `field: from -> to`, one text a change.
std::vector<std::string> changes_of(const api::AuditRecord& entry);
/// Sorted names of the rooms of an entry, whether it is about one or many.
std::vector<std::string> rooms_of(const api::AuditRecord& entry);
/// How often what these tell has happened.
std::uint64_t times_of(const Entries& entries);
/// One admin request as roomctl sends it, with its claim who asks. Returns the reply's JSON.
std::string ask_as(DaemonWorld& world, const std::string& actor, const std::string& verb,
                   std::string_view json);

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_SIMULATION_AUDIT_ENTRIES_H_
