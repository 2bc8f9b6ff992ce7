// A NATS server and everything that stands on it, for the contract suite: once the fake, once a
// real server.
//
// The loop runs in the test's own thread, inside run_until() and run_for(). Accounts: APP with
// JetStream (any of the users roomkeeper, alice, bob, carol), TIGHT with limits of its own (user
// tight), SYS (user sys).
#ifndef ROOMKEEPER_TESTS_CONTRACT_WORLD_H_
#define ROOMKEEPER_TESTS_CONTRACT_WORLD_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "policies/time.h"
#include "sidecar/clock.h"
#include "sidecar/event_loop.h"
#include "sidecar/message_bus.h"

namespace roomkeeper::testing {

/// What may be stored, in bytes; -1: unlimited.
struct WorldLimits {
  std::int64_t max_streams = -1;
  std::int64_t max_storage = -1;
  std::int64_t max_memory = -1;
};
/// Of the server.
inline constexpr WorldLimits world_store{-1, std::int64_t{4} << 30, std::int64_t{256} << 20};
/// Of the account TIGHT.
inline constexpr WorldLimits tight_account{3, std::int64_t{8} << 20, std::int64_t{1} << 20};

struct WorldKind {
  std::string name;  ///< of the test's parameter: "Fake", "Fake2_10", "Nats2_10", "Nats2_15"
  bool real = false;
  std::string version;  ///< "2.10", "2.15"
};
/// All four; every contract test runs on each.
std::vector<WorldKind> all_worlds();

/// A client of somebody else's, on a library of its own.
class WorldClient {
 public:
  virtual ~WorldClient() = default;
  virtual std::uint64_t cid() const = 0;
  virtual bool connected() const = 0;
  virtual std::uint64_t losses() const = 0;     ///< how often its connection was ended
  virtual std::uint64_t comebacks() const = 0;  ///< how often it came back
  virtual void send(const std::string& subject, std::string_view data,
                    const std::string& reply) = 0;
};

class World {
 public:
  virtual ~World() = default;

  virtual sidecar::EventLoop& loop() = 0;
  virtual const sidecar::Clock& clock() = 0;
  /// Starts connecting. "APP", "TIGHT" or "SYS".
  virtual std::unique_ptr<sidecar::MessageBus> connect(const std::string& account,
                                                       const std::string& user) = 0;
  /// A bus whose password is wrong until accept().
  virtual std::unique_ptr<sidecar::MessageBus> connect_refused() = 0;
  virtual void accept() = 0;
  /// Runs the loop until it holds. False when that took longer than `at_most`.
  virtual bool run_until(const std::function<bool()>& holds, policies::Nanoseconds at_most) = 0;
  bool run_until(const std::function<bool()>& holds) {
    return run_until(holds, std::chrono::seconds(15));
  }
  /// Lets time pass, running the loop.
  virtual void run_for(policies::Nanoseconds duration) = 0;
  virtual void stop_server() = 0;   ///< connections end
  virtual void start_server() = 0;  ///< on the same address, with the same store
  virtual std::unique_ptr<WorldClient> add_client(const std::string& user, bool auto_reconnect) = 0;
};

std::unique_ptr<World> make_fake_world(const WorldKind& kind);
std::unique_ptr<World> make_real_world(const WorldKind& kind);

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_CONTRACT_WORLD_H_
