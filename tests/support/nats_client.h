// A plain, synchronous NATS client for tests: somebody else's program beside Roomkeeper, on nats.c
// itself and on nothing of sidecar/nats. Thread: one, the test's (counters and errors come from
// nats.c's threads).
#ifndef ROOMKEEPER_TESTS_SUPPORT_NATS_CLIENT_H_
#define ROOMKEEPER_TESTS_SUPPORT_NATS_CLIENT_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policies/result.h"
#include "sidecar/message_bus.h"

namespace roomkeeper::testing {

struct NatsClientOptions {
  std::string url{};
  std::string user{};
  std::string password = "pw";
  std::string name = "test client";
  std::string inbox_prefix{};   ///< empty: `_INBOX`
  bool auto_reconnect = false;  ///< true: for ever, every `reconnect_wait`
  std::chrono::milliseconds reconnect_wait = std::chrono::seconds(2);
  std::chrono::milliseconds connect_timeout = std::chrono::seconds(5);
};

/// One subscription; ends with the object. Must not outlive its client.
class NatsClientSubscription {
 public:
  ~NatsClientSubscription();
  NatsClientSubscription(const NatsClientSubscription&) = delete;
  NatsClientSubscription& operator=(const NatsClientSubscription&) = delete;
  /// The next message; nullopt when none came in time.
  std::optional<sidecar::Message> next(std::chrono::milliseconds timeout = std::chrono::seconds(5));

 private:
  friend class NatsClient;
  struct State;
  explicit NatsClientSubscription(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

class NatsClient {
 public:
  /// Errors: denied (authentication), unavailable (anything else), with nats.c's words.
  static policies::Result<std::unique_ptr<NatsClient>> connect(const NatsClientOptions& options);
  ~NatsClient();  ///< closes
  NatsClient(const NatsClient&) = delete;
  NatsClient& operator=(const NatsClient&) = delete;

  /// Sent and flushed: the server has it when this returns. A refusal by permissions comes to
  /// errors().
  policies::Result<> publish(const std::string& subject, std::string_view data,
                             const sidecar::Headers& headers = {}, const std::string& reply = {});
  /// Errors: unavailable (no responders, not connected), timeout.
  policies::Result<sidecar::Message> request(
      const std::string& subject, std::string_view data,
      std::chrono::milliseconds timeout = std::chrono::seconds(5),
      const sidecar::Headers& headers = {});
  /// Publishes into a stream and waits for its acknowledgement. Completes with the sequence.
  /// Errors: the stream's own (conflict, with server_code), unavailable when no stream captures the
  /// subject.
  policies::Result<std::uint64_t> store(const std::string& subject, std::string_view data,
                                        const sidecar::Headers& headers = {});
  /// The server knows of it when this returns.
  policies::Result<std::unique_ptr<NatsClientSubscription>> subscribe(
      const std::string& subject, const std::string& queue = {});
  /// A round trip to the server.
  policies::Result<> flush(std::chrono::milliseconds timeout = std::chrono::seconds(5));
  void close();

  bool connected() const;
  bool closed() const;                ///< for good
  std::uint64_t client_id() const;    ///< cid of the present connection
  std::uint64_t disconnects() const;  ///< how often the connection was lost
  std::uint64_t reconnects() const;   ///< how often it came back
  /// Asynchronous errors, "Permissions Violation for Publish to ..." among them.
  std::vector<std::string> errors() const;

  /// Wait for it; false when it did not happen in time.
  bool wait_for_disconnects(std::uint64_t at_least,
                            std::chrono::milliseconds timeout = std::chrono::seconds(10)) const;
  bool wait_for_reconnects(std::uint64_t at_least,
                           std::chrono::milliseconds timeout = std::chrono::seconds(10)) const;
  bool wait_for_errors(std::size_t at_least,
                       std::chrono::milliseconds timeout = std::chrono::seconds(10)) const;

 private:
  struct State;
  explicit NatsClient(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_SUPPORT_NATS_CLIENT_H_
