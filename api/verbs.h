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
///   room.hold HoldRequest -> HoldView; room.unhold UnholdRequest -> UnholdReply; room.holds
///   HoldListRequest -> HoldListReply (api/holds.h); room.put PutRequest -> PutReply; room.export
///   ExportRequest -> ExportReply; room.import ImportRequest -> ImportReply; room.adopt
///   AdoptRequest
///   -> AdoptReply; room.release ReleaseRequest -> ReleaseReply (api/bulk.h);
///   room.move MoveRequest -> MoveView; room.moves MoveListRequest -> MoveListReply (api/moves.h);
///   plan PlanRequest -> PlanReply; apply ApplyRequest -> PassReply; pass PassRequest -> PassReply;
///   purge PurgeRequest -> JobView; job.ls JobListRequest -> JobListReply; job.show JobShowRequest
///   -> JobReply; job.abort JobRequest -> JobView (api/jobs.h); deadline DeadlineRequest ->
///   DeadlineReply; retention RetentionRequest -> RetentionReply (api/retention.h); retention.room
///   RoomRetentionRequest -> RoomRetentionReply;
///   connection.ls ConnectionListRequest -> ConnectionListReply; connection.kick KickRequest ->
///   KickReply; connection.events ConnectionEventsRequest -> ConnectionEventsReply
///   (api/connections.h); limit.show LimitShowRequest -> LimitShowReply; limit.explain
///   LimitExplainRequest -> LimitExplainReply; ban.add BanAddRequest -> BanAddReply; ban.ls
///   BanListRequest -> BanListReply; ban.rm BanRemoveRequest -> BanView (api/limits.h);
///   state.export StateExportRequest -> StateExportReply; state.import StateImportRequest ->
///   StateImportReply (api/state.h); leader.stepdown NoRequest -> StepDownReply.
enum class Verb : std::uint8_t {
  status,
  doctor,
  room_ls,
  room_show,
  room_explain,
  room_create,
  room_update,
  room_rm,
  room_hold,
  room_unhold,
  room_holds,
  room_put,
  room_export,
  room_import,
  room_adopt,
  room_release,
  room_move,
  room_moves,
  plan,
  apply,
  pass,
  purge,
  job_ls,
  job_show,
  job_abort,
  deadline,
  retention,
  retention_room,
  connection_ls,
  connection_kick,
  connection_events,
  limit_show,
  limit_explain,
  ban_add,
  ban_ls,
  ban_rm,
  state_export,
  state_import,
  leader_stepdown,
};
inline constexpr std::size_t verb_count = static_cast<std::size_t>(Verb::leader_stepdown) + 1;

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
