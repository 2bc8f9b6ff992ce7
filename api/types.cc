#include "api/types.h"

#include <array>

namespace roomkeeper::api {
namespace {

struct CodeRow {
  ApiCode code;
  std::string_view name;
  int number;
  std::string_view explanation;
};

constexpr std::array<CodeRow, api_code_count> code_rows{{
    {ApiCode::bad_request, "bad_request", 400,
     "The request is not JSON, names an unknown field, or a value has the wrong type or range."},
    {ApiCode::unknown_verb, "unknown_verb", 404, "No such verb."},
    {ApiCode::room_not_found, "room_not_found", 404, "No such room."},
    {ApiCode::connection_not_found, "connection_not_found", 404,
     "No such connection; it may have ended meanwhile."},
    {ApiCode::job_not_found, "job_not_found", 404,
     "No such purge job; of those that have ended only the last 100 are known."},
    {ApiCode::pass_not_found, "pass_not_found", 404,
     "The replica that leads now was not asked for that pass; it looks at everything by itself."},
    {ApiCode::ban_not_found, "ban_not_found", 404, "The user is not banned."},
    {ApiCode::room_exists, "room_exists", 409, "A room of that id exists already."},
    {ApiCode::owned_by_file, "owned_by_file", 409,
     "The room is defined in a file: change the file, not the room."},
    {ApiCode::conflict, "conflict", 409, "It was changed meanwhile: read it again."},
    {ApiCode::not_ready, "not_ready", 503,
     "Roomkeeper has not yet had a complete look at the server: retry."},
    {ApiCode::busy, "busy", 503, "A limit of Roomkeeper was reached: retry later."},
    {ApiCode::not_connected, "not_connected", 503, "Roomkeeper is not connected to nats-server."},
    {ApiCode::no_system_account, "no_system_account", 501,
     "Needs a user of the system account: `nats.system` in Roomkeeper's configuration."},
    {ApiCode::timeout, "timeout", 504,
     "nats-server did not answer in time; whether it was done is unknown."},
    {ApiCode::refused, "refused", 422, "nats-server refused; the message says why."},
    {ApiCode::unsafe, "unsafe", 422, "A safety check forbids it."},
    {ApiCode::not_leader, "not_leader", 503,
     "This replica only watches; the one that leads has to be asked."},
    {ApiCode::internal, "internal", 500, "An error of Roomkeeper's own."},
}};

const CodeRow& row(ApiCode code) {
  const auto index = static_cast<std::size_t>(code);
  return index < code_rows.size() ? code_rows[index] : code_rows.back();
}

constexpr std::array<std::string_view, 4> severity_names{"ok", "info", "warning", "error"};

}  // namespace

std::string_view to_string(ApiCode code) {
  return row(code).name;
}
int number(ApiCode code) {
  return row(code).number;
}
std::string_view explain(ApiCode code) {
  return row(code).explanation;
}

std::optional<ApiCode> parse_api_code(std::string_view name) {
  for (const CodeRow& candidate : code_rows) {
    if (candidate.name == name) return candidate.code;
  }
  return std::nullopt;
}

std::string_view to_string(Severity severity) {
  const auto index = static_cast<std::size_t>(severity);
  return index < severity_names.size() ? severity_names[index] : severity_names.back();
}

std::optional<Severity> parse_severity(std::string_view name) {
  for (std::size_t i = 0; i < severity_names.size(); ++i) {
    if (severity_names[i] == name) return static_cast<Severity>(i);
  }
  return std::nullopt;
}

}  // namespace roomkeeper::api
