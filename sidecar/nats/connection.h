// nats.c behind the MessageBus port: connect, TLS, credentials, subscribe, request, publish.
//
// nats.c's threads only take a message, hand it over and leave. Its own reconnect stays off (it
// closes a connection for good after the same authentication error twice, buffers what should fail,
// and reads no secret again): every try is a new connection, with back-off, for ever, made on a
// thread of ours, which also sends; so nothing here blocks the loop. Requests are pipelined over
// one wildcard inbox subscription. No echo: our own messages never reach our own subscriptions.
// What does not fit between the threads (65,536 messages or 64 MiB each way) is refused or dropped,
// and counted.
#ifndef ROOMKEEPER_SIDECAR_NATS_CONNECTION_H_
#define ROOMKEEPER_SIDECAR_NATS_CONNECTION_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "policies/backoff.h"
#include "sidecar/clock.h"
#include "sidecar/event_loop.h"
#include "sidecar/message_bus.h"
#include "sidecar/nats/setting_names.h"

namespace roomkeeper::sidecar::nats {

/// What went wrong beside the requests: for the log and for counters.
struct Trouble {
  enum class Kind : std::uint8_t {
    dropped,        ///< messages that came faster than the loop took them
    slow_consumer,  ///< the same, inside of nats.c
    denied,         ///< the server refused a subject; the text names it
  };
  Kind kind{};
  std::string text;
  std::uint64_t count = 1;
};
std::string_view to_string(Trouble::Kind kind);

/// Secrets in files are read at every connect, so that a rotated one is used. Errors of files are
/// those of connecting.
struct ConnectionOptions {
  std::vector<std::string> urls;
  std::string name = "roomkeeper";
  std::string user;
  std::string password;
  std::string password_file;
  std::string creds;
  std::string nkey_seed_file;
  std::string token;
  std::string token_file;
  std::string tls_ca;
  std::string tls_cert;
  std::string tls_key;
  SettingNames setting_names;           ///< for errors
  std::string inbox_prefix = "_INBOX";  ///< of our own replies, without a dot at its end
  policies::Nanoseconds connect_timeout = std::chrono::seconds(2);
  policies::Nanoseconds ping_interval = std::chrono::seconds(15);
  policies::BackoffLimits backoff{.first = std::chrono::milliseconds(200),
                                  .longest = std::chrono::seconds(5)};
  std::function<void(const Trouble&)> on_trouble;  ///< on the loop; may be empty
};

/// Starts connecting at once and never gives up. Loop and clock must outlive it. Ending it without
/// close() drops what is outstanding uncompleted; it waits for a running try to connect
/// (connect_timeout at most, names apart).
std::unique_ptr<MessageBus> connect(EventLoop& loop, const Clock& clock, ConnectionOptions options);

}  // namespace roomkeeper::sidecar::nats

#endif  // ROOMKEEPER_SIDECAR_NATS_CONNECTION_H_
