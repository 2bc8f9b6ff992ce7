#include "tests/integration/cluster_daemon.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <nlohmann/json.hpp>

#include "tests/integration/waiting.h"

namespace roomkeeper::testing {

using namespace std::chrono_literals;
using nlohmann::json;

ClusterDaemon::ClusterDaemon(TestClusterOptions options) : cluster(std::move(options)) {}

ClusterDaemon::~ClusterDaemon() {
  end_daemon();
}

std::unique_ptr<NatsClient> ClusterDaemon::client(const std::string& user) {
  for (std::size_t i = 0; i < TestCluster::size; ++i) {
    if (cluster.node(i).running()) return client(user, i);
  }
  throw std::runtime_error("no server runs");
}

std::unique_ptr<NatsClient> ClusterDaemon::client(const std::string& user, std::size_t node) {
  auto made = NatsClient::connect({.url = cluster.node(node).url(), .user = user});
  if (!made) throw std::runtime_error(made.error().text);
  return std::move(*made);
}

json ClusterDaemon::ask(const std::string& subject, const std::string& body,
                        std::chrono::milliseconds timeout) {
  for (int attempt = 0; attempt < 2; ++attempt) {
    if (!asking_ || !asking_->connected()) asking_ = client("admin");
    if (const auto reply = asking_->request(subject, body, timeout))
      return json::parse(reply->data, nullptr, false);
  }
  return nullptr;
}

json ClusterDaemon::admin(const std::string& verb, const std::string& body) {
  return ask("roomkeeper.admin." + verb, body, 1s);
}

bool ClusterDaemon::list(const std::string& prefix, std::map<std::string, json>& into) {
  std::size_t total = 0;
  std::size_t offset = 0;
  do {
    const json page = ask("$JS.API.STREAM.LIST", json{{"offset", offset}}.dump());
    if (!page.is_object() || page.contains("error") || page.contains("missing")) return false;
    if (page["streams"].empty()) break;
    for (const json& stream : page["streams"]) {
      const std::string name = stream["config"]["name"];
      if (name.starts_with(prefix)) into.emplace(name, stream);
    }
    total = page["total"].get<std::size_t>();
    offset += page["limit"].get<std::size_t>();
  } while (offset < total);
  return true;
}

std::map<std::string, json> ClusterDaemon::streams(const std::string& prefix) {
  std::map<std::string, json> seen;
  becomes_true(
      [&] {
        seen.clear();
        if (list(prefix, seen)) return true;
        seen.clear();
        return false;
      },
      60s);
  return seen;
}

bool ClusterDaemon::all_rooms(const std::string& state, std::size_t count,
                              std::chrono::milliseconds timeout) {
  return becomes_true(
      [&] {
        const json found = admin("room.ls", json{{"state", state}, {"limit", 1}}.dump());
        const json all = admin("room.ls", json{{"limit", 1}}.dump());
        return found.is_object() && found.value("total", 0U) == count && all.is_object() &&
               all.value("total", 0U) == count;
      },
      timeout, 100ms);
}

bool ClusterDaemon::wait_for_made(double count, std::chrono::milliseconds timeout) {
  return becomes_true([&] { return rooms_made() >= count; }, timeout, 5ms);
}

std::size_t ClusterDaemon::logged(const std::string& text) {
  return thread.call([&] {
    return static_cast<std::size_t>(std::count_if(
        lines.begin(), lines.end(),
        [&](const std::string& line) { return line.find(text) != std::string::npos; }));
  });
}

}  // namespace roomkeeper::testing
