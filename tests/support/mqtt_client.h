// An MQTT 3.1.1 client with QoS 0, written by hand: what a small device is to the server.
//
// Synchronous. Topics are MQTT's: `chat/general/+` is the subject `chat.general.*`. Thread: one,
// the test's. Closes with the object.
#ifndef ROOMKEEPER_TESTS_SUPPORT_MQTT_CLIENT_H_
#define ROOMKEEPER_TESTS_SUPPORT_MQTT_CLIENT_H_

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

struct MqttClientOptions {
  std::uint16_t port = 0;  ///< the server's `mqtt { }`, without TLS
  std::string user{};
  std::string password = "pw";
  std::string client_id{};  ///< a second client of the same id ends the first: MQTT's rule
};

class MqttClient {
 public:
  static constexpr std::chrono::milliseconds patience = std::chrono::seconds(10);

  /// The server has let it in when this returns. Errors: unavailable (no connection, or it ended),
  /// denied (a CONNACK that says no), timeout.
  static policies::Result<std::unique_ptr<MqttClient>> connect(const MqttClientOptions& options);

  /// The server knows of it when this returns. Errors: denied, unavailable, timeout.
  policies::Result<> subscribe(const std::string& topic);
  /// Payload of the next message; nullopt when none came in time.
  std::optional<std::string> next(std::chrono::milliseconds timeout = patience);
  /// The server has closed the socket; false when it has not within `timeout`.
  bool wait_for_end(std::chrono::milliseconds timeout = patience);
  /// A PINGREQ was answered.
  bool alive();

 private:
  using Deadline = LoopbackStream::Deadline;
  explicit MqttClient(std::uint16_t port) : stream_(port) {}

  bool send_packet(unsigned first_byte, std::string_view body);
  /// The body of the next packet of this type, with what came before it taken in.
  policies::Result<std::string> await(unsigned type);
  bool pump(Deadline deadline);
  bool take_packet();

  LoopbackStream stream_;
  std::string bytes_;  ///< of the socket, up to now without a whole packet
  struct Answer {
    unsigned type = 0;
    std::string body;
  };
  std::deque<Answer> answers_;
  std::deque<std::string> messages_;
  unsigned packet_id_ = 0;
};

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_SUPPORT_MQTT_CLIENT_H_
