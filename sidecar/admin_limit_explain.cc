// Verb limit.explain: one limit in plain words.
#include <algorithm>
#include <utility>

#include "api/codec.h"
#include "api/limits.h"
#include "policies/rfc3339.h"
#include "sidecar/admin_limit_picture.h"
#include "sidecar/next_connection.h"

namespace roomkeeper::sidecar {
namespace {

using api::ApiCode;
using api::ApiResult;
using policies::Connection;
using policies::ConnectionGroup;
using policies::Exemption;
using policies::GroupUse;
using policies::LimitKind;
using policies::OnLimit;

constexpr std::size_t counted_max = 100;

/// Whole seconds: the rest says nothing to people.
std::string when(policies::WallTime time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time.time_since_epoch());
  return policies::format_rfc3339(policies::WallTime(seconds));
}

std::string name_of(const LimitPicture& picture, const Connection& connection) {
  return "server " + picture.server_name(connection.key.server_id) + " cid " +
         std::to_string(connection.key.cid);
}

std::string connections(std::int64_t count) {
  return std::to_string(count) + (count == 1 ? " connection" : " connections");
}

/// `account_connections, reject_new, 5 of 5`.
std::string standing(const GroupUse& use) {
  const policies::ConnectionLimit& limit = use.limit.limit;
  return std::string(to_string(use.name.kind)) + ", " + std::string(to_string(limit.on_limit)) +
         ", " + std::to_string(use.used - use.admins) + " of " + std::to_string(*limit.max);
}

struct Forecast {
  bool in = true;
  const Connection* victim = nullptr;  ///< who goes instead
  std::string text;
};

Forecast forecast(const LimitPicture& picture, const ConnectionGroup& group, bool admin) {
  const policies::ConnectionLimit& limit = group.limit.limit;
  if (!limit.limited())
    return {.text =
                "would be let in: " + std::string(to_string(group.name.kind)) + " is unlimited"};
  const GroupUse use = policies::use_of(group, picture.limits());
  const NextConnection next = next_connection(group, picture.limits(), admin);
  if (!next.in) {
    std::string text = "would be kicked: " + standing(use);
    if (*limit.max == 0) text += ", which blocks everybody";
    if (limit.reserved_for_admins > use.admins && !admin)
      text += "; an administrator would be let in into a reserved place";
    return {.in = false, .text = std::move(text)};
  }
  if (next.victim != nullptr) {
    // Since when somebody is in a room, only the connection loop knows.
    const std::string who = group.name.kind == LimitKind::room_connections
                                ? "whoever has been in the room longest"
                                : "the oldest, " + name_of(picture, *next.victim) + ",";
    return {.victim = next.victim,
            .text = "would be let in, and " + who + " would be kicked: " + standing(use)};
  }
  if (next.reserved) {
    return {.text = "would be let in into a place reserved for administrators: " +
                    std::to_string(use.admins) + " of " +
                    std::to_string(limit.reserved_for_admins) + " are taken"};
  }
  return {.text = "would be let in: " + std::to_string(use.used - use.admins) + " of " +
                  std::to_string(*limit.max)};
}

ConnectionGroup account_group(const LimitPicture& picture) {
  return picture.group(LimitKind::account_connections, {});
}

/// Whoever an earlier limit ends is not counted by a later one.
ConnectionGroup without(ConnectionGroup group, const Connection* victim) {
  group.members.erase(std::remove(group.members.begin(), group.members.end(), victim),
                      group.members.end());
  return group;
}

/// What the connection meets in the end: `own` is what the limit says that is explained. The limits
/// of the account and of the servers come behind it; any server that has room will do.
std::string decided(const LimitPicture& picture, LimitKind kind, bool admin, const Forecast& own) {
  if (!own.in) return own.text;
  Forecast account = own;
  if (kind != LimitKind::account_connections) {
    account = forecast(picture, without(account_group(picture), own.victim), admin);
    if (!account.in) return account.text;
  }
  if (kind != LimitKind::server_connections) {
    std::string full;
    for (const ConnectionGroup& group : picture.groups()) {
      if (group.name.kind != LimitKind::server_connections) continue;
      ConnectionGroup left = without(without(group, own.victim), account.victim);
      const Forecast server = forecast(picture, left, admin);
      if (server.in) {
        full.clear();
        break;
      }
      if (full.empty()) full = server.text;
    }
    if (!full.empty()) return full + "; no server has room";
  }
  return own.victim == nullptr && account.victim != nullptr ? account.text : own.text;
}

/// The limits that come behind the one that is explained; `victim` leaves because of that one.
void note_others(const LimitPicture& picture, LimitKind kind, bool admin, const Connection* victim,
                 std::vector<std::string>& notes) {
  if (kind != LimitKind::account_connections) {
    const Forecast account = forecast(picture, without(account_group(picture), victim), admin);
    if (!account.in) notes.push_back("the account: it " + account.text);
  }
  if (kind == LimitKind::server_connections) return;
  for (const ConnectionGroup& group : picture.groups()) {
    if (group.name.kind != LimitKind::server_connections) continue;
    const Forecast server = forecast(picture, without(group, victim), admin);
    if (!server.in)
      notes.push_back("on server " + picture.server_name(group.name.of) + " it " + server.text);
  }
}

/// Above the maximum: who may stay because the limit was lowered, and who has to go.
void note_surplus(const LimitPicture& picture, const ConnectionGroup& group,
                  std::vector<std::string>& notes) {
  const GroupUse use = policies::use_of(group, picture.limits());
  const int over = -use.headroom().value_or(0);
  if (over <= 0) return;
  const policies::ConnectionLimit& limit = group.limit.limit;
  int kept = 0;
  bool at_most = false;  // how many of them were let be, only the connection loop knows
  if (!limit.enforce_now && picture.sources().lowered) {
    if (const auto inside = picture.sources().lowered(group.limit.rule)) {
      const auto stayed =
          std::count_if(group.members.begin(), group.members.end(),
                        [&](const Connection* one) { return one->came() <= *inside; });
      at_most = limit.on_limit == OnLimit::evict_oldest;
      kept =
          at_most ? over : std::clamp(static_cast<int>(stayed) - use.admins - *limit.max, 0, over);
    }
  }
  if (at_most) {
    notes.push_back("the limit was lowered with enforce_now: false: up to " + connections(over) +
                    " above the maximum are let be");
  } else if (kept > 0) {
    notes.push_back("the limit was lowered with enforce_now: false: " + connections(kept) +
                    " above the maximum " + (kept == 1 ? "is" : "are") + " kept until " +
                    (kept == 1 ? "it leaves" : "they leave"));
  }
  if (over > kept) {
    notes.push_back(connections(over - kept) +
                    " above the maximum will be kicked in one of the next rounds");
  }
}

void note_reserved(const GroupUse& use, std::vector<std::string>& notes) {
  const int reserved = use.limit.limit.reserved_for_admins;
  if (reserved <= 0 || !use.limit.limit.limited()) return;
  notes.push_back(std::to_string(reserved) + (reserved == 1 ? " place" : " places") +
                  " on top of the maximum for administrators (limits.admin_users), " +
                  std::to_string(use.admins) + " taken");
}

void note_room(const LimitPicture& picture, std::vector<std::string>& notes) {
  if (const auto wildcards = picture.wildcard_listeners(); wildcards > 0) {
    notes.push_back(
        connections(static_cast<std::int64_t>(wildcards)) + (wildcards == 1 ? " hears" : " hear") +
        " several rooms by a wildcard subscription and " + (wildcards == 1 ? "counts" : "count") +
        " in no room because of it: `roomctl connection ls --wildcard`");
  }
  notes.push_back(
      "JetStream readers make no subscription on the room's subject and cannot be seen");
}

void put_common(const LimitPicture& picture, const ConnectionGroup& group,
                api::LimitExplainReply& reply) {
  const GroupUse use = policies::use_of(group, picture.limits());
  reply.limit = view_of(picture, use);
  const bool one_user = group.name.kind == LimitKind::connections_per_user;
  for (const Connection* one : by_age(group)) {
    if (reply.counted.size() == counted_max) break;
    std::string line = name_of(picture, *one);
    if (!one_user) line += ", user " + one->identity.user + ",";
    reply.counted.push_back(line + " since " + when(one->start));
  }
  note_surplus(picture, group, reply.notes);
  note_reserved(use, reply.notes);
  if (const std::string why = not_enforced(picture.context()); !why.empty())
    reply.notes.push_back(why);
  for (const std::string& server : picture.seen().silent) {
    reply.notes.push_back("server " + picture.server_name(server) +
                          " does not answer: its connections are not counted here, and nobody is "
                          "kicked meanwhile");
  }
}

std::string until_when(const AdminContext& context, const std::string& user) {
  for (const api::BanView& ban : context.bans.all()) {
    if (ban.user == user) return when(ban.until);
  }
  return "it is lifted";
}

/// The first limit that would end it decides, in the order in which they are applied.
std::string next_of_user(const LimitPicture& picture, const ConnectionGroup& group,
                         Exemption exempt, const api::LimitExplainReply& reply,
                         const Connection*& victim) {
  if (exempt == Exemption::exempt_user)
    return "would be let in: no limit counts the user (limits.exempt_users)";
  if (reply.banned)
    return "would be kicked at once: banned until " + until_when(picture.context(), group.name.of);
  const bool per_user = policies::counts_for(LimitKind::connections_per_user, exempt);
  Forecast own;
  if (per_user) {
    own = forecast(picture, group, reply.admin);
  } else {
    own.text = "would be let in: connections_per_user does not count it (" +
               std::string(to_string(exempt)) + ")";
  }
  victim = own.victim;
  return decided(picture, LimitKind::connections_per_user, reply.admin, own);
}

api::LimitExplainReply explain_user(const LimitPicture& picture, const std::string& user) {
  api::LimitExplainReply reply;
  Connection probe;
  probe.identity = {picture.context().connections->account(), user};
  const Exemption exempt = policies::exemption(probe, picture.limits());
  const ConnectionGroup group = picture.group(LimitKind::connections_per_user, user);
  if (exempt != Exemption::none) reply.exemption = to_string(exempt);
  reply.admin = picture.limits().admins.contains(probe.identity);
  reply.banned = policies::counts_for(LimitKind::ban, exempt) && picture.sources().banned &&
                 picture.sources().banned(probe.identity);
  put_common(picture, group, reply);
  const Connection* victim = nullptr;
  reply.next = next_of_user(picture, group, exempt, reply, victim);
  if (exempt != Exemption::exempt_user)
    note_others(picture, LimitKind::account_connections, reply.admin, victim, reply.notes);
  const bool own = std::any_of(
      picture.connections().begin(), picture.connections().end(),
      [&](const Connection* one) { return one->own && one->identity == probe.identity; });
  if (own) reply.notes.push_back("Roomkeeper's own connections of this user are never counted");
  return reply;
}

api::LimitExplainReply explain_group(const LimitPicture& picture, const ConnectionGroup& group) {
  api::LimitExplainReply reply;
  put_common(picture, group, reply);
  const Forecast own = forecast(picture, group, false);
  reply.next = decided(picture, group.name.kind, false, own);
  note_others(picture, group.name.kind, false, own.victim, reply.notes);
  if (group.name.kind == LimitKind::room_connections) note_room(picture, reply.notes);
  return reply;
}

ApiResult<void> check(const AdminContext& context, const api::LimitExplainRequest& wanted) {
  const int given = (wanted.user.empty() ? 0 : 1) + (wanted.room.empty() ? 0 : 1) +
                    (wanted.server.empty() ? 0 : 1) + (wanted.account ? 1 : 0);
  if (given != 1) {
    return refuse(ApiCode::bad_request, "exactly one of user, room, server or account is expected");
  }
  if (wanted.room.empty()) return {};
  const auto room = policies::RoomId::parse(wanted.room);
  if (!room) return refuse(ApiCode::bad_request, "room: " + room.error().text);
  if (context.rooms.desired().find(*room) == nullptr)
    return refuse(ApiCode::room_not_found, "no room '" + wanted.room + "'");
  return {};
}

}  // namespace

void admin_limit_explain(AdminContext& context, const AdminRequest& request,
                         const AdminReply& reply) {
  const auto wanted = api::decode<api::LimitExplainRequest>(request.body);
  if (!wanted) return reply(tl::unexpected(wanted.error()));
  if (const auto keeper = keeper_of(context); !keeper) return reply(tl::unexpected(keeper.error()));
  if (const auto fine = check(context, *wanted); !fine) return reply(tl::unexpected(fine.error()));
  look(context, reply, [wanted = *wanted, reply](const LimitPicture& picture) {
    if (!wanted.user.empty()) return reply(api::encode(explain_user(picture, wanted.user)));
    if (wanted.account) return reply(api::encode(explain_group(picture, account_group(picture))));
    if (!wanted.room.empty()) {
      return reply(api::encode(
          explain_group(picture, picture.group(LimitKind::room_connections, wanted.room))));
    }
    const ApiResult<std::string> server = picture.find_server(wanted.server);
    if (!server) return reply(tl::unexpected(server.error()));
    reply(
        api::encode(explain_group(picture, picture.group(LimitKind::server_connections, *server))));
  });
}

}  // namespace roomkeeper::sidecar
