#include "sidecar/nats/link.h"

#include <algorithm>
#include <random>
#include <utility>

#include <nats/nats.h>

#include <nlohmann/json.hpp>

#include "sidecar/nats/connect_error.h"
#include "sidecar/nats/json_reply.h"
#include "sidecar/nats/server_json.h"

namespace roomkeeper::sidecar::nats {
namespace {

constexpr std::size_t orders_max = 65'536;
constexpr std::size_t order_bytes_max = 64UL * 1024 * 1024;
/// How long a server may take to say its version; after it we do without.
constexpr auto ask_timeout = std::chrono::milliseconds(400);
constexpr auto report_retry = std::chrono::milliseconds(5);
/// A connection that held for so long was a good one: the next loss starts the back-off from its
/// beginning.
constexpr auto lasting = std::chrono::seconds(10);
constexpr std::size_t discovered_max = 256;
/// The token behind our inbox that answers to ask() come to; requests use numbers.
constexpr std::string_view ask_token = "server";
constexpr std::size_t server_replies_max = 256;

std::size_t size_of(const Order& order) {
  const auto* publish = std::get_if<PublishOrder>(&order);
  return publish == nullptr
             ? 0
             : publish->subject.size() + publish->reply.size() + publish->data.size();
}

/// `user:password@` of a URL, for the servers that are told without.
std::string credentials_of(const std::string& url) {
  const std::size_t scheme = url.find("://");
  const std::size_t start = scheme == std::string::npos ? 0 : scheme + 3;
  const std::size_t at = url.rfind('@');
  return at == std::string::npos || at < start ? std::string() : url.substr(start, at + 1 - start);
}

}  // namespace

Link::Link(std::shared_ptr<Reports> reports, const Clock& clock, ConnectionOptions options,
           std::string inbox)
    : reports_(std::move(reports)),
      clock_(clock),
      options_(std::move(options)),
      inbox_(std::move(inbox)),
      seed_(std::random_device{}()) {
  wanted_.emplace(0, SubscribeOrder{0, inbox_ + "*", {}});
}

Link::~Link() {
  abandon();
}

void Link::start() {
  thread_ = std::thread([this] { run(); });
}

bool Link::give(Order order) {
  const std::size_t size = size_of(order);
  const bool is_publish = std::holds_alternative<PublishOrder>(order);
  {
    const std::lock_guard lock(mutex_);
    if (is_publish && (orders_.size() >= orders_max || order_bytes_ + size > order_bytes_max))
      return false;
    order_bytes_ += size;
    orders_.push_back(std::move(order));
    if (orders_.size() > 1) return true;  // it is awake for the first
  }
  changed_.notify_one();
  return true;
}

void Link::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
}

void Link::abandon() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = abandoned_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Link::on_message(SubscriptionId id, Message message) {
  if (id == 0 && message.subject.ends_with(ask_token)) {
    {
      const std::lock_guard lock(mutex_);
      if (server_replies_.size() < server_replies_max)
        server_replies_.push_back(std::move(message));
    }
    changed_.notify_one();
    return;
  }
  report(Delivery{id, std::move(message)});
}

void Link::on_closed(std::uint64_t session, std::string error) {
  {
    const std::lock_guard lock(mutex_);
    lost_session_ = std::max(lost_session_, session);
    lost_error_ = std::move(error);
  }
  changed_.notify_one();
}

void Link::on_trouble(Trouble trouble) {
  report(std::move(trouble));
}

void Link::report(Report report) {
  if (!reports_->push(std::move(report))) changed_.notify_one();
}

void Link::run() {
  const auto is_stopping = [this] {
    const std::lock_guard lock(mutex_);
    return stopping_;
  };
  while (!is_stopping()) {
    auto session = connect_once();
    if (session) serve(*session);
    session.reset();
    if (!is_stopping()) wait_before_retry();
  }
  report_end();
  nats_ReleaseThreadMemory();
}

std::string Link::next_url() {
  const std::size_t index = next_url_++ % (options_.urls.size() + discovered_.size());
  return index < options_.urls.size() ? options_.urls[index]
                                      : discovered_[index - options_.urls.size()];
}

std::unique_ptr<Session> Link::connect_once() {
  if (options_.urls.empty()) {
    report(LinkDown{"no server is configured", false});
    return nullptr;
  }
  auto session = Session::open(weak_from_this(), ++session_count_, options_, next_url());
  if (session) return std::move(*session);
  const bool refused = session.error().code == policies::ErrorCode::denied;
  report(LinkDown{std::move(session.error().text), refused});
  return nullptr;
}

void Link::serve(Session& session) {
  const auto since = clock_.mono();
  announce(session);
  std::string error;
  while (error.empty()) {
    std::deque<Order> orders;
    {
      std::unique_lock lock(mutex_);
      if (orders_.empty() && !stopping_ && !is_lost_locked(session)) {
        if (reports_->needs_retry()) {
          changed_.wait_for(lock, report_retry);
        } else {
          changed_.wait(lock);
        }
      }
      if (abandoned_) return;
      if (is_lost_locked(session)) {
        error = lost_error_;
        break;
      }
      if (orders_.empty() && stopping_) break;
      orders.swap(orders_);
      order_bytes_ = 0;
    }
    reports_->retry();
    error = carry_out(session, std::move(orders)).value_or("");
  }
  discovered_ = session.discovered();
  if (discovered_.size() > discovered_max) discovered_.resize(discovered_max);
  const std::string credentials = credentials_of(options_.urls.front());
  for (std::string& url : discovered_) {
    if (const std::size_t scheme = url.find("://"); scheme != url.npos)
      url.insert(scheme + 3, credentials);
  }
  if (clock_.mono() - since >= lasting) failures_ = 0;
  if (error.empty()) {
    session.flush();
  } else {
    auto lost = lost_error(error, options_);
    const bool refused = lost.code == policies::ErrorCode::denied;
    report(LinkDown{std::move(lost.text), refused});
  }
}

