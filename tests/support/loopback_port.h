// A free TCP port on 127.0.0.1 that no other test takes while this object lives.
//
// Below the kernel's ephemeral range, so that no outgoing connection takes it while a server is
// restarted; a lock file per port keeps parallel test processes apart.
#ifndef ROOMKEEPER_TESTS_SUPPORT_LOOPBACK_PORT_H_
#define ROOMKEEPER_TESTS_SUPPORT_LOOPBACK_PORT_H_

#include <cstdint>
#include <string>

namespace roomkeeper::testing {

class LoopbackPort {
 public:
  /// Throws std::runtime_error, which fails the test, when there is none.
  LoopbackPort();
  ~LoopbackPort();
  LoopbackPort(const LoopbackPort&) = delete;
  LoopbackPort& operator=(const LoopbackPort&) = delete;

  std::uint16_t number() const { return number_; }
  std::string text() const { return std::to_string(number_); }
  std::string address() const { return "127.0.0.1:" + text(); }

 private:
  std::uint16_t number_ = 0;
  int lock_ = -1;
};

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_SUPPORT_LOOPBACK_PORT_H_
