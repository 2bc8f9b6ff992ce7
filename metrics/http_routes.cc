#include "metrics/http_routes.h"

#include <charconv>

#include "metrics/label_text.h"
#include "metrics/query_text.h"

namespace roomkeeper::metrics {
namespace {

using policies::ErrorCode;
using policies::fail;
using policies::Result;

constexpr std::size_t query_value_max = 256;
/// The page's own files and our own data, and nothing else; nobody may frame it.
constexpr std::string_view page_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
constexpr std::string_view data_policy = "default-src 'none'; frame-ancestors 'none'";
constexpr std::string_view exposition_type = "text/plain; version=0.0.4; charset=utf-8";
constexpr std::string_view index_text =
    "Roomkeeper\n"
    "/metrics        figures of the daemon and of all rooms together\n"
    "/metrics/rooms  figures of each room; ?match=GLOB&template=NAME&limit=N\n"
    "/healthz        200 while the daemon is alive\n"
    "/readyz         200 once it is connected and has looked at all rooms\n";

std::string_view phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 413:
      return "Payload Too Large";
    case 429:
      return "Too Many Requests";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Error";
  }
}

Result<std::size_t> parse_limit(const std::string& text) {
  std::size_t limit = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), limit);
  if (error != std::errc() || end != text.data() + text.size() || limit < 1 ||
      limit > detail_rooms_max) {
    return fail(ErrorCode::invalid, "limit: expected a number from 1 to " +
                                        std::to_string(detail_rooms_max) + ", got \"" +
                                        clean_label(text) + "\"");
  }
  return limit;
}

HttpReply rooms_page(std::string_view query, Metrics& metrics) {
  const auto parsed = parse_rooms_query(query);
  if (!parsed) return {400, parsed.error().text + "\n"};
  return {200, metrics.rooms_text(parsed->match, parsed->template_name, parsed->limit),
          exposition_type};
}

}  // namespace

policies::Result<RoomsQuery> parse_rooms_query(std::string_view query) {
  const auto parameters = parse_query(query, {"match", "template", "limit"}, query_value_max);
  if (!parameters) return policies::pass(parameters.error());
  RoomsQuery parsed;
  for (const auto& [key, value] : *parameters) {
    if (key == "match") {
      parsed.match = value;
    } else if (key == "template") {
      parsed.template_name = value;
    } else {
      const auto limit = parse_limit(value);
      if (!limit) return policies::pass(limit.error());
      parsed.limit = *limit;
    }
  }
  return parsed;
}

HttpReply answer(const HttpRequest& request, Metrics& metrics, const Health& health) {
  const bool known = request.path == "/" || request.path == "/metrics" ||
                     request.path == "/metrics/rooms" || request.path == "/healthz" ||
                     request.path == "/readyz";
  if (!known) return {404, "not found\n"};
  if (request.method != "GET" && request.method != "HEAD") return {405, "only GET and HEAD\n"};
  if (request.path == "/metrics") return {200, metrics.text(), exposition_type};
  if (request.path == "/metrics/rooms") return rooms_page(request.query, metrics);
  if (request.path == "/healthz")
    return health.live ? HttpReply{200, "ok\n"} : HttpReply{503, "not live\n"};
  if (request.path == "/readyz")
    return health.ready ? HttpReply{200, "ready\n"} : HttpReply{503, "not ready\n"};
  return {200, std::string(index_text)};
}

std::string reply_head(const HttpReply& reply) {
  std::string head = "HTTP/1.1 " + std::to_string(reply.status) + " ";
  head += phrase(reply.status);
  head += "\r\nContent-Type: ";
  head += reply.content_type;
  head += "\r\nContent-Length: " + std::to_string(reply.body.size());
  if (reply.status == 401)
    head += "\r\nWWW-Authenticate: Basic realm=\"Roomkeeper\", charset=\"UTF-8\"";
  if (reply.status == 405) head += "\r\nAllow: GET, HEAD";
  if (reply.status == 429) head += "\r\nRetry-After: 1";
  head += "\r\nContent-Security-Policy: ";
  head += reply.is_page ? page_policy : data_policy;
  head +=
      "\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff"
      "\r\nReferrer-Policy: no-referrer\r\nCross-Origin-Resource-Policy: same-origin"
      "\r\nConnection: close\r\n\r\n";
  return head;
}

}  // namespace roomkeeper::metrics
