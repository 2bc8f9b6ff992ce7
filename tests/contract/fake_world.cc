#include "tests/contract/world.h"
#include "tests/support/fake_nats.h"
#include "tests/support/manual_clock.h"
#include "tests/support/manual_loop.h"

namespace roomkeeper::testing {

namespace {

class FakeWorldClient final : public WorldClient {
 public:
  FakeWorldClient(FakeNats& nats, FakeClientId id) : nats_(nats), id_(id) {}
  ~FakeWorldClient() override { nats_.remove_client(id_); }
  std::uint64_t cid() const override { return nats_.client(id_).cid; }
  bool connected() const override { return nats_.client(id_).connected(); }
  std::uint64_t losses() const override { return nats_.client(id_).lost; }
  std::uint64_t comebacks() const override { return nats_.client(id_).connects - 1; }
  void send(const std::string& subject, std::string_view data, const std::string& reply) override {
    nats_.send_as(id_, subject, data, reply);
  }

 private:
  FakeNats& nats_;
  FakeClientId id_;
};

class FakeWorld final : public World {
 public:
  explicit FakeWorld(const std::string& version) : loop_(clock_), nats_(loop_, options(version)) {
    nats_.refuse("nobody");
    nats_.add_account("TIGHT", {.max_streams = tight_account.max_streams,
                                .max_memory = tight_account.max_memory,
                                .max_storage = tight_account.max_storage});
  }

  sidecar::EventLoop& loop() override { return loop_; }
  const sidecar::Clock& clock() override { return clock_; }
  std::unique_ptr<sidecar::MessageBus> connect(const std::string& account,
                                               const std::string& user) override {
    return nats_.connect(account, user);
  }
  std::unique_ptr<sidecar::MessageBus> connect_refused() override {
    return nats_.connect("APP", "nobody");
  }
  void accept() override { nats_.accept("nobody"); }
  bool run_until(const std::function<bool()>& holds, policies::Nanoseconds at_most) override {
    return loop_.run_until(holds, at_most);
  }
  void run_for(policies::Nanoseconds duration) override { loop_.advance(duration); }
  void stop_server() override { nats_.stop(); }
  void start_server() override { nats_.start(); }
  std::unique_ptr<WorldClient> add_client(const std::string& user, bool auto_reconnect) override {
    FakeClientOptions client;
    client.name = "test client";
    client.auto_reconnect = auto_reconnect;
    return std::make_unique<FakeWorldClient>(nats_, nats_.add_client("APP", user, client));
  }

 private:
  static FakeNatsOptions options(const std::string& version) {
    FakeNatsOptions result;
    result.version = version;
    result.latency = std::chrono::microseconds(100);
    result.max_storage = world_store.max_storage;
    result.max_memory = world_store.max_memory;
    return result;
  }

  ManualClock clock_;
  ManualLoop loop_;
  FakeNats nats_;
};

}  // namespace

std::unique_ptr<World> make_fake_world(const WorldKind& kind) {
  return std::make_unique<FakeWorld>(kind.version == "2.10" ? "2.10.29" : "2.15.2");
}

}  // namespace roomkeeper::testing
