#include "tests/support/nats_client.h"

#include <condition_variable>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <utility>

#include <nats/nats.h>

#include <nlohmann/json.hpp>

#include "tests/support/fake_json.h"

namespace roomkeeper::testing {

using policies::Error;
using policies::ErrorCode;
using policies::fail;
using policies::Result;

namespace {

template <auto Destroy>
struct Deleter {
  template <class T>
  void operator()(T* handle) const noexcept {
    Destroy(handle);
  }
};
using OptionsHandle = std::unique_ptr<natsOptions, Deleter<natsOptions_Destroy>>;
using MessageHandle = std::unique_ptr<natsMsg, Deleter<natsMsg_Destroy>>;

/// What nats.c's threads tell. Shared with nobody else; outlives the connection.
struct Events {
  mutable std::mutex mutex;
  mutable std::condition_variable changed;
  std::uint64_t disconnects = 0;
  std::uint64_t reconnects = 0;
  bool closed = false;
  std::vector<std::string> errors;

  void note(const std::function<void(Events&)>& change) {
    const std::lock_guard lock(mutex);
    change(*this);
    changed.notify_all();
  }
  bool wait(std::chrono::milliseconds timeout,
            const std::function<bool(const Events&)>& holds) const {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, timeout, [&] { return holds(*this); });
  }
};

Error error_of(natsStatus status) {
  ErrorCode code = ErrorCode::unavailable;
  if (status == NATS_TIMEOUT) code = ErrorCode::timeout;
  if (status == NATS_CONNECTION_AUTH_FAILED || status == NATS_NOT_PERMITTED)
    code = ErrorCode::denied;
  if (status == NATS_INVALID_SUBJECT || status == NATS_INVALID_ARG) code = ErrorCode::invalid;
  return Error{code, natsStatus_GetText(status), 0};
}

void on_disconnected(natsConnection*, void* events) {
  static_cast<Events*>(events)->note([](Events& own) { ++own.disconnects; });
}
void on_reconnected(natsConnection*, void* events) {
  static_cast<Events*>(events)->note([](Events& own) { ++own.reconnects; });
}
void on_closed(natsConnection*, void* events) {
  static_cast<Events*>(events)->note([](Events& own) { own.closed = true; });
}
void on_error(natsConnection* connection, natsSubscription*, natsStatus status, void* events) {
  const char* last = nullptr;
  natsConnection_GetLastError(connection, &last);
  const std::string text = last != nullptr && *last != '\0' ? last : natsStatus_GetText(status);
  static_cast<Events*>(events)->note([&](Events& own) { own.errors.push_back(text); });
}

sidecar::Headers headers_of(natsMsg* raw) {
  sidecar::Headers result;
  const char** keys = nullptr;
  int key_count = 0;
  if (natsMsgHeader_Keys(raw, &keys, &key_count) != NATS_OK) return result;
  for (int k = 0; k < key_count; ++k) {
    const char** values = nullptr;
    int value_count = 0;
    if (natsMsgHeader_Values(raw, keys[k], &values, &value_count) != NATS_OK) continue;
    for (int v = 0; v < value_count; ++v) result.emplace_back(keys[k], values[v]);
    std::free(static_cast<void*>(values));
  }
  std::free(static_cast<void*>(keys));
  return result;
}

sidecar::Message message_of(natsMsg* raw) {
  sidecar::Message result;
  result.subject = natsMsg_GetSubject(raw);
  if (const char* reply = natsMsg_GetReply(raw)) result.reply = reply;
  result.data.assign(natsMsg_GetData(raw), static_cast<std::size_t>(natsMsg_GetDataLength(raw)));
  result.headers = headers_of(raw);
  if (const auto status = result.header("Status"); !status.empty())
    result.status = std::atoi(std::string(status).c_str());
  return result;
}

Result<MessageHandle> make_message(const std::string& subject, std::string_view data,
                                   const sidecar::Headers& headers, const std::string& reply) {
  natsMsg* raw = nullptr;
  const auto created =
      natsMsg_Create(&raw, subject.c_str(), reply.empty() ? nullptr : reply.c_str(), data.data(),
                     static_cast<int>(data.size()));
  if (created != NATS_OK) return policies::pass(error_of(created));
  MessageHandle message(raw);
  for (const auto& [key, value] : headers) {
    const auto added = natsMsgHeader_Add(raw, key.c_str(), value.c_str());
    if (added != NATS_OK) return policies::pass(error_of(added));
  }
  return message;
}

natsStatus configure(natsOptions* raw, const NatsClientOptions& options, Events* events) {
  natsStatus s = natsOptions_SetURL(raw, options.url.c_str());
  const auto also = [&](natsStatus next) {
    if (s == NATS_OK) s = next;
  };
  if (!options.user.empty())
    also(natsOptions_SetUserInfo(raw, options.user.c_str(), options.password.c_str()));
  also(natsOptions_SetName(raw, options.name.c_str()));
  also(natsOptions_SetTimeout(raw, options.connect_timeout.count()));
  also(natsOptions_SetAllowReconnect(raw, options.auto_reconnect));
  also(natsOptions_SetMaxReconnect(raw, -1));
  also(natsOptions_SetReconnectWait(raw, options.reconnect_wait.count()));
  also(natsOptions_SetReconnectJitter(raw, 1, 1));
  if (!options.inbox_prefix.empty())
    also(natsOptions_SetCustomInboxPrefix(raw, options.inbox_prefix.c_str()));
  also(natsOptions_SetDisconnectedCB(raw, on_disconnected, events));
  also(natsOptions_SetReconnectedCB(raw, on_reconnected, events));
  also(natsOptions_SetClosedCB(raw, on_closed, events));
  also(natsOptions_SetErrorHandler(raw, on_error, events));
  return s;
}

}  // namespace

