#include "sidecar/nats/connection.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <memory>
#include <random>
#include <unordered_map>
#include <utility>

#include "policies/subjects.h"
#include "sidecar/nats/link.h"
#include "sidecar/nats/openssl_exit.h"

namespace roomkeeper::sidecar::nats {
namespace {

using policies::ErrorCode;
using policies::Nanoseconds;
using policies::Result;

constexpr std::size_t outstanding_max = 4096;
constexpr int no_responders = 503;

/// Unguessable: whoever knows it can answer for others.
std::string make_inbox(const std::string& prefix) {
  constexpr std::string_view digits =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  std::random_device random;
  std::uniform_int_distribution<std::size_t> pick(0, digits.size() - 1);
  std::string inbox = prefix + ".";
  for (int i = 0; i < 22; ++i) inbox.push_back(digits[pick(random)]);
  return inbox + ".";
}

bool is_header(const std::pair<std::string, std::string>& header) {
  const auto is_name_char = [](char c) { return c > ' ' && c < 0x7F && c != ':'; };
  const auto breaks_line = [](char c) { return c == '\r' || c == '\n' || c == '\0'; };
  return !header.first.empty() &&
         std::all_of(header.first.begin(), header.first.end(), is_name_char) &&
         std::none_of(header.second.begin(), header.second.end(), breaks_line);
}

/// The server's word that there are no responders.
bool is_nobody(const Message& message) {
  return message.status == no_responders && message.data.empty();
}

std::size_t size_on_wire(std::string_view data, const Headers& headers) {
  std::size_t size = data.size();
  if (headers.empty()) return size;
  for (const auto& [key, value] : headers) size += key.size() + value.size() + 4;
  return size + 14;  // "NATS/1.0\r\n" and the empty line
}

}  // namespace

std::string_view to_string(Trouble::Kind kind) {
  switch (kind) {
    case Trouble::Kind::dropped:
      return "dropped";
    case Trouble::Kind::slow_consumer:
      return "slow_consumer";
    case Trouble::Kind::denied:
      return "denied";
  }
  return "unknown";
}

namespace {

class Connection final : public MessageBus {
 public:
  Connection(EventLoop& loop, const Clock& clock, ConnectionOptions options);
  ~Connection() override;

  BusState state() const override { return state_; }
  ServerInfo server() const override { return server_; }
  std::string last_error() const override { return last_error_; }
  std::uint64_t reconnects() const override { return reconnects_; }
  void on_state(StateHandler handler) override { state_handlers_.push_back(std::move(handler)); }

  Result<> publish(const std::string& subject, std::string_view data,
                   const Headers& headers) override;
  Result<SubscriptionId> subscribe(const std::string& subject, const std::string& queue,
                                   Handler handler) override;
  void unsubscribe(SubscriptionId id) override;
  void request(const std::string& subject, std::string_view data, const Headers& headers,
               Nanoseconds timeout, ReplyHandler done) override;
  void collect(const std::string& subject, std::string_view data, Nanoseconds timeout,
               std::size_t max, CollectHandler done) override;
  void close(std::function<void()> done) override;

 private:
  /// A request or a collection on its way; one of the two handlers is set.
  struct Outstanding {
    ReplyHandler reply;
    CollectHandler collected;
    std::vector<Message> messages;
    std::size_t max = 1;
    /// Of a collection: its own, because what a consumer delivers there bears the stored message's
    /// subject.
    SubscriptionId subscription = 0;
    TimerId timer = 0;
  };
  using OutstandingMap = std::map<std::uint64_t, Outstanding>;

  Result<> send(const std::string& subject, std::string reply, std::string_view data,
                const Headers& headers);
  void wait_for(std::uint64_t token, Nanoseconds timeout, Outstanding outstanding);
  Outstanding end(OutstandingMap::iterator ended);
  void take(Report report);
  void take_delivery(Delivery delivery);
  void take_reply(Message message);
  void take_collected(std::uint64_t token, const Message& message);
  void take_up(LinkUp up);
  void take_down(LinkDown down);
  void take_closed();
  void time_out(std::uint64_t token);
  void fail_outstanding(const std::string& text);
  void set_state(BusState state);
  /// Runs `task` soon on the loop, unless this is gone by then.
  void later(Task task);

  EventLoop& loop_;
  const std::string inbox_;
  const std::function<void(const Trouble&)> on_trouble_;
  std::shared_ptr<Reports> reports_;
  std::shared_ptr<Link> link_;

