#include "tests/support/test_cluster.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "tests/integration/waiting.h"
#include "tests/support/nats_client.h"

namespace roomkeeper::testing {

using namespace std::chrono_literals;
using nlohmann::json;

/// What one server knows of the meta group.
struct TestCluster::Meta {
  std::string leader;       ///< name; empty: none that it knows
  std::size_t current = 0;  ///< other members that follow; only the leader knows
};

TestCluster::TestCluster(TestClusterOptions options) {
  std::string routes;
  for (const LoopbackPort& port : routes_) routes += "\n\"nats-route://" + port.address() + "\"";
  for (std::size_t i = 0; i < size; ++i) {
    const std::string name = "n" + std::to_string(i + 1);
    nodes_[i] = std::make_unique<TestServer>(
        TestServerOptions{.version = options.version,
                          .config = default_server_config() + "server_tags: [\"" + name +
                                    "\"]\ncluster { name: test, listen: \"" + routes_[i].address() +
                                    "\", routes: [" + routes + "\n] }\n",
                          .jetstream = options.jetstream,
                          .name = name});
  }
}

TestCluster::~TestCluster() = default;

std::vector<std::string> TestCluster::urls() const {
  std::vector<std::string> all;
  for (const auto& node : nodes_) all.push_back(node->url());
  return all;
}

std::optional<std::string> TestCluster::ask(std::size_t index, const std::string& subject,
                                            std::string_view body) {
  if (!nodes_[index]->running()) {
    system_[index].reset();
    return std::nullopt;
  }
  auto& client = system_[index];
  if (!client || !client->connected()) {
    auto made = NatsClient::connect({.url = nodes_[index]->url(), .user = "sys"});
    if (!made) return std::nullopt;
    client = std::move(*made);
  }
  const auto reply = client->request(subject, body, 2s);
  return reply ? std::optional(reply->data) : std::nullopt;
}

std::optional<TestCluster::Meta> TestCluster::meta_of(std::size_t index) {
  const auto reply =
      ask(index, "$SYS.REQ.SERVER.PING.JSZ", json{{"server_name", nodes_[index]->name()}}.dump());
  const json told = reply ? json::parse(*reply, nullptr, false) : json();
  if (!told.is_object()) return std::nullopt;
  const json group = told.value("/data/meta_cluster"_json_pointer, json::object());
  Meta meta{.leader = group.value("leader", "")};
  const json replicas = group.value("replicas", json::array());
  meta.current = static_cast<std::size_t>(
      std::count_if(replicas.begin(), replicas.end(), [](const json& replica) {
        return replica.value("current", false) && !replica.value("offline", false);
      }));
  return meta;
}

std::optional<std::size_t> TestCluster::meta_leader() {
  std::optional<std::string> leader;
  for (std::size_t i = 0; i < size; ++i) {
    if (!nodes_[i]->running()) continue;
    const auto meta = meta_of(i);
    if (!meta || meta->leader.empty() || (leader && *leader != meta->leader)) return std::nullopt;
    leader = meta->leader;
  }
  for (std::size_t i = 0; leader && i < size; ++i) {
    if (nodes_[i]->running() && nodes_[i]->name() == *leader) return i;
  }
  return std::nullopt;
}

bool TestCluster::wait_until_whole(std::chrono::milliseconds timeout) {
  const auto running =
      std::count_if(nodes_.begin(), nodes_.end(), [](const auto& n) { return n->running(); });
  if (running == 0) return false;
  return becomes_true(
      [this, running] {
        const auto leader = meta_leader();
        const auto meta = leader ? meta_of(*leader) : std::nullopt;
        return meta && meta->current + 1 >= static_cast<std::size_t>(running);
      },
      timeout);
}

bool TestCluster::come_up() {
  if (wait_until_whole(30s)) return true;
  for (const auto& node : nodes_) {
    if (!node->restart(TestServer::Store::fresh)) return false;
  }
  return wait_until_whole();
}

bool TestCluster::step_down() {
  const auto before = meta_leader();
  if (!before) return false;
  const auto reply = ask(*before, "$JS.API.META.LEADER.STEPDOWN", "");
  const json told = reply ? json::parse(*reply, nullptr, false) : json();
  if (!told.is_object() || !told.value("success", false)) return false;
  return becomes_true(
      [&] {
        const auto now = meta_leader();
        return now && *now != *before;
      },
      30s);
}

std::string TestCluster::trouble() {
  std::string text;
  for (std::size_t i = 0; i < size; ++i) {
    const auto reply =
        ask(i, "$SYS.REQ.SERVER.PING.JSZ", json{{"server_name", nodes_[i]->name()}}.dump());
    text += nodes_[i]->name() + ": " + reply.value_or("silent. " + nodes_[i]->trouble()) + "\n";
  }
  return text;
}

}  // namespace roomkeeper::testing
