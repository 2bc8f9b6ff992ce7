#include "sidecar/nats/session.h"

#include <array>
#include <charconv>
#include <cstdlib>
#include <mutex>
#include <unordered_map>
#include <utility>

#include <nats/nats.h>

#include "sidecar/nats/connect_error.h"
#include "sidecar/nats/connect_options.h"

namespace roomkeeper::sidecar::nats {
namespace {

using policies::ErrorCode;
using policies::Result;

/// One nonce of 256 cannot be answered (signer.h): so many in a row never come.
constexpr int nonces_max = 5;

/// What a closure's number stands for.
struct Closure {
  std::weak_ptr<SessionListener> listener;
  std::uint64_t number = 0;  ///< the session's, or the subscription's id
};

class ClosureTable {
 public:
  std::uintptr_t add(Closure closure) {
    const std::lock_guard lock(mutex_);
    const std::uintptr_t id = ++last_;
    closures_.emplace(id, std::move(closure));
    return id;
  }
  void remove(std::uintptr_t id) {
    const std::lock_guard lock(mutex_);
    closures_.erase(id);
  }
  std::pair<std::shared_ptr<SessionListener>, std::uint64_t> find(const void* closure) {
    const std::lock_guard lock(mutex_);
    const auto found = closures_.find(reinterpret_cast<std::uintptr_t>(closure));
    if (found == closures_.end()) return {};
    return {found->second.listener.lock(), found->second.number};
  }

