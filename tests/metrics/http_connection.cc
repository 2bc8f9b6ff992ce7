#include "tests/metrics/http_connection.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <sstream>

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace roomkeeper::testing {

HttpConnection::HttpConnection(const std::string& address, int port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (getaddrinfo(address.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) return;
  socket_ = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket_ >= 0 && connect(socket_, found->ai_addr, found->ai_addrlen) != 0) {
    close(socket_);
    socket_ = -1;
  }
  freeaddrinfo(found);
}

HttpConnection::~HttpConnection() {
  if (socket_ >= 0) close(socket_);
}

bool HttpConnection::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

std::string HttpConnection::read_to_end() {
  std::string read;
  std::array<char, 65536> buffer{};
  pollfd waiting{socket_, POLLIN, 0};
  while (poll(&waiting, 1, 30'000) > 0) {
    const ssize_t count = recv(socket_, buffer.data(), buffer.size(), 0);
    if (count <= 0) break;
    read.append(buffer.data(), static_cast<std::size_t>(count));
  }
  return read;
}

std::string HttpConnection::read_some(std::size_t most) {
  std::string read(most, '\0');
  pollfd waiting{socket_, POLLIN, 0};
  if (poll(&waiting, 1, 30'000) <= 0) return {};
  const ssize_t count = recv(socket_, read.data(), read.size(), 0);
  read.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  return read;
}

HttpResponse parse_response(const std::string& bytes) {
  HttpResponse response;
  const std::size_t head_end = bytes.find("\r\n\r\n");
  if (head_end == std::string::npos || !bytes.starts_with("HTTP/1.1 ")) return response;
  response.status = std::stoi(bytes.substr(9, 3));
  response.body = bytes.substr(head_end + 4);
  std::istringstream head(bytes.substr(0, head_end));
  std::string line;
  std::getline(head, line);
  while (std::getline(head, line)) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    const std::size_t colon = std::min(line.find(": "), line.size());
    std::string name = line.substr(0, colon);
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    response.headers[name] = line.substr(std::min(colon + 2, line.size()));
  }
  return response;
}

HttpResponse http_get(int port, const std::string& target) {
  HttpConnection connection("127.0.0.1", port);
  if (!connection.connected() ||
      !connection.send("GET " + target +
                       " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
    return {};
  return parse_response(connection.read_to_end());
}

}  // namespace roomkeeper::testing
