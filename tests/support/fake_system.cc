#include "tests/support/fake_system.h"

#include <algorithm>
#include <optional>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/support/fake_json.h"
#include "tests/support/rfc3339.h"
#include "tests/support/subject_pattern.h"

namespace roomkeeper::testing::fake_system {

namespace {

Json server_json(FakeCore& core, std::size_t index) {
  const FakeServerNode& server = core.servers()[index];
  return {{"name", server.name},
          {"host", "127.0.0.1"},
          {"id", server.id},
          {"ver", core.version().text},
          {"jetstream", index == 0},
          {"flags", 3},
          {"seq", 1},
          {"time", to_rfc3339(core.now(index))}};
}

bool is_leaf(const FakeConnection& connection) {
  return connection.kind == "leafnode";
}

struct ConnzQuery {
  std::string account;
  std::string user;
  std::uint64_t cid = 0;
  bool auth = false;
  bool subscriptions = false;
  std::uint64_t offset = 0;
  std::uint64_t limit = 1024;
};

std::optional<ConnzQuery> parse_query(std::string_view body) {
  const auto parsed = parse_json_object(body);
  if (!parsed) return std::nullopt;
  JsonFields fields(*parsed);
  ConnzQuery query;
  query.account = fields.text("acc");
  query.user = fields.text("user");
  query.cid = fields.counter("cid");
  query.auth = fields.boolean("auth");
  query.subscriptions = fields.boolean("subscriptions") || fields.boolean("subscriptions_detail");
  query.offset = fields.counter("offset");
  query.limit = fields.counter("limit", 1024);
  if (query.limit == 0) query.limit = 1024;
  if (!fields.ok()) return std::nullopt;
  return query;
}

Json connection_json(FakeCore& core, const FakeConnection& connection, const ConnzQuery& query) {
  const auto subjects = core.broker().subjects_of(connection.id);
  const std::string start = to_rfc3339(connection.start);
  Json out = {{"cid", connection.cid},
              {"kind", is_leaf(connection) ? "Leafnode" : "Client"},
              {"ip", connection.host},
              {"port", 40000 + connection.cid % 20000},
              {"start", start},
              {"last_activity", start},
              {"rtt", "200µs"},
              {"uptime", "0s"},
              {"idle", "0s"},
              {"pending_bytes", 0},
              {"in_msgs", 0},
              {"out_msgs", 0},
              {"in_bytes", 0},
              {"out_bytes", 0},
              {"subscriptions", subjects.size()}};
  if (!is_leaf(connection)) out["type"] = connection.kind;
  if (connection.kind == "mqtt") out["mqtt_client"] = connection.name;
  if (!connection.name.empty() && connection.kind != "mqtt") out["name"] = connection.name;
  out["lang"] = "fake";
  out["version"] = "1";
  if (query.auth) {
    out["authorized_user"] = connection.user;
    out["account"] = connection.account;
  }
  if (query.subscriptions) out["subscriptions_list"] = subjects;
  return out;
}

Json connz(FakeCore& core, std::size_t server, const ConnzQuery& query) {
  Json data;
  const bool known = query.account.empty() || core.has_account(query.account);
  data["server_id"] = known ? core.servers()[server].id : "";
  data["now"] = to_rfc3339(core.now(server));
  std::vector<const FakeConnection*> matching;
  std::uint64_t total = 0;
  for (const auto& [id, connection] : core.connections()) {
    if (connection.server != server) continue;
    if (!query.account.empty() && connection.account != query.account) continue;
    ++total;
    if (!query.user.empty() && connection.user != query.user) continue;
    if (query.cid != 0 && connection.cid != query.cid) continue;
    matching.push_back(&connection);
  }
  std::sort(matching.begin(), matching.end(),
            [](const FakeConnection* a, const FakeConnection* b) { return a->cid < b->cid; });
  Json listed = Json::array();
  for (std::uint64_t i = query.offset; i < matching.size() && listed.size() < query.limit; ++i) {
    listed.push_back(connection_json(core, *matching[i], query));
  }
  data["num_connections"] = listed.size();
  data["total"] = known ? total : 0;
  data["offset"] = query.offset;
  data["limit"] = query.limit;
  data["connections"] = known ? listed : Json(nullptr);
  return data;
}

/// What STATSZ and VARZ have in common.
Json figures(FakeCore& core, std::size_t server) {
  const auto& connections = core.connections();
  const auto here = std::count_if(connections.begin(), connections.end(),
                                  [&](const auto& item) { return item.second.server == server; });
  const FakeServerNode& node = core.servers()[server];
  Json api = {{"total", 0}, {"errors", 0}};
  if (core.version().api_level() > 0) api["level"] = core.version().api_level();
  Json stats = {{"memory", 0},
                {"storage", 0},
                {"reserved_memory", 0},
                {"reserved_storage", 0},
                {"accounts", 1},
                {"ha_assets", 0},
                {"api", api}};
  return {{"start", to_rfc3339(node.start)},
          {"mem", 16 << 20},
          {"cores", 2},
          {"cpu", 0},
          {"connections", here},
          {"total_connections", node.total_connections},
          {"active_accounts", 1},
          {"subscriptions", 0},
          {"slow_consumers", 0},
          {"stale_connections", 0},
          {"active_servers", core.living_servers()},
          {"jetstream",
           {{"config", {{"max_memory", 1 << 30}, {"max_storage", 1 << 30}}}, {"stats", stats}}}};
}

Json varz(FakeCore& core, std::size_t server) {
  const FakeServerNode& node = core.servers()[server];
  Json out = figures(core, server);
  out.erase("active_servers");
  out["server_id"] = node.id;
  out["server_name"] = node.name;
  out["version"] = core.version().text;
  out["max_connections"] = 65536;
  out["max_payload"] = core.options().max_payload;
  out["now"] = to_rfc3339(core.now(server));
  return out;
}

/// The first server has all streams; the others have no JetStream.
Json jsz(FakeCore& core, std::size_t server) {
  Json out = {{"server_id", core.servers()[server].id}, {"now", to_rfc3339(core.now(server))}};
  if (server > 0) {
    out["disabled"] = true;
    out["config"] = {{"max_memory", 0}, {"max_storage", 0}};
    return out;
  }
  out["config"] = {{"max_memory", core.options().max_memory},
                   {"max_storage", core.options().max_storage},
                   {"store_dir", "fake"}};
  if (!core.options().domain.empty()) out["config"]["domain"] = core.options().domain;
  out["limits"] = Json::object();
  out["memory"] = 0;
  out["storage"] = 0;
  out["reserved_memory"] = core.reserved(true);
  out["reserved_storage"] = core.reserved(false);
  out["ha_assets"] = 0;
  return out;
}

void answer(FakeCore& core, const std::string& account, const sidecar::Message& request,
            std::size_t server, std::string_view key, const Json& value) {
  Json envelope;
  envelope["server"] = server_json(core, server);
  if (!key.empty()) envelope[std::string(key)] = value;
  sidecar::Message out;
  out.subject = request.reply;
  out.data = dump_json(envelope);
  core.send(account, request.reply, std::move(out));
}

void kick(FakeCore& core, const std::string& account, const sidecar::Message& request,
          std::size_t server) {
  const auto parsed = parse_json_object(request.data);
  const Json empty = Json::object();
  JsonFields fields(parsed ? *parsed : empty);
  const std::uint64_t cid = fields.counter("cid");
  for (const auto& [id, connection] : core.connections()) {
    if (connection.server != server || connection.cid != cid) continue;
    const FakeConnectionId gone = id;
    core.kicking(connection);
    answer(core, account, request, server, {}, {});
    core.drop(gone, "Kicked");
    return;
  }
  answer(core, account, request, server, "error",
         {{"code", 500}, {"description", "no such client or leafnode id"}});
}

/// One server's answer. False: it does not know the request.
bool ask(FakeCore& core, const std::string& account, const sidecar::Message& request,
         std::size_t server, std::string_view what) {
  const FakeServerNode& node = core.servers()[server];
  if (what == "STATSZ") {
    answer(core, account, request, server, "statsz", figures(core, server));
  } else if (what == "VARZ") {
    answer(core, account, request, server, "data", varz(core, server));
  } else if (what == "JSZ") {
    answer(core, account, request, server, "data", jsz(core, server));
  } else if (what == "IDZ") {
    answer(core, account, request, server, "data",
           {{"name", node.name}, {"host", "127.0.0.1"}, {"id", node.id}});
  } else if (what == "KICK") {
    kick(core, account, request, server);
  } else if (what == "CONNZ") {
    auto query = parse_query(request.data);
    if (!query) {
      answer(core, account, request, server, "error",
             {{"code", 400}, {"description", "invalid request"}});
      return true;
    }
    if (account != core.options().system_account) query->account = account;
    const Json page = connz(core, server, *query);
    const bool named_any = page["num_connections"] > 0;
    answer(core, account, request, server, "data", page);
    if (named_any) core.connz_page_sent();
  } else {
    return false;
  }
  return true;
}

void user_info(FakeCore& core, const std::string& account, FakeConnectionId from,
               const sidecar::Message& request) {
  const auto found = core.connections().find(from);
  const std::string user = found == core.connections().end() ? "" : found->second.user;
  answer(core, account, request, 0, "data",
         {{"user", user}, {"account", account}, {"account_name", account}});
}

Json client_json(const FakeConnection& connection) {
  Json out = {{"start", to_rfc3339(connection.start)},
              {"host", connection.host},
              {"id", connection.cid},
              {"acc", connection.account},
              {"user", connection.user}};
  if (!connection.name.empty() && connection.kind != "mqtt") out["name"] = connection.name;
  out["lang"] = "fake";
  out["ver"] = "1";
  out["kind"] = is_leaf(connection) ? "Leafnode" : "Client";
  if (!is_leaf(connection)) out["client_type"] = connection.kind;
  if (connection.kind == "mqtt") out["client_id"] = connection.name;
  return out;
}

void announce(FakeCore& core, const FakeConnection& connection, std::string_view event, Json body) {
  sidecar::Message out;
  out.subject = "$SYS.ACCOUNT." + connection.account + "." + std::string(event);
  out.data = dump_json(body);
  if (core.events().lost) return;
  // At once where it is not late: whoever is told and whoever asks are in one order.
  const std::string to = out.subject;
  if (core.events().delay <= policies::Nanoseconds::zero()) {
    core.send(core.options().system_account, to, std::move(out));
    return;
  }
  core.later(core.events().delay, [&core, to, late = std::move(out)] {
    core.send(core.options().system_account, to, late);
  });
}

}  // namespace

std::size_t request(FakeCore& core, const std::string& account, FakeConnectionId from,
                    const sidecar::Message& message) {
  if (message.subject == "$SYS.REQ.USER.INFO") {
    user_info(core, account, from, message);
    return 1;
  }
  const auto tokens = subject_tokens(message.subject);
  if (tokens.size() != 5 || tokens[2] != "SERVER") return 0;
  const bool system = account == core.options().system_account;
  const bool ping = tokens[3] == "PING";
  if (!system && (!ping || tokens[4] != "CONNZ")) return 0;
  if (ping && tokens[4] == "KICK") return 0;
  std::size_t taken = 0;
  for (std::size_t server = 0; server < core.servers().size(); ++server) {
    const FakeServerNode& node = core.servers()[server];
    if (node.gone || (!ping && node.id != tokens[3])) continue;
    if (node.silent || ask(core, account, message, server, tokens[4])) ++taken;
  }
  return taken;
}

void announce_connect(FakeCore& core, const FakeConnection& connection) {
  Json body = {{"type", "io.nats.server.advisory.v1.client_connect"},
               {"id", "fake"},
               {"timestamp", to_rfc3339(core.now(connection.server))},
               {"server", server_json(core, connection.server)},
               {"client", client_json(connection)}};
  announce(core, connection, "CONNECT", std::move(body));
}

void announce_disconnect(FakeCore& core, const FakeConnection& connection,
                         std::string_view reason) {
  Json client = client_json(connection);
  client["stop"] = to_rfc3339(core.now(connection.server));
  Json body = {{"type", "io.nats.server.advisory.v1.client_disconnect"},
               {"id", "fake"},
               {"timestamp", to_rfc3339(core.now(connection.server))},
               {"server", server_json(core, connection.server)},
               {"client", client},
               {"sent", {{"msgs", 0}, {"bytes", 0}}},
               {"received", {{"msgs", 0}, {"bytes", 0}}},
               {"reason", reason}};
  announce(core, connection, "DISCONNECT", std::move(body));
}

}  // namespace roomkeeper::testing::fake_system
