// The inside of the fake server: connections, accounts and the way of a message. Tests use FakeNats
// (fake_nats.h); this is what FakeBus, FakeClients and FakeSystem stand on.
//
// Nothing happens inside a caller's call: a message sent is handled in a later task of the loop, a
// message delivered reaches its handler in one more. Thread: the loop's.
#ifndef ROOMKEEPER_TESTS_SUPPORT_FAKE_CORE_H_
#define ROOMKEEPER_TESTS_SUPPORT_FAKE_CORE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include "policies/time.h"
#include "sidecar/message_bus.h"
#include "tests/support/fake_broker.h"
#include "tests/support/fake_faults.h"
#include "tests/support/fake_jetstream.h"
#include "tests/support/fake_version.h"
#include "tests/support/manual_loop.h"

namespace roomkeeper::testing {

struct FakeNatsOptions {
  std::string version = "2.15.2";  ///< "2.10.29": no start_time, other details
  std::string server_name = "fake";
  std::string system_account = "SYS";
  std::string domain{};             ///< JetStream domain; also answers `$JS.<domain>.API`
  policies::Nanoseconds latency{};  ///< each way between a client and the server
  policies::Nanoseconds bus_reconnect_wait = std::chrono::milliseconds(200);
  policies::Nanoseconds client_reconnect_wait = std::chrono::seconds(2);
  std::int64_t max_payload = 1 << 20;
  std::int64_t max_storage = std::int64_t{1} << 50;  ///< the server's, for all accounts together
  std::int64_t max_memory = std::int64_t{1} << 50;
};

/// One server of the fake. The first has JetStream and all buses; others only have clients and
/// answer system requests.
struct FakeServerNode {
  std::string id;
  std::string name;
  policies::WallTime start{};
  std::uint64_t last_cid = 4;
  std::uint64_t total_connections = 0;
  bool silent = false;           ///< does not answer system requests
  bool gone = false;             ///< dead: nobody gets in, nobody answers, no other server knows it
  policies::Nanoseconds skew{};  ///< its clock is that much ahead of the fake's
};

/// What happens to CONNECT and DISCONNECT events on their way.
struct FakeEventTroubles {
  bool lost = false;
  policies::Nanoseconds delay{};
};

/// Where a client's message is on its way: it was sent, the server is about to look at it, the
/// server has dealt with it (not when it ignored it).
enum class FakeMoment : std::uint8_t { sent, arrived, handled };
/// Told of every message of a client or bus. May change the world, but not end connections.
using FakeWatcher =
    std::function<void(FakeMoment, const std::string& user, const sidecar::Message&)>;

struct FakeConnection {
  FakeConnectionId id = 0;
  std::size_t server = 0;  ///< index into servers()
  std::uint64_t cid = 0;
  std::string account;
  std::string user;
  std::string name;
  std::string host = "127.0.0.1";
  std::string kind = "nats";  ///< "nats", "websocket", "mqtt", "leafnode"
  policies::WallTime start{};
  std::function<void()> on_lost;  ///< the server ended it; called in a later task
};

enum class FakeRefusal : std::uint8_t { down, refused };

class FakeCore : public std::enable_shared_from_this<FakeCore> {
 public:
  FakeCore(ManualLoop& loop, FakeNatsOptions options);

  // --- used by the client side
  tl::expected<FakeConnectionId, FakeRefusal> attach(FakeConnection hello);
  void detach(FakeConnectionId id);  ///< the client closes; on_lost is not called
  FakeSubscriptionId subscribe(FakeConnectionId id, const std::string& subject,
                               const std::string& queue, FakeBroker::Handler handler);
  void unsubscribe(FakeSubscriptionId id) { broker_.unsubscribe(id); }
  void publish(FakeConnectionId from, sidecar::Message message);
  sidecar::ServerInfo server_info(FakeConnectionId id) const;
  std::string next_inbox() { return "fake" + std::to_string(++last_inbox_); }

