#include "sidecar/nats/request_queue.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace roomkeeper::sidecar::nats {
namespace {

/// How long a look may wait before nothing of its own priority but looks begins any more.
constexpr policies::Nanoseconds look_patience = std::chrono::milliseconds(100);
/// While a server says that it can do nothing now it is asked twice a second at least: an election
/// takes a second or a few.
constexpr policies::Nanoseconds longest_not_now = std::chrono::milliseconds(500);

/// What newer nats-servers (2.15 does, 2.10 does not) only answer while no other request waits to
/// be carried out, whoever sent it: a listing among our own pipelined creations would starve until
/// the last room is made.
bool is_look(std::string_view operation) {
  return operation == "list" || operation == "names" || operation == "info" ||
         operation == "account";
}

bool changes_something(std::string_view operation) {
  static constexpr std::array<std::string_view, 6> operations{"create", "update", "delete",
                                                              "purge",  "kick",   "kv"};
  return std::find(operations.begin(), operations.end(), operation) != operations.end();
}

}  // namespace

using policies::ErrorCode;
using policies::MonoTime;
using policies::Nanoseconds;
using policies::Result;

std::string_view to_string(Priority priority) {
  switch (priority) {
    case Priority::lease:
      return "lease";
    case Priority::purge:
      return "purge";
    case Priority::kick:
      return "kick";
    case Priority::admin:
      return "admin";
    case Priority::apply:
      return "apply";
    case Priority::list:
      return "list";
  }
  return "unknown";
}

struct RequestQueue::State : std::enable_shared_from_this<RequestQueue::State> {
  struct Request {
    std::string_view operation;
    std::string subject;
    std::string data;
    Headers headers;
    MessageBus::ReplyHandler done;
    StillWanted still_wanted;  ///< may be empty
    NotNow not_now;            ///< may be empty
    std::optional<MonoTime> not_now_since{};
  };
  /// A look under way.
  struct Look {
    Priority priority{};
    MonoTime sent{};
  };

  State(MessageBus& used_bus, EventLoop& used_loop, const Clock& used_clock,
        QueueLimits used_limits)
      : bus(used_bus), loop(used_loop), clock(used_clock), limits(used_limits) {}

  void send(Priority priority, Request request);
  void refuse(policies::Error error, MessageBus::ReplyHandler done);
  void pump();
  void start(Priority priority, Request request);
  void finish(Priority priority, Request& request, MonoTime sent, Result<Message> reply);
  bool put_back(Priority priority, Request& request, MonoTime sent, const Result<Message>& reply);
  bool must_wait(Priority priority, const Request& request, MonoTime now) const;
  void forget_look(Priority priority, MonoTime sent);
  void note_silence(MonoTime sent, Nanoseconds longest_wait);
  void arm();
  std::optional<Priority> next_priority();
  int window() const { return failures > 0 ? 1 : limits.in_flight; }

  MessageBus& bus;
  EventLoop& loop;
  const Clock& clock;
  QueueLimits limits;
  Observer observer;
  std::function<bool()> may_act = [] { return true; };
  std::array<std::deque<Request>, priority_count> queues;
  std::vector<Look> looks;  ///< at most as many as are in flight
  std::size_t waiting = 0;
  int in_flight = 0;
  bool ended = false;          ///< the queue is gone: nothing is sent any more
  bool pumping = false;        ///< a fake bus may answer while pump() runs
  std::uint32_t failures = 0;  ///< timeouts since the last answer, those of one burst counted once
  std::optional<MonoTime> not_now_since;  ///< the server says that it can do nothing now
  MonoTime backoff_start{};  ///< requests sent before it belong to a burst that was counted
  MonoTime backoff_until{};
  MonoTime paused_until{};
  TimerId timer = 0;
  std::uint64_t rejected = 0;
  std::uint64_t pauses = 0;
};

void RequestQueue::State::refuse(policies::Error error, MessageBus::ReplyHandler done) {
  loop.run_after(Nanoseconds::zero(), [error = std::move(error), done = std::move(done)] {
    done(policies::pass(error));
  });
}

