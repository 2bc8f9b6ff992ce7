#include "tests/simulation/daemon_world.h"

#include <algorithm>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <utility>

#include <nlohmann/json.hpp>

#include "policies/rfc3339.h"

namespace roomkeeper::testing {
namespace {

using namespace std::chrono_literals;

std::string text_at(const std::string& json, const char* key) {
  const nlohmann::json reply = nlohmann::json::parse(json, nullptr, false);
  if (!reply.is_object() || !reply.contains(key) || !reply[key].is_string())
    return "(no " + std::string(key) + " in " + json + ")";
  return *reply[key].get_ptr<const nlohmann::json::string_t*>();
}

}  // namespace

policies::WallTime at(std::string_view rfc3339) {
  const policies::Result<policies::WallTime> time = policies::parse_rfc3339(rfc3339);
  if (!time) throw std::runtime_error(std::string(rfc3339) + ": " + time.error().text);
  return *time;
}

DaemonWorld::DaemonWorld(std::string_view yaml, std::string_view start, FakeNatsOptions options)
    : clock(at(start)), loop(clock), nats(loop, std::move(options)) {
  write_config(yaml);
  admin_ = nats.connect("APP", "admin", "roomctl");
  loop.run_until_idle();
}

DaemonWorld::~DaemonWorld() {
  kill();
}

std::string DaemonWorld::config_path() const {
  return directory.path() / "roomkeeper.yaml";
}

void DaemonWorld::write_config(std::string_view yaml) {
  write_file("roomkeeper.yaml", yaml);
}

void DaemonWorld::write_file(const std::string& name, std::string_view text) {
  const auto path = directory.path() / name;
  std::filesystem::create_directories(path.parent_path());
  // A new inode, as an editor or a ConfigMap makes it: a rewrite within the clock's tick is seen
  // all the same.
  const auto fresh = directory.path() / "fresh.tmp";
  std::ofstream(fresh, std::ios::binary) << text;
  std::filesystem::rename(fresh, path);
}

void DaemonWorld::remove_file(const std::string& name) {
  std::filesystem::remove(directory.path() / name);
}

void DaemonWorld::boot() {
  config::Loaded<config::Config> config = config::load(config_path(), overrides);
  if (!config) throw std::runtime_error(to_string(config.error().front()));
  metrics_ = std::make_unique<metrics::Metrics>();
  health_ = std::make_unique<metrics::Health>();
  log_ = std::make_unique<sidecar::Log>(
      clock, config->log,
      [this](config::LogLevel, const std::string& line) { log_lines.push_back(line); });
  daemon_ = std::make_unique<sidecar::Daemon>(sidecar::DaemonParts{
      .loop = loop,
      .clock = clock,
      .log = *log_,
      .metrics = *metrics_,
      .health = *health_,
      .config = std::make_shared<const config::Config>(std::move(*config)),
      .config_path = config_path(),
      .overrides = overrides,
      .app = nats.connect("APP", "roomkeeper"),
      .system = with_system ? nats.connect("SYS", "sys", "roomkeeper-system") : nullptr,
      .zones = zones,
      .mailbox_rejected = {}});
  daemon_->start();
  loop.run_until_idle();
}

void DaemonWorld::shut_down() {
  bool done = false;
  daemon_->stop([&done] { done = true; });
  if (!loop.run_until([&done] { return done; }, 10s))
    throw std::runtime_error("the daemon did not stop within 10 s");
  kill();
}

void DaemonWorld::kill() {
  daemon_.reset();
  loop.run_until_idle();
  end_lease();
}

/// As if it had ended long ago: how long that takes is replicas_test's to tell.
void DaemonWorld::end_lease() {
  const FakeStream* stream = nats.stream("KV_roomkeeper_lease");
  if (stream == nullptr || stream->messages().empty()) return;
  nlohmann::json lease =
      nlohmann::json::parse(stream->messages().rbegin()->second.data, nullptr, false);
  lease["process"] = "";
  nats.publish("$KV.roomkeeper_lease.leader", lease.dump());
}

void DaemonWorld::reload() {
  daemon_->reload();
}

std::string DaemonWorld::ask(const std::string& verb, std::string_view json) {
  std::optional<std::string> answer;
  admin_->request("roomkeeper.admin." + verb, json, {}, 10s,
                  [&answer](policies::Result<sidecar::Message> reply) {
                    answer = reply ? reply->data : "error: " + reply.error().text;
                  });
  loop.run_until([&answer] { return answer.has_value(); }, 11s);
  return answer.value_or("");
}

std::string DaemonWorld::state_of(const std::string& room) {
  return text_at(ask("room.show", R"({"room":")" + room + "\"}"), "state");
}

std::string DaemonWorld::reason_of(const std::string& room) {
  return text_at(ask("room.show", R"({"room":")" + room + "\"}"), "reason");
}

std::uint64_t DaemonWorld::messages(const std::string& room) const {
  const FakeStream* stream = nats.stream("ROOM_" + room);
  return stream == nullptr ? 0 : stream->messages().size();
}

bool DaemonWorld::has_stream(const std::string& room) const {
  return nats.stream("ROOM_" + room) != nullptr;
}

void DaemonWorld::say(const std::string& room, const std::string& user, std::string_view text) {
  nats.publish("chat." + room + "." + user, text);
  loop.run_until_idle();
}

std::size_t DaemonWorld::logged(std::string_view text) const {
  return static_cast<std::size_t>(std::count_if(
      log_lines.begin(), log_lines.end(),
      [text](const std::string& line) { return line.find(text) != std::string::npos; }));
}

}  // namespace roomkeeper::testing
