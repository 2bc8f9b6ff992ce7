// Core NATS of the fake: who listens to what in which account, and who gets a message.
#ifndef ROOMKEEPER_TESTS_SUPPORT_FAKE_BROKER_H_
#define ROOMKEEPER_TESTS_SUPPORT_FAKE_BROKER_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sidecar/event_loop.h"
#include "sidecar/message_bus.h"
#include "tests/support/subject_tree.h"

namespace roomkeeper::testing {

using FakeConnectionId = std::uint64_t;    ///< 0: the server itself
using FakeSubscriptionId = std::uint64_t;  ///< 0: none

class FakeBroker {
 public:
  using Handler = std::function<void(const sidecar::Message&)>;

  /// `later` runs a task after the way to the client; handlers are only called from there.
  explicit FakeBroker(std::function<void(sidecar::Task)> later) : later_(std::move(later)) {}

  FakeSubscriptionId subscribe(FakeConnectionId connection, const std::string& account,
                               const std::string& subject, const std::string& queue,
                               Handler handler);
  /// What is on its way is not delivered any more.
  void unsubscribe(FakeSubscriptionId id);
  void unsubscribe_all(FakeConnectionId connection);

  /// Sends to every matching subscription and one of each queue group, never back to `from`. `to`
  /// decides who gets it; what they see as subject is the message's. Returns how many got it.
  std::size_t deliver(const std::string& account, std::string_view to,
                      const sidecar::Message& message, FakeConnectionId from);
  /// Only to the subscriptions of one connection, its own messages too: how "no responders" comes
  /// back.
  void deliver_to(FakeConnectionId connection, std::string_view to,
                  const sidecar::Message& message);
  /// In order of subscribing; CONNZ's `subscriptions_list`.
  std::vector<std::string> subjects_of(FakeConnectionId connection) const;

 private:
  struct Subscription {
    FakeSubscriptionId id = 0;
    FakeConnectionId connection = 0;
    std::string account;
    std::string subject;
    std::string queue;
    Handler handler;
    bool alive = true;
  };
  using Handle = std::shared_ptr<Subscription>;

  void send(const Handle& to, const std::shared_ptr<const sidecar::Message>& message);

  std::function<void(sidecar::Task)> later_;
  std::map<FakeSubscriptionId, Handle> subscriptions_;
  std::map<std::string, SubjectTree<Handle>, std::less<>> by_account_;
  std::map<FakeConnectionId, std::vector<FakeSubscriptionId>> by_connection_;
  std::map<std::pair<std::string, std::string>, std::uint64_t>
      turns_;  ///< (subject, queue) -> round robin
  FakeSubscriptionId last_id_ = 0;
};

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_SUPPORT_FAKE_BROKER_H_
