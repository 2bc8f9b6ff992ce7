// The daemon with connection limits, clients who come and go, and an administrator who asks.
// Thread: the test's.
#ifndef ROOMKEEPER_TESTS_SIMULATION_LIMITED_WORLD_H_
#define ROOMKEEPER_TESTS_SIMULATION_LIMITED_WORLD_H_

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/simulation/operator.h"

namespace roomkeeper::testing {

using Ids = std::vector<FakeClientId>;

/// A configuration with these lines under `limits:`. robot is exempt, kiosk shared, ops an
/// administrator.
inline std::string yaml(const std::string& limits, const std::string& rooms = {}) {
  return "instance: seoul\nlimits:\n" + limits +
         "  exempt_users: [APP/admin, APP/roomkeeper, APP/operator, APP/robot]\n"
         "  shared_users: [APP/kiosk]\n  admin_users: [APP/ops]\n" +
         (rooms.empty() ? "rooms: [ {id: general}, {id: lobby} ]\n" : rooms);
}

inline FakeClientOptions listening(std::vector<std::string> subjects,
                                   const std::string& server = {}) {
  return {.auto_reconnect = false, .subscriptions = std::move(subjects), .server = server};
}

class LimitedWorld : public ::testing::Test {
 protected:
  void boot(const std::string& text) {
    world.write_config(text);
    world.boot();
    world.pass(std::chrono::seconds(5));
  }
  FakeClientId add(const std::string& user, const FakeClientOptions& options) {
    const FakeClientId id = world.nats.add_client("APP", user, options);
    world.pass(std::chrono::milliseconds(20));
    return id;
  }
  Ids add(const std::string& user, std::size_t count) {
    Ids ids;
    for (std::size_t i = 0; i < count; ++i) ids.push_back(add(user, listening({})));
    return ids;
  }
  std::uint64_t cid(FakeClientId id) { return world.nats.client(id).cid; }
  bool inside(FakeClientId id) { return world.nats.client(id).connected(); }
  nlohmann::json list(const std::string& request) { return ask(world, "connection.ls", request); }
  /// Users of the connections that a list names, sorted.
  std::vector<std::string> users(const std::string& request) {
    const nlohmann::json reply = list(request);
    std::vector<std::string> names;
    if (!reply.contains("connections")) return {reply.dump()};
    for (const nlohmann::json& one : reply["connections"]) names.push_back(one["user"]);
    std::sort(names.begin(), names.end());
    return names;
  }
  nlohmann::json explain(const std::string& request) {
    return ask(world, "limit.explain", request);
  }
  std::string next(const std::string& request) {
    const nlohmann::json reply = explain(request);
    return reply.value("next", reply.dump());
  }
  static std::string joined(const nlohmann::json& texts) {
    std::string all;
    for (const nlohmann::json& text : texts) all += text.get<std::string>() + "\n";
    return all;
  }
  std::string message(const std::string& verb, const std::string& request) {
    const nlohmann::json reply = ask(world, verb, request);
    return reply.contains("error") ? reply["error"].value("message", "") : "(no error)";
  }

  DaemonWorld world{"instance: seoul\n", "2026-11-22T10:00:00Z"};
};

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_SIMULATION_LIMITED_WORLD_H_
