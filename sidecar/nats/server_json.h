// Replies of the system account: CONNZ by SAX (a page is up to 1 MB), the rest as trees. Thread:
// any.
#ifndef ROOMKEEPER_SIDECAR_NATS_SERVER_JSON_H_
#define ROOMKEEPER_SIDECAR_NATS_SERVER_JSON_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policies/connection.h"
#include "policies/listening.h"
#include "policies/result.h"
#include "sidecar/nats/system_requests.h"

namespace roomkeeper::sidecar::nats {

/// One page of CONNZ of one server.
struct ConnzPage {
  std::vector<policies::Connection> connections;
  std::uint64_t count = 0;      ///< entries on the page, also those left out above
  std::uint64_t first_cid = 0;  ///< of all entries; 0: none
  std::uint64_t last_cid = 0;
  bool ascending = true;  ///< by cid, as servers sort
  std::string server_name;
  policies::WallTime now{};  ///< by the server's clock; the epoch when it does not say
};

/// Connections of clients only; each gets the page's server id. `listening`: what the subscriptions
/// on it are read by; null: they are passed over. Errors: what the server said, internal.
policies::Result<ConnzPage> parse_connz(std::string_view json,
                                        const policies::Listening* listening);

/// A reply to VARZ. Errors: as above.
policies::Result<ServerStats> parse_varz(std::string_view json);

/// A reply to JSZ; none: the server has no JetStream. Errors: as above.
policies::Result<std::optional<StoreStats>> parse_jsz(std::string_view json);

/// Servers that the answering one knows, itself included, from a reply to STATSZ; 0 when it does
/// not say.
std::uint64_t parse_active_servers(std::string_view json);

/// The time of the server that answered, from any reply's envelope; the epoch when it does not say.
policies::WallTime parse_server_time(std::string_view json);

/// The id of the server that answered, from any reply's envelope; empty when it does not say.
std::string parse_server_id(std::string_view json);

}  // namespace roomkeeper::sidecar::nats

#endif  // ROOMKEEPER_SIDECAR_NATS_SERVER_JSON_H_
