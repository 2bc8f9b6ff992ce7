// The address to listen on, in civetweb's notation.
//
// civetweb takes a list with options in one string, so nothing of the configuration reaches it as
// it stands. Thread: any; a name is looked up, which may block.
#ifndef ROOMKEEPER_METRICS_LISTEN_ADDRESS_H_
#define ROOMKEEPER_METRICS_LISTEN_ADDRESS_H_

#include <string>

#include <sys/socket.h>

#include "policies/result.h"

namespace roomkeeper::metrics {

struct ListenAddress {
  std::string text;  ///< for civetweb
  sockaddr_storage address{};
  socklen_t length = 0;
  bool ipv6() const { return address.ss_family == AF_INET6; }
};

/// `host`: an IPv4 address, an IPv6 address with or without brackets, a name (its first IPv4
/// address, else its first IPv6 one), or empty for all IPv4 addresses. "::" is all addresses of
/// both kinds. `port` 0..65535; 0: any free one. Errors: invalid.
policies::Result<ListenAddress> listen_address(const std::string& host, int port);
/// "host:port" for messages, with brackets where an IPv6 address needs them.
std::string display_address(const std::string& host, int port);

/// 127.0.0.0/8, ::1, and IPv4's among IPv6's.
bool is_loopback_address(const ListenAddress& address);

/// Connects to the address, with this port, and hangs up at once. Never blocks; whether it worked
/// does not matter.
void knock(ListenAddress address, int port);

}  // namespace roomkeeper::metrics

#endif  // ROOMKEEPER_METRICS_LISTEN_ADDRESS_H_
