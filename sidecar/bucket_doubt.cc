#include "sidecar/bucket_doubt.h"

#include <optional>
#include <utility>

#include "sidecar/provenance.h"

namespace roomkeeper::sidecar {
namespace {

using policies::Result;

/// Nullopt: nothing was ever imported into this bucket.
std::optional<KnownSpans> imported_spans(const StateKeeper& state) {
  const auto found = state.others().find(provenance_key);
  if (found == state.others().end()) return std::nullopt;
  Result<KnownSpans> spans = decode_provenance(found->second);
  return spans ? std::optional(*std::move(spans)) : std::nullopt;
}

/// A stream of a room of the API from before the bucket: a sign that such rooms may be unknown,
/// unless an import accounts for the time in which it was made, or for this very room.
bool is_unaccounted(const StateKeeper& state, const std::optional<KnownSpans>& known,
                    const policies::ObservedStream& stream) {
  if (stream.stored.created >= state.bucket_created()) return false;
  if (!known) return true;
  if (covers(*known, stream.stored.created)) return false;
  const Result<policies::RoomId> room = policies::RoomId::parse(stream.config.mark->room);
  return !room || !state.has_record(*room);
}

}  // namespace

std::string doubt_about_bucket(const Runtime& runtime, const StateKeeper& state,
                               const policies::ObservedStreams& streams) {
  if (!state.loaded()) return {};
  const std::optional<KnownSpans> known = imported_spans(state);
  for (const policies::ObservedStream& stream : streams.streams) {
    const auto& mark = stream.config.mark;
    if (!mark || mark->instance != runtime.config->instance || mark->owner != "api") continue;
    if (is_unaccounted(state, known, stream)) {
      return "the state bucket is younger than stream " + stream.name +
             ": rooms of the API may be unknown";
    }
  }
  return {};
}

}  // namespace roomkeeper::sidecar
