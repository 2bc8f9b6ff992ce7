// What the endpoint answers, apart from sockets.
//
// Thread: any. Pure apart from reading `metrics` and `health`. The request is bytes of a stranger.
#ifndef ROOMKEEPER_METRICS_HTTP_ROUTES_H_
#define ROOMKEEPER_METRICS_HTTP_ROUTES_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "metrics/http_server.h"
#include "metrics/metrics.h"
#include "policies/result.h"

namespace roomkeeper::metrics {

struct HttpRequest {
  std::string_view method;
  std::string_view path;             ///< as it was sent, not decoded
  std::string_view query;            ///< without `?`; empty when there is none
  std::string_view host{};           ///< as the client named us; empty: it did not
  std::string_view authorization{};  ///< empty: there was none
};

struct HttpReply {
  int status = 200;
  std::string body;
  std::string_view content_type = "text/plain; charset=utf-8";
  bool is_page = false;  ///< a file of the status page: it may load the others and our data
};

/// Metrics and health, and on `/` what there is.
HttpReply answer(const HttpRequest& request, Metrics& metrics, const Health& health);
/// Status line, header fields and empty line. The length is the body's even when the body is not
/// sent (HEAD).
std::string reply_head(const HttpReply& reply);

struct RoomsQuery {
  std::string match;
  std::string template_name;
  std::size_t limit = detail_rooms_default;
};
/// Errors: invalid, with a text for the one who wrote the query.
policies::Result<RoomsQuery> parse_rooms_query(std::string_view query);

}  // namespace roomkeeper::metrics

#endif  // ROOMKEEPER_METRICS_HTTP_ROUTES_H_
