#include "tests/support/fake_broker.h"

#include <algorithm>

#include "tests/support/subject_pattern.h"

namespace roomkeeper::testing {

FakeSubscriptionId FakeBroker::subscribe(FakeConnectionId connection, const std::string& account,
                                         const std::string& subject, const std::string& queue,
                                         Handler handler) {
  const FakeSubscriptionId id = ++last_id_;
  auto made = std::make_shared<Subscription>(
      Subscription{id, connection, account, subject, queue, std::move(handler), true});
  by_account_[account].insert(subject, made);
  by_connection_[connection].push_back(id);
  subscriptions_.emplace(id, std::move(made));
  return id;
}

void FakeBroker::unsubscribe(FakeSubscriptionId id) {
  const auto found = subscriptions_.find(id);
  if (found == subscriptions_.end()) return;
  const Handle gone = found->second;
  gone->alive = false;
  by_account_[gone->account].erase(gone->subject, gone);
  auto& ids = by_connection_[gone->connection];
  ids.erase(std::remove(ids.begin(), ids.end(), id), ids.end());
  subscriptions_.erase(found);
}

void FakeBroker::unsubscribe_all(FakeConnectionId connection) {
  const auto found = by_connection_.find(connection);
  if (found == by_connection_.end()) return;
  const auto ids = found->second;
  for (const auto id : ids) unsubscribe(id);
  by_connection_.erase(connection);
}

void FakeBroker::send(const Handle& to, const std::shared_ptr<const sidecar::Message>& message) {
  later_([to, message] {
    if (to->alive) to->handler(*message);
  });
}

std::size_t FakeBroker::deliver(const std::string& account, std::string_view to,
                                const sidecar::Message& message, FakeConnectionId from) {
  const auto tree = by_account_.find(account);
  if (tree == by_account_.end()) return 0;
  std::vector<Handle> plain;
  std::map<std::pair<std::string, std::string>, std::vector<Handle>> groups;
  tree->second.match(to, [&](const Handle& subscription) {
    if (from != 0 && subscription->connection == from) return;
    if (subscription->queue.empty()) {
      plain.push_back(subscription);
    } else {
      groups[{subscription->subject, subscription->queue}].push_back(subscription);
    }
  });
  if (plain.empty() && groups.empty()) return 0;
  const auto shared = std::make_shared<const sidecar::Message>(message);
  for (const auto& subscription : plain) send(subscription, shared);
  for (const auto& [group, members] : groups)
    send(members[turns_[group]++ % members.size()], shared);
  return plain.size() + groups.size();
}

void FakeBroker::deliver_to(FakeConnectionId connection, std::string_view to,
                            const sidecar::Message& message) {
  const auto found = by_connection_.find(connection);
  if (found == by_connection_.end()) return;
  const auto shared = std::make_shared<const sidecar::Message>(message);
  for (const auto id : found->second) {
    const Handle& subscription = subscriptions_.at(id);
    if (pattern_matches(subscription->subject, to)) send(subscription, shared);
  }
}

std::vector<std::string> FakeBroker::subjects_of(FakeConnectionId connection) const {
  std::vector<std::string> result;
  const auto found = by_connection_.find(connection);
  if (found == by_connection_.end()) return result;
  for (const auto id : found->second) result.push_back(subscriptions_.at(id)->subject);
  return result;
}

}  // namespace roomkeeper::testing
