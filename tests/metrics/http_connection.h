// A bare TCP connection to an endpoint on this machine, for requests that no HTTP client would
// send.
#ifndef ROOMKEEPER_TESTS_METRICS_HTTP_CONNECTION_H_
#define ROOMKEEPER_TESTS_METRICS_HTTP_CONNECTION_H_

#include <map>
#include <string>
#include <string_view>

namespace roomkeeper::testing {

struct HttpResponse {
  int status = 0;                              ///< 0: no complete head came
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string body;
};

class HttpConnection {
 public:
  /// `address`: "127.0.0.1" or "::1". connected() tells whether it worked.
  HttpConnection(const std::string& address, int port);
  ~HttpConnection();
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;

  bool connected() const { return socket_ >= 0; }
  /// False when the other side no longer takes bytes.
  bool send(std::string_view bytes);
  /// Until the other side closes; gives up after 30 s without a byte.
  std::string read_to_end();
  /// At most so many bytes; empty once the other side has closed, or after 30 s without a byte.
  std::string read_some(std::size_t most);

 private:
  int socket_ = -1;
};

HttpResponse parse_response(const std::string& bytes);
/// GET on 127.0.0.1.
HttpResponse http_get(int port, const std::string& target);

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_METRICS_HTTP_CONNECTION_H_