 private:
  std::mutex mutex_;
  std::unordered_map<std::uintptr_t, Closure> closures_;  ///< guarded by mutex_
  std::uintptr_t last_ = 0;                               ///< guarded by mutex_; never used again
};

/// Never destroyed: nats.c's threads outlive main's statics.
ClosureTable& closure_table() {
  static ClosureTable* const table = new ClosureTable;
  return *table;
}

void* to_closure(std::uintptr_t id) {
  return reinterpret_cast<void*>(id);
}

std::string text_or(const char* text, natsStatus status) {
  return text != nullptr && *text != '\0' ? text : natsStatus_GetText(status);
}

/// The status of `NATS/1.0 503`; nats.c shows it as a header.
int parse_status(const char* text) {
  int status = 0;
  const std::string_view view(text);
  const auto parsed = std::from_chars(view.data(), view.data() + view.size(), status);
  return parsed.ec == std::errc() && status >= 100 && status <= 999 ? status : 0;
}

void read_headers(natsMsg* raw, Message& message) {
  const char** keys = nullptr;
  int key_count = 0;
  if (natsMsgHeader_Keys(raw, &keys, &key_count) != NATS_OK) return;
  for (int i = 0; i < key_count; ++i) {
    const char** values = nullptr;
    int value_count = 0;
    if (natsMsgHeader_Values(raw, keys[i], &values, &value_count) != NATS_OK) continue;
    for (int j = 0; j < value_count; ++j) {
      if (std::string_view(keys[i]) == "Status") {
        message.status = parse_status(values[j]);
      } else {
        message.headers.emplace_back(keys[i], values[j]);
      }
    }
    std::free(values);
  }
  std::free(keys);
}

Message to_message(natsMsg* raw) {
  Message message;
  message.subject = natsMsg_GetSubject(raw);
  if (const char* reply = natsMsg_GetReply(raw)) message.reply = reply;
  const int length = natsMsg_GetDataLength(raw);
  if (length > 0) message.data.assign(natsMsg_GetData(raw), static_cast<std::size_t>(length));
  read_headers(raw, message);
  return message;
}

extern "C" void on_nats_message(natsConnection*, natsSubscription*, natsMsg* raw, void* closure) {
  const MessageHandle message(raw);
  const auto [listener, id] = closure_table().find(closure);
  if (listener && raw != nullptr) listener->on_message(id, to_message(raw));
}

extern "C" void on_nats_closed(natsConnection* connection, void* closure) {
  const auto [listener, number] = closure_table().find(closure);
  if (!listener) return;
  const char* text = nullptr;
  const natsStatus status = natsConnection_GetLastError(connection, &text);
  listener->on_closed(
      number, status == NATS_OK ? "the server closed the connection" : text_or(text, status));
}

extern "C" void on_nats_error(natsConnection*, natsSubscription*, natsStatus error, void* closure) {
  const auto [listener, number] = closure_table().find(closure);
  if (!listener) return;
  // Every other error ends the connection and is told by its end.
  const std::string text = text_or(nats_GetLastError(nullptr), error);
  if (error == NATS_SLOW_CONSUMER) listener->on_trouble({Trouble::Kind::slow_consumer, text});
  if (error == NATS_NOT_PERMITTED) listener->on_trouble({Trouble::Kind::denied, text});
}

}  // namespace

Session::Session(std::weak_ptr<SessionListener> listener, std::uint64_t number)
    : listener_(std::move(listener)),
      number_(number),
      closure_(closure_table().add({listener_, number})) {}

Session::~Session() {
  // First nobody hears them any more, then they end.
  closure_table().remove(closure_);
  for (const auto& [id, subscribed] : subscriptions_) closure_table().remove(subscribed.closure);
  if (connection_) natsConnection_Close(connection_.get());
}

Result<std::unique_ptr<Session>> Session::open(std::weak_ptr<SessionListener> listener,
                                               std::uint64_t number,
                                               const ConnectionOptions& options,
                                               const std::string& url) {
  std::unique_ptr<Session> session(new Session(std::move(listener), number));
  for (int tries = 1;; ++tries) {
    auto with = make_connect_options(options, url);
    if (!with) return policies::pass(std::move(with).error());
    natsOptions* raw_options = with->options.get();
    natsOptions_SetClosedCB(raw_options, on_nats_closed, to_closure(session->closure_));
    natsOptions_SetErrorHandler(raw_options, on_nats_error, to_closure(session->closure_));

    natsConnection* raw = nullptr;
    const natsStatus status = natsConnection_Connect(&raw, raw_options);
    if (status == NATS_OK) {
      session->connection_.reset(raw);
      return session;
    }
    if (with->signer && with->signer->wants_another_try() && tries < nonces_max) continue;
    return policies::pass(connect_error(text_or(nats_GetLastError(nullptr), status), options, url));
  }
}

Result<> Session::publish(const PublishOrder& order) {
  const int length = static_cast<int>(order.data.size());
  const char* reply = order.reply.empty() ? nullptr : order.reply.c_str();
  natsStatus status = NATS_OK;
  if (order.headers.empty()) {
    status = reply == nullptr
                 ? natsConnection_Publish(connection_.get(), order.subject.c_str(),
                                          order.data.data(), length)
                 : natsConnection_PublishRequest(connection_.get(), order.subject.c_str(), reply,
                                                 order.data.data(), length);
  } else {
    natsMsg* raw = nullptr;
    status = natsMsg_Create(&raw, order.subject.c_str(), reply, order.data.data(), length);
    const MessageHandle message(raw);
    for (const auto& [key, value] : order.headers) {
      if (status == NATS_OK) status = natsMsgHeader_Add(raw, key.c_str(), value.c_str());
    }
    if (status == NATS_OK) status = natsConnection_PublishMsg(connection_.get(), raw);
  }
  switch (status) {
    case NATS_OK:
    case NATS_MAX_PAYLOAD:
    case NATS_INVALID_SUBJECT:
    case NATS_INVALID_ARG:
    case NATS_NO_SERVER_SUPPORT:
      return {};
    default:
      return policies::fail(ErrorCode::unavailable, text_or(nats_GetLastError(nullptr), status));
  }
}

void Session::subscribe(const SubscribeOrder& order) {
  if (subscriptions_.contains(order.id)) return;
  Subscribed subscribed;
  subscribed.closure = closure_table().add({listener_, order.id});
  void* const closure = to_closure(subscribed.closure);
  natsSubscription* raw = nullptr;
  const natsStatus status =
      order.queue.empty()
          ? natsConnection_Subscribe(&raw, connection_.get(), order.subject.c_str(),
                                     on_nats_message, closure)
          : natsConnection_QueueSubscribe(&raw, connection_.get(), order.subject.c_str(),
                                          order.queue.c_str(), on_nats_message, closure);
  if (status != NATS_OK) {
    // The connection has ended; the next one subscribes again.
    closure_table().remove(subscribed.closure);
    return;
  }
  subscribed.handle.reset(raw);
  subscriptions_.emplace(order.id, std::move(subscribed));
}

void Session::unsubscribe(SubscriptionId id) {
  const auto found = subscriptions_.find(id);
  if (found == subscriptions_.end()) return;
  closure_table().remove(found->second.closure);
  subscriptions_.erase(found);
}

void Session::flush() {
  constexpr std::int64_t longest = 500;
  natsConnection_FlushTimeout(connection_.get(), longest);
}

std::string Session::server_id() const {
  std::array<char, 256> buffer{};
  if (natsConnection_GetConnectedServerId(connection_.get(), buffer.data(), buffer.size()) !=
      NATS_OK)
    return {};
  return buffer.data();
}

std::uint64_t Session::client_id() const {
  std::uint64_t id = 0;
  return natsConnection_GetClientID(connection_.get(), &id) == NATS_OK ? id : 0;
}

std::int64_t Session::max_payload() const {
  return natsConnection_GetMaxPayload(connection_.get());
}

std::vector<std::string> Session::discovered() const {
  char** urls = nullptr;
  int count = 0;
  std::vector<std::string> result;
  if (natsConnection_GetDiscoveredServers(connection_.get(), &urls, &count) != NATS_OK)
    return result;
  for (int i = 0; i < count; ++i) {
    result.emplace_back(urls[i]);
    std::free(urls[i]);
  }
  std::free(urls);
  return result;
}

}  // namespace roomkeeper::sidecar::nats
