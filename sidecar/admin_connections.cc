// Verbs connection.ls, connection.kick and connection.events.
#include <algorithm>
#include <memory>
#include <utility>

#include "api/codec.h"
#include "api/connections.h"
#include "policies/rfc3339.h"
#include "sidecar/admin_limit_picture.h"

namespace roomkeeper::sidecar {
namespace {

using api::ApiCode;
using api::ApiResult;
using policies::Connection;
using policies::Exemption;
using policies::LimitKind;
using policies::Result;
using policies::RoomId;

/// Rooms of one connection that are named; a reply is bounded.
constexpr std::size_t rooms_shown = 100;
/// How long after the first page the next one may be asked for.
constexpr policies::Nanoseconds page_age = std::chrono::seconds(30);

void put_counts(const LimitPicture& picture, const Connection& connection, Exemption exempt,
                api::ConnectionView& view) {
  const auto add = [&](LimitKind kind, std::string of) {
    const bool counted = policies::counts_for(kind, exempt);
    view.limits.push_back({.limit = std::string(to_string(kind)),
                           .of = std::move(of),
                           .counted = counted,
                           .why = counted ? std::string() : std::string(to_string(exempt))});
  };
  add(LimitKind::connections_per_user, connection.identity.user);
  for (const std::string& room : view.rooms) add(LimitKind::room_connections, room);
  add(LimitKind::account_connections, {});
  add(LimitKind::server_connections, picture.server_name(connection.key.server_id));
}

api::ConnectionView view_of(const LimitPicture& picture, const Connection& connection) {
  const Exemption exempt = policies::exemption(connection, picture.limits());
  api::ConnectionView view;
  view.server_id = connection.key.server_id;
  view.server_name = picture.server_name(connection.key.server_id);
  view.cid = connection.key.cid;
  view.account = connection.identity.account;
  view.user = connection.identity.user;
  view.host = connection.host;
  view.name = connection.name;
  view.kind = connection.kind;
  view.start = connection.start;
  view.counts = exempt == Exemption::none ? "yes" : std::string(to_string(exempt));
  view.rooms_total = connection.rooms.size();
  for (const RoomId& room : connection.rooms) {
    if (view.rooms.size() == rooms_shown) break;
    view.rooms.push_back(room.text());
  }
  view.wildcard = connection.wildcard;
  view.admin = picture.limits().admins.contains(connection.identity);
  view.banned = policies::counts_for(LimitKind::ban, exempt) && picture.sources().banned &&
                picture.sources().banned(connection.identity);
  put_counts(picture, connection, exempt, view);
  return view;
}

std::size_t size_of(const api::ConnectionView& view) {
  constexpr std::size_t names = 400;       // of the members
  constexpr std::size_t count_names = 80;  // of one of `limits`
  std::size_t size = names;
  for (const std::string* text : {&view.server_id, &view.server_name, &view.account, &view.user,
                                  &view.host, &view.name, &view.kind}) {
    size += json_size(*text);
  }
  for (const std::string& room : view.rooms) size += json_size(room) + 1;
  for (const api::ConnectionCount& count : view.limits)
    size += count_names + json_size(count.of) + json_size(count.limit);
  return size;
}

struct Selection {
  std::optional<RoomId> room;
  std::string server;  ///< id
};

bool is_meant(const LimitPicture& picture, const Connection& connection,
              const api::ConnectionListRequest& wanted, const Selection& selection) {
  if (!wanted.user.empty() && connection.identity.user != wanted.user) return false;
  if (!wanted.server.empty() && connection.key.server_id != selection.server) return false;
  if (wanted.wildcard && !connection.wildcard) return false;
  if (wanted.over && !picture.is_over(connection)) return false;
  return !selection.room ||
         std::binary_search(connection.rooms.begin(), connection.rooms.end(), *selection.room);
}

api::ConnectionListReply list_of(const LimitPicture& picture,
                                 const api::ConnectionListRequest& wanted,
                                 const Selection& selection) {
  api::ConnectionListReply reply;
  for (const std::string& server : picture.seen().silent)
    reply.silent_servers.push_back(picture.server_name(server));
  std::size_t bytes = 0;
  for (const Connection* connection : picture.connections()) {
    if (!is_meant(picture, *connection, wanted, selection)) continue;
    ++reply.total;
    const bool full = reply.connections.size() >= wanted.limit || bytes >= reply_bytes_max;
    if (reply.total <= wanted.offset || full) continue;
    reply.connections.push_back(view_of(picture, *connection));
    bytes += size_of(reply.connections.back());
  }
  return reply;
}

/// A room that is wanted; none where none is asked for. Errors: bad_request, room_not_found.
ApiResult<std::optional<RoomId>> room_asked_for(const AdminContext& context,
                                                const std::string& text) {
  if (text.empty()) return std::optional<RoomId>();
  auto room = RoomId::parse(text);
  if (!room) return refuse(ApiCode::bad_request, "room: " + room.error().text);
  if (context.rooms.desired().find(*room) == nullptr)
    return refuse(ApiCode::room_not_found, "no room '" + text + "'");
  return std::optional<RoomId>(*std::move(room));
}

policies::Kick kick_of(const Connection& connection) {
  policies::Kick kick;
  kick.key = connection.key;
  kick.identity = connection.identity;
  kick.reason = policies::Reason::kicked_by_admin;
  return kick;
}

bool is_victim(const Connection& connection, const api::KickRequest& wanted,
               const std::string& server, const std::optional<RoomId>& room) {
  if (wanted.cid) {
    return connection.key.cid == *wanted.cid &&
           (server.empty() || connection.key.server_id == server);
  }
  if (!wanted.user.empty()) return connection.identity.user == wanted.user;
  return room && std::binary_search(connection.rooms.begin(), connection.rooms.end(), *room);
}

std::string names_of(const LimitPicture& picture, const std::vector<std::string>& servers) {
  std::string names;
  for (const std::string& id : servers)
    names += (names.empty() ? "" : ", ") + picture.server_name(id);
  return names;
}

ApiResult<std::vector<policies::Kick>> victims_of(const LimitPicture& picture,
                                                  const api::KickRequest& wanted,
                                                  const std::optional<RoomId>& room) {
  const ApiResult<std::string> server = picture.find_server(wanted.server_id);
  if (!server) return tl::unexpected(server.error());
  std::vector<policies::Kick> kicks;
  std::vector<std::string> servers;
  for (const Connection* connection : picture.connections()) {
    if (!is_victim(*connection, wanted, *server, room)) continue;
    if (connection->own && room) continue;
    if (connection->own) return refuse(ApiCode::unsafe, "that is Roomkeeper's own connection");
    kicks.push_back(kick_of(*connection));
    if (wanted.cid) servers.push_back(connection->key.server_id);
  }
  if (kicks.empty()) {
    const std::string silent = names_of(picture, picture.seen().silent);
    return refuse(
        ApiCode::connection_not_found,
        "no such connection" + (silent.empty() ? ""
                                               : "; its connections are not seen where no answer "
                                                 "comes from: " +
                                                     silent));
  }
  if (wanted.cid && kicks.size() > 1) {
    return refuse(ApiCode::conflict,
                  "several servers have a connection of that cid, name one as server_id: " +
                      names_of(picture, servers));
  }
  return kicks;
}

struct KickRound {
  api::KickRequest wanted;
  api::Actor actor;
  std::string user;  ///< whose, as the audit writes it; empty: of several
  api::KickReply outcome;
  std::size_t open = 0;
};

/// One entry for all connections of one request.
void tell_audit(AdminContext& context, const KickRound& round) {
  if (round.outcome.kicked == 0 && round.outcome.failed == 0) return;  // gone by themselves
  api::AuditRecord entry;
  entry.kind = api::AuditKind::kick;
  entry.reason = policies::Reason::kicked_by_admin;
  entry.actor = round.actor;
  entry.user = round.user;
  entry.room = round.wanted.room;
  entry.connections = round.outcome.kicked;
  entry.text = round.wanted.reason;
  entry.ok = round.outcome.failed == 0;
  if (!entry.ok) {
    if (!entry.text.empty()) entry.text += "; ";
    entry.text += std::to_string(round.outcome.failed) +
                  " failed, the first: " + round.outcome.failures.front();
  }
  for (const std::string& server : round.outcome.silent_servers) {
    if (!entry.text.empty()) entry.text += "; ";
    entry.text += "server " + server + " did not answer: its connections were not seen";
  }
  context.audit.record(std::move(entry));
}

void note_outcome(KickRound& round, const policies::Kick& kick, const Result<>& outcome) {
  if (outcome) {
    ++round.outcome.kicked;
  } else if (outcome.error().code == policies::ErrorCode::not_found) {
    ++round.outcome.gone;
  } else {
    ++round.outcome.failed;
    if (round.outcome.failures.size() >= api::kick_failures_max) return;
    round.outcome.failures.push_back("cid " + std::to_string(kick.key.cid) + ": " +
                                     outcome.error().text);
  }
}

void kick_all(AdminContext& context, const std::vector<policies::Kick>& kicks,
              const api::KickRequest& wanted, std::vector<std::string> silent,
              const api::Actor& actor, const AdminReply& reply) {
  auto round = std::make_shared<KickRound>();
  round->wanted = wanted;
  round->actor = actor;
  round->outcome.silent_servers = std::move(silent);
  round->open = kicks.size();
  const policies::Identity& first = kicks.front().identity;
  const bool one_user = std::all_of(kicks.begin(), kicks.end(), [&](const policies::Kick& kick) {
    return kick.identity == first;
  });
  if (one_user) round->user = to_string(first);
  context.connections->kick_all(
      kicks, wanted.reason,
      [&context, round, reply](const policies::Kick& kick, const Result<>& outcome) {
        note_outcome(*round, kick, outcome);
        if (--round->open > 0) return;
        tell_audit(context, *round);
        reply(api::encode(round->outcome));
      });
}

/// As many as fit a reply; what is left out comes with the next one.
void bound(api::ConnectionEventsReply& reply) {
  constexpr std::size_t names = 250;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < reply.events.size(); ++i) {
    const api::ConnectionEvent& event = reply.events[i];
    bytes += names;
    for (const std::string* text :
         {&event.server_name, &event.user, &event.host, &event.name, &event.reason}) {
      bytes += json_size(*text);
    }
    if (bytes < reply_bytes_max || i == 0) continue;
    reply.events.resize(i);
    reply.next = reply.events.back().number;
    return;
  }
}

}  // namespace

