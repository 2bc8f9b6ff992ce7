#include "sidecar/micro_protocol.h"

#include <cstdio>
#include <functional>

#include <nlohmann/json.hpp>

#include "policies/rfc3339.h"

namespace roomkeeper::sidecar::micro {
namespace {

using nlohmann::json;

json head(const char* type, const Service& service) {
  return json{{"type", type},
              {"name", std::string(service_name)},
              {"id", service.id},
              {"version", ROOMKEEPER_VERSION},
              {"metadata", {{"instance", service.instance}}}};
}

std::string subject_of(const Service& service, const api::VerbInfo& verb) {
  return service.admin_prefix + "." + std::string(verb.name);
}

/// Endpoint names are `[A-Za-z0-9_-]`: dots of verbs become dashes.
std::string endpoint_name(std::string_view verb) {
  std::string name(verb);
  for (char& c : name) {
    if (c == '.') c = '-';
  }
  return name;
}

json info_reply(const Service& service) {
  json reply = head("io.nats.micro.v1.info_response", service);
  reply["description"] = "Roomkeeper: admin API of the chat rooms";
  reply["endpoints"] = json::array();
  for (const api::VerbInfo& verb : api::verbs()) {
    reply["endpoints"].push_back({{"name", endpoint_name(verb.name)},
                                  {"subject", subject_of(service, verb)},
                                  {"queue_group", ""},
                                  {"metadata", {{"summary", std::string(verb.summary)}}}});
  }
  return reply;
}

json stats_reply(const Service& service, const Stats& stats) {
  json reply = head("io.nats.micro.v1.stats_response", service);
  reply["started"] = policies::format_rfc3339(service.started);
  reply["endpoints"] = json::array();
  for (const api::VerbInfo& verb : api::verbs()) {
    const EndpointStats& one = stats[static_cast<std::size_t>(verb.verb)];
    const auto requests = static_cast<std::int64_t>(one.requests);
    reply["endpoints"].push_back(
        {{"name", endpoint_name(verb.name)},
         {"subject", subject_of(service, verb)},
         {"queue_group", ""},
         {"num_requests", one.requests},
         {"num_errors", one.errors},
         {"last_error", one.last_error},
         {"processing_time", one.processing.count()},
         {"average_processing_time", requests == 0 ? 0 : one.processing.count() / requests}});
  }
  return reply;
}

}  // namespace

std::string make_id(std::string_view instance, policies::WallTime started) {
  const std::size_t hash = std::hash<std::string_view>{}(instance);
  std::array<char, 40> text{};
  const int length =
      std::snprintf(text.data(), text.size(), "%016llX%06llX",
                    static_cast<unsigned long long>(started.time_since_epoch().count()),
                    static_cast<unsigned long long>(hash & 0xFFFFFFU));
  return std::string(text.data(), static_cast<std::size_t>(length));
}

std::vector<std::string> discovery_subjects(std::string_view id) {
  std::vector<std::string> subjects;
  for (const char* verb : {"PING", "INFO", "STATS"}) {
    const std::string all = std::string("$SRV.") + verb;
    const std::string ours = all + "." + std::string(service_name);
    subjects.insert(subjects.end(), {all, ours, ours + "." + std::string(id)});
  }
  return subjects;
}

std::string discovery_reply(std::string_view subject, const Service& service, const Stats& stats) {
  json reply;
  if (subject.starts_with("$SRV.INFO")) {
    reply = info_reply(service);
  } else if (subject.starts_with("$SRV.STATS")) {
    reply = stats_reply(service, stats);
  } else {
    reply = head("io.nats.micro.v1.ping_response", service);
  }
  return reply.dump(-1, ' ', false, json::error_handler_t::replace);
}

Headers error_headers(int code, std::string_view text) {
  return {{"Nats-Service-Error-Code", std::to_string(code)},
          {"Nats-Service-Error", std::string(text)}};
}

}  // namespace roomkeeper::sidecar::micro
