#include "sidecar/room_definitions.h"

#include <utility>

#include "config/load.h"
#include "sidecar/move_keeper.h"

namespace roomkeeper::sidecar {

using api::ApiCode;
using api::ApiError;
using api::ApiResult;
using policies::RoomId;
using policies::RoomSpec;

ApiResult<bool> may_write(const AdminContext& context) {
  const std::string halted = context.halted();
  if (!halted.empty()) return refuse(ApiCode::not_ready, halted);
  if (!context.state.loaded())
    return refuse(ApiCode::not_ready, "the state bucket has not been read yet; try again");
  return true;
}

ApiResult<RoomSpec> parse_room(const AdminContext& context, const std::string& json) {
  config::Loaded<RoomSpec> room = config::parse_api_room(json, *context.runtime.config);
  if (room) return std::move(*room);
  ApiError error{ApiCode::bad_request, "the room is not valid", {}};
  for (const config::Problem& problem : room.error()) {
    std::string text = problem.key.empty() ? problem.text : problem.key + ": " + problem.text;
    if (!problem.did_you_mean.empty()) text += " (did you mean \"" + problem.did_you_mean + "\"?)";
    error.details.push_back(std::move(text));
  }
  return tl::unexpected(std::move(error));
}

ApiResult<bool> is_api_owned(const AdminContext& context, const RoomId& id) {
  if (context.runtime.config->rooms.find(id) != nullptr) {
    return refuse(ApiCode::owned_by_file, "room '" + id.text() + "' is defined in " +
                                              defined_where(context, id) + ": change the file");
  }
  if (context.moves.is_moving(id)) {
    return refuse(ApiCode::conflict,
                  "room '" + id.text() + "' is being moved: wait, or see roomctl room moves");
  }
  return true;
}

std::string defined_where(const AdminContext& context, const RoomId& id) {
  if (const RoomSpec* room = context.runtime.config->rooms.find(id)) {
    if (room->place.file == nullptr) return "a file";
    return *room->place.file + ":" + std::to_string(room->place.line);
  }
  return context.state.room_json(id) ? "the API" : "";
}

}  // namespace roomkeeper::sidecar