void admin_connection_ls(AdminContext& context, const AdminRequest& request,
                         const AdminReply& reply) {
  const auto wanted = api::decode<api::ConnectionListRequest>(request.body);
  if (!wanted) return reply(tl::unexpected(wanted.error()));
  if (const auto keeper = keeper_of(context); !keeper) return reply(tl::unexpected(keeper.error()));
  const auto room = room_asked_for(context, wanted->room);
  if (!room) return reply(tl::unexpected(room.error()));
  // The pages of one list are of one look.
  const policies::Nanoseconds max_age = wanted->offset > 0 ? page_age : policies::Nanoseconds{};
  look(
      context, reply,
      [wanted = *wanted, room = *room, reply](const LimitPicture& picture) {
        const ApiResult<std::string> server = picture.find_server(wanted.server);
        if (!server) return reply(tl::unexpected(server.error()));
        const Selection selection{.room = room, .server = *server};
        reply(api::encode(list_of(picture, wanted, selection)));
      },
      max_age);
}

void admin_connection_kick(AdminContext& context, const AdminRequest& request,
                           const AdminReply& reply) {
  const auto wanted = api::decode<api::KickRequest>(request.body);
  if (!wanted) return reply(tl::unexpected(wanted.error()));
  const int given =
      (wanted->cid ? 1 : 0) + (wanted->user.empty() ? 0 : 1) + (wanted->room.empty() ? 0 : 1);
  if (given != 1) {
    return reply(refuse(ApiCode::bad_request,
                        "exactly one of cid (with server_id), user or room is expected"));
  }
  if (const auto fine = check_sentence("reason", wanted->reason, api::kick_reason_max); !fine)
    return reply(tl::unexpected(fine.error()));
  if (const auto keeper = keeper_of(context); !keeper) return reply(tl::unexpected(keeper.error()));
  const auto room = room_asked_for(context, wanted->room);
  if (!room) return reply(tl::unexpected(room.error()));
  look(context, reply,
       [&context, wanted = *wanted, room = *room, actor = request.actor,
        reply](const LimitPicture& picture) {
         const auto kicks = victims_of(picture, wanted, room);
         if (!kicks) return reply(tl::unexpected(kicks.error()));
         std::vector<std::string> silent;
         for (const std::string& id : picture.seen().silent)
           silent.push_back(picture.server_name(id));
         kick_all(context, *kicks, wanted, std::move(silent), actor, reply);
       });
}

void admin_connection_events(AdminContext& context, const AdminRequest& request,
                             const AdminReply& reply) {
  const auto wanted = api::decode<api::ConnectionEventsRequest>(request.body);
  if (!wanted) return reply(tl::unexpected(wanted.error()));
  const ApiResult<ConnectionKeeper*> keeper = keeper_of(context);
  if (!keeper) return reply(tl::unexpected(keeper.error()));
  api::ConnectionEventsReply events = (*keeper)->events().after(*wanted);
  events.connections = (*keeper)->seen().size();
  events.daemon = policies::format_rfc3339(context.started);
  bound(events);
  reply(api::encode(events));
}

}  // namespace roomkeeper::sidecar
