#include "tests/support/loopback_port.h"

#include <filesystem>
#include <stdexcept>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>

namespace roomkeeper::testing {

namespace {

constexpr int first_port = 20000;
constexpr int port_count = 12000;

bool can_bind(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  sockaddr generic{};
  static_assert(sizeof(generic) == sizeof(address));
  __builtin_memcpy(&generic, &address, sizeof(address));
  const bool bound = ::bind(fd, &generic, sizeof(generic)) == 0;
  ::close(fd);
  return bound;
}

}  // namespace

LoopbackPort::LoopbackPort() {
  const auto folder = std::filesystem::temp_directory_path() / "roomkeeper-test-ports";
  std::filesystem::create_directories(folder);
  static int next = static_cast<int>(::getpid()) * 37;
  for (int tries = 0; tries < port_count; ++tries) {
    const int port = first_port + (next++ % port_count + port_count) % port_count;
    const auto file = folder / std::to_string(port);
    const int lock = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (lock < 0) continue;
    if (::flock(lock, LOCK_EX | LOCK_NB) == 0 && can_bind(port)) {
      lock_ = lock;
      number_ = static_cast<std::uint16_t>(port);
      return;
    }
    ::close(lock);
  }
  throw std::runtime_error("no free port on 127.0.0.1");
}

LoopbackPort::~LoopbackPort() {
  if (lock_ >= 0) ::close(lock_);
}

}  // namespace roomkeeper::testing