void RequestQueue::State::send(Priority priority, Request request) {
  if (waiting >= limits.waiting) {
    ++rejected;
    return refuse(policies::Error{ErrorCode::limit, "too many requests are waiting"},
                  std::move(request.done));
  }
  queues[static_cast<std::size_t>(priority)].push_back(std::move(request));
  ++waiting;
  pump();
}

std::optional<Priority> RequestQueue::State::next_priority() {
  const MonoTime now = clock.mono();
  if (now < paused_until) return std::nullopt;
  const auto& lease = queues[static_cast<std::size_t>(Priority::lease)];
  // The lease waits for nobody's back-off: losing it costs more than one more request.
  if (!lease.empty() && in_flight < limits.in_flight) return Priority::lease;
  if (now < backoff_until || in_flight >= window()) return std::nullopt;
  const auto found =
      std::find_if(queues.begin(), queues.end(), [](const auto& queue) { return !queue.empty(); });
  if (found == queues.end()) return std::nullopt;
  const auto priority = static_cast<Priority>(found - queues.begin());
  return must_wait(priority, found->front(), now) ? std::nullopt : std::optional(priority);
}

/// While a look is under way nothing less urgent begins, and once it has waited for long nothing as
/// urgent that is no look: the server's queue runs dry and the look is answered. Needs no timer: an
/// answer to anything comes back to pump().
bool RequestQueue::State::must_wait(Priority priority, const Request& request, MonoTime now) const {
  const bool look = is_look(request.operation);
  return std::any_of(looks.begin(), looks.end(), [&](const Look& other) {
    return other.priority < priority ||
           (other.priority == priority && !look && now - other.sent > look_patience);
  });
}

void RequestQueue::State::forget_look(Priority priority, MonoTime sent) {
  const auto found = std::find_if(looks.begin(), looks.end(), [&](const Look& look) {
    return look.priority == priority && look.sent == sent;
  });
  if (found != looks.end()) looks.erase(found);
}

void RequestQueue::State::pump() {
  if (ended || pumping) return;
  pumping = true;
  while (const auto priority = next_priority()) {
    auto& queue = queues[static_cast<std::size_t>(*priority)];
    Request request = std::move(queue.front());
    queue.pop_front();
    --waiting;
    start(*priority, std::move(request));
  }
  pumping = false;
}

void RequestQueue::State::start(Priority priority, Request request) {
  if (request.still_wanted && !request.still_wanted()) {
    return refuse(policies::Error{ErrorCode::conflict, "changed while the request waited"},
                  std::move(request.done));
  }
  if (changes_something(request.operation) && !may_act()) {
    return refuse(policies::Error{ErrorCode::unavailable, "this replica does not lead"},
                  std::move(request.done));
  }
  ++in_flight;
  const MonoTime sent = clock.mono();
  if (is_look(request.operation)) looks.push_back({priority, sent});
  const Nanoseconds timeout =
      request.operation == "list" ? std::max(limits.timeout, limits.list_timeout) : limits.timeout;
  // It outlives the queue with the reply that is on its way.
  const auto kept = std::make_shared<Request>(std::move(request));
  auto on_reply = [weak = weak_from_this(), priority, kept, sent](Result<Message> reply) {
    if (const auto state = weak.lock()) {
      state->finish(priority, *kept, sent, std::move(reply));
    } else {
      kept->done(std::move(reply));
    }
  };
  bus.request(kept->subject, kept->data, kept->headers, timeout, std::move(on_reply));
}

void RequestQueue::State::finish(Priority priority, Request& request, MonoTime sent,
                                 Result<Message> reply) {
  --in_flight;
  if (is_look(request.operation)) forget_look(priority, sent);
  if (observer) observer(RequestOutcome{request.operation, clock.mono() - sent, reply.has_value()});
  if (put_back(priority, request, sent, reply)) return pump();
  if (!reply && reply.error().code == ErrorCode::timeout)
    note_silence(sent, limits.backoff.longest);
  request.done(std::move(reply));
  pump();
}

