// What every contract test starts from: a world with an application bus and a system bus connected,
// and JetStream on it.
#ifndef ROOMKEEPER_TESTS_CONTRACT_CONTRACT_H_
#define ROOMKEEPER_TESTS_CONTRACT_CONTRACT_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "policies/observed.h"
#include "policies/result.h"
#include "sidecar/message_bus.h"
#include "sidecar/nats/jetstream.h"
#include "sidecar/nats/request_queue.h"
#include "tests/contract/world.h"

namespace roomkeeper::testing {

void PrintTo(const WorldKind& kind, std::ostream* out);

class Contract : public ::testing::TestWithParam<WorldKind> {
 protected:
  using Bus = std::unique_ptr<sidecar::MessageBus>;
  static constexpr auto priority = sidecar::nats::Priority::admin;

  void SetUp() override;
  void TearDown() override;

  World& world() { return *world_; }
  sidecar::MessageBus& app() { return *app_; }
  sidecar::MessageBus& sys() { return *sys_; }
  sidecar::nats::RequestQueue& queue() { return *queue_; }
  sidecar::nats::JetStream& js() { return *js_; }
  bool is_2_10() const { return GetParam().version == "2.10"; }
  /// A further connection, connected.
  Bus connect(const std::string& account, const std::string& user);
  /// What `bus` sent so far is known to the server.
  void settle(sidecar::MessageBus& bus);

  /// Calls start(done) and runs the loop until done(result) was called; fails the test when it
  /// never is.
  template <class T>
  policies::Result<T> wait(const std::function<void(sidecar::nats::Done<T>)>& start) {
    auto got = std::make_shared<std::optional<policies::Result<T>>>();
    start([got](policies::Result<T> result) { got->emplace(std::move(result)); });
    if (!world().run_until([&] { return got->has_value(); })) {
      ADD_FAILURE() << "never completed";
      return policies::fail(policies::ErrorCode::internal, "never completed");
    }
    return std::move(**got);
  }

  policies::Result<sidecar::Message> request(
      sidecar::MessageBus& bus, const std::string& subject, std::string_view data,
      const sidecar::Headers& headers = {},
      policies::Nanoseconds timeout = std::chrono::seconds(5));
  /// The error's code; nullopt when there is none.
  template <class T>
  static std::optional<policies::ErrorCode> failure(const policies::Result<T>& result) {
    return result ? std::nullopt : std::optional(result.error().code);
  }
  /// The server's own code; 0 when there was no error.
  template <class T>
  static int server_failure(const policies::Result<T>& result) {
    return result ? 0 : result.error().server_code;
  }

  /// The text of an answer that has to come.
  std::string ask(const std::string& subject, std::string_view data = {},
                  const sidecar::Headers& headers = {});

  /// A stream in memory on `subjects`, without limits.
  static policies::StreamConfig memory_stream(std::vector<std::string> subjects);
  policies::Result<sidecar::nats::StreamInfo> create(const std::string& name,
                                                     const policies::StreamConfig& config,
                                                     std::uint64_t first_seq = 0);
  policies::Result<sidecar::nats::StreamInfo> update(const std::string& name,
                                                     const policies::StreamConfig& config);
  /// INFO of a stream that is there.
  sidecar::nats::StreamInfo info(const std::string& name);
  policies::StoredRange stored(const std::string& name) { return info(name).stream.stored; }
  policies::Result<std::uint64_t> purge(const std::string& name,
                                        const sidecar::nats::PurgeRequest& request);
  void delete_message(const std::string& stream, std::uint64_t seq);
  /// Publishes n messages into a stream and waits until they are stored.
  void store(const std::string& subject, int n = 1);
  policies::WallTime time_of(const std::string& stream, std::uint64_t seq);

 private:
  std::unique_ptr<World> world_;
  Bus app_;
  Bus sys_;
  std::unique_ptr<sidecar::nats::RequestQueue> queue_;
  std::unique_ptr<sidecar::nats::JetStream> js_;
};

/// For INSTANTIATE_TEST_SUITE_P.
inline std::string world_name(const ::testing::TestParamInfo<WorldKind>& info) {
  return info.param.name;
}

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_CONTRACT_CONTRACT_H_
