// Between which moments this instance is known to have recorded every room of the API: the state
// bucket's own life, and, where it was lost, what was imported from an export of the one before.
//
// Key `provenance` of the state bucket: {"known":[{"from":...,"to":...}]}. A stream of a room of
// the API that was made between them is no sign that rooms are unknown; one that was made in a gap
// is. Times are the server's. Pure; JSON of our own, but read as if a stranger had written it.
#ifndef ROOMKEEPER_SIDECAR_PROVENANCE_H_
#define ROOMKEEPER_SIDECAR_PROVENANCE_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "policies/result.h"
#include "policies/time.h"

namespace roomkeeper::sidecar {

inline constexpr std::string_view provenance_key = "provenance";
inline constexpr std::size_t known_spans_max = 64;

struct KnownSpan {
  policies::WallTime from{};
  policies::WallTime to{};
  bool operator==(const KnownSpan&) const = default;
};
using KnownSpans = std::vector<KnownSpan>;

std::string encode_provenance(const KnownSpans& spans);
/// Errors: invalid.
policies::Result<KnownSpans> decode_provenance(std::string_view value);
/// Sorted, those that touch made one. Of too many the newest known_spans_max stay.
KnownSpans joined(KnownSpans spans);
/// Both ends belong to a span.
bool covers(const KnownSpans& spans, policies::WallTime time);

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_PROVENANCE_H_
