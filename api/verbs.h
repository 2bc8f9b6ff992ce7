// The verbs of the admin API: one table for the service, docs/api.md, `$SRV.INFO` and its test.
#ifndef ROOMKEEPER_API_VERBS_H_
#define ROOMKEEPER_API_VERBS_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace roomkeeper::api {

/// Request -> reply, as types of api/types.h:
///   status NoRequest -> StatusReply; doctor NoRequest -> DoctorReply; room.ls RoomListRequest ->
///   RoomListReply; room.show RoomRequest -> RoomView; room.explain RoomRequest -> ExplainReply;
///   room.create, room.update RoomWriteRequest -> RoomView; room.rm RoomRequest -> RoomView;
///   plan PlanRequest -> PlanReply; apply ApplyRequest -> PassReply; pass PassRequest -> PassReply;
///   purge PurgeRoomRequest -> PurgeRoomReply; deadline DeadlineRequest -> DeadlineReply;
///   connection.ls ConnectionListRequest -> ConnectionListReply; connection.kick KickRequest ->
///   KickReply.
enum class Verb : std::uint8_t {
  status,
  doctor,
  room_ls,
  room_show,
  room_explain,
  room_create,
  room_update,
  room_rm,
  plan,
  apply,
  pass,
  purge,
  deadline,
  connection_ls,
  connection_kick,
};
inline constexpr std::size_t verb_count = static_cast<std::size_t>(Verb::connection_kick) + 1;

struct VerbInfo {
  Verb verb{};
  std::string_view name;  ///< last part of the subject: "room.ls" -> roomkeeper.admin.room.ls
  std::string_view summary;
  std::string_view request;  ///< example JSON
  std::string_view reply;    ///< example JSON
  bool writes = false;       ///< changes something
};
std::span<const VerbInfo> verbs();
const VerbInfo& info(Verb verb);
std::optional<Verb> parse_verb(std::string_view name);

}  // namespace roomkeeper::api

#endif  // ROOMKEEPER_API_VERBS_H_
