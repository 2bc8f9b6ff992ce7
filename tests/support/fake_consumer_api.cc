// `$JS.API.CONSUMER.*` and `$JS.API.DIRECT.GET` of FakeJetStream.
#include <algorithm>
#include <charconv>
#include <cstdio>

#include <nlohmann/json.hpp>

#include "tests/support/fake_jetstream.h"
#include "tests/support/fake_json.h"
#include "tests/support/rfc3339.h"
#include "tests/support/subject_pattern.h"

namespace roomkeeper::testing {

namespace {

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (text.substr(0, prefix.size()) != prefix) return false;
  text.remove_prefix(prefix.size());
  return true;
}

/// The first token; `rest` keeps what follows its dot.
std::string next_token(std::string_view& rest) {
  const std::size_t dot = rest.find('.');
  const std::string token(rest.substr(0, dot));
  rest = dot == std::string_view::npos ? std::string_view() : rest.substr(dot + 1);
  return token;
}

}  // namespace

std::optional<std::string> FakeJetStream::consumer_request(std::string_view operation,
                                                           const sidecar::Message& message,
                                                           bool& taken) {
  std::string_view rest = operation;
  if (take_prefix(rest, "CONSUMER.CREATE.")) return consumer_create(rest, false, message.data);
  if (take_prefix(rest, "CONSUMER.DURABLE.CREATE."))
    return consumer_create(rest, true, message.data);
  if (take_prefix(rest, "CONSUMER.MSG.NEXT.")) {
    taken = pull(rest, message);
    return std::nullopt;
  }
  if (take_prefix(rest, "DIRECT.GET.")) {
    taken = direct_get(rest, message);
    return std::nullopt;
  }
  const bool info = take_prefix(rest, "CONSUMER.INFO.");
  const bool names = !info && take_prefix(rest, "CONSUMER.NAMES.");
  if (!info && !names && !take_prefix(rest, "CONSUMER.DELETE.")) return std::nullopt;
  const std::string kind = info ? "consumer_info" : names ? "consumer_names" : "consumer_delete";
  Entry* found = entry(next_token(rest));
  if (found == nullptr) return error_reply(kind, api_error::stream_not_found());
  if (names) {
    Json listed = Json::array();
    for (const auto& item : found->consumers) listed.push_back(item.first);
    return api_reply(kind, "\"total\":" + std::to_string(listed.size()) +
                               ",\"offset\":0,\"limit\":1024,\"consumers\":" + dump_json(listed));
  }
  const auto consumer = found->consumers.find(std::string(rest));
  if (consumer == found->consumers.end()) return error_reply(kind, api_error::consumer_not_found());
  if (info) return api_reply(kind, consumer->second.info_json(found->stream, ports_.now()));
  found->consumers.erase(consumer);
  drop_unwanted(*found);
  return api_reply(kind, "\"success\":true");
}

std::string FakeJetStream::consumer_create(std::string_view rest, bool durable,
                                           std::string_view body) {
  const auto fail = [](const ApiError& error) { return error_reply("consumer_create", error); };
  Entry* found = entry(next_token(rest));
  if (found == nullptr) return fail(api_error::stream_not_found());
  std::string name = next_token(rest);
  if (name.empty()) {
    char text[16];
    std::snprintf(text, sizeof(text), "eph%05llu",
                  static_cast<unsigned long long>(++ephemeral_names_));
    name = text;
  }
  auto config = parse_consumer_config(body, name, rest, found->stream);
  if (!config) return fail(config.error());
  if (durable && !config->durable)
    return fail({400, 10025, "consumer expected to be durable but no durable name"});
  const auto existing = found->consumers.find(name);
  if (existing != found->consumers.end()) {
    if (existing->second.config().json != config->json) {
      return fail({400, 10148, "consumer already exists"});
    }
    return api_reply("consumer_create", existing->second.info_json(found->stream, ports_.now()));
  }
  const auto& limits = found->stream.config();
  if (limits.max_consumers >= 0 &&
      found->consumers.size() >= static_cast<std::uint64_t>(limits.max_consumers)) {
    return fail({400, 10026, "maximum consumers limit reached"});
  }
  if (limits.retention == FakeRetention::workqueue) {
    if (config->filters.empty() && !found->consumers.empty()) {
      return fail({400, 10099, "multiple non-filtered consumers not allowed on workqueue stream"});
    }
    for (const auto& [other, consumer] : found->consumers) {
      for (const auto& theirs : consumer.config().filters) {
        for (const auto& ours : config->filters) {
          if (patterns_overlap(ours, theirs)) {
            return fail({400, 10100, "filtered consumer not unique on workqueue stream"});
          }
        }
      }
    }
  }
  auto made =
      found->consumers.emplace(name, FakeConsumer(*config, found->stream, ports_.now())).first;
  std::string reply =
      api_reply("consumer_create", made->second.info_json(found->stream, ports_.now()));
  if (!config->deliver_subject.empty()) serve_later(limits.name, policies::Nanoseconds::zero());
  return reply;
}

bool FakeJetStream::pull(std::string_view rest, const sidecar::Message& message) {
  const std::string stream = next_token(rest);
  Entry* found = entry(stream);
  if (found == nullptr) return false;
  const auto consumer = found->consumers.find(std::string(rest));
  if (consumer == found->consumers.end()) return false;
  FakePull request;
  request.reply = message.reply;
  const auto parsed = parse_json(message.data);
  if (parsed && parsed->is_object()) {
    JsonFields fields(*parsed);
    request.wanted = std::max<std::uint64_t>(1, fields.counter("batch", 1));
    request.no_wait = fields.boolean("no_wait");
    if (const auto expires = fields.integer("expires"); expires > 0) {
      request.expires = ports_.now() + policies::Nanoseconds(expires);
      serve_later(stream, policies::Nanoseconds(expires));
    }
  } else if (parsed) {
    const auto* count = parsed->get_ptr<const Json::number_unsigned_t*>();
    if (count != nullptr && *count > 0) request.wanted = *count;
  }
  consumer->second.touch(ports_.now());
  consumer->second.add(std::move(request));
  consumer->second.serve(found->stream, ports_.now(), version_, ports_.send);
  return true;
}

bool FakeJetStream::direct_get(std::string_view rest, const sidecar::Message& message) {
  Entry* found = entry(next_token(rest));
  if (found == nullptr || !found->stream.config().allow_direct) return false;
  sidecar::Message out;
  out.subject = message.reply;
  const auto stored = rest.empty() ? look_up(found->stream, message.data)
                                   : ApiResult<const FakeMessage*>(found->stream.last_of(rest));
  if (!stored) {
    out.status = 408;
  } else if (*stored == nullptr) {
    out.status = 404;
  } else {
    out.headers = (*stored)->headers;
    out.headers.emplace_back("Nats-Stream", found->stream.config().name);
    out.headers.emplace_back("Nats-Subject", (*stored)->subject);
    out.headers.emplace_back("Nats-Sequence", std::to_string((*stored)->seq));
    out.headers.emplace_back("Nats-Time-Stamp", to_rfc3339((*stored)->time));
    out.data = (*stored)->data;
  }
  ports_.send(message.reply, std::move(out));
  return true;
}

}  // namespace roomkeeper::testing
