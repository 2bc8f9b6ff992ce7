// One natsConnection from its making to its end, and the callbacks that nats.c makes on the way.
//
// Callbacks get a number for their closure, which is looked up in one table of the process: a late
// one, of whatever version of nats.c, finds nothing and leaves. So nothing is freed under a
// callback, and nothing leaks.
#ifndef ROOMKEEPER_SIDECAR_NATS_SESSION_H_
#define ROOMKEEPER_SIDECAR_NATS_SESSION_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "policies/result.h"
#include "sidecar/nats/connection.h"
#include "sidecar/nats/handles.h"
#include "sidecar/nats/wire.h"

namespace roomkeeper::sidecar::nats {

/// Called on nats.c's threads: take it and leave.
class SessionListener {
 public:
  virtual ~SessionListener() = default;
  virtual void on_message(SubscriptionId id, Message message) = 0;
  virtual void on_closed(std::uint64_t session, std::string error) = 0;
  virtual void on_trouble(Trouble trouble) = 0;
};

/// Thread: one, the link's; open() and the destructor block.
class Session {
 public:
  /// One try, connect_timeout at most. Errors: denied (authentication), invalid (options),
  /// unavailable; they say what to check.
  static policies::Result<std::unique_ptr<Session>> open(std::weak_ptr<SessionListener> listener,
                                                         std::uint64_t number,
                                                         const ConnectionOptions& options,
                                                         const std::string& url);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  std::uint64_t number() const { return number_; }
  /// Errors: unavailable (the connection is no good any more). What the server's limits forbid is
  /// dropped silently: the caller has checked them.
  policies::Result<> publish(const PublishOrder& order);
  void subscribe(const SubscribeOrder& order);
  void unsubscribe(SubscriptionId id);
  /// Waits until the server has taken everything, for half a second at most.
  void flush();

  std::string server_id() const;
  std::uint64_t client_id() const;
  std::int64_t max_payload() const;
  /// URLs of other servers that this one told, without credentials.
  std::vector<std::string> discovered() const;

 private:
  struct Subscribed {
    std::uintptr_t closure = 0;
    SubscriptionHandle handle;
  };

  Session(std::weak_ptr<SessionListener> listener, std::uint64_t number);

  const std::weak_ptr<SessionListener> listener_;
  const std::uint64_t number_;
  std::uintptr_t closure_ = 0;  ///< of the connection's own callbacks
  ConnectionHandle connection_;
  std::map<SubscriptionId, Subscribed> subscriptions_;
};

}  // namespace roomkeeper::sidecar::nats

#endif  // ROOMKEEPER_SIDECAR_NATS_SESSION_H_
