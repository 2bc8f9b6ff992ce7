// Replies of the system account: CONNZ by SAX (a page is up to 1 MB), the rest as trees. Thread:
// any.
#ifndef ROOMKEEPER_SIDECAR_NATS_SERVER_JSON_H_
#define ROOMKEEPER_SIDECAR_NATS_SERVER_JSON_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policies/limits.h"
#include "policies/result.h"
#include "sidecar/nats/system_requests.h"

namespace roomkeeper::sidecar::nats {

/// One page of CONNZ of one server.
struct ConnzPage {
  std::vector<policies::Connection> connections;
  std::uint64_t count = 0;  ///< entries on the page, also those left out above
};

/// Connections of clients only; each gets the page's server id. Errors: what the server said,
/// internal.
policies::Result<ConnzPage> parse_connz(std::string_view json);

/// A reply to VARZ. Errors: as above.
policies::Result<ServerStats> parse_varz(std::string_view json);

/// A reply to JSZ; none: the server has no JetStream. Errors: as above.
policies::Result<std::optional<StoreStats>> parse_jsz(std::string_view json);

/// Servers that the answering one knows, itself included, from a reply to STATSZ; 0 when it does
/// not say.
std::uint64_t parse_active_servers(std::string_view json);

/// The id of the server that answered, from any reply's envelope; empty when it does not say.
std::string parse_server_id(std::string_view json);

}  // namespace roomkeeper::sidecar::nats

#endif  // ROOMKEEPER_SIDECAR_NATS_SERVER_JSON_H_