  // --- used by the server's parts
  policies::WallTime now() const { return loop_.clock().wall() + skew_; }
  policies::WallTime now(std::size_t server) const { return now() + servers_.at(server).skew; }
  void later(policies::Nanoseconds delay, sidecar::Task task);
  /// From the server to whoever listens on `to` in the account, streams included.
  void send(const std::string& account, const std::string& to, sidecar::Message message);
  void drop(FakeConnectionId id, std::string_view reason);  ///< the server closes it
  const std::map<FakeConnectionId, FakeConnection>& connections() const { return connections_; }
  std::vector<FakeServerNode>& servers() { return servers_; }
  std::size_t living_servers() const;
  FakeEventTroubles& events() { return events_; }
  /// After a page of CONNZ that named anybody was sent; null: no more. May change the world.
  void on_connz_page(std::function<void()> hook) { connz_hook_ = std::move(hook); }
  void connz_page_sent() const;
  /// A connection is about to be ended by a KICK; null: no more. May not change the world.
  using KickHook = std::function<void(const FakeConnection&)>;
  void on_kick(KickHook hook) { kick_hook_ = std::move(hook); }
  void kicking(const FakeConnection& connection) const;
  FakeBroker& broker() { return broker_; }
  FakeFaults& faults() { return faults_; }
  ManualLoop& loop() { return loop_; }
  const FakeNatsOptions& options() const { return options_; }
  const FakeVersion& version() const { return version_; }
  bool has_account(const std::string& name) const { return accounts_.count(name) > 0; }

  // --- used by FakeNats
  void add_account(const std::string& name, bool jetstream, FakeJetStreamLimits limits);
  FakeJetStream* jetstream(const std::string& account);  ///< null: not enabled
  void add_server(const std::string& name);
  /// A new id, cids from the start. Its connections end; of that no event tells.
  void restart_server(std::size_t server);
  void kill_server(std::size_t server);  ///< the same, and it does not come back
  void set_down(bool down);              ///< going down ends every connection
  void set_skew(policies::Nanoseconds skew) { skew_ = skew; }
  void set_version(const std::string& version);
  void refuse(const std::string& user, bool refused);
  void set_latency(policies::Nanoseconds latency) { options_.latency = latency; }
  void set_store(std::int64_t max_storage, std::int64_t max_memory) {
    options_.max_storage = max_storage;
    options_.max_memory = max_memory;
  }
  /// What the streams of all accounts have reserved.
  std::uint64_t reserved(bool memory) const;
  /// The message takes its way now, from nobody's connection.
  void inject(const std::string& account, const sidecar::Message& message,
              std::optional<policies::WallTime> at);
  void lose_everything();
  void watch(FakeWatcher watcher) { watcher_ = std::move(watcher); }

 private:
  void end_connections(std::size_t server);
  void process(FakeConnectionId from, sidecar::Message message);
  void tell_watcher(FakeMoment moment, FakeConnectionId from, const sidecar::Message& message);
  std::size_t route(const std::string& account, FakeConnectionId from,
                    const sidecar::Message& message, std::optional<policies::WallTime> at);
  bool api_request(const std::string& account, const sidecar::Message& message);
  std::optional<std::string_view> api_operation(std::string_view subject) const;
  void answer_failure(const std::string& account, const sidecar::Message& message,
                      const ApiError& error);

  ManualLoop& loop_;
  FakeNatsOptions options_;
  FakeVersion version_;
  FakeBroker broker_;
  FakeFaults faults_;
  std::vector<FakeServerNode> servers_;
  std::size_t server_ids_ = 0;
  FakeEventTroubles events_;
  std::function<void()> connz_hook_;
  KickHook kick_hook_;
  std::map<FakeConnectionId, FakeConnection> connections_;
  std::map<std::string, std::unique_ptr<FakeJetStream>> accounts_;  ///< null: without JetStream
  std::set<std::string> refused_users_;
  FakeConnectionId last_connection_ = 0;
  std::uint64_t last_inbox_ = 0;
  FakeWatcher watcher_;
  policies::Nanoseconds skew_{};
  bool down_ = false;
};

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_SUPPORT_FAKE_CORE_H_
