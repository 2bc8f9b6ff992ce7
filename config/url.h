// Addresses: NATS server URLs and the address to listen on. Pure; thread: any.
#ifndef ROOMKEEPER_CONFIG_URL_H_
#define ROOMKEEPER_CONFIG_URL_H_

#include <string>
#include <string_view>

#include "policies/result.h"

namespace roomkeeper::config {

/// `nats://host:port`, `tls://host:port`, `host:port`, `host`; IPv6 in brackets. Credentials in it
/// are refused: they would stand in logs.
policies::Result<void> check_nats_url(std::string_view text);

struct ListenAddress {
  std::string host;  ///< numeric, without brackets; empty when off
  int port = -1;     ///< 0: any free one; -1: off
};

/// `127.0.0.1:7780`, `[::]:0`; empty is off.
policies::Result<ListenAddress> parse_listen(std::string_view text);
std::string format_listen(std::string_view host, int port);

}  // namespace roomkeeper::config

#endif  // ROOMKEEPER_CONFIG_URL_H_
