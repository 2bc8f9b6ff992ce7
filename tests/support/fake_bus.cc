#include "tests/support/fake_bus.h"

#include <charconv>
#include <map>
#include <utility>
#include <vector>

#include "tests/support/subject_pattern.h"

namespace roomkeeper::testing {

using policies::ErrorCode;
using policies::fail;
using policies::Nanoseconds;
using policies::Result;
using sidecar::BusState;
using sidecar::Message;

namespace {

constexpr std::size_t most_outstanding = 4096;
constexpr int no_responders = 503;

}  // namespace

struct FakeBus::State : std::enable_shared_from_this<FakeBus::State> {
  struct Subscription {
    std::string subject;
    std::string queue;
    Handler handler;
    FakeSubscriptionId at_server = 0;
  };
  /// A request has `one`, a collection `many`.
  struct Pending {
    ReplyHandler one;
    CollectHandler many;
    std::vector<Message> got;
    std::size_t max = 1;
    sidecar::TimerId timer = 0;
    FakeSubscriptionId own =
        0;  ///< a collection's own inbox: what consumers deliver bears another subject
  };

  std::shared_ptr<FakeCore> core;
  std::string account;
  std::string user;
  std::string name;
  std::string inbox;
  BusState phase = BusState::connecting;
  std::string error = "not connected yet";
  FakeConnectionId connection = 0;
  sidecar::ServerInfo info;
  std::uint64_t connects = 0;
  std::vector<StateHandler> handlers;
  std::map<sidecar::SubscriptionId, Subscription> subscriptions;
  sidecar::SubscriptionId last_subscription = 0;
  std::map<std::uint64_t, Pending> pending;
  std::uint64_t last_token = 0;

  /// Runs `method` in a later task, unless the bus is gone by then.
  void soon(Nanoseconds delay, void (State::*method)()) {
    auto task = [weak = weak_from_this(), method] {
      if (const auto self = weak.lock()) ((*self).*method)();
    };
    if (delay > Nanoseconds::zero()) {
      core->loop().run_after(delay, std::move(task));
    } else {
      core->loop().post(std::move(task));
    }
  }

  void enter(BusState next) {
    phase = next;
    const auto listeners = handlers;
    for (const auto& listener : listeners) listener(next);
  }

  void connect() {
    if (phase == BusState::closed || phase == BusState::connected) return;
    FakeConnection hello;
    hello.account = account;
    hello.user = user;
    hello.name = name;
    hello.on_lost = [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->lost();
    };
    const auto attached = core->attach(std::move(hello));
    if (!attached) {
      const bool refused = attached.error() == FakeRefusal::refused;
      error = refused ? "Authorization Violation" : "no server available";
      const BusState next = refused ? BusState::refused : BusState::connecting;
      soon(core->options().bus_reconnect_wait, &State::connect);
      if (next != phase) enter(next);
      return;
    }
    connection = *attached;
    info = core->server_info(connection);
    error.clear();
    ++connects;
    listen();
    enter(BusState::connected);
  }

  void listen() {
    core->subscribe(connection, inbox + ".*", "",
                    [weak = weak_from_this()](const Message& message) {
                      if (const auto self = weak.lock()) self->answer(message);
                    });
    for (auto& [id, subscription] : subscriptions) listen(subscription);
  }

  void listen(Subscription& subscription) {
    subscription.at_server =
        core->subscribe(connection, subscription.subject, subscription.queue, subscription.handler);
  }

  void lost() {
    if (phase == BusState::closed) return;
    connection = 0;
    error = "connection lost";
    for (auto& item : subscriptions) item.second.at_server = 0;
    soon(core->options().bus_reconnect_wait, &State::connect);
    fail_pending("connection lost");
    enter(BusState::connecting);
  }

  void fail_pending(const std::string& why) {
    auto all = std::exchange(pending, {});
    for (auto& [token, waiting] : all) {
      core->loop().cancel(waiting.timer);
      core->unsubscribe(waiting.own);
      finish(std::move(waiting), fail(ErrorCode::unavailable, why));
    }
  }

  static void finish(Pending waiting, Result<Message> result) {
    if (waiting.one) {
      waiting.one(std::move(result));
    } else {
      waiting.many(std::move(waiting.got));
    }
  }

  Pending take(std::map<std::uint64_t, Pending>::iterator at) {
    Pending waiting = std::move(at->second);
    core->loop().cancel(waiting.timer);
    core->unsubscribe(waiting.own);
    pending.erase(at);
    return waiting;
  }

  /// A message for the inbox: whose it is stands in its subject, as on the real wire.
  void answer(const Message& message) {
    if (message.subject.size() <= inbox.size() + 1 ||
        message.subject.compare(0, inbox.size(), inbox) != 0)
      return;
    std::uint64_t token = 0;
    const char* end = message.subject.data() + message.subject.size();
    std::from_chars(message.subject.data() + inbox.size() + 1, end, token);
    const auto found = pending.find(token);
    if (found == pending.end()) return;
    if (message.status == no_responders) {
      finish(take(found), fail(ErrorCode::unavailable, "no responders"));
    } else {
      finish(take(found), message);
    }
  }

  /// A message for a collection.
  void gather(std::uint64_t token, const Message& message) {
    const auto found = pending.find(token);
    if (found == pending.end()) return;
    const bool nobody = message.status == no_responders;
    if (!nobody) found->second.got.push_back(message);
    if (nobody || found->second.got.size() >= found->second.max) finish(take(found), message);
  }