/// True: the request waits for its turn again.
bool RequestQueue::State::put_back(Priority priority, Request& request, MonoTime sent,
                                   const Result<Message>& reply) {
  if (!reply) return false;
  if (!request.not_now || !request.not_now(*reply)) {
    failures = 0;
    not_now_since.reset();
    return false;
  }
  note_silence(sent, longest_not_now);
  const MonoTime now = clock.mono();
  if (!not_now_since) not_now_since = now;
  // Its own time too: answers to others, which need no leader, begin the common one anew.
  if (!request.not_now_since) request.not_now_since = now;
  const MonoTime since = std::min(*not_now_since, *request.not_now_since);
  // The lease waits for no back-off, so it is not sent again here.
  if (ended || priority == Priority::lease || now - since >= limits.timeout) return false;
  queues[static_cast<std::size_t>(priority)].push_front(std::move(request));
  ++waiting;
  return true;
}

/// Nothing came of a request: back-off.
void RequestQueue::State::note_silence(MonoTime sent, Nanoseconds longest_wait) {
  const MonoTime now = clock.mono();
  if (sent < backoff_start) return;  // the same silence as the timeout before
  backoff_start = now;
  ++failures;
  const auto seed = static_cast<std::uint64_t>(sent.time_since_epoch().count());
  backoff_until = now + std::min(longest_wait, policies::backoff(limits.backoff, failures, seed));
  arm();
}

void RequestQueue::State::arm() {
  loop.cancel(timer);
  timer = 0;
  const MonoTime now = clock.mono();
  MonoTime soonest = MonoTime::max();
  if (backoff_until > now) soonest = std::min(soonest, backoff_until);
  if (paused_until > now) soonest = std::min(soonest, paused_until);
  if (soonest == MonoTime::max()) return;
  timer = loop.run_after(soonest - now, [weak = weak_from_this()] {
    const auto state = weak.lock();
    if (!state || state->ended) return;
    state->timer = 0;
    state->pump();
    state->arm();
  });
}

RequestQueue::RequestQueue(MessageBus& bus, EventLoop& loop, const Clock& clock, QueueLimits limits)
    : state_(std::make_shared<State>(bus, loop, clock, limits)) {}

RequestQueue::~RequestQueue() {
  state_->ended = true;
  state_->loop.cancel(state_->timer);
}

void RequestQueue::send(Priority priority, std::string_view operation, std::string subject,
                        std::string data, Headers headers, MessageBus::ReplyHandler done,
                        StillWanted still_wanted, NotNow not_now) {
  state_->send(priority,
               State::Request{operation, std::move(subject), std::move(data), std::move(headers),
                              std::move(done), std::move(still_wanted), std::move(not_now)});
}

void RequestQueue::refuse(policies::Error error, MessageBus::ReplyHandler done) {
  state_->refuse(std::move(error), std::move(done));
}

void RequestQueue::set_gate(std::function<bool()> may_act) {
  state_->may_act = std::move(may_act);
}

void RequestQueue::set_observer(Observer observer) {
  state_->observer = std::move(observer);
}

void RequestQueue::set_in_flight(int in_flight) {
  state_->limits.in_flight = std::max(1, in_flight);
  state_->pump();
}

void RequestQueue::pause() {
  State& state = *state_;
  if (!paused()) ++state.pauses;
  state.paused_until = state.clock.mono() + state.limits.pause_on_limit;
  state.arm();
}

bool RequestQueue::paused() const {
  return state_->clock.mono() < state_->paused_until;
}
int RequestQueue::in_flight() const {
  return state_->in_flight;
}
std::size_t RequestQueue::waiting() const {
  return state_->waiting;
}
std::uint64_t RequestQueue::rejected() const {
  return state_->rejected;
}
std::uint64_t RequestQueue::pauses() const {
  return state_->pauses;
}
MessageBus& RequestQueue::bus() {
  return state_->bus;
}

}  // namespace roomkeeper::sidecar::nats
