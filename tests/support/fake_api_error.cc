#include "tests/support/fake_api_error.h"

#include "tests/support/fake_json.h"

namespace roomkeeper::testing {

namespace api_error {

ApiError stream_not_found() {
  return {404, 10059, "stream not found"};
}
ApiError consumer_not_found() {
  return {404, 10014, "consumer not found"};
}
ApiError message_not_found() {
  return {404, 10037, "no message found"};
}
ApiError bad_request() {
  return {400, 10003, "bad request"};
}
ApiError invalid_json(std::string_view detail) {
  return {400, 10025, detail.empty() ? "invalid JSON" : "invalid JSON: " + std::string(detail)};
}
ApiError invalid_config(std::string description) {
  return {500, 10052, std::move(description)};
}
ApiError not_enabled() {
  return {503, 10039, "JetStream not enabled for account"};
}
ApiError no_meta_leader() {
  return {503, 10008, "JetStream system temporarily unavailable"};
}
ApiError too_many_requests() {
  return {429, 10167, "too many requests"};
}
ApiError no_suitable_peers() {
  return {400, 10005, "no suitable peers for placement"};
}

}  // namespace api_error

std::string error_member(const ApiError& error) {
  return "\"error\":{\"code\":" + std::to_string(error.code) +
         ",\"err_code\":" + std::to_string(error.err_code) +
         ",\"description\":" + quote_json(error.description) + "}";
}

std::string error_reply(std::string_view kind, const ApiError& error) {
  return api_reply(kind, error_member(error));
}

std::string api_reply(std::string_view kind, std::string_view members) {
  std::string reply = "{\"type\":\"io.nats.jetstream.api.v1.";
  reply.append(kind).append("_response\",").append(members).append("}");
  return reply;
}

}  // namespace roomkeeper::testing
