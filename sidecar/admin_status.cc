// Verb status.
#include <algorithm>
#include <array>
#include <utility>

#include "api/codec.h"
#include "sidecar/admin_leader.h"
#include "sidecar/admin_limit_picture.h"
#include "sidecar/lease_keeper.h"
#include "sidecar/replica_list.h"
#include "sidecar/seconds.h"

namespace roomkeeper::sidecar {
namespace {

/// How the one nearest to its maximum stands, of each kind that is set.
void put_limits(const AdminContext& context, api::StatusReply& status) {
  const policies::ConnectionLimits& limits = context.runtime.config->limits.connections;
  const auto server_name = [&context](const std::string& id) {
    return server_name_of(context, id);
  };
  const auto put = [&](policies::LimitKind kind, const policies::ConnectionLimit& general) {
    if (context.connections != nullptr && context.connections->running()) {
      const auto& nearest = context.connections->last_plan().of(kind).nearest;
      if (nearest) return status.limits.push_back(view_of(context, *nearest, server_name));
    }
    if (!general.limited()) return;
    const policies::GroupUse nobody{.name = {kind, {}},
                                    .limit = {general, std::string(to_string(kind))}};
    status.limits.push_back(view_of(context, nobody, server_name));
  };
  put(policies::LimitKind::connections_per_user, limits.per_user);
  put(policies::LimitKind::room_connections, {});
  put(policies::LimitKind::account_connections, limits.account);
  put(policies::LimitKind::server_connections, limits.server);
}

void put_connections(const AdminContext& context, api::StatusReply& status) {
  const bool acts = context.connections != nullptr && context.connections->running();
  const policies::ConnectionLimits& limits = context.runtime.config->limits.connections;
  status.system_state = context.system == nullptr ? "not configured"
                                                  : std::string(to_string(context.system->state()));
  status.connections_per_user_max = limits.per_user.max;
  status.limits_note = not_enforced(context);
  status.limits_enforced = status.limits_note.empty();
  put_limits(context, status);
  if (!acts) return;
  const policies::KickPlan& plan = context.connections->last_plan();
  status.identities_over_limit = static_cast<std::uint64_t>(
      std::max(plan.of(policies::LimitKind::connections_per_user).over, 0));
  status.bans = context.bans.size();
  status.wildcard_listeners = static_cast<std::uint64_t>(std::max(plan.wildcard, 0));
  std::array<std::uint64_t, 5> not_counted{};
  for (const policies::Connection& connection : context.connections->seen()) {
    ++not_counted[static_cast<std::size_t>(policies::exemption(connection, limits))];
  }
  const auto note = [&](policies::Exemption kind, const char* text) {
    const std::uint64_t count = not_counted[static_cast<std::size_t>(kind)];
    if (count > 0) status.not_counted.push_back(std::to_string(count) + " " + text);
  };
  note(policies::Exemption::no_identity, "without an identity of their own (empty user or token)");
  note(policies::Exemption::shared_user, "of shared users");
  note(policies::Exemption::exempt_user, "of exempt users");
  for (const std::string& server : context.connections->silent_servers()) {
    status.not_counted.push_back("server " + server + " does not answer: nobody is kicked");
  }
}

void put_rooms(const AdminContext& context, api::StatusReply& status) {
  std::array<std::uint64_t, policies::room_state_count> states{};
  for (const policies::RoomVerdict& verdict : context.rooms.verdicts()) {
    ++states[static_cast<std::size_t>(verdict.state)];
    if (verdict.reason == policies::Reason::removal_guard) ++status.removals_blocked;
  }
  for (std::size_t state = 0; state < states.size(); ++state) {
    if (states[state] == 0) continue;
    status.rooms.push_back(
        {std::string(to_string(static_cast<policies::RoomState>(state))), states[state]});
  }
  for (const policies::ObservedStream& stream : context.inventory.streams().streams) {
    if (!stream.config.mark || stream.config.mark->instance != context.runtime.config->instance)
      continue;
    status.messages += stream.stored.messages;
    status.bytes += stream.bytes;
  }
}

void put_zones(const AdminContext& context, api::StatusReply& status) {
  const policies::WallTime now = context.inventory.server_now();
  for (const auto& [name, zone] : context.retention.zones()) {
    status.zones.push_back({.timezone = name,
                            .next_deadline = policies::next_deadline(*zone.zone, now),
                            .last_closed = zone.closed,
                            .closed_late_seconds = seconds(zone.closed_late),
                            .rooms = zone.rooms,
                            .overdue_rooms = zone.overdue_rooms});
  }
  status.overdue_seconds = seconds(context.retention.overdue());
}

}  // namespace

void admin_status(AdminContext& context, const AdminRequest& request, const AdminReply& reply) {
  const api::ApiResult<api::NoRequest> empty = api::decode<api::NoRequest>(request.body);
  if (!empty) return reply(tl::unexpected(empty.error()));
  api::StatusReply status;
  status.version = ROOMKEEPER_VERSION;
  status.instance = context.runtime.config->instance;
  status.started = context.started;
  status.connected = context.app.state() == BusState::connected;
  status.nats_state = to_string(context.app.state());
  status.nats_error = context.app.last_error();
  if (const std::string halted = context.halted(); !halted.empty()) status.nats_error = halted;
  status.server_name = context.app.server().name;
  status.server_version = context.app.server().version;
  if (context.monitor.account()) status.api_level = context.monitor.account()->api_level;
  status.leader = context.lease.may_act();
  status.replica = context.lease.name();
  status.leader_note = leader_note(context);
  status.replicas = context.replicas.replicas();
  status.ready = status.connected && context.reconciler.ready();
  status.config_file = context.config.path();
  status.config_loaded = context.config.loaded();
  status.config_error = context.config.error();
  status.desired_complete = context.rooms.desired().complete;
  status.doubts = context.rooms.desired().doubts;
  if (std::string doubt = context.reconciler.removal_doubt(); !doubt.empty())
    status.doubts.push_back(std::move(doubt));
  status.pending_changes = context.reconciler.pending_changes();
  status.queue_waiting = context.queue.waiting();
  status.passes = context.reconciler.finished_passes();
  status.last_pass = context.reconciler.last_pass();
  if (const auto skew = context.inventory.skew()) status.clock_skew_seconds = seconds(*skew);
  put_rooms(context, status);
  put_zones(context, status);
  put_connections(context, status);
  reply(api::encode(status));
}

}  // namespace roomkeeper::sidecar
