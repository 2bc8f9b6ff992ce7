#include "metrics/http_routes.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <set>

#include "metrics/label_text.h"

namespace roomkeeper::metrics {
namespace {

using policies::ErrorCode;
using policies::fail;
using policies::Result;

constexpr std::size_t query_value_max = 256;
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
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 413:
      return "Payload Too Large";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Error";
  }
}

std::optional<std::uint8_t> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<std::uint8_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<std::uint8_t>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<std::uint8_t>(c - 'A' + 10);
  return std::nullopt;
}

std::optional<std::string> decode(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i] == '+' ? ' ' : text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const auto high = hex_digit(text[i + 1]);
    const auto low = hex_digit(text[i + 2]);
    if (!high || !low) return std::nullopt;
    decoded += static_cast<char>(*high * 16 + *low);
    i += 2;
  }
  return decoded;
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

Result<void> apply(RoomsQuery& query, const std::string& key, std::string value) {
  if (value.size() > query_value_max) {
    return fail(ErrorCode::invalid,
                key + ": longer than " + std::to_string(query_value_max) + " bytes");
  }
  if (key == "match") {
    query.match = std::move(value);
  } else if (key == "template") {
    query.template_name = std::move(value);
  } else {
    const auto limit = parse_limit(value);
    if (!limit) return policies::pass(limit.error());
    query.limit = *limit;
  }
  return {};
}

HttpReply rooms_page(std::string_view query, Metrics& metrics) {
  const auto parsed = parse_rooms_query(query);
  if (!parsed) return {400, parsed.error().text + "\n"};
  return {200, metrics.rooms_text(parsed->match, parsed->template_name, parsed->limit),
          exposition_type};
}

}  // namespace

policies::Result<RoomsQuery> parse_rooms_query(std::string_view query) {
  RoomsQuery parsed;
  std::set<std::string> seen;
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const auto key = decode(pair.substr(0, equals));
    auto value = decode(pair.substr(std::min(equals + 1, pair.size())));
    if (!key || !value)
      return fail(ErrorCode::invalid, "the query is not percent-encoded as it should be");
    if (*key != "match" && *key != "template" && *key != "limit") {
      return fail(ErrorCode::invalid,
                  "unknown parameter \"" + clean_label(*key) + "\"; known: match, template, limit");
    }
    if (!seen.insert(*key).second) return fail(ErrorCode::invalid, *key + ": given twice");
    const auto applied = apply(parsed, *key, std::move(*value));
    if (!applied) return policies::pass(applied.error());
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
  if (reply.status == 405) head += "\r\nAllow: GET, HEAD";
  head +=
      "\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n";
  return head;
}

}  // namespace roomkeeper::metrics
