#include "bench/raw_loop.h"

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string_view>

#include <nats/nats.h>

#include "bench/stopwatch.h"

namespace roomkeeper::bench {
namespace {

constexpr std::int64_t patience_ms = 30'000;

template <auto Destroy>
struct Deleter {
  template <class T>
  void operator()(T* handle) const noexcept {
    Destroy(handle);
  }
};
using Options = std::unique_ptr<natsOptions, Deleter<natsOptions_Destroy>>;
using Connection = std::unique_ptr<natsConnection, Deleter<natsConnection_Destroy>>;
using Subscription = std::unique_ptr<natsSubscription, Deleter<natsSubscription_Destroy>>;
using RawMessage = std::unique_ptr<natsMsg, Deleter<natsMsg_Destroy>>;

void check(natsStatus status, const char* what) {
  if (status != NATS_OK)
    throw std::runtime_error(std::string("raw loop: ") + what + ": " + natsStatus_GetText(status));
}

Connection connect(const std::string& url, const std::string& user) {
  natsOptions* raw_options = nullptr;
  check(natsOptions_Create(&raw_options), "options");
  const Options options(raw_options);
  check(natsOptions_SetURL(raw_options, url.c_str()), "url");
  check(natsOptions_SetUserInfo(raw_options, user.c_str(), "pw"), "user");
  check(natsOptions_SetAllowReconnect(raw_options, false), "no reconnect");
  check(natsOptions_SetSendAsap(raw_options, true), "send as soon as possible");
  natsConnection* raw = nullptr;
  check(natsConnection_Connect(&raw, raw_options), "connect");
  return Connection(raw);
}

void send(natsConnection* connection, const RawRequest& request, const std::string& reply) {
  check(natsConnection_PublishRequest(connection, request.subject.c_str(), reply.c_str(),
                                      request.data.data(), static_cast<int>(request.data.size())),
        "publish");
}

}  // namespace

RawOutcome run_raw(const std::string& url, const std::vector<RawRequest>& requests, int in_flight,
                   Replies replies, const std::string& user) {
  const Connection connection = connect(url, user);
  const std::string inbox = "_INBOX.raw.";
  natsSubscription* raw_subscription = nullptr;
  check(natsConnection_SubscribeSync(&raw_subscription, connection.get(), (inbox + "*").c_str()),
        "subscribe");
  const Subscription subscription(raw_subscription);
  check(natsConnection_FlushTimeout(connection.get(), patience_ms), "flush");

  RawOutcome outcome;
  const Stopwatch watch;
  std::size_t next = 0;
  const std::size_t first =
      std::min(requests.size(), static_cast<std::size_t>(std::max(in_flight, 1)));
  for (; next < first; ++next) send(connection.get(), requests[next], inbox + std::to_string(next));
  for (std::size_t answered = 0; answered < requests.size(); ++answered) {
    natsMsg* raw = nullptr;
    check(natsSubscription_NextMsg(&raw, raw_subscription, patience_ms), "no reply");
    const RawMessage message(raw);
    if (next < requests.size()) {
      send(connection.get(), requests[next], inbox + std::to_string(next));
      ++next;
    }
    const std::string_view data(natsMsg_GetData(raw),
                                static_cast<std::size_t>(natsMsg_GetDataLength(raw)));
    outcome.bytes += data.size();
    if (data.find(R"("error")") != data.npos)
      throw std::runtime_error("raw loop: " + std::string(data.substr(0, 200)));
    if (replies == Replies::kept) outcome.replies.emplace_back(data);
  }
  outcome.seconds = watch.seconds();
  return outcome;
}

}  // namespace roomkeeper::bench
