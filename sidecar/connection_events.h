// What the servers tell about connections, and what Roomkeeper did to them: the newest, numbered,
// for `roomctl connection watch`. Bounded. Thread: the loop's. Ownership: value type.
#ifndef ROOMKEEPER_SIDECAR_CONNECTION_EVENTS_H_
#define ROOMKEEPER_SIDECAR_CONNECTION_EVENTS_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string_view>

#include "api/connections.h"
#include "policies/kick_plan.h"
#include "policies/result.h"

namespace roomkeeper::sidecar {

/// What a CONNECT or DISCONNECT event says (`io.nats.server.advisory.v1.client_connect`).
struct ClientEvent {
  policies::ConnectionKey key;
  policies::Identity identity;
  policies::WallTime at{};     ///< by the server's clock
  policies::WallTime start{};  ///< of the connection
  std::string server_name;
  std::string host;
  std::string kind;  ///< "nats", "websocket", "mqtt"
  std::string name;
  std::string reason;      ///< DISCONNECT: the server's words
  bool is_client = false;  ///< false: a leaf node, a router and so on
};

class ConnectionEvents {
 public:
  static constexpr std::size_t kept_max = 4096;
  static constexpr std::size_t text_max = 128;  ///< bytes of each text of a stranger's

  void connected(const ClientEvent& event);
  void disconnected(const ClientEvent& event);
  void kicked(const policies::Kick& kick, std::string_view server_name, policies::WallTime at);

  /// Bounded by request.limit; `connections` and `daemon` are the caller's to fill in.
  api::ConnectionEventsReply after(const api::ConnectionEventsRequest& request) const;

 private:
  void add(api::ConnectionEvent event);

  std::deque<api::ConnectionEvent> kept_;
  std::uint64_t last_ = 0;
};

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_CONNECTION_EVENTS_H_
