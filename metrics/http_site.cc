#include "metrics/http_site.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "metrics/page_routes.h"

namespace roomkeeper::metrics {
namespace {

constexpr std::string_view needs_login =
    "The status page is off.\n\n"
    "This endpoint can be reached from other machines, so the page needs a login: set\n"
    "http.basic_auth_file in the configuration to a file of lines user:password or user:hash,\n"
    "and restart Roomkeeper. Or let http.listen be a loopback address.\n\n"
    "Metrics and health are served without it: /metrics, /metrics/rooms, /healthz, /readyz.\n";
constexpr std::string_view strange_host =
    "The status page is not served under this name.\n\n"
    "Without a login it is served to this machine only, as localhost or by its address: a foreign\n"
    "name may be a trick of a foreign web page. Open it as http://127.0.0.1 with the port, or set\n"
    "http.basic_auth_file.\n";

bool is_address(const std::string& text) {
  in_addr v4{};
  in6_addr v6{};
  return inet_pton(AF_INET, text.c_str(), &v4) == 1 || inet_pton(AF_INET6, text.c_str(), &v6) == 1;
}

/// Counters are there from the start, so that rate() sees the first refusal.
constexpr std::array<std::string_view, 5> reasons{"login", "busy", "too_large", "timeout",
                                                  "forbidden"};

}  // namespace

bool is_own_host(std::string_view host) {
  if (host.starts_with('[')) {
    const std::size_t end = host.find(']');
    return end != std::string_view::npos && is_address(std::string(host.substr(1, end - 1)));
  }
  const std::string name(host.substr(0, host.find(':')));
  return name.empty() || name == "localhost" || is_address(name);
}

HttpSite::HttpSite(Metrics& metrics, const Health& health, HttpOptions options, bool loopback)
    : metrics_(metrics),
      health_(health),
      options_(std::move(options)),
      loopback_(loopback),
      desk_(options_.page ? std::make_unique<PageDesk>(options_.page) : nullptr) {
  for (const std::string_view reason : reasons)
    metrics_.add(MetricId::http_refused_total, {std::string(reason)}, 0);
}

std::uint64_t HttpSite::now_ms() const {
  if (!options_.now) return 0;
  const auto since = options_.now().time_since_epoch();
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
  return static_cast<std::uint64_t>(std::max<std::int64_t>(ms, 0)) + 1;
}

void HttpSite::count_refused(std::string_view reason) {
  metrics_.add(MetricId::http_refused_total, {std::string(reason)});
}

HttpReply HttpSite::refused(int status, std::string text, std::string_view reason) {
  count_refused(reason);
  return {.status = status, .body = std::move(text)};
}

HttpReply HttpSite::answer(const HttpRequest& request) {
  const bool page = desk_ != nullptr && is_page_path(request.path);
  if (options_.login != nullptr && (page || options_.login_for_all)) {
    const LoginVerdict verdict = options_.login->check(request.authorization);
    if (verdict == LoginVerdict::busy)
      return refused(429, "too many logins have failed; wait a moment\n", "busy");
    if (verdict == LoginVerdict::bad) return refused(401, "login needed\n", "login");
  }
  return page ? answer_with_page(request) : metrics::answer(request, metrics_, health_);
}

HttpReply HttpSite::answer_with_page(const HttpRequest& request) {
  if (options_.login == nullptr && !loopback_)
    return refused(403, std::string(needs_login), "forbidden");
  if (options_.login == nullptr && !is_own_host(request.host))
    return refused(403, std::string(strange_host), "forbidden");
  if (request.method != "GET" && request.method != "HEAD") return {405, "only GET and HEAD\n"};
  HttpReply reply = answer_page(request, *desk_);
  if (reply.status == 503) count_refused("busy");
  return reply;
}

}  // namespace roomkeeper::metrics