void Link::announce(Session& session) {
  note_subscriptions(session);
  for (const auto& [id, order] : wanted_) session.subscribe(order);
  // The answer proves that the server has seen the subscriptions, too.
  ServerInfo server = ask_server(session);
  {
    const std::lock_guard lock(mutex_);
    if (is_lost_locked(session)) return;  // then only its end is worth a report
  }
  report(LinkUp{session.number(), std::move(server)});
}

/// What was ordered while there was no connection: subscriptions are remembered, the rest was for
/// another one.
void Link::note_subscriptions(Session& session) {
  std::deque<Order> orders;
  {
    const std::lock_guard lock(mutex_);
    orders.swap(orders_);
    order_bytes_ = 0;
  }
  std::erase_if(orders,
                [](const Order& order) { return std::holds_alternative<PublishOrder>(order); });
  carry_out(session, std::move(orders));
}

std::optional<std::string> Link::carry_out(Session& session, std::deque<Order> orders) {
  std::optional<std::string> error;
  for (Order& order : orders) {
    if (auto* publish = std::get_if<PublishOrder>(&order)) {
      if (error || publish->session != session.number()) continue;
      if (auto done = session.publish(*publish); !done) error = std::move(done.error().text);
    } else if (auto* subscribe = std::get_if<SubscribeOrder>(&order)) {
      session.subscribe(*subscribe);
      wanted_.emplace(subscribe->id, std::move(*subscribe));
    } else if (const auto* unsubscribe = std::get_if<UnsubscribeOrder>(&order)) {
      session.unsubscribe(unsubscribe->id);
      wanted_.erase(unsubscribe->id);
    }
  }
  return error;
}

std::optional<Message> Link::ask(Session& session, const std::string& subject,
                                 const std::string& body) {
  {
    const std::lock_guard lock(mutex_);
    server_replies_.clear();
  }
  const PublishOrder order{session.number(), subject, inbox_ + std::string(ask_token), body, {}};
  if (!session.publish(order)) return std::nullopt;
  const policies::MonoTime end = clock_.mono() + ask_timeout;
  std::unique_lock lock(mutex_);
  for (;;) {
    const policies::Nanoseconds left = end - clock_.mono();
    changed_.wait_for(lock, left, [&] {
      return !server_replies_.empty() || abandoned_ || is_lost_locked(session);
    });
    if (server_replies_.empty()) return std::nullopt;
    Message reply = std::move(server_replies_.front());
    server_replies_.pop_front();
    // A leaf node's server answers for its side of the account, in any order with ours.
    if (reply.status != 0 || parse_server_id(reply.data) == session.server_id()) return reply;
  }
}

ServerInfo Link::ask_server(Session& session) {
  ServerInfo info;
  info.id = session.server_id();
  info.client_id = session.client_id();
  info.max_payload = session.max_payload();
  // nats.c keeps INFO's version to itself. The first is 2.10's, the second older and dearer.
  constexpr std::pair<const char*, const char*> questions[] = {
      {"$SYS.REQ.USER.INFO", ""}, {"$SYS.REQ.ACCOUNT.PING.CONNZ", R"({"limit":1})"}};
  for (const auto& [subject, body] : questions) {
    const auto reply = ask(session, subject, body);
    if (!reply) break;  // not allowed to ask: the next question would be refused aloud
    if (reply->status != 0) continue;
    const auto tree = parse_reply(reply->data);
    const nlohmann::json* server = tree ? read_child(*tree, "server") : nullptr;
    if (server == nullptr) continue;
    info.name = read_string(*server, "name").value_or("");
    info.version = read_string(*server, "ver").value_or("");
    break;
  }
  return info;
}

void Link::wait_before_retry() {
  const std::size_t servers = std::max<std::size_t>(1, options_.urls.size() + discovered_.size());
  // All of them in a row, then a rest.
  if (next_url_ % servers != 0) return;
  ++failures_;
  const auto rest = policies::backoff(options_.backoff, failures_, seed_ + failures_);
  const auto end = clock_.mono() + rest;
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const auto left = end - clock_.mono();
    if (left <= policies::Nanoseconds::zero()) return;
    const bool retry = reports_->needs_retry();
    changed_.wait_for(lock, retry ? std::min<policies::Nanoseconds>(left, report_retry) : left);
    if (retry) reports_->retry();
  }
}

void Link::report_end() {
  reports_->push(LinkClosed{});
  std::unique_lock lock(mutex_);
  while (!abandoned_ && reports_->needs_retry()) {
    changed_.wait_for(lock, report_retry);
    reports_->retry();
  }
}

}  // namespace roomkeeper::sidecar::nats
