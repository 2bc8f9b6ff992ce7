// Three real nats-servers that are one JetStream cluster, each with its own process, port, store
// and log (tests/support/test_server.h).
//
//   TestCluster cluster({.version = "2.15"});
//   ASSERT_TRUE(cluster.come_up()) << cluster.trouble();
//   cluster.step_down();                    // another server leads the meta group after it
//   cluster.node(0).kill9();                // as in a crash; start() brings it back
//
// Accounts and users are those of a lone server; the servers are called n1, n2 and n3, and have
// their name as a tag for placement. What the cluster is like is asked in the system
// account of each server; nothing here sleeps for a time that was guessed. Thread: the one that
// made it.
#ifndef ROOMKEEPER_TESTS_SUPPORT_TEST_CLUSTER_H_
#define ROOMKEEPER_TESTS_SUPPORT_TEST_CLUSTER_H_

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/loopback_port.h"
#include "tests/support/test_server.h"

namespace roomkeeper::testing {

class NatsClient;

struct TestClusterOptions {
  std::string version = "2.15";
  std::string jetstream{};  ///< more inside of each server's `jetstream { }`
};

class TestCluster {
 public:
  static constexpr std::size_t size = 3;

  explicit TestCluster(TestClusterOptions options = {});
  ~TestCluster();
  TestCluster(const TestCluster&) = delete;
  TestCluster& operator=(const TestCluster&) = delete;

  TestServer& node(std::size_t index) { return *nodes_.at(index); }
  /// URLs of all servers, running or not.
  std::vector<std::string> urls() const;

  /// The server that leads the meta group; nullopt while the running ones do not agree on one.
  std::optional<std::size_t> meta_leader();
  /// Waits until the running servers agree on a leader that has all of them as current members.
  bool wait_until_whole(std::chrono::milliseconds timeout = std::chrono::seconds(60));
  /// The same right after the start, before anything is stored: servers of 2.10 that start at the
  /// same moment now and then never elect a leader, so they are started once more after half a
  /// minute.
  bool come_up();
  /// The meta leader gives up its place (`$JS.API.META.LEADER.STEPDOWN`), and another is elected.
  bool step_down();
  /// Why it is not whole, as the servers tell it.
  std::string trouble();

 private:
  struct Meta;
  std::optional<Meta> meta_of(std::size_t index);
  /// The reply to a request in the system account of one server; nullopt when none came.
  std::optional<std::string> ask(std::size_t index, const std::string& subject,
                                 std::string_view body);

  std::array<LoopbackPort, size> routes_;
  std::array<std::unique_ptr<TestServer>, size> nodes_;
  std::array<std::unique_ptr<NatsClient>, size> system_;  ///< made when first asked
};

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_SUPPORT_TEST_CLUSTER_H_