  void expire(std::uint64_t token) {
    const auto found = pending.find(token);
    if (found != pending.end()) finish(take(found), fail(ErrorCode::timeout, "no answer in time"));
  }

  Result<> check(const std::string& subject, std::size_t size) const {
    if (phase != BusState::connected)
      return fail(ErrorCode::unavailable, "not connected: " + error);
    if (!is_literal_subject(subject)) return fail(ErrorCode::invalid, "not a subject: " + subject);
    if (size > static_cast<std::size_t>(core->options().max_payload)) {
      return fail(ErrorCode::limit, "the message is larger than the server takes");
    }
    return {};
  }

  void ask(Message message, Nanoseconds timeout, Pending waiting) {
    auto good = check(message.subject, message.data.size() + wire_headers(message.headers).size());
    if (good && pending.size() >= most_outstanding)
      good = fail(ErrorCode::limit, "too many outstanding requests");
    if (!good) {
      auto held = std::make_shared<Pending>(std::move(waiting));
      core->loop().post([held, error_value = good.error()] {
        finish(std::move(*held), tl::unexpected(error_value));
      });
      return;
    }
    const std::uint64_t token = ++last_token;
    waiting.timer = core->loop().run_after(timeout, [weak = weak_from_this(), token] {
      if (const auto self = weak.lock()) self->expire(token);
    });
    message.reply = inbox + "." + std::to_string(token);
    if (waiting.many) {
      message.reply = inbox + "-collect." + std::to_string(token);
      waiting.own = core->subscribe(connection, message.reply, "",
                                    [weak = weak_from_this(), token](const Message& got) {
                                      if (const auto self = weak.lock()) self->gather(token, got);
                                    });
    }
    pending.emplace(token, std::move(waiting));
    core->publish(connection, std::move(message));
  }
};

FakeBus::FakeBus(std::shared_ptr<FakeCore> core, std::string account, std::string user,
                 std::string name)
    : state_(std::make_shared<State>()) {
  state_->core = std::move(core);
  state_->account = std::move(account);
  state_->user = std::move(user);
  state_->name = std::move(name);
  state_->inbox = "_INBOX." + state_->core->next_inbox();
  state_->soon(Nanoseconds::zero(), &State::connect);
}

FakeBus::~FakeBus() {
  state_->phase = BusState::closed;
  for (auto& item : state_->pending) state_->core->loop().cancel(item.second.timer);
  state_->core->detach(state_->connection);
}

BusState FakeBus::state() const {
  return state_->phase;
}
sidecar::ServerInfo FakeBus::server() const {
  return state_->info;
}
std::string FakeBus::last_error() const {
  return state_->error;
}
std::uint64_t FakeBus::reconnects() const {
  return state_->connects == 0 ? 0 : state_->connects - 1;
}
void FakeBus::on_state(StateHandler handler) {
  state_->handlers.push_back(std::move(handler));
}

Result<> FakeBus::publish(const std::string& subject, std::string_view data,
                          const sidecar::Headers& headers) {
  if (auto good = state_->check(subject, data.size() + wire_headers(headers).size()); !good)
    return good;
  Message message;
  message.subject = subject;
  message.data = data;
  message.headers = headers;
  state_->core->publish(state_->connection, std::move(message));
  return {};
}

Result<sidecar::SubscriptionId> FakeBus::subscribe(const std::string& subject,
                                                   const std::string& queue, Handler handler) {
  if (state_->phase == BusState::closed) return fail(ErrorCode::unavailable, "closed");
  if (!is_subject_pattern(subject)) return fail(ErrorCode::invalid, "not a subject: " + subject);
  const sidecar::SubscriptionId id = ++state_->last_subscription;
  auto& made = state_->subscriptions[id];
  made = State::Subscription{subject, queue, std::move(handler), 0};
  if (state_->connection != 0) state_->listen(made);
  return id;
}

void FakeBus::unsubscribe(sidecar::SubscriptionId id) {
  const auto found = state_->subscriptions.find(id);
  if (found == state_->subscriptions.end()) return;
  state_->core->unsubscribe(found->second.at_server);
  state_->subscriptions.erase(found);
}

void FakeBus::request(const std::string& subject, std::string_view data,
                      const sidecar::Headers& headers, Nanoseconds timeout, ReplyHandler done) {
  Message message;
  message.subject = subject;
  message.data = data;
  message.headers = headers;
  State::Pending waiting;
  waiting.one = std::move(done);
  state_->ask(std::move(message), timeout, std::move(waiting));
}

void FakeBus::collect(const std::string& subject, std::string_view data, Nanoseconds timeout,
                      std::size_t max, CollectHandler done) {
  Message message;
  message.subject = subject;
  message.data = data;
  State::Pending waiting;
  waiting.many = std::move(done);
  waiting.max = max;
  state_->ask(std::move(message), timeout, std::move(waiting));
}

void FakeBus::close(std::function<void()> done) {
  const bool first = state_->phase != BusState::closed;
  state_->phase = BusState::closed;
  state_->error = "closed";
  state_->core->detach(state_->connection);
  state_->connection = 0;
  state_->core->loop().post([state = state_, finished = std::move(done), first] {
    state->fail_pending("closed");
    if (first) state->enter(BusState::closed);
    state->handlers.clear();
    if (finished) finished();
  });
}

}  // namespace roomkeeper::testing
