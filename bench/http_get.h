// One HTTP GET on 127.0.0.1, blocking.
#ifndef ROOMKEEPER_BENCH_HTTP_GET_H_
#define ROOMKEEPER_BENCH_HTTP_GET_H_

#include <string>

namespace roomkeeper::bench {

struct HttpReply {
  int status = 0;  ///< 0: nobody answered
  std::string body;
};

/// A connection of its own, closed by the server after the reply.
HttpReply http_get(int port, const std::string& path);

}  // namespace roomkeeper::bench

#endif  // ROOMKEEPER_BENCH_HTTP_GET_H_
