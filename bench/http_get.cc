#include "bench/http_get.h"

#include <array>
#include <cstdint>
#include <cstdlib>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace roomkeeper::bench {
namespace {

class Socket {
 public:
  Socket() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {}
  ~Socket() {
    if (fd_ >= 0) ::close(fd_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

bool connect_to(int fd, int port) {
  timeval patience{};
  patience.tv_sec = 30;
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  sockaddr generic{};
  __builtin_memcpy(&generic, &address, sizeof(address));
  return fd >= 0 && ::connect(fd, &generic, sizeof(generic)) == 0;
}

}  // namespace

HttpReply http_get(int port, const std::string& path) {
  const Socket socket;
  if (!connect_to(socket.fd(), port)) return {};
  const std::string request =
      "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
  if (::send(socket.fd(), request.data(), request.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(request.size()))
    return {};
  std::string text;
  std::array<char, 65536> buffer{};
  for (;;) {
    const ssize_t got = ::recv(socket.fd(), buffer.data(), buffer.size(), 0);
    if (got <= 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  const std::size_t body = text.find("\r\n\r\n");
  if (!text.starts_with("HTTP/1.") || body == text.npos) return {};
  return {std::atoi(text.c_str() + text.find(' ')), text.substr(body + 4)};
}

}  // namespace roomkeeper::bench