  BusState state_ = BusState::connecting;
  ServerInfo server_;
  std::string last_error_ = "not connected yet";
  std::uint64_t session_ = 0;
  std::uint64_t reconnects_ = 0;
  bool was_connected_ = false;
  bool link_ended_ = false;
  std::vector<StateHandler> state_handlers_;
  std::vector<std::function<void()>> close_handlers_;
  std::unordered_map<SubscriptionId, std::shared_ptr<const Handler>> subscriptions_;
  SubscriptionId next_subscription_ = 1;
  OutstandingMap outstanding_;  ///< by token, so in order of asking
  std::uint64_t next_token_ = 1;
  std::shared_ptr<bool> alive_ =
      std::make_shared<bool>(true);  ///< false in the tasks that outlive this
};

Connection::Connection(EventLoop& loop, const Clock& clock, ConnectionOptions options)
    : loop_(loop), inbox_(make_inbox(options.inbox_prefix)), on_trouble_(options.on_trouble) {
  reports_ = std::make_shared<Reports>(loop, [this](Report report) { take(std::move(report)); });
  link_ = std::make_shared<Link>(reports_, clock, std::move(options), inbox_);
  link_->start();
}

Connection::~Connection() {
  *alive_ = false;
  reports_->close();
  link_->abandon();
  for (const auto& [token, outstanding] : outstanding_) loop_.cancel(outstanding.timer);
}

void Connection::later(Task task) {
  loop_.run_after(Nanoseconds::zero(), [alive = alive_, task = std::move(task)] {
    if (*alive) task();
  });
}

Result<> Connection::send(const std::string& subject, std::string reply, std::string_view data,
                          const Headers& headers) {
  if (state_ != BusState::connected)
    return policies::fail(ErrorCode::unavailable, "not connected to NATS");
  if (!policies::is_valid_subject(subject, false))
    return policies::fail(ErrorCode::invalid, "no subject to publish to");
  if (!std::all_of(headers.begin(), headers.end(), is_header)) {
    return policies::fail(ErrorCode::invalid, "a header that cannot be sent");
  }
  if (size_on_wire(data, headers) > static_cast<std::uint64_t>(server_.max_payload)) {
    return policies::fail(ErrorCode::limit, "larger than the server's max_payload");
  }
  if (!link_->give(PublishOrder{session_, subject, std::move(reply), std::string(data), headers})) {
    return policies::fail(ErrorCode::limit, "too much waits to be sent");
  }
  return {};
}

Result<> Connection::publish(const std::string& subject, std::string_view data,
                             const Headers& headers) {
  return send(subject, {}, data, headers);
}

Result<SubscriptionId> Connection::subscribe(const std::string& subject, const std::string& queue,
                                             Handler handler) {
  if (state_ == BusState::closed)
    return policies::fail(ErrorCode::unavailable, "the connection is closed");
  if (!policies::is_valid_subject(subject, true) ||
      (!queue.empty() && !policies::is_valid_subject(queue, false))) {
    return policies::fail(ErrorCode::invalid, "no subject to subscribe to");
  }
  const SubscriptionId id = next_subscription_++;
  subscriptions_.emplace(id, std::make_shared<const Handler>(std::move(handler)));
  link_->give(SubscribeOrder{id, subject, queue});
  return id;
}

void Connection::unsubscribe(SubscriptionId id) {
  if (subscriptions_.erase(id) > 0) link_->give(UnsubscribeOrder{id});
}

void Connection::wait_for(std::uint64_t token, Nanoseconds timeout, Outstanding outstanding) {
  outstanding.timer = loop_.run_after(timeout, [alive = alive_, this, token] {
    if (*alive) time_out(token);
  });
  outstanding_.emplace(token, std::move(outstanding));
}

Connection::Outstanding Connection::end(OutstandingMap::iterator ended) {
  Outstanding outstanding = std::move(outstanding_.extract(ended).mapped());
  loop_.cancel(outstanding.timer);
  if (outstanding.subscription != 0) unsubscribe(outstanding.subscription);
  return outstanding;
}

void Connection::request(const std::string& subject, std::string_view data, const Headers& headers,
                         Nanoseconds timeout, ReplyHandler done) {
  const std::uint64_t token = next_token_++;
  auto sent = outstanding_.size() < outstanding_max
                  ? send(subject, inbox_ + std::to_string(token), data, headers)
                  : Result<>(policies::fail(ErrorCode::limit, "too many requests are outstanding"));
  if (!sent)
    return later(
        [done = std::move(done), error = std::move(sent).error()] { done(policies::pass(error)); });
  Outstanding outstanding;
  outstanding.reply = std::move(done);
  wait_for(token, timeout, std::move(outstanding));
}

void Connection::collect(const std::string& subject, std::string_view data, Nanoseconds timeout,
                         std::size_t max, CollectHandler done) {
  if (state_ != BusState::connected || max == 0 || outstanding_.size() >= outstanding_max) {
    return later([done = std::move(done)] { done({}); });
  }
  const std::uint64_t token = next_token_++;
  const std::string inbox =
      inbox_ + "many." + std::to_string(token);  // two tokens: not one of the requests'
  const auto subscribed = subscribe(
      inbox, {}, [this, token](const Message& message) { take_collected(token, message); });
  if (!subscribed || !send(subject, inbox, data, {})) {
    if (subscribed) unsubscribe(*subscribed);
    return later([done = std::move(done)] { done({}); });
  }
  Outstanding outstanding;
  outstanding.collected = std::move(done);
  outstanding.max = max;
  outstanding.subscription = *subscribed;
  wait_for(token, timeout, std::move(outstanding));
}

void Connection::time_out(std::uint64_t token) {
  const auto found = outstanding_.find(token);
  if (found == outstanding_.end()) return;
  Outstanding ended = end(found);
  if (ended.collected) return ended.collected(std::move(ended.messages));
  ended.reply(policies::fail(ErrorCode::timeout, "no answer in time"));
}

void Connection::take(Report report) {
  if (auto* delivery = std::get_if<Delivery>(&report)) {
    take_delivery(std::move(*delivery));
  } else if (auto* up = std::get_if<LinkUp>(&report)) {
    take_up(std::move(*up));
  } else if (auto* down = std::get_if<LinkDown>(&report)) {
    take_down(std::move(*down));
  } else if (const auto* trouble = std::get_if<Trouble>(&report)) {
    if (on_trouble_) on_trouble_(*trouble);
  } else {
    take_closed();
  }
}

void Connection::take_delivery(Delivery delivery) {
  if (state_ == BusState::closed) return;
  if (delivery.id == 0) return take_reply(std::move(delivery.message));
  const auto found = subscriptions_.find(delivery.id);
  if (found == subscriptions_.end()) return;
  const std::shared_ptr<const Handler> handler = found->second;  // it may unsubscribe itself
  (*handler)(delivery.message);
}

void Connection::take_reply(Message message) {
  std::uint64_t token = 0;
  const std::string_view text =
      std::string_view(message.subject).substr(std::min(inbox_.size(), message.subject.size()));
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), token);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return;
  const auto found = outstanding_.find(token);
  if (found == outstanding_.end()) return;  // too late, or one answer too many
  const Outstanding ended = end(found);
  if (is_nobody(message))
    return ended.reply(policies::fail(ErrorCode::unavailable, "nobody answers there"));
  ended.reply(std::move(message));
}

