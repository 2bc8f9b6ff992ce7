#include "sidecar/state_record.h"

#include <nlohmann/json.hpp>

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
json parse_object(std::string_view text) {
  json value = json::parse(text, nullptr, false);
  return value.is_object() ? value : json(json::value_t::discarded);
}

}  // namespace

std::string encode_instance(std::string_view instance) {
  return to_line(json{{"instance", std::string(instance)}});
}

Result<std::string> decode_instance(std::string_view value) {
  const json record = parse_object(value);
  if (record.is_discarded() || !record.contains("instance") || !record["instance"].is_string()) {
    return fail(ErrorCode::internal,
                "key 'instance' of the state bucket is not {\"instance\": name}");
  }
  return *record["instance"].get_ptr<const json::string_t*>();
}

Result<std::string> encode_room(std::string_view room_json) {
  json room = parse_object(room_json);
  if (room.is_discarded()) return fail(ErrorCode::invalid, "room: a JSON object is expected");
  return to_line(json{{"room", std::move(room)}});
}

Result<std::string> merge_room(std::string_view room_json, std::string_view patch) {
  json room = parse_object(room_json);
  const json changes = parse_object(patch);
  if (room.is_discarded() || changes.is_discarded()) {
    return fail(ErrorCode::invalid, "room: a JSON object is expected");
  }
  room.merge_patch(changes);
  return to_line(room);
}

Result<std::string> room_id_of(std::string_view room_json) {
  const json room = parse_object(room_json);
  if (room.is_discarded() || !room.contains("id") || !room["id"].is_string()) {
    return fail(ErrorCode::invalid, "room.id: a text is expected");
  }
  return *room["id"].get_ptr<const json::string_t*>();
}

std::string encode_removal() {
  return to_line(json{{"removed", true}});
}

Result<RoomRecord> decode_room(std::string_view value) {
  const json record = parse_object(value);
  if (record.is_discarded()) return fail(ErrorCode::internal, "not a JSON object");
  if (record.contains("removed") && record["removed"] == json(true))
    return RoomRecord{.removed = true, .room_json = {}};
  if (!record.contains("room") || !record["room"].is_object()) {
    return fail(ErrorCode::internal, "neither 'room' nor 'removed' in it");
  }
  return RoomRecord{.removed = false, .room_json = to_line(record["room"])};
}

}  // namespace roomkeeper::sidecar
