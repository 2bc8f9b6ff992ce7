#include "sidecar/state_record.h"

#include <nlohmann/json.hpp>

#include "sidecar/nats/json_reply.h"

namespace roomkeeper::sidecar {
namespace {

using nlohmann::json;
using policies::ErrorCode;
using policies::fail;
using policies::Result;

std::string to_line(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

/// An object, or a discarded value when it is not one.
json object_or_discarded(std::string_view text) {
  json value = json::parse(text, nullptr, false);
  return value.is_object() ? value : json(json::value_t::discarded);
}

}  // namespace

std::string encode_instance(std::string_view instance) {
  return to_line(json{{"instance", std::string(instance)}});
}

Result<std::string> decode_instance(std::string_view value) {
  const json record = object_or_discarded(value);
  if (record.is_discarded() || !record.contains("instance") || !record["instance"].is_string()) {
    return fail(ErrorCode::internal,
                "key 'instance' of the state bucket is not {\"instance\": name}");
  }
  return *record["instance"].get_ptr<const json::string_t*>();
}

std::string encode_fence(const FenceRecord& record) {
  return to_line(json{{"replica", record.replica}, {"generation", record.generation}});
}

Result<FenceRecord> decode_fence(std::string_view value) {
  const json record = object_or_discarded(value);
  const auto replica = nats::read_string(record, "replica");
  const auto generation = nats::read_uint(record, "generation");
  if (!replica || !generation)
    return fail(ErrorCode::internal, "key 'leader' of the state bucket has no generation");
  return FenceRecord{.replica = *replica, .generation = *generation};
}

Result<std::string> encode_room(std::string_view room_json) {
  json room = object_or_discarded(room_json);
  if (room.is_discarded()) return fail(ErrorCode::invalid, "room: a JSON object is expected");
  return to_line(json{{"room", std::move(room)}});
}

Result<std::string> merge_room(std::string_view room_json, std::string_view patch) {
  json room = object_or_discarded(room_json);
  const json changes = object_or_discarded(patch);
  if (room.is_discarded() || changes.is_discarded()) {
    return fail(ErrorCode::invalid, "room: a JSON object is expected");
  }
  room.merge_patch(changes);
  return to_line(room);
}

Result<std::string> room_id_of(std::string_view room_json) {
  const json room = object_or_discarded(room_json);
  if (room.is_discarded() || !room.contains("id") || !room["id"].is_string()) {
    return fail(ErrorCode::invalid, "room.id: a text is expected");
  }
  return *room["id"].get_ptr<const json::string_t*>();
}

std::string encode_removal() {
  return to_line(json{{"removed", true}});
}

Result<RoomRecord> decode_room(std::string_view value) {
  const json record = object_or_discarded(value);
  if (record.is_discarded()) return fail(ErrorCode::internal, "not a JSON object");
  if (record.contains("removed") && record["removed"] == json(true))
    return RoomRecord{.removed = true, .room_json = {}};
  if (!record.contains("room") || !record["room"].is_object()) {
    return fail(ErrorCode::internal, "neither 'room' nor 'removed' in it");
  }
  return RoomRecord{.removed = false, .room_json = to_line(record["room"])};
}

}  // namespace roomkeeper::sidecar
