// Somebody with the nats CLI beside the daemon: looks at the server, changes streams by hand,
// listens. And the admin API's replies as JSON.
//
// Its requests count in FakeNats::count() like anybody's: call forget_counts() afterwards. Thread:
// the test's.
#ifndef ROOMKEEPER_TESTS_SIMULATION_OPERATOR_H_
#define ROOMKEEPER_TESTS_SIMULATION_OPERATOR_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "tests/simulation/daemon_world.h"

namespace roomkeeper::testing {

class Operator {
 public:
  /// The world must outlive it. `user`: any of the account APP.
  explicit Operator(DaemonWorld& world, const std::string& user = "operator");

  /// One request; null when no reply came within 5 s of simulated time.
  nlohmann::json request(const std::string& subject, std::string_view body = {});
  /// `nats stream edit`: the stream's configuration with `patch` put in (RFC 7396). Throws when the
  /// server refuses.
  void edit(const std::string& stream, std::string_view patch);
  /// From now on the bodies of what comes in on `subject` are kept in heard().
  void listen(const std::string& subject);
  const std::vector<std::string>& heard() const { return heard_; }

 private:
  DaemonWorld& world_;
  std::unique_ptr<sidecar::MessageBus> bus_;
  std::vector<std::string> heard_;
};

/// The stream's configuration as STREAM.INFO says it, without asking; null when there is no such
/// stream.
nlohmann::json config_of(const DaemonWorld& world, const std::string& stream);
/// A value of its metadata; "(none)" when it is not there.
std::string metadata_of(const DaemonWorld& world, const std::string& stream, std::string_view key);
/// One admin request; the reply's JSON. Null when nothing came.
nlohmann::json ask(DaemonWorld& world, const std::string& verb, std::string_view json = "{}");
/// "" when it succeeded, else the error's code; "(no reply)" when nothing came.
std::string refusal(DaemonWorld& world, const std::string& verb, std::string_view json = "{}");
/// `state/reason` of a room, or the error's code.
std::string verdict(DaemonWorld& world, const std::string& room);
/// Agrees to lossy changes, of one room or of all, and lets the pass run to its end.
void agree(DaemonWorld& world, const std::string& room = {});
/// STREAM.CREATE, UPDATE, DELETE and PURGE that anybody sent since forget_counts().
std::uint64_t writes(const DaemonWorld& world);

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_SIMULATION_OPERATOR_H_
