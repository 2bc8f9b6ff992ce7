#include "sidecar/nats/server_json.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "sidecar/nats/json_reply.h"
#include "sidecar/nats/sax_walk.h"
#include "sidecar/nats/timestamp.h"

namespace roomkeeper::sidecar::nats {
namespace {

using nlohmann::json;
using policies::ErrorCode;
using policies::Result;

class ConnzReader final : public SaxWalk {
 public:
  explicit ConnzReader(const policies::Listening* listening) : listening_(listening) {}

  Result<ConnzPage> take() {
    if (has_error_) return policies::pass(make_server_error(code_, 0, std::move(description_)));
    if (server_id_.empty() || !has_connections_) {
      return policies::fail(ErrorCode::internal, "a reply that is no page of connections");
    }
    for (policies::Connection& seen : page_.connections) seen.key.server_id = server_id_;
    return std::move(page_);
  }

 private:
  enum Place : int { top = 0, reply, error, server, data, connections, connection, subscriptions };

  int enter(int place, std::string_view key, bool is_array) override {
    switch (place) {
      case top:
        return is_array ? skip : reply;
      case reply:
        if (key == "error" && !is_array) return has_error_ = true, error;
        if (key == "server" && !is_array) return server;
        return key == "data" && !is_array ? data : skip;
      case data:
        if (key != "connections" || !is_array) return skip;
        has_connections_ = true;
        return connections;
      case connections:
        if (is_array) return skip;
        now_ = {};
        is_client_ = true;
        return connection;
      case connection:
        return is_array && listening_ != nullptr && key == "subscriptions_list" ? subscriptions
                                                                                : skip;
      default:
        return skip;
    }
  }

  bool leave(int place) override {
    if (place != connection) return true;
    if (page_.count++ == 0) page_.first_cid = now_.key.cid;
    page_.ascending = page_.ascending && now_.key.cid > page_.last_cid;
    page_.last_cid = now_.key.cid;
    std::sort(now_.rooms.begin(), now_.rooms.end());
    now_.rooms.erase(std::unique(now_.rooms.begin(), now_.rooms.end()), now_.rooms.end());
    if (is_client_ && now_.key.cid > 0) page_.connections.push_back(std::move(now_));
    return true;
  }

  bool text(int place, std::string_view key, std::string& value) override {
    if (place == error && key == "description")
      description_ = std::move(value);
    else if (place == data && key == "server_id")
      server_id_ = std::move(value);
    else if (place == data && key == "now")
      page_.now = parse_timestamp(value).value_or(policies::WallTime{});
    else if (place == server && key == "name")
      page_.server_name = std::move(value);
    else if (place == subscriptions)
      subscription(value);
    if (place != connection) return true;
    if (key == "authorized_user")
      now_.identity.user = std::move(value);
    else if (key == "account")
      now_.identity.account = std::move(value);
    else if (key == "ip")
      now_.host = std::move(value);
    else if (key == "name")
      now_.name = std::move(value);
    else if (key == "type")
      now_.kind = std::move(value);
    else if (key == "kind")
      is_client_ = value == "Client";
    else if (key == "start")
      return start(value);
    return true;
  }

  void subscription(std::string_view subject) {
    auto heard = listening_->of(subject);
    if (heard.room) now_.rooms.push_back(*std::move(heard.room));
    if (heard.hears == policies::Listening::Hears::several_rooms) now_.wildcard = true;
  }

  bool start(std::string_view value) {
    const auto time = parse_timestamp(value);
    if (!time) return refuse("the time at 'start' is none");
    now_.start = *time;
    return true;
  }

  bool number(int place, std::string_view key, const SaxNumber& value) override {
    if (place == connection && key == "cid") return store(key, value, now_.key.cid);
    if (place == error && key == "code") return store(key, value, code_);
    return true;
  }

  bool flag(int, std::string_view, bool) override { return true; }

