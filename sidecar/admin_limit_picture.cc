#include "sidecar/admin_limit_picture.h"

#include <algorithm>
#include <utility>

#include "sidecar/lease_keeper.h"
#include "sidecar/limit_rules.h"

namespace roomkeeper::sidecar {
namespace {

using api::ApiCode;
using api::ApiResult;
using policies::Connection;
using policies::ConnectionGroup;
using policies::ConnectionLimits;
using policies::GroupUse;
using policies::LimitKind;
using policies::RoomId;

std::string setting_origin(const AdminContext& context, std::string_view key) {
  for (const config::EffectiveValue& value : context.runtime.config->effective) {
    if (value.key == key) return value.origin;
  }
  return "default";
}

std::string room_origin(const AdminContext& context, const std::string& room) {
  const auto id = RoomId::parse(room);
  const policies::RoomSpec* spec = id ? context.rooms.desired().find(*id) : nullptr;
  if (spec == nullptr) return {};
  const auto origin = spec->settings->origins.find("room_connections.max");
  return origin == spec->settings->origins.end() ? "built-in" : origin->second;
}

/// Where the maximum is written.
std::string origin_of(const AdminContext& context, const policies::GroupName& name) {
  switch (name.kind) {
    case LimitKind::ban:
      return {};
    case LimitKind::connections_per_user: {
      const policies::UserRule* rule =
          policies::rule_of(context.runtime.config->limits.connections, name.of);
      if (rule != nullptr && rule->max) return rule->origin;
      break;
    }
    case LimitKind::room_connections:
      return room_origin(context, name.of);
    case LimitKind::account_connections:
    case LimitKind::server_connections:
      break;
  }
  return setting_origin(context, "limits." + std::string(to_string(name.kind)) + ".max");
}

}  // namespace

ApiResult<ConnectionKeeper*> keeper_of(const AdminContext& context) {
  if (context.connections == nullptr) {
    return refuse(ApiCode::no_system_account, "connections need a system account: set nats.system");
  }
  if (!context.connections->running()) {
    return refuse(ApiCode::not_ready, "not connected with the system account yet");
  }
  return context.connections;
}

LimitPicture::LimitPicture(const AdminContext& context, nats::ConnectionsSeen seen)
    : context_(context),
      limits_(context.runtime.config->limits.connections),
      sources_(context.connections->sources()),
      seen_(std::move(seen)),
      connections_(policies::distinct_connections(seen_.connections, limits_)),
      groups_(policies::group_connections(connections_, limits_, sources_)) {
  for (const std::string& server : seen_.servers) {
    const ConnectionGroup wanted = group(LimitKind::server_connections, server);
    if (wanted.members.empty()) groups_.push_back(wanted);
  }
  std::stable_sort(
      groups_.begin(), groups_.end(),
      [](const ConnectionGroup& a, const ConnectionGroup& b) { return a.name < b.name; });
  for (const ConnectionGroup& one : groups_) {
    const std::optional<int> headroom = policies::use_of(one, limits_).headroom();
    if (headroom && *headroom < 0) over_.insert(one.members.begin(), one.members.end());
  }
}

ConnectionGroup LimitPicture::group(LimitKind kind, const std::string& of) const {
  for (const ConnectionGroup& one : groups_) {
    if (one.name.kind == kind && one.name.of == of) return one;
  }
  return {{kind, of}, policies::limit_of({kind, of}, limits_, sources_), {}};
}

bool LimitPicture::is_over(const Connection& connection) const {
  return over_.contains(&connection);
}

std::string LimitPicture::server_name(const std::string& id) const {
  const auto found = seen_.names.find(id);
  if (found != seen_.names.end() && !found->second.empty()) return found->second;
  return server_name_of(context_, id);
}

std::string server_name_of(const AdminContext& context, const std::string& id) {
  for (const nats::ServerStats& server : context.monitor.servers()) {
    if (server.id == id && !server.name.empty()) return server.name;
  }
  return id;
}

ApiResult<std::string> LimitPicture::find_server(std::string_view text) const {
  if (text.empty()) return std::string();
  std::string names;
  for (const std::string& id : seen_.servers) {
    const std::string name = server_name(id);
    if (id == text || name == text) return id;
    names += (names.empty() ? "" : ", ") + name;
  }
  return refuse(ApiCode::bad_request,
                "server: none of that name or id answers; these do: " + names);
}

std::uint64_t LimitPicture::wildcard_listeners() const {
  return static_cast<std::uint64_t>(
      std::count_if(connections_.begin(), connections_.end(),
                    [](const Connection* one) { return one->wildcard && !one->own; }));
}

void look(AdminContext& context, const AdminReply& reply,
          const std::function<void(LimitPicture& picture)>& then, policies::Nanoseconds max_age) {
  const ApiResult<ConnectionKeeper*> keeper = keeper_of(context);
  if (!keeper) return reply(tl::unexpected(keeper.error()));
  (*keeper)->look_now(
      [&context, reply, then](policies::Result<nats::ConnectionsSeen> seen) {
        if (!seen) return reply(tl::unexpected(to_api_error(seen.error())));
        LimitPicture picture(context, *std::move(seen));
        then(picture);
      },
      max_age);
}

api::LimitView view_of(const AdminContext& context, const GroupUse& use,
                       const std::function<std::string(const std::string& id)>& server_name) {
  const policies::ConnectionLimit& limit = use.limit.limit;
  const bool server = use.name.kind == LimitKind::server_connections;
  return {.limit = std::string(to_string(use.name.kind)),
          .of = server && !use.name.of.empty() ? server_name(use.name.of) : use.name.of,
          .used = static_cast<std::uint64_t>(use.used),
          .admins = static_cast<std::uint64_t>(use.admins),
          .max = limit.limited() ? limit.max : std::optional<int>(),
          .reserved_for_admins = limit.reserved_for_admins,
          .on_limit = std::string(to_string(limit.on_limit)),
          .enforce_now = limit.enforce_now,
          .headroom = use.headroom(),
          .rule = use.limit.rule,
          .origin = origin_of(context, use.name)};
}

api::LimitView view_of(const LimitPicture& picture, const GroupUse& use) {
  return view_of(picture.context(), use,
                 [&picture](const std::string& id) { return picture.server_name(id); });
}

bool any_limit_set(const AdminContext& context) {
  const ConnectionLimits& limits = context.runtime.config->limits.connections;
  if (limits.per_user.limited() || limits.account.limited() || limits.server.limited()) return true;
  const bool by_rule =
      std::any_of(limits.users.begin(), limits.users.end(),
                  [](const policies::UserRule& rule) { return rule.max && *rule.max >= 0; });
  return by_rule || rooms_limited(*context.runtime.config, context.rooms);
}

std::string not_enforced(const AdminContext& context) {
  if (context.system == nullptr || context.connections == nullptr)
    return "no system account (nats.system): connection limits are not enforced";
  if (context.lease.role() == LeaseKeeper::Role::watching) return "this replica does not lead";
  if (!context.connections->running())
    return "not connected with the system account: " + context.system->last_error();
  if (!any_limit_set(context)) return "no limit is configured";
  return {};
}

std::size_t json_size(std::string_view text) {
  std::size_t size = 2;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      size += 6;
    } else if (byte >= 0x80) {
      size += 3;
    } else {
      size += c == '"' || c == '\\' ? 2 : 1;
    }
  }
  return size;
}

ApiResult<void> check_sentence(std::string_view field, std::string_view text, std::size_t most) {
  const bool plain = std::none_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
  if (plain && text.size() <= most) return {};
  return refuse(ApiCode::bad_request, std::string(field) + ": one line of at most " +
                                          std::to_string(most) + " bytes expected");
}

}  // namespace roomkeeper::sidecar
