#include "tests/simulation/operator.h"

#include <optional>
#include <stdexcept>
#include <utility>

#include <nlohmann/json.hpp>

namespace roomkeeper::testing {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

std::string line(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string text_in(const json& object, const char* key) {
  if (!object.is_object() || !object.contains(key) || !object[key].is_string()) return "(none)";
  return *object[key].get_ptr<const json::string_t*>();
}

}  // namespace

Operator::Operator(DaemonWorld& world, const std::string& user)
    : world_(world), bus_(world.nats.connect("APP", user, "nats CLI")) {
  world_.loop.run_until_idle();
}

json Operator::request(const std::string& subject, std::string_view body) {
  std::optional<json> answer;
  bus_->request(subject, body, {}, 5s, [&answer](policies::Result<sidecar::Message> reply) {
    answer = reply ? json::parse(reply->data, nullptr, false) : json();
  });
  world_.loop.run_until([&answer] { return answer.has_value(); }, 6s);
  return answer.value_or(json());
}

void Operator::edit(const std::string& stream, std::string_view patch) {
  json config = config_of(world_, stream);
  config.merge_patch(json::parse(patch));
  const json reply = request("$JS.API.STREAM.UPDATE." + stream, line(config));
  if (!reply.is_object() || reply.contains("error"))
    throw std::runtime_error("edit refused: " + line(reply));
}

void Operator::listen(const std::string& subject) {
  const auto id = bus_->subscribe(
      subject, "", [this](const sidecar::Message& message) { heard_.push_back(message.data); });
  if (!id) throw std::runtime_error("cannot listen to " + subject);
  world_.loop.run_until_idle();
}

json config_of(const DaemonWorld& world, const std::string& stream) {
  const FakeStream* found = world.nats.stream(stream);
  return found == nullptr ? json() : json::parse(found->config().info_json, nullptr, false);
}

std::string metadata_of(const DaemonWorld& world, const std::string& stream, std::string_view key) {
  const json config = config_of(world, stream);
  if (!config.is_object() || !config.contains("metadata")) return "(none)";
  return text_in(config["metadata"], std::string(key).c_str());
}

json ask(DaemonWorld& world, const std::string& verb, std::string_view request) {
  return json::parse(world.ask(verb, request), nullptr, false);
}

std::string refusal(DaemonWorld& world, const std::string& verb, std::string_view request) {
  const std::string reply = world.ask(verb, request);
  if (reply.empty() || reply.starts_with("error: ")) return "(no reply)";
  const json value = json::parse(reply, nullptr, false);
  if (!value.is_object()) return "(not an object: " + reply + ")";
  return value.contains("error") ? text_in(value["error"], "code") : "";
}

std::string verdict(DaemonWorld& world, const std::string& room) {
  const json reply = ask(world, "room.show", line(json{{"room", room}}));
  if (!reply.is_object()) return "(no reply)";
  if (reply.contains("error")) return text_in(reply["error"], "code");
  return text_in(reply, "state") + "/" + text_in(reply, "reason");
}

void agree(DaemonWorld& world, const std::string& room) {
  json request{{"allow_lossy", true}};
  if (!room.empty()) request["rooms"] = json::array({room});
  const json promised = ask(world, "apply", line(request));
  if (!promised.is_object() || !promised.contains("pass"))
    throw std::runtime_error("apply: " + line(promised));
  const std::string question = line(json{{"pass", promised["pass"]}});
  for (int tries = 0; tries < 100; ++tries) {
    if (ask(world, "pass", question).value("done", false)) return;
    world.pass(100ms);
  }
  throw std::runtime_error("the pass did not end within 10 s");
}

std::uint64_t writes(const DaemonWorld& world) {
  std::uint64_t sum = 0;
  for (const char* operation : {"CREATE", "UPDATE", "DELETE", "PURGE"}) {
    sum += world.nats.count("$JS.API.STREAM." + std::string(operation) + ".>");
  }
  return sum;
}

}  // namespace roomkeeper::testing
