#include "sidecar/replica_list.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "policies/replica_names.h"
#include "policies/rfc3339.h"
#include "sidecar/nats/json_reply.h"

namespace roomkeeper::sidecar {
namespace {

using nlohmann::json;
using policies::ErrorCode;
using policies::Result;
using namespace std::chrono_literals;

constexpr policies::Nanoseconds interval = 1s;
constexpr policies::Nanoseconds leader_fresh = 2500ms;
constexpr policies::Nanoseconds kept = 5s;
/// Of each text that others say.
constexpr std::size_t text_max = 256;

std::string text_of(const json& object, const char* key) {
  return nats::read_string(object, key).value_or("").substr(0, text_max);
}

bool flag_of(const json& object, const char* key) {
  return nats::read_bool(object, key).value_or(false);
}

api::ReplicaStatus status_of(const ReplicaSaying& saying, double seconds_ago) {
  return {.name = saying.name,
          .leader = saying.leader,
          .note = saying.note,
          .version = saying.version,
          .configuration = saying.configuration.substr(0, 8),
          .started = saying.started,
          .heard_seconds_ago = seconds_ago};
}

}  // namespace

std::string encode_saying(const ReplicaSaying& saying) {
  return nats::dump_json({{"name", saying.name},
                          {"process", saying.process},
                          {"leader", saying.leader},
                          {"note", saying.note},
                          {"version", saying.version},
                          {"configuration", saying.configuration},
                          {"started", policies::format_rfc3339(saying.started)},
                          {"server_id", saying.connection.server_id},
                          {"client_id", saying.connection.cid},
                          {"gone", saying.gone}});
}

Result<ReplicaSaying> decode_saying(std::string_view text) {
  if (text.size() > ReplicaList::saying_max)
    return policies::fail(ErrorCode::invalid, "longer than a replica says");
  const json object = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) return policies::fail(ErrorCode::invalid, "no JSON object");
  ReplicaSaying saying{.name = text_of(object, "name"),
                       .process = text_of(object, "process"),
                       .leader = flag_of(object, "leader"),
                       .note = text_of(object, "note"),
                       .version = text_of(object, "version"),
                       .configuration = text_of(object, "configuration"),
                       .gone = flag_of(object, "gone")};
  if (saying.name.empty() || saying.process.empty())
    return policies::fail(ErrorCode::invalid, "without name or process");
  if (const auto started = policies::parse_rfc3339(text_of(object, "started")))
    saying.started = *started;
  saying.connection = {.server_id = text_of(object, "server_id"),
                       .cid = nats::read_uint(object, "client_id").value_or(0)};
  return saying;
}

ReplicaList::ReplicaList(Runtime& runtime, MessageBus& app, Self self)
    : runtime_(runtime), app_(app), self_(std::move(self)) {}

Result<> ReplicaList::start() {
  const auto subscribed =
      app_.subscribe(std::string(policies::replica_subjects), "",
                     lifetime_.guard([this](const Message& message) { hear(message); }));
  if (!subscribed) return policies::pass(subscribed.error());
  beat();
  return {};
}

void ReplicaList::stop() {
  runtime_.loop.cancel(timer_);
  timer_ = 0;
  ReplicaSaying last = self_();
  last.gone = true;
  last.leader = false;
  static_cast<void>(app_.publish(std::string(policies::replica_prefix) + "." + last.name,
                                 encode_saying(last)));  // nobody to tell when there is no way out
}

void ReplicaList::say() {
  const ReplicaSaying saying = self_();
  const Result<> said = app_.publish(std::string(policies::replica_prefix) + "." + saying.name,
                                     encode_saying(saying));
  if (!said && app_.state() == BusState::connected)
    runtime_.log.debug("replica.not_said", {{"error", said.error()}});
}

void ReplicaList::beat() {
  if (app_.state() == BusState::connected) say();
  forget_old();
  timer_ = runtime_.loop.run_after(interval, lifetime_.guard([this] { beat(); }));
}

void ReplicaList::hear(const Message& message) {
  const Result<ReplicaSaying> saying = decode_saying(message.data);
  if (!saying) {
    runtime_.log.debug("replica.not_understood", {{"error", saying.error()}});
    return;
  }
  const ReplicaSaying self = self_();
  if (saying->process == self.process) return;
  if (saying->gone) {
    heard_.erase(saying->process);
  } else if (heard_.size() < heard_max || heard_.contains(saying->process)) {
    heard_[saying->process] = {*saying, runtime_.clock.mono()};
  }
  if (saying->name == self.name && told_twin_ != saying->process) {
    told_twin_ = saying->process;
    runtime_.log.warn("replica.same_name", {{"replica", self.name}});
  }
  forget_old();
}

void ReplicaList::forget_old() {
  const policies::MonoTime now = runtime_.clock.mono();
  std::erase_if(heard_, [now](const auto& one) { return now - one.second.at > kept; });
  runtime_.metrics.set(metrics::MetricId::replicas, static_cast<double>(heard_.size() + 1));
}

std::vector<api::ReplicaStatus> ReplicaList::replicas() const {
  std::vector<api::ReplicaStatus> all{status_of(self_(), 0)};
  const policies::MonoTime now = runtime_.clock.mono();
  for (const auto& [process, heard] : heard_) {
    const double ago = std::chrono::duration<double>(now - heard.at).count();
    all.push_back(status_of(heard.saying, ago));
  }
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return all;
}

bool ReplicaList::other_leads() const {
  const policies::MonoTime now = runtime_.clock.mono();
  return std::any_of(heard_.begin(), heard_.end(), [now](const auto& one) {
    return one.second.saying.leader && now - one.second.at <= leader_fresh;
  });
}

bool ReplicaList::has_listened() const {
  return runtime_.clock.mono() - listens_since_ > leader_fresh;
}

bool ReplicaList::has_connection(const policies::ConnectionKey& key) const {
  return std::any_of(heard_.begin(), heard_.end(),
                     [&key](const auto& one) { return one.second.saying.connection == key; });
}

}  // namespace roomkeeper::sidecar
