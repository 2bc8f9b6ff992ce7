#include <algorithm>
#include <stdexcept>

#include <gtest/gtest.h>

#include "sidecar/nats/connection.h"
#include "sidecar/thread_loop.h"
#include "tests/contract/world.h"
#include "tests/support/nats_client.h"
#include "tests/support/test_server.h"

namespace roomkeeper::testing {

namespace {

constexpr std::chrono::milliseconds look_interval(5);

class RealWorldClient final : public WorldClient {
 public:
  explicit RealWorldClient(std::unique_ptr<NatsClient> client) : client_(std::move(client)) {}
  std::uint64_t cid() const override { return client_->client_id(); }
  bool connected() const override { return client_->connected(); }
  std::uint64_t losses() const override {
    return std::max<std::uint64_t>(client_->disconnects(), client_->closed() ? 1 : 0);
  }
  std::uint64_t comebacks() const override { return client_->reconnects(); }
  void send(const std::string& subject, std::string_view data, const std::string& reply) override {
    const auto sent = client_->publish(subject, data, {}, reply);
    if (!sent) ADD_FAILURE() << sent.error().text;
  }

 private:
  std::unique_ptr<NatsClient> client_;
};

class RealWorld final : public World {
 public:
  explicit RealWorld(const std::string& version) : server_(options(version)), loop_(clock_) {}

  sidecar::EventLoop& loop() override { return loop_; }
  const sidecar::Clock& clock() override { return clock_; }
  std::unique_ptr<sidecar::MessageBus> connect(const std::string&,
                                               const std::string& user) override {
    sidecar::nats::ConnectionOptions connection = target();
    connection.user = user;
    connection.password = "pw";
    return sidecar::nats::connect(loop_, clock_, connection);
  }
  std::unique_ptr<sidecar::MessageBus> connect_refused() override {
    // The password is in a file, which is read at every try: how a rotated secret gets in.
    password_file_ = folder_.write("password", "wrong\n").string();
    sidecar::nats::ConnectionOptions connection = target();
    connection.user = "carol";
    connection.password_file = password_file_;
    return sidecar::nats::connect(loop_, clock_, connection);
  }
  void accept() override { folder_.write("password", "pw\n"); }

  bool run_until(const std::function<bool()>& holds, policies::Nanoseconds at_most) override {
    // Clients on threads of their own do not wake this loop: look again every few milliseconds.
    const auto deadline = clock_.mono() + at_most;
    bool due = false;
    while (!holds() && clock_.mono() < deadline) {
      due = false;
      const auto timer = loop_.run_after(look_interval, [&due] { due = true; });
      while (!due && !holds()) loop_.run_once();
      loop_.cancel(timer);
    }
    return holds();
  }
  void run_for(policies::Nanoseconds duration) override {
    run_until([] { return false; }, duration);
  }
  void stop_server() override { server_.stop(); }
  void start_server() override {
    if (!server_.start()) ADD_FAILURE() << server_.trouble();
  }
  std::unique_ptr<WorldClient> add_client(const std::string& user, bool auto_reconnect) override {
    NatsClientOptions client;
    client.url = server_.url();
    client.user = user;
    client.auto_reconnect = auto_reconnect;
    client.reconnect_wait = std::chrono::milliseconds(50);
    auto connected = NatsClient::connect(client);
    if (!connected) throw std::runtime_error("no client: " + connected.error().text);
    return std::make_unique<RealWorldClient>(std::move(*connected));
  }

 private:
  static TestServerOptions options(const std::string& version) {
    TestServerOptions result;
    result.version = version;
    result.jetstream = "max_file_store: " + std::to_string(world_store.max_storage) +
                       "\nmax_memory_store: " + std::to_string(world_store.max_memory);
    result.config = default_server_config();
    const std::size_t accounts_end = result.config.rfind('}');
    result.config.insert(
        accounts_end,
        "TIGHT { jetstream { max_streams: " + std::to_string(tight_account.max_streams) +
            ", max_file: " + std::to_string(tight_account.max_storage) +
            ", max_mem: " + std::to_string(tight_account.max_memory) +
            " }, users: [ {user: tight, password: pw} ] }\n");
    return result;
  }
  sidecar::nats::ConnectionOptions target() const {
    sidecar::nats::ConnectionOptions result;
    result.urls = {server_.url()};
    result.backoff.first = std::chrono::milliseconds(50);
    result.backoff.longest = std::chrono::milliseconds(200);
    return result;
  }

  TempDirectory folder_;
  std::string password_file_;
  TestServer server_;
  sidecar::SystemClock clock_;
  sidecar::ThreadLoop loop_;
};

}  // namespace

std::unique_ptr<World> make_real_world(const WorldKind& kind) {
  return std::make_unique<RealWorld>(kind.version);
}

}  // namespace roomkeeper::testing
