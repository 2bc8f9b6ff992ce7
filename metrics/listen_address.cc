#include "metrics/listen_address.h"

#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <unistd.h>

#include "metrics/label_text.h"

namespace roomkeeper::metrics {
namespace {

using policies::ErrorCode;
using policies::fail;

struct FreeAddresses {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};

std::string without_brackets(const std::string& host) {
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']')
    return host.substr(1, host.size() - 2);
  return host;
}

const addrinfo* choose(const addrinfo* list) {
  const addrinfo* chosen = nullptr;
  for (const addrinfo* one = list; one != nullptr; one = one->ai_next) {
    if (one->ai_family == AF_INET) return one;
    if (one->ai_family == AF_INET6 && chosen == nullptr) chosen = one;
  }
  return chosen;
}

}  // namespace

std::string display_address(const std::string& host, int port) {
  const std::string bare = clean_label(without_brackets(host));
  const bool brackets = bare.find(':') != std::string::npos;
  return (brackets ? "[" + bare + "]" : bare) + ":" + std::to_string(port);
}

policies::Result<ListenAddress> listen_address(const std::string& host, int port) {
  if (port < 0 || port > 65535) {
    return fail(ErrorCode::invalid,
                "http.listen: port " + std::to_string(port) + " is not between 0 and 65535");
  }
  const std::string bare = host.empty() ? "0.0.0.0" : without_brackets(host);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* list = nullptr;
  const int failed = getaddrinfo(bare.c_str(), nullptr, &hints, &list);
  const std::unique_ptr<addrinfo, FreeAddresses> owner(list);
  const addrinfo* const chosen = failed != 0 ? nullptr : choose(list);
  std::array<char, 64> numeric{};
  if (chosen == nullptr || getnameinfo(chosen->ai_addr, chosen->ai_addrlen, numeric.data(),
                                       numeric.size(), nullptr, 0, NI_NUMERICHOST) != 0) {
    return fail(ErrorCode::invalid, "http.listen: no address for \"" + clean_label(host) + "\"");
  }
  ListenAddress found;
  std::memcpy(&found.address, chosen->ai_addr, chosen->ai_addrlen);
  found.length = chosen->ai_addrlen;
  const std::string address = numeric.data();
  const std::string port_text = std::to_string(port);
  if (!found.ipv6()) {
    found.text = address + ":" + port_text;
  } else {
    found.text = address == "::" ? "+" + port_text : "[" + address + "]:" + port_text;
  }
  return found;
}

bool is_loopback_address(const ListenAddress& address) {
  constexpr std::uint32_t loopback_net = 127;
  if (!address.ipv6()) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address.address, sizeof v4);
    return ntohl(v4.sin_addr.s_addr) >> 24U == loopback_net;
  }
  sockaddr_in6 v6{};
  std::memcpy(&v6, &address.address, sizeof v6);
  if (IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr)) return true;
  return IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr) && v6.sin6_addr.s6_addr[12] == loopback_net;
}

void knock(ListenAddress address, int port) {
  const int caller =
      socket(address.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (caller < 0) return;
  const auto network_port = htons(static_cast<std::uint16_t>(port));
  if (address.ipv6()) {
    reinterpret_cast<sockaddr_in6*>(&address.address)->sin6_port = network_port;
  } else {
    reinterpret_cast<sockaddr_in*>(&address.address)->sin_port = network_port;
  }
  // On the unspecified address Linux connects to this machine.
  static_cast<void>(
      connect(caller, reinterpret_cast<const sockaddr*>(&address.address), address.length));
  close(caller);
}

}  // namespace roomkeeper::metrics
