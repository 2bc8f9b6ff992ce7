// One line of an exported state, as text and as values (docs/operations.md, "Backing up and
// restoring the state").
//
// The first line is the header: {"roomkeeper_state":1,...}; every other one is
// {"kind":"room","id":"lobby","room":{...}}: what it is, which one, and the record under the name
// of its kind. Pure; read as if a stranger had written it: bounded, strict, no key twice.
#ifndef ROOMKEEPER_SIDECAR_STATE_LINE_H_
#define ROOMKEEPER_SIDECAR_STATE_LINE_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "policies/result.h"
#include "policies/time.h"
#include "sidecar/provenance.h"

namespace roomkeeper::sidecar {

struct StateHeader {
  std::string instance;
  std::string version;  ///< of the Roomkeeper that wrote it, for people
  policies::WallTime exported_at{};
  std::uint64_t sequence = 0;  ///< of the state when it was begun
  KnownSpans known;
};

enum class StateKind : std::uint8_t {
  room,
  removal,
  ban,
  job,
  limits,    ///< which limits were lowered, and when
  removals,  ///< the hour of the removal guard
  move,
  pool,  ///< rooms that live in a pool
  hold,
  raw,  ///< a key of the bucket that was not understood
  end,
};
inline constexpr std::size_t state_kind_count = static_cast<std::size_t>(StateKind::end) + 1;
std::string_view to_string(StateKind kind);

struct StateLine {
  StateKind kind{};
  std::string id;     ///< empty for limits, removals and end
  std::string value;  ///< JSON object; `{}` for a removal
};
struct StateEnd {
  std::uint64_t records = 0;  ///< lines between the header and the end
  std::uint64_t sequence_before = 0;
  std::uint64_t sequence = 0;  ///< equal: nothing was written meanwhile
};

std::string encode_state_header(const StateHeader& header);
/// Errors: invalid; unsupported, a format of a newer Roomkeeper.
policies::Result<StateHeader> decode_state_header(std::string_view text);
/// REQUIRES: a value that is a JSON object; another one becomes {}.
std::string encode_state_line(const StateLine& line);
/// Errors: invalid, also a kind that is not known.
policies::Result<StateLine> decode_state_line(std::string_view text);
std::string encode_state_end(const StateEnd& end);
/// Of StateLine::value. Errors: invalid.
policies::Result<StateEnd> decode_state_end(std::string_view value);

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_STATE_LINE_H_
