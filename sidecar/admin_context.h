// What the admin verbs see of the daemon, and how each of them answers.
//
// A verb is a free function: request text in, one answer out, possibly later. Thread: the loop's.
#ifndef ROOMKEEPER_SIDECAR_ADMIN_CONTEXT_H_
#define ROOMKEEPER_SIDECAR_ADMIN_CONTEXT_H_

#include <functional>
#include <string>

#include "api/types.h"
#include "sidecar/config_keeper.h"
#include "sidecar/connection_keeper.h"
#include "sidecar/inventory.h"
#include "sidecar/nats/jetstream.h"
#include "sidecar/reconciler.h"
#include "sidecar/retention_keeper.h"
#include "sidecar/room_directory.h"
#include "sidecar/runtime.h"
#include "sidecar/server_monitor.h"
#include "sidecar/state_keeper.h"

namespace roomkeeper::sidecar {

struct AdminContext {
  Runtime& runtime;
  MessageBus& app;
  MessageBus* system;  ///< null without a system account
  nats::RequestQueue& queue;
  nats::JetStream& js;
  Inventory& inventory;
  RoomDirectory& rooms;
  StateKeeper& state;
  Reconciler& reconciler;
  RetentionKeeper& retention;
  ConnectionKeeper* connections;  ///< null without a system account
  ServerMonitor& monitor;
  ConfigKeeper& config;
  policies::WallTime started{};
  /// Why the daemon does not act, for status and doctor; empty when it does.
  std::function<std::string()> halted;
};

using AdminReply = std::function<void(api::ApiResult<std::string>)>;

inline tl::unexpected<api::ApiError> refuse(api::ApiCode code, std::string message) {
  return tl::unexpected<api::ApiError>(api::ApiError{code, std::move(message), {}});
}
/// A server's error as the API says it.
api::ApiError to_api_error(const policies::Error& error);

// One function a verb; request is JSON text.
void admin_status(AdminContext& context, const std::string& request, const AdminReply& reply);
void admin_doctor(AdminContext& context, const std::string& request, const AdminReply& reply);
void admin_room_ls(AdminContext& context, const std::string& request, const AdminReply& reply);
void admin_room_show(AdminContext& context, const std::string& request, const AdminReply& reply);
void admin_room_explain(AdminContext& context, const std::string& request, const AdminReply& reply);
void admin_room_create(AdminContext& context, const std::string& request, const AdminReply& reply);
void admin_room_update(AdminContext& context, const std::string& request, const AdminReply& reply);
void admin_room_rm(AdminContext& context, const std::string& request, const AdminReply& reply);
void admin_plan(AdminContext& context, const std::string& request, const AdminReply& reply);
void admin_apply(AdminContext& context, const std::string& request, const AdminReply& reply);
void admin_pass(AdminContext& context, const std::string& request, const AdminReply& reply);
void admin_purge(AdminContext& context, const std::string& request, const AdminReply& reply);
void admin_deadline(AdminContext& context, const std::string& request, const AdminReply& reply);
void admin_connection_ls(AdminContext& context, const std::string& request,
                         const AdminReply& reply);
void admin_connection_kick(AdminContext& context, const std::string& request,
                           const AdminReply& reply);

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_ADMIN_CONTEXT_H_
