// A NATS client over WebSocket (RFC 6455), written by hand: what a browser's client is to the
// server, without a library of either.
//
// Synchronous: it answers the server's pings while it waits for something. Thread: one, the test's.
// Closes with the object.
#ifndef ROOMKEEPER_TESTS_SUPPORT_WS_CLIENT_H_
#define ROOMKEEPER_TESTS_SUPPORT_WS_CLIENT_H_

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "policies/result.h"
#include "tests/support/loopback_stream.h"

namespace roomkeeper::testing {

struct WsClientOptions {
  std::uint16_t port = 0;  ///< the server's `websocket { }`, without TLS
  std::string user{};
  std::string password = "pw";
  std::string name = "ws client";
};

class WsClient {
 public:
  static constexpr std::chrono::milliseconds patience = std::chrono::seconds(10);

  /// The server has let it in when this returns. Errors: unavailable (no connection, no WebSocket),
  /// denied (the server's -ERR), timeout.
  static policies::Result<std::unique_ptr<WsClient>> connect(const WsClientOptions& options);

  /// The server knows of it when this returns. Errors: denied, unavailable, timeout.
  policies::Result<> subscribe(const std::string& subject);
  /// Payload of the next message; nullopt when none came in time.
  std::optional<std::string> next(std::chrono::milliseconds timeout = patience);
  /// The server has closed the socket; false when it has not within `timeout`.
  bool wait_for_end(std::chrono::milliseconds timeout = patience);
  /// A PING went to the server and back.
  bool alive();

 private:
  using Deadline = LoopbackStream::Deadline;
  explicit WsClient(std::uint16_t port) : stream_(port) {}

  policies::Result<> shake_hands(const WsClientOptions& options);
  policies::Result<> flush();
  bool send_frame(unsigned opcode, std::string_view payload);
  bool pump(Deadline deadline);
  bool take_frame();
  bool take_operation();
  bool take_message(const std::string& line, std::size_t payload_at);

  LoopbackStream stream_;
  std::string bytes_;     ///< of the socket, up to now without a whole frame
  std::string protocol_;  ///< payloads of frames, up to now without a whole operation
  std::deque<std::string> messages_;
  std::string refusal_;  ///< of the server's -ERR
  bool greeted_ = false;
  std::uint64_t pongs_ = 0;
  std::uint64_t subscriptions_ = 0;
};

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_SUPPORT_WS_CLIENT_H_
