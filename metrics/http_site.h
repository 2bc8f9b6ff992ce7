// Who gets what from the endpoint: login, the page's conditions, and the counting of refusals.
//
// Thread: any; sockets are http_server.cc's.
#ifndef ROOMKEEPER_METRICS_HTTP_SITE_H_
#define ROOMKEEPER_METRICS_HTTP_SITE_H_

#include <cstdint>
#include <memory>
#include <string_view>

#include "metrics/http_routes.h"
#include "metrics/http_server.h"
#include "metrics/page_desk.h"

namespace roomkeeper::metrics {

class HttpSite {
 public:
  /// `loopback`: everybody who can ask is on this machine. The rest as HttpServer::start.
  HttpSite(Metrics& metrics, const Health& health, HttpOptions options, bool loopback);

  HttpReply answer(const HttpRequest& request);
  void count_refused(std::string_view reason);
  /// Of a monotonic clock, never 0; always 0 without a clock.
  std::uint64_t now_ms() const;

 private:
  HttpReply answer_with_page(const HttpRequest& request);
  HttpReply refused(int status, std::string text, std::string_view reason);

  Metrics& metrics_;
  const Health& health_;
  HttpOptions options_;
  bool loopback_;
  std::unique_ptr<PageDesk> desk_;  ///< null: no page
};

/// Whether a request that names us so can only come from a page of our own: by an address, or as
/// localhost. Any other name may be a stranger's that was pointed at this machine, whose own pages
/// could then read ours.
bool is_own_host(std::string_view host);

}  // namespace roomkeeper::metrics

#endif  // ROOMKEEPER_METRICS_HTTP_SITE_H_