void Connection::take_collected(std::uint64_t token, const Message& message) {
  const auto found = outstanding_.find(token);
  if (found == outstanding_.end()) return;
  Outstanding& waiting = found->second;
  if (!is_nobody(message)) {
    waiting.messages.push_back(message);
    if (waiting.messages.size() < waiting.max) return;
  }
  Outstanding ended = end(found);
  ended.collected(std::move(ended.messages));
}

void Connection::take_up(LinkUp up) {
  if (state_ == BusState::closed) return;
  session_ = up.session;
  server_ = std::move(up.server);
  last_error_.clear();
  if (was_connected_) ++reconnects_;
  was_connected_ = true;
  set_state(BusState::connected);
}

void Connection::take_down(LinkDown down) {
  if (state_ == BusState::closed) return;
  last_error_ = std::move(down.error);
  const auto alive = alive_;
  const BusState before =
      std::exchange(state_, down.refused ? BusState::refused : BusState::connecting);
  fail_outstanding("the connection was lost");
  if (*alive && state_ != before && state_ != BusState::closed) set_state(state_);
}

void Connection::fail_outstanding(const std::string& text) {
  const auto alive = alive_;
  std::vector<Outstanding> ended;
  while (!outstanding_.empty()) ended.push_back(end(outstanding_.begin()));
  for (Outstanding& outstanding : ended) {
    if (!*alive) return;  // a completion has ended this connection
    if (outstanding.collected) {
      outstanding.collected(std::move(outstanding.messages));
    } else {
      outstanding.reply(policies::fail(ErrorCode::unavailable, text));
    }
  }
}

void Connection::set_state(BusState state) {
  state_ = state;
  const auto alive = alive_;
  const auto handlers = state_handlers_;  // one may add another
  for (const StateHandler& handler : handlers) {
    if (!*alive) return;
    handler(state);
  }
}

void Connection::close(std::function<void()> done) {
  if (link_ended_) return later(std::move(done));
  close_handlers_.push_back(std::move(done));
  if (state_ == BusState::closed) return;
  state_ = BusState::closed;
  last_error_ = "closed";
  link_->stop();
}

void Connection::take_closed() {
  link_ended_ = true;
  const auto alive = alive_;
  fail_outstanding("the connection was closed");
  if (!*alive) return;
  set_state(BusState::closed);
  if (!*alive) return;
  for (const auto& handler : std::exchange(close_handlers_, {})) handler();
}

}  // namespace

std::unique_ptr<MessageBus> connect(EventLoop& loop, const Clock& clock,
                                    ConnectionOptions options) {
  keep_openssl_at_exit();
  return std::make_unique<Connection>(loop, clock, std::move(options));
}

}  // namespace roomkeeper::sidecar::nats
