#include "tests/simulation/job_runs.h"

#include <set>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/simulation/operator.h"

namespace roomkeeper::testing {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

constexpr std::string_view prefix = "$KV.roomkeeper.job.";

bool has_ended(const json& reply) {
  static const std::set<std::string> ends{"done", "done_with_failures", "failed", "aborted"};
  return reply.contains("job") && ends.contains(reply["job"].value("state", ""));
}

}  // namespace

std::string ask_for_job(DaemonWorld& world, std::string_view request) {
  const json job = ask(world, "purge", request);
  EXPECT_TRUE(job.is_object() && job.contains("id")) << job;
  return job.is_object() ? job.value("id", "") : "";
}

json job_of(DaemonWorld& world, const std::string& id) {
  return ask(world, "job.show", R"({"job": ")" + id + "\"}");
}

json end_of_job(DaemonWorld& world, const std::string& id, policies::Nanoseconds longest) {
  const policies::MonoTime end = world.clock.mono() + longest;
  json reply = job_of(world, id);
  while (!has_ended(reply) && world.clock.mono() < end) {
    world.pass(100ms);
    reply = job_of(world, id);
  }
  EXPECT_TRUE(has_ended(reply)) << reply;
  return reply;
}

json run_job(DaemonWorld& world, std::string_view request) {
  return end_of_job(world, ask_for_job(world, request));
}

std::string record_of(const DaemonWorld& world, const std::string& id) {
  std::string record;
  for (const auto& [seq, message] : world.nats.stream("KV_roomkeeper")->messages()) {
    if (message.subject == std::string(prefix) + id) record = message.data;
  }
  return record;
}

std::size_t records(const DaemonWorld& world) {
  std::set<std::string> live;
  for (const auto& [seq, message] : world.nats.stream("KV_roomkeeper")->messages()) {
    if (!message.subject.starts_with(prefix)) continue;
    if (message.data.empty()) {
      live.erase(message.subject);
    } else {
      live.insert(message.subject);
    }
  }
  return live.size();
}

}  // namespace roomkeeper::testing
