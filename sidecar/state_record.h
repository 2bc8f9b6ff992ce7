// The values of the state bucket's keys. Pure; JSON of our own, but read as if a stranger had
// written it.
#ifndef ROOMKEEPER_SIDECAR_STATE_RECORD_H_
#define ROOMKEEPER_SIDECAR_STATE_RECORD_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "policies/result.h"

namespace roomkeeper::sidecar {

struct RoomRecord {
  bool removed = false;
  std::string room_json;  ///< the room as it was given; empty when removed
};

std::string encode_instance(std::string_view instance);
policies::Result<std::string> decode_instance(std::string_view value);
/// Which leader writes here.
struct FenceRecord {
  std::string replica;
  std::uint64_t generation = 0;
};
std::string encode_fence(const FenceRecord& record);
policies::Result<FenceRecord> decode_fence(std::string_view value);
/// `room_json` must be a JSON object.
policies::Result<std::string> encode_room(std::string_view room_json);
/// `room_json` with the keys of `patch` put in; a null removes a key (RFC 7396). Both must be JSON
/// objects.
policies::Result<std::string> merge_room(std::string_view room_json, std::string_view patch);
/// The text at `id`. Errors: invalid.
policies::Result<std::string> room_id_of(std::string_view room_json);
std::string encode_removal();
policies::Result<RoomRecord> decode_room(std::string_view value);

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_STATE_RECORD_H_
