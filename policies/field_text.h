// How values of a stream's fields are written in plans: short, exact, in the units of the
// configuration.
//
// What strangers wrote (subjects, metadata) is cut at 512 bytes, its control characters shown as
// '?'.
#ifndef ROOMKEEPER_POLICIES_FIELD_TEXT_H_
#define ROOMKEEPER_POLICIES_FIELD_TEXT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policies/observed.h"
#include "policies/room.h"
#include "policies/time.h"

namespace roomkeeper::policies {

/// `26h`, `30d`, `1500ms`: the largest unit that leaves no rest.
std::string duration_text(Nanoseconds value);
/// As duration_text; 0 is `unlimited`.
std::string age_text(Nanoseconds value);
/// `64MiB`, `1000B`; -1 and 0 are `unlimited`.
std::string bytes_text(std::int64_t value);
/// `100000`; -1 and 0 are `unlimited`.
std::string count_text(std::int64_t value);
std::string subjects_text(const std::vector<std::string>& subjects);
std::string placement_text(const Placement& placement);
/// Instance, room, owner and template; `none` for an unmarked stream.
std::string mark_text(const std::optional<Mark>& mark);
/// Bytes of a stranger made fit for a message: quoted, cut at 64 bytes, control characters as '?'.
std::string quoted(std::string_view text);

}  // namespace roomkeeper::policies

#endif  // ROOMKEEPER_POLICIES_FIELD_TEXT_H_
