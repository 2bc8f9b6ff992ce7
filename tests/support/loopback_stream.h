// A plain TCP connection to a server on this machine, for clients that a test writes by hand.
//
// Blocking with deadlines. Thread: one, the test's. Closes with the object.
#ifndef ROOMKEEPER_TESTS_SUPPORT_LOOPBACK_STREAM_H_
#define ROOMKEEPER_TESTS_SUPPORT_LOOPBACK_STREAM_H_

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace roomkeeper::testing {

class LoopbackStream {
 public:
  using Deadline = std::chrono::steady_clock::time_point;

  /// To 127.0.0.1; connected() tells whether it worked.
  explicit LoopbackStream(std::uint16_t port);
  ~LoopbackStream();
  LoopbackStream(const LoopbackStream&) = delete;
  LoopbackStream& operator=(const LoopbackStream&) = delete;

  bool connected() const { return socket_ >= 0; }
  /// The other side has closed its end, or the connection was reset.
  bool ended() const { return ended_; }
  /// All of it; false when the other side no longer takes bytes.
  bool send(std::string_view bytes);
  /// Appends what is there, waiting for the first byte. False when none came before the deadline,
  /// or none will: then ended() is true.
  bool receive(std::string& into, Deadline deadline);

 private:
  int socket_ = -1;
  bool ended_ = false;
};

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_SUPPORT_LOOPBACK_STREAM_H_
