// The in-flight budget: every request to JetStream and to the system account waits here for its
// turn.
//
// Served by priority (design.md: lease, purge at a deadline, kick, admin, apply, list), first come
// first served within one. After a timeout it waits (back-off, the lease excepted), then tries one
// request at a time until one is answered. pause() is for `$JS.EVENT.ADVISORY.API.LIMIT_REACHED`:
// nats-server then dropped its whole queue without replies
// (>= 2.10.21). It publishes that in the system account only, so whoever holds that connection
// calls pause() here. Thread: the loop's. Ownership: bus, loop and clock must outlive this; what
// waits at its end is dropped uncompleted.
//
// A cluster that is electing its leader answers that it can do nothing now (10008). Nothing was
// done then, so the request is sent again, and the others wait with it; only when that has lasted
// for as long as a request may take does it complete with the server's words.
//
// Looks (INFO, LIST, NAMES) are answered by newer servers only while nothing else waits to be
// carried out: while one is under way nothing less urgent begins, and once it has waited for 100 ms
// nothing as urgent but looks.
#ifndef ROOMKEEPER_SIDECAR_NATS_REQUEST_QUEUE_H_
#define ROOMKEEPER_SIDECAR_NATS_REQUEST_QUEUE_H_

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "policies/backoff.h"
#include "policies/time.h"
#include "sidecar/clock.h"
#include "sidecar/event_loop.h"
#include "sidecar/message_bus.h"

namespace roomkeeper::sidecar::nats {

enum class Priority : std::uint8_t { lease, purge, kick, admin, apply, list };
inline constexpr std::size_t priority_count = 6;
std::string_view to_string(Priority priority);

struct QueueLimits {
  int in_flight = 16;
  std::size_t waiting = 300'000;  ///< above it: completes with `limit` at once
  policies::Nanoseconds timeout = std::chrono::seconds(5);
  /// At least this for a listing: in a cluster the server itself waits 4 s for streams that do not
  /// answer, and then names them.
  policies::Nanoseconds list_timeout = std::chrono::seconds(10);
  policies::Nanoseconds pause_on_limit = std::chrono::seconds(2);
  policies::BackoffLimits backoff;
};

/// What happened to one request, for metrics.
struct RequestOutcome {
  std::string_view operation;  ///< "create", "update", "info", "names", "list", "purge", "delete",
                               ///< "get", "kv", ...
  policies::Nanoseconds took{};
  bool answered = false;  ///< false: timeout or not connected
};

class RequestQueue {
 public:
  using Observer = std::function<void(const RequestOutcome&)>;

  RequestQueue(MessageBus& bus, EventLoop& loop, const Clock& clock, QueueLimits limits);
  ~RequestQueue();
  RequestQueue(const RequestQueue&) = delete;
  RequestQueue& operator=(const RequestQueue&) = delete;

  /// Asked when a request's turn has come; false: it is not sent any more.
  using StillWanted = std::function<bool()>;
  /// Asked about every reply; true: the server did nothing, for a reason that passes.
  using NotNow = std::function<bool(const Message&)>;

  /// Exactly one completion, never inside this call. `operation` must outlive the request (a
  /// literal). A request may wait here for seconds: with `still_wanted` what it was based on is
  /// looked at once more, and it completes with `conflict` when that has changed. With `not_now` it
  /// is sent again while the server says so, for `timeout` at most.
  void send(Priority priority, std::string_view operation, std::string subject, std::string data,
            Headers headers, MessageBus::ReplyHandler done, StillWanted still_wanted = {},
            NotNow not_now = {});

  /// Completes with `error`, never inside this call: for a request that is not worth sending.
  void refuse(policies::Error error, MessageBus::ReplyHandler done);

  /// Asked when the turn of a request has come that changes something ("create", "update",
  /// "delete", "purge", "kick", "kv"); false: it is not sent and completes with `unavailable`.
  void set_gate(std::function<bool()> may_act);
  void set_observer(Observer observer);
  void set_in_flight(int in_flight);  ///< on reload
  /// The server said that it dropped its queue: nothing is sent until pause_on_limit has passed.
  void pause();
  bool paused() const;
  int in_flight() const;
  std::size_t waiting() const;
  std::uint64_t rejected() const;  ///< completed with `limit` because the queue was full
  std::uint64_t pauses() const;
  MessageBus& bus();

 private:
  struct State;
  std::shared_ptr<State> state_;  ///< shared with replies that are still on their way
};

}  // namespace roomkeeper::sidecar::nats

#endif  // ROOMKEEPER_SIDECAR_NATS_REQUEST_QUEUE_H_
