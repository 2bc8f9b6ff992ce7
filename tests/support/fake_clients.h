// Simulated clients of the fake server: chat users who connect, are kicked and come back by
// themselves.
#ifndef ROOMKEEPER_TESTS_SUPPORT_FAKE_CLIENTS_H_
#define ROOMKEEPER_TESTS_SUPPORT_FAKE_CLIENTS_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "policies/time.h"
#include "sidecar/message_bus.h"
#include "tests/support/fake_core.h"

namespace roomkeeper::testing {

using FakeClientId = std::uint64_t;  ///< stays the same over reconnects; 0 is never a client

struct FakeClientOptions {
  std::string name{};
  std::string host = "127.0.0.1";
  std::string kind = "nats";  ///< "nats", "websocket", "mqtt", "leafnode"
  bool auto_reconnect =
      true;  ///< as every NATS library does, every client_reconnect_wait, for ever
  std::vector<std::string> subscriptions{};  ///< renewed at every connect
  std::string server{};  ///< name of the server it connects to; empty: the first
  bool roams = false;    ///< knows all servers: comes back to the next one
};

struct FakeClient {
  std::string account;
  std::string user;
  FakeClientOptions options;
  FakeConnectionId connection = 0;  ///< 0: not connected
  std::uint64_t cid = 0;            ///< of the present or last connection
  std::string server_id;
  std::size_t server = 0;             ///< index of the server of the present or last connection
  policies::WallTime connected_at{};  ///< of the present or last connection, by its server's clock
  std::uint64_t connects = 0;         ///< how often it got in
  std::uint64_t lost = 0;             ///< how often the server ended its connection
  bool gone = false;                  ///< left by itself: does not come back
  std::vector<sidecar::Message> received;  ///< of its subscriptions; the first 10,000
  bool connected() const { return connection != 0; }
};

class FakeClients {
 public:
  explicit FakeClients(std::shared_ptr<FakeCore> core)
      : core_(std::move(core)), clients_(std::make_shared<Clients>()) {}

  FakeClientId add(const std::string& account, const std::string& user, FakeClientOptions options);
  void leave(FakeClientId id);  ///< closes its connection for good
  /// REQUIRES: made by add().
  const FakeClient& at(FakeClientId id) const { return clients_->at(id); }
  void publish(FakeClientId id, sidecar::Message message);
  std::vector<FakeClientId> connected(const std::string& account, const std::string& user) const;

 private:
  using Clients = std::map<FakeClientId, FakeClient>;
  static void connect(const std::shared_ptr<FakeCore>& core, const std::weak_ptr<Clients>& clients,
                      FakeClientId id);

  std::shared_ptr<FakeCore> core_;
  std::shared_ptr<Clients> clients_;
};

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_SUPPORT_FAKE_CLIENTS_H_