struct NatsClientSubscription::State {
  natsSubscription* raw = nullptr;
};

NatsClientSubscription::NatsClientSubscription(std::unique_ptr<State> state)
    : state_(std::move(state)) {}

NatsClientSubscription::~NatsClientSubscription() {
  natsSubscription_Destroy(state_->raw);
}

std::optional<sidecar::Message> NatsClientSubscription::next(std::chrono::milliseconds timeout) {
  natsMsg* raw = nullptr;
  if (natsSubscription_NextMsg(&raw, state_->raw, timeout.count()) != NATS_OK) return std::nullopt;
  const MessageHandle message(raw);
  return message_of(raw);
}

struct NatsClient::State {
  natsConnection* raw = nullptr;
  Events events;
};

NatsClient::NatsClient(std::unique_ptr<State> state) : state_(std::move(state)) {}

NatsClient::~NatsClient() {
  close();
  natsConnection_Destroy(state_->raw);
}

Result<std::unique_ptr<NatsClient>> NatsClient::connect(const NatsClientOptions& options) {
  auto state = std::make_unique<State>();
  natsOptions* raw_options = nullptr;
  if (const auto s = natsOptions_Create(&raw_options); s != NATS_OK)
    return policies::pass(error_of(s));
  const OptionsHandle handle(raw_options);
  if (const auto s = configure(raw_options, options, &state->events); s != NATS_OK)
    return policies::pass(error_of(s));
  if (const auto s = natsConnection_Connect(&state->raw, raw_options); s != NATS_OK)
    return policies::pass(error_of(s));
  return std::unique_ptr<NatsClient>(new NatsClient(std::move(state)));
}

Result<> NatsClient::publish(const std::string& subject, std::string_view data,
                             const sidecar::Headers& headers, const std::string& reply) {
  auto message = make_message(subject, data, headers, reply);
  if (!message) return policies::pass(std::move(message).error());
  if (const auto s = natsConnection_PublishMsg(state_->raw, message->get()); s != NATS_OK) {
    return policies::pass(error_of(s));
  }
  return flush();
}

