// What the admin verbs see of the daemon, and how each of them answers.
//
// A verb is a free function: request text in, one answer out, possibly later. Thread: the loop's.
#ifndef ROOMKEEPER_SIDECAR_ADMIN_CONTEXT_H_
#define ROOMKEEPER_SIDECAR_ADMIN_CONTEXT_H_

#include <functional>
#include <string>

#include "api/audit.h"
#include "api/types.h"
#include "sidecar/audit_keeper.h"
#include "sidecar/audit_log.h"
#include "sidecar/ban_keeper.h"
#include "sidecar/capacity_keeper.h"
#include "sidecar/config_keeper.h"
#include "sidecar/connection_keeper.h"
#include "sidecar/hold_keeper.h"
#include "sidecar/inventory.h"
#include "sidecar/nats/jetstream.h"
#include "sidecar/pool_keeper.h"
#include "sidecar/reconciler.h"
#include "sidecar/retention_keeper.h"
#include "sidecar/room_directory.h"
#include "sidecar/runtime.h"
#include "sidecar/server_monitor.h"
#include "sidecar/state_keeper.h"

namespace roomkeeper::sidecar {

class JobKeeper;
class LeaseKeeper;
class MoveKeeper;
class ReplicaList;

struct AdminContext {
  Runtime& runtime;
  MessageBus& app;
  MessageBus* system;  ///< null without a system account
  nats::RequestQueue& queue;
  nats::JetStream& js;
  Inventory& inventory;
  RoomDirectory& rooms;
  StateKeeper& state;
  PoolKeeper& pools;
  Reconciler& reconciler;
  RetentionKeeper& retention;
  JobKeeper& jobs;
  MoveKeeper& moves;
  HoldKeeper& holds;
  ConnectionKeeper* connections;  ///< null without a system account
  BanKeeper& bans;
  ServerMonitor& monitor;
  CapacityKeeper& capacity;
  ConfigKeeper& config;
  AuditLog& audit;
  LeaseKeeper& lease;
  ReplicaList& replicas;
  policies::WallTime started{};
  /// Why the daemon does not act, for status and doctor; empty when it does.
  std::function<std::string()> halted;
  std::function<AuditHealth()> audit_health;  ///< for doctor
  std::function<void()> step_down;            ///< hands leadership over
};

/// One request as a verb gets it.
struct AdminRequest {
  std::string body;  ///< JSON
  api::Actor actor;  ///< who says to have asked
};

using AdminReply = std::function<void(api::ApiResult<std::string>)>;

inline tl::unexpected<api::ApiError> refuse(api::ApiCode code, std::string message) {
  return tl::unexpected<api::ApiError>(api::ApiError{code, std::move(message), {}});
}
/// A server's error as the API says it.
api::ApiError to_api_error(const policies::Error& error);

// One function a verb.
void admin_status(AdminContext& context, const AdminRequest& request, const AdminReply& reply);
void admin_doctor(AdminContext& context, const AdminRequest& request, const AdminReply& reply);
void admin_room_ls(AdminContext& context, const AdminRequest& request, const AdminReply& reply);
void admin_room_show(AdminContext& context, const AdminRequest& request, const AdminReply& reply);
void admin_room_explain(AdminContext& context, const AdminRequest& request,
                        const AdminReply& reply);
void admin_room_create(AdminContext& context, const AdminRequest& request, const AdminReply& reply);
void admin_room_update(AdminContext& context, const AdminRequest& request, const AdminReply& reply);
void admin_room_rm(AdminContext& context, const AdminRequest& request, const AdminReply& reply);
void admin_room_hold(AdminContext& context, const AdminRequest& request, const AdminReply& reply);
void admin_room_unhold(AdminContext& context, const AdminRequest& request, const AdminReply& reply);
void admin_room_holds(AdminContext& context, const AdminRequest& request, const AdminReply& reply);
void admin_room_put(AdminContext& context, const AdminRequest& request, const AdminReply& reply);
void admin_room_export(AdminContext& context, const AdminRequest& request, const AdminReply& reply);
void admin_room_import(AdminContext& context, const AdminRequest& request, const AdminReply& reply);
void admin_room_adopt(AdminContext& context, const AdminRequest& request, const AdminReply& reply);
void admin_room_release(AdminContext& context, const AdminRequest& request,
                        const AdminReply& reply);
void admin_room_move(AdminContext& context, const AdminRequest& request, const AdminReply& reply);
void admin_room_moves(AdminContext& context, const AdminRequest& request, const AdminReply& reply);
void admin_plan(AdminContext& context, const AdminRequest& request, const AdminReply& reply);
void admin_apply(AdminContext& context, const AdminRequest& request, const AdminReply& reply);
void admin_pass(AdminContext& context, const AdminRequest& request, const AdminReply& reply);
void admin_purge(AdminContext& context, const AdminRequest& request, const AdminReply& reply);
void admin_job_ls(AdminContext& context, const AdminRequest& request, const AdminReply& reply);
void admin_job_show(AdminContext& context, const AdminRequest& request, const AdminReply& reply);
void admin_job_abort(AdminContext& context, const AdminRequest& request, const AdminReply& reply);
void admin_retention(AdminContext& context, const AdminRequest& request, const AdminReply& reply);
void admin_retention_room(AdminContext& context, const AdminRequest& request,
                          const AdminReply& reply);
void admin_deadline(AdminContext& context, const AdminRequest& request, const AdminReply& reply);
void admin_connection_ls(AdminContext& context, const AdminRequest& request,
                         const AdminReply& reply);
void admin_connection_kick(AdminContext& context, const AdminRequest& request,
                           const AdminReply& reply);
void admin_connection_events(AdminContext& context, const AdminRequest& request,
                             const AdminReply& reply);
void admin_limit_show(AdminContext& context, const AdminRequest& request, const AdminReply& reply);
void admin_limit_explain(AdminContext& context, const AdminRequest& request,
                         const AdminReply& reply);
void admin_ban_add(AdminContext& context, const AdminRequest& request, const AdminReply& reply);
void admin_ban_ls(AdminContext& context, const AdminRequest& request, const AdminReply& reply);
void admin_ban_rm(AdminContext& context, const AdminRequest& request, const AdminReply& reply);
void admin_leader_stepdown(AdminContext& context, const AdminRequest& request,
                           const AdminReply& reply);

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_ADMIN_CONTEXT_H_
