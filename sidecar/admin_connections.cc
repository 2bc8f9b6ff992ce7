// Verbs connection.ls and connection.kick.
#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "api/codec.h"
#include "sidecar/admin_context.h"

namespace roomkeeper::sidecar {
namespace {

using api::ApiCode;
using api::ApiResult;
using nats::ConnectionsSeen;
using policies::Connection;
using policies::Exemption;
using policies::Result;

ApiResult<ConnectionKeeper*> keeper_of(const AdminContext& context) {
  if (context.connections == nullptr) {
    return refuse(ApiCode::no_system_account, "connections need a system account: set nats.system");
  }
  if (!context.connections->running()) {
    return refuse(ApiCode::not_ready, "not connected with the system account yet");
  }
  return context.connections;
}

std::string server_name(const AdminContext& context, const std::string& id) {
  for (const nats::ServerStats& server : context.monitor.servers()) {
    if (server.id == id) return server.name;
  }
  return {};
}

api::ConnectionView view_of(const AdminContext& context, const Connection& connection) {
  const Exemption exempt =
      policies::exemption(connection, context.runtime.config->limits.connections);
  return {.server_id = connection.key.server_id,
          .server_name = server_name(context, connection.key.server_id),
          .cid = connection.key.cid,
          .account = connection.identity.account,
          .user = connection.identity.user,
          .host = connection.host,
          .name = connection.name,
          .kind = connection.kind,
          .start = connection.start,
          .counts = exempt == Exemption::none ? "yes" : std::string(to_string(exempt))};
}

/// Identities that hold more connections than they may.
std::map<policies::Identity, int> used_by(const AdminContext& context,
                                          const ConnectionsSeen& seen) {
  std::map<policies::Identity, int> used;
  for (const Connection& connection : seen.connections) {
    const bool counts =
        policies::exemption(connection, context.runtime.config->limits.connections) ==
        Exemption::none;
    if (counts) ++used[connection.identity];
  }
  return used;
}

api::ConnectionListReply list_of(const AdminContext& context, const ConnectionsSeen& seen,
                                 const api::ConnectionListRequest& wanted) {
  const std::map<policies::Identity, int> used = used_by(context, seen);
  const std::optional<int> max = context.runtime.config->limits.connections.per_user.max;
  api::ConnectionListReply reply;
  reply.silent_servers = seen.silent;
  for (const Connection& connection : seen.connections) {
    if (!wanted.user.empty() && connection.identity.user != wanted.user) continue;
    const auto count = used.find(connection.identity);
    if (wanted.over && (!max || count == used.end() || count->second <= *max)) continue;
    ++reply.total;
    if (reply.total <= wanted.offset || reply.connections.size() >= wanted.limit) continue;
    reply.connections.push_back(view_of(context, connection));
  }
  return reply;
}

ApiResult<std::vector<policies::Kick>> victims_of(const ConnectionsSeen& seen,
                                                  const api::KickRequest& wanted) {
  std::vector<policies::Kick> kicks;
  for (const Connection& connection : seen.connections) {
    const bool meant =
        wanted.cid ? connection.key.cid == *wanted.cid &&
                         (wanted.server_id.empty() || connection.key.server_id == wanted.server_id)
                   : connection.identity.user == wanted.user;
    if (!meant) continue;
    if (connection.own) return refuse(ApiCode::unsafe, "that is Roomkeeper's own connection");
    kicks.push_back({.key = connection.key,
                     .identity = connection.identity,
                     .reason = policies::Reason::kicked_by_admin,
                     .used = 0,
                     .max = 0,
                     .retry_after = {}});
  }
  if (kicks.empty()) return refuse(ApiCode::connection_not_found, "no such connection");
  if (wanted.cid && kicks.size() > 1) {
    return refuse(ApiCode::conflict,
                  "several servers have a connection of that cid: name the server_id too");
  }
  return kicks;
}

/// One entry for all connections of one request.
void tell_audit(AdminContext& context, const policies::Identity& identity, const api::Actor& actor,
                const api::KickReply& outcome) {
  if (outcome.kicked == 0 && outcome.failures.empty()) return;  // gone by themselves
  api::AuditRecord entry;
  entry.kind = api::AuditKind::kick;
  entry.reason = policies::Reason::kicked_by_admin;
  entry.actor = actor;
  entry.user = to_string(identity);
  entry.connections = outcome.kicked;
  entry.ok = outcome.failures.empty();
  if (!entry.ok) entry.text = outcome.failures.front();
  context.audit.record(std::move(entry));
}

void kick_all(AdminContext& context, const std::vector<policies::Kick>& kicks,
              const api::Actor& actor, const AdminReply& reply) {
  struct Round {
    api::KickReply outcome;
    std::size_t open = 0;
  };
  auto round = std::make_shared<Round>();
  round->open = kicks.size();
  for (const policies::Kick& kick : kicks) {
    const auto done = [&context, round, reply, actor, kick](const Result<>& outcome) {
      if (outcome) {
        ++round->outcome.kicked;
      } else if (outcome.error().code == policies::ErrorCode::not_found) {
        ++round->outcome.gone;
      } else {
        round->outcome.failures.push_back("cid " + std::to_string(kick.key.cid) + ": " +
                                          outcome.error().text);
      }
      if (--round->open > 0) return;
      tell_audit(context, kick.identity, actor, round->outcome);
      reply(api::encode(round->outcome));
    };
    context.connections->kick(kick, done);
  }
}

}  // namespace

void admin_connection_ls(AdminContext& context, const AdminRequest& request,
                         const AdminReply& reply) {
  const ApiResult<api::ConnectionListRequest> wanted =
      api::decode<api::ConnectionListRequest>(request.body);
  if (!wanted) return reply(tl::unexpected(wanted.error()));
  if (wanted->limit < 1 || wanted->limit > 1000)
    return reply(refuse(ApiCode::bad_request, "limit: 1 to 1000 expected"));
  const ApiResult<ConnectionKeeper*> keeper = keeper_of(context);
  if (!keeper) return reply(tl::unexpected(keeper.error()));
  (*keeper)->look_now([&context, wanted = *wanted, reply](Result<ConnectionsSeen> seen) {
    if (!seen) return reply(tl::unexpected(to_api_error(seen.error())));
    reply(api::encode(list_of(context, *seen, wanted)));
  });
}

void admin_connection_kick(AdminContext& context, const AdminRequest& request,
                           const AdminReply& reply) {
  const ApiResult<api::KickRequest> wanted = api::decode<api::KickRequest>(request.body);
  if (!wanted) return reply(tl::unexpected(wanted.error()));
  if (wanted->cid.has_value() == !wanted->user.empty()) {
    return reply(refuse(ApiCode::bad_request, "either cid (with server_id) or user is expected"));
  }
  const ApiResult<ConnectionKeeper*> keeper = keeper_of(context);
  if (!keeper) return reply(tl::unexpected(keeper.error()));
  (*keeper)->look_now(
      [&context, wanted = *wanted, actor = request.actor, reply](Result<ConnectionsSeen> seen) {
        if (!seen) return reply(tl::unexpected(to_api_error(seen.error())));
        const ApiResult<std::vector<policies::Kick>> kicks = victims_of(*seen, wanted);
        if (!kicks) return reply(tl::unexpected(kicks.error()));
        kick_all(context, *kicks, actor, reply);
      });
}

}  // namespace roomkeeper::sidecar
