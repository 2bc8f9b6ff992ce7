// Port: one NATS connection, as the loops see it.
//
// All calls and all callbacks are on the event loop's thread. Implementations: nats::Connection
// (sidecar/nats/connection.h), tests/support/fake_nats.h; one contract suite (tests/contract) holds
// both to this text.
#ifndef ROOMKEEPER_SIDECAR_MESSAGE_BUS_H_
#define ROOMKEEPER_SIDECAR_MESSAGE_BUS_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policies/result.h"
#include "policies/time.h"

namespace roomkeeper::sidecar {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Message {
  std::string subject;
  std::string reply;
  std::string data;
  Headers headers;
  int status = 0;  ///< of a status message (503 no responders, 404, 408); 0 for an ordinary one
  /// First value of a header, matched without case; empty when absent.
  std::string_view header(std::string_view name) const;
};

using SubscriptionId = std::uint64_t;  ///< 0 is never a subscription

/// What INFO says of the server we are connected to.
struct ServerInfo {
  std::string id;
  std::string name;
  std::string version;  ///< "2.10.29"
  std::uint64_t client_id = 0;
  std::int64_t max_payload = 0;
};

enum class BusState : std::uint8_t {
  connecting,  ///< never connected yet, or lost and trying; never gives up
  connected,
  refused,  ///< the last try ended in an authentication error; tried again with back-off
  closed,   ///< close() was called
};
std::string_view to_string(BusState state);

class MessageBus {
 public:
  using Handler = std::function<void(const Message&)>;
  using ReplyHandler = std::function<void(policies::Result<Message>)>;
  using CollectHandler = std::function<void(std::vector<Message>)>;
  using StateHandler = std::function<void(BusState)>;

  virtual ~MessageBus() = default;

  virtual BusState state() const = 0;
  virtual ServerInfo server() const = 0;       ///< REQUIRES: connected at least once; else empty
  virtual std::string last_error() const = 0;  ///< why it is not connected; empty when it is
  virtual std::uint64_t reconnects() const = 0;
  /// Called on every change of state, also on every reconnect (connected again). One handler a
  /// caller; never removed.
  virtual void on_state(StateHandler handler) = 0;

  /// Errors: unavailable (not connected), limit (payload larger than the server takes), denied is
  /// never seen here: the server reports it asynchronously.
  virtual policies::Result<> publish(const std::string& subject, std::string_view data,
                                     const Headers& headers = {}) = 0;
  /// Survives reconnects. Messages that this connection published itself are never delivered (no
  /// echo). `queue` empty: no queue group. Errors: invalid (subject), unavailable when closed.
  virtual policies::Result<SubscriptionId> subscribe(const std::string& subject,
                                                     const std::string& queue, Handler handler) = 0;
  /// No message is delivered after this returns.
  virtual void unsubscribe(SubscriptionId id) = 0;

  /// One request, exactly one completion, never inside this call. Errors: unavailable (not
  /// connected, lost while waiting, or no responders), timeout, limit (too many outstanding: 4096).
  virtual void request(const std::string& subject, std::string_view data, const Headers& headers,
                       policies::Nanoseconds timeout, ReplyHandler done) = 0;
  /// One request, many answers (a server each): everything that came within `timeout`, at most
  /// `max`, then one completion. No responders or not connected: completes with an empty list.
  virtual void collect(const std::string& subject, std::string_view data,
                       policies::Nanoseconds timeout, std::size_t max, CollectHandler done) = 0;

  /// Ends the connection: outstanding requests complete with `unavailable`, no callback comes after
  /// `done`.
  virtual void close(std::function<void()> done) = 0;
};

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_MESSAGE_BUS_H_
