#include "tests/support/loopback_stream.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace roomkeeper::testing {
namespace {

int milliseconds_until(LoopbackStream::Deadline deadline) {
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  constexpr std::chrono::milliseconds longest = std::chrono::hours(1);
  return static_cast<int>(std::clamp(left, std::chrono::milliseconds(0), longest).count());
}

}  // namespace

LoopbackStream::LoopbackStream(std::uint16_t port)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (socket_ < 0) return;
  const int on = 1;  // small packets at once: what is sent does not wait for what was sent before
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  // A small packet does not wait for the acknowledgement of the one before it.
  const int at_once = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof(at_once));
  sockaddr generic{};
  static_assert(sizeof(generic) == sizeof(address));
  __builtin_memcpy(&generic, &address, sizeof(address));
  if (::connect(socket_, &generic, sizeof(generic)) == 0) return;
  ::close(socket_);
  socket_ = -1;
}

LoopbackStream::~LoopbackStream() {
  if (socket_ >= 0) ::close(socket_);
}

bool LoopbackStream::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool LoopbackStream::receive(std::string& into, Deadline deadline) {
  while (socket_ >= 0 && !ended_) {
    pollfd wanted{socket_, POLLIN, 0};
    const int ready = ::poll(&wanted, 1, milliseconds_until(deadline));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return false;
    std::array<char, 16384> bytes{};
    const ssize_t got = ::recv(socket_, bytes.data(), bytes.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got > 0) {
      into.append(bytes.data(), static_cast<std::size_t>(got));
      return true;
    }
    ended_ = true;
  }
  return false;
}

}  // namespace roomkeeper::testing