  const policies::Listening* listening_;
  ConnzPage page_;
  policies::Connection now_;
  bool is_client_ = true;
  bool has_connections_ = false;
  bool has_error_ = false;
  int code_ = 0;
  std::string server_id_;
  std::string description_;
};

}  // namespace

Result<ConnzPage> parse_connz(std::string_view json, const policies::Listening* listening) {
  ConnzReader reader(listening);
  if (auto read = reader.read(json); !read) return policies::pass(std::move(read).error());
  return reader.take();
}

Result<ServerStats> parse_varz(std::string_view text) {
  auto reply = parse_reply(text);
  if (!reply) return policies::pass(std::move(reply).error());
  const json* data = read_child(*reply, "data");
  const auto id = data != nullptr ? read_string(*data, "server_id") : std::nullopt;
  if (!id) return policies::fail(ErrorCode::internal, "a server's figures without its id");
  ServerStats stats;
  stats.id = *id;
  stats.name = read_string(*data, "server_name").value_or("");
  stats.version = read_string(*data, "version").value_or("");
  stats.connections = read_uint(*data, "connections").value_or(0);
  stats.max_connections = read_int(*data, "max_connections").value_or(-1);
  stats.slow_consumers = read_uint(*data, "slow_consumers").value_or(0);
  stats.stale_connections = read_uint(*data, "stale_connections").value_or(0);  // absent in 2.10
  const json* jetstream = read_child(*data, "jetstream");
  const json* figures = jetstream != nullptr ? read_child(*jetstream, "stats") : nullptr;
  const json* api = figures != nullptr ? read_child(*figures, "api") : nullptr;
  const json* meta = jetstream != nullptr ? read_child(*jetstream, "meta") : nullptr;
  if (figures != nullptr) stats.ha_assets = read_uint(*figures, "ha_assets").value_or(0);
  if (api != nullptr) stats.js_api_errors = read_uint(*api, "errors").value_or(0);
  if (meta != nullptr) stats.meta_pending = read_uint(*meta, "pending").value_or(0);
  return stats;
}

Result<std::optional<StoreStats>> parse_jsz(std::string_view text) {
  auto reply = parse_reply(text);
  if (!reply) return policies::pass(std::move(reply).error());
  const json* data = read_child(*reply, "data");
  const auto id = data != nullptr ? read_string(*data, "server_id") : std::nullopt;
  if (!id) return policies::fail(ErrorCode::internal, "a server's store without its id");
  if (read_bool(*data, "disabled").value_or(false)) return std::optional<StoreStats>();
  const auto now = parse_timestamp(read_string(*data, "now").value_or(""));
  const json* config = read_child(*data, "config");
  if (!now || config == nullptr)
    return policies::fail(ErrorCode::internal, "a server's store without its limits or its time");
  StoreStats stats;
  stats.id = *id;
  stats.now = *now;
  if (const json* server = read_child(*reply, "server")) {
    stats.name = read_string(*server, "name").value_or("");
    stats.cluster = read_string(*server, "cluster").value_or("");
  }
  stats.clustered = read_child(*data, "meta_cluster") != nullptr;
  stats.domain = read_string(*config, "domain").value_or("");
  stats.max_storage = read_int(*config, "max_storage").value_or(-1);
  stats.max_memory = read_int(*config, "max_memory").value_or(-1);
  stats.storage = read_uint(*data, "storage").value_or(0);
  stats.memory = read_uint(*data, "memory").value_or(0);
  stats.reserved_storage = read_uint(*data, "reserved_storage").value_or(0);
  stats.reserved_memory = read_uint(*data, "reserved_memory").value_or(0);
  stats.ha_assets = read_uint(*data, "ha_assets").value_or(0);
  if (const json* limits = read_child(*data, "limits")) {
    const auto most = read_int(*limits, "max_ha_assets");
    stats.max_ha_assets =
        most ? *most : read_int(*limits, "MaxHAAssets").value_or(0);  // as older ones spell it
  }
  return std::optional(std::move(stats));
}

policies::WallTime parse_server_time(std::string_view text) {
  const auto reply = parse_reply(text);
  const json* server = reply ? read_child(*reply, "server") : nullptr;
  if (server == nullptr) return {};
  return parse_timestamp(read_string(*server, "time").value_or("")).value_or(policies::WallTime{});
}

std::string parse_server_id(std::string_view text) {
  const auto reply = parse_reply(text);
  const json* server = reply ? read_child(*reply, "server") : nullptr;
  return server != nullptr ? read_string(*server, "id").value_or("") : std::string();
}

std::uint64_t parse_active_servers(std::string_view text) {
  const auto reply = parse_reply(text);
  const json* figures = reply ? read_child(*reply, "statsz") : nullptr;
  return figures != nullptr ? read_uint(*figures, "active_servers").value_or(0) : 0;
}

}  // namespace roomkeeper::sidecar::nats
