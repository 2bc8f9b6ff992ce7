// The HTTP endpoint: /metrics, /metrics/rooms, /healthz, /readyz; GET and HEAD, everything else is
// refused.
//
// civetweb's threads; exact paths (prometheus-cpp's Exposer answers /metricsfoo too). Bounded:
// request size, threads.
#ifndef ROOMKEEPER_METRICS_HTTP_SERVER_H_
#define ROOMKEEPER_METRICS_HTTP_SERVER_H_

#include <atomic>
#include <memory>
#include <string>

#include "metrics/metrics.h"
#include "policies/result.h"

namespace roomkeeper::metrics {

/// What /healthz and /readyz say; written by the loop.
struct Health {
  std::atomic<bool> live{true};    ///< /healthz: 200, else 503
  std::atomic<bool> ready{false};  ///< /readyz: connected and the first full pass has ended
};

class HttpServer {
 public:
  /// Listens at once. `metrics` and `health` must outlive it. Errors: unavailable (address taken),
  /// invalid.
  static policies::Result<std::unique_ptr<HttpServer>> start(const std::string& host, int port,
                                                             Metrics& metrics,
                                                             const Health& health);
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