Result<sidecar::Message> NatsClient::request(const std::string& subject, std::string_view data,
                                             std::chrono::milliseconds timeout,
                                             const sidecar::Headers& headers) {
  auto message = make_message(subject, data, headers, {});
  if (!message) return policies::pass(std::move(message).error());
  natsMsg* raw = nullptr;
  const auto s = natsConnection_RequestMsg(&raw, state_->raw, message->get(), timeout.count());
  if (s != NATS_OK) return policies::pass(error_of(s));
  const MessageHandle reply(raw);
  return message_of(raw);
}

Result<std::uint64_t> NatsClient::store(const std::string& subject, std::string_view data,
                                        const sidecar::Headers& headers) {
  const auto reply = request(subject, data, std::chrono::seconds(5), headers);
  if (!reply) return policies::pass(reply.error());
  const auto parsed = parse_json_object(reply->data);
  if (!parsed) return fail(ErrorCode::internal, "not an acknowledgement: " + reply->data);
  JsonFields fields(*parsed);
  if (const Json* error = fields.member("error"); error != nullptr && error->is_object()) {
    JsonFields detail(*error);
    return fail(ErrorCode::conflict, detail.text("description"),
                static_cast<int>(detail.integer("err_code")));
  }
  return fields.counter("seq");
}

Result<std::unique_ptr<NatsClientSubscription>> NatsClient::subscribe(const std::string& subject,
                                                                      const std::string& queue) {
  auto state = std::make_unique<NatsClientSubscription::State>();
  const auto s = queue.empty()
                     ? natsConnection_SubscribeSync(&state->raw, state_->raw, subject.c_str())
                     : natsConnection_QueueSubscribeSync(&state->raw, state_->raw, subject.c_str(),
                                                         queue.c_str());
  if (s != NATS_OK) return policies::pass(error_of(s));
  std::unique_ptr<NatsClientSubscription> made(new NatsClientSubscription(std::move(state)));
  if (auto flushed = flush(); !flushed) return policies::pass(std::move(flushed).error());
  return made;
}

Result<> NatsClient::flush(std::chrono::milliseconds timeout) {
  const auto s = natsConnection_FlushTimeout(state_->raw, timeout.count());
  if (s != NATS_OK) return policies::pass(error_of(s));
  return {};
}

void NatsClient::close() {
  natsConnection_Close(state_->raw);
  // nats.c may still call back after Close has returned; the events must outlive that.
  state_->events.wait(std::chrono::seconds(10), [](const Events& events) { return events.closed; });
}

bool NatsClient::connected() const {
  return natsConnection_Status(state_->raw) == NATS_CONN_STATUS_CONNECTED;
}

bool NatsClient::closed() const {
  const std::lock_guard lock(state_->events.mutex);
  return state_->events.closed;
}

std::uint64_t NatsClient::client_id() const {
  std::uint64_t id = 0;
  natsConnection_GetClientID(state_->raw, &id);
  return id;
}

std::uint64_t NatsClient::disconnects() const {
  const std::lock_guard lock(state_->events.mutex);
  return state_->events.disconnects;
}

std::uint64_t NatsClient::reconnects() const {
  const std::lock_guard lock(state_->events.mutex);
  return state_->events.reconnects;
}

std::vector<std::string> NatsClient::errors() const {
  const std::lock_guard lock(state_->events.mutex);
  return state_->events.errors;
}

bool NatsClient::wait_for_disconnects(std::uint64_t at_least,
                                      std::chrono::milliseconds timeout) const {
  return state_->events.wait(timeout,
                             [&](const Events& events) { return events.disconnects >= at_least; });
}

bool NatsClient::wait_for_reconnects(std::uint64_t at_least,
                                     std::chrono::milliseconds timeout) const {
  return state_->events.wait(timeout,
                             [&](const Events& events) { return events.reconnects >= at_least; });
}

bool NatsClient::wait_for_errors(std::size_t at_least, std::chrono::milliseconds timeout) const {
  return state_->events.wait(
      timeout, [&](const Events& events) { return events.errors.size() >= at_least; });
}

}  // namespace roomkeeper::testing
