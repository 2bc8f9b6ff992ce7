// The HTTP endpoint: /metrics, /metrics/rooms, /healthz, /readyz, and the status page; GET and
// HEAD, everything else is refused.
//
// civetweb's threads; exact paths (prometheus-cpp's Exposer answers /metricsfoo too). Bounded:
// request size (8 KiB), the time that a request may take to come and an answer to be taken (5 s),
// threads (16), connections that wait for one (64, then the kernel's backlog of 128).
#ifndef ROOMKEEPER_METRICS_HTTP_SERVER_H_
#define ROOMKEEPER_METRICS_HTTP_SERVER_H_

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "metrics/basic_auth.h"
#include "metrics/metrics.h"
#include "metrics/page_source.h"
#include "policies/result.h"
#include "policies/time.h"

namespace roomkeeper::metrics {

/// What /healthz and /readyz say; written by the loop.
struct Health {
  std::atomic<bool> live{true};    ///< /healthz: 200, else 503
  std::atomic<bool> ready{false};  ///< /readyz: connected and the first full pass has ended
};

/// What is served beside metrics and health, and to whom.
struct HttpOptions {
  PageSource page{};                          ///< empty: no status page
  std::shared_ptr<BasicAuth> login{};         ///< for the page; null: none is asked for
  bool login_for_all = false;                 ///< for metrics and health too
  std::function<policies::MonoTime()> now{};  ///< empty: slow requests are not counted
};

/// Whether everybody who can reach the address is on this machine. A name that cannot be looked up
/// is not.
bool is_loopback(const std::string& host);

class HttpServer {
 public:
  /// Listens at once. `metrics` and `health` must outlive it, and what the page's source refers to.
  /// Off the loopback interface the page is refused (403) without a login. Errors: unavailable
  /// (address taken), invalid.
  static policies::Result<std::unique_ptr<HttpServer>> start(const std::string& host, int port,
                                                             Metrics& metrics, const Health& health,
                                                             HttpOptions options = {});
  /// Stops; running answers are cut off. Takes up to 2 s when a client is slow.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  /// Whether the civetweb library at hand can listen on IPv6 addresses; Debian 12's cannot.
  static bool has_ipv6();
  int port() const;  ///< the real one when 0 was asked for

 private:
  HttpServer();
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace roomkeeper::metrics

#endif  // ROOMKEEPER_METRICS_HTTP_SERVER_H_
