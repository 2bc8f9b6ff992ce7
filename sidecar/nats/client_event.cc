#include "sidecar/nats/client_event.h"

#include <cstddef>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "sidecar/nats/json_reply.h"
#include "sidecar/nats/timestamp.h"

namespace roomkeeper::sidecar::nats {
namespace {

using nlohmann::json;
using policies::ErrorCode;
using policies::Result;

/// An event is a kilobyte or two; with a user's JWT in it some more.
constexpr std::size_t event_max = 256U << 10U;
constexpr std::size_t event_text_max = 512;

std::string event_text(const json& object, const char* key) {
  std::string text = read_string(object, key).value_or(std::string());
  if (text.size() > event_text_max) text.resize(event_text_max);
  return text;
}

policies::WallTime time_of(const json& object, const char* key) {
  return parse_timestamp(event_text(object, key)).value_or(policies::WallTime{});
}

}  // namespace

Result<ClientEvent> parse_client_event(std::string_view text) {
  if (text.size() > event_max)
    return policies::fail(ErrorCode::internal, "an event that is too long");
  const auto event = parse_reply(text);
  if (!event) return policies::pass(event.error());
  const json* client = read_child(*event, "client");
  const json* server = read_child(*event, "server");
  if (client == nullptr || server == nullptr)
    return policies::fail(ErrorCode::internal, "an event without a client or a server");
  ClientEvent out;
  out.key.server_id = event_text(*server, "id");
  out.key.cid = read_uint(*client, "id").value_or(0);
  if (out.key.server_id.empty() || out.key.cid == 0)
    return policies::fail(ErrorCode::internal, "an event that names no connection");
  // A cut name would be another user's.
  out.identity = {read_string(*client, "acc").value_or(std::string()),
                  read_string(*client, "user").value_or(std::string())};
  out.at = time_of(*event, "timestamp");
  out.start = time_of(*client, "start");
  out.server_name = event_text(*server, "name");
  out.host = event_text(*client, "host");
  out.kind = event_text(*client, "client_type");
  out.name = event_text(*client, "name");
  out.reason = event_text(*event, "reason");
  out.is_client = event_text(*client, "kind") == "Client";
  return out;
}

}  // namespace roomkeeper::sidecar::nats
