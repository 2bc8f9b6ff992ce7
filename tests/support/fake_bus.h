// A MessageBus connected to the fake server; made by FakeNats::connect. Everything as
// sidecar/message_bus.h says.
#ifndef ROOMKEEPER_TESTS_SUPPORT_FAKE_BUS_H_
#define ROOMKEEPER_TESTS_SUPPORT_FAKE_BUS_H_

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "sidecar/message_bus.h"
#include "tests/support/fake_core.h"

namespace roomkeeper::testing {

class FakeBus final : public sidecar::MessageBus {
 public:
  /// Starts connecting in the next task. Thread: the loop's. May outlive FakeNats, never its loop.
  FakeBus(std::shared_ptr<FakeCore> core, std::string account, std::string user, std::string name);
  ~FakeBus() override;
  FakeBus(const FakeBus&) = delete;
  FakeBus& operator=(const FakeBus&) = delete;

  sidecar::BusState state() const override;
  sidecar::ServerInfo server() const override;
  std::string last_error() const override;
  std::uint64_t reconnects() const override;
  void on_state(StateHandler handler) override;
  policies::Result<> publish(const std::string& subject, std::string_view data,
                             const sidecar::Headers& headers) override;
  policies::Result<sidecar::SubscriptionId> subscribe(const std::string& subject,
                                                      const std::string& queue,
                                                      Handler handler) override;
  void unsubscribe(sidecar::SubscriptionId id) override;
  void request(const std::string& subject, std::string_view data, const sidecar::Headers& headers,
               policies::Nanoseconds timeout, ReplyHandler done) override;
  void collect(const std::string& subject, std::string_view data, policies::Nanoseconds timeout,
               std::size_t max, CollectHandler done) override;
  void close(std::function<void()> done) override;

 private:
  struct State;
  std::shared_ptr<State> state_;  ///< shared weakly with tasks on their way
};

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_SUPPORT_FAKE_BUS_H_
