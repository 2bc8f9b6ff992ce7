// The three ways to the first sequence at or after a time, the cheapest first.
#include <memory>
#include <utility>

#include "sidecar/nats/jetstream.h"

namespace roomkeeper::sidecar::nats {
namespace {

using policies::Result;

struct Search : std::enable_shared_from_this<Search> {
  JetStream& js;
  Priority priority;
  std::string stream;
  policies::StoredRange stored;
  policies::WallTime limit;
  Done<Cut> done;
  // Binary search: everything before `low` is older, nothing from `high` on is.
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  std::uint64_t high_seq = 0;  ///< the first message from `high` on, where there is one
  std::optional<policies::WallTime> high_ts;

  Search(JetStream& used_js, Priority used_priority, std::string name,
         const policies::StoredRange& range, policies::WallTime time, Done<Cut> on_end)
      : js(used_js),
        priority(used_priority),
        stream(std::move(name)),
        stored(range),
        limit(time),
        done(std::move(on_end)) {}

  /// nullopt: nothing is stored from the limit on.
  void found(const std::optional<StoredMessage>& message) {
    if (!message) return done(Cut{stored.last_seq + 1, std::nullopt});
    // A server whose clock ran back could lead us too far: only what is provably young ends the
    // search.
    if (message->time < limit) return halve();
    done(Cut{message->seq, message->time});
  }

  void by_start_time() {
    if (!js.knows_message_at()) return by_consumer();
    js.message_at(priority, stream, limit,
                  [self = shared_from_this()](Result<std::optional<StoredMessage>> message) {
                    if (message) return self->found(*message);
                    if (message.error().server_code == server_code::bad_request)
                      return self->by_consumer();
                    self->done(policies::pass(std::move(message).error()));
                  });
  }

  void by_consumer() {
    js.create_consumer(priority, stream, limit,
                       [self = shared_from_this()](Result<JetStream::Consumer> consumer) {
                         if (consumer) return self->at_consumer(*consumer);
                         const auto code = consumer.error().server_code;
                         // Workqueue, max_consumers, and whatever else a stream may have against
                         // consumers.
                         if (code != 0 && code != server_code::stream_not_found)
                           return self->halve();
                         self->done(policies::pass(std::move(consumer).error()));
                       });
  }

  void at_consumer(const JetStream::Consumer& consumer) {
    js.remove_consumer(priority, stream, consumer.name,
                       [](const Result<bool>&) {});  // else it goes by itself
    js.message_from(priority, stream, consumer.before_first + 1,
                    [self = shared_from_this()](Result<std::optional<StoredMessage>> message) {
                      if (!message) return self->done(policies::pass(std::move(message).error()));
                      self->found(*message);
                    });
  }

  void halve() {
    low = stored.first_seq;
    high = stored.last_seq + 1;
    high_ts.reset();
    step();
  }

  void step() {
    if (low >= high)
      return done(high_ts ? Cut{high_seq, high_ts} : Cut{stored.last_seq + 1, std::nullopt});
    const std::uint64_t middle = low + (high - low) / 2;
    js.message_from(
        priority, stream, middle,
        [self = shared_from_this(), middle](Result<std::optional<StoredMessage>> message) {
          if (!message) return self->done(policies::pass(std::move(message).error()));
          self->narrow(middle, *message);
          self->step();
        });
  }

  void narrow(std::uint64_t middle, const std::optional<StoredMessage>& message) {
    if (message && message->time < limit) {
      low = message->seq + 1;
      return;
    }
    // Nothing lies between `middle` and the message: the cut is it, or before `middle`.
    high = middle;
    if (message) {
      high_ts = message->time;
      high_seq = message->seq;
    }
  }
};

}  // namespace

void find_cut(JetStream& js, Priority priority, const std::string& stream,
              const policies::StoredRange& stored, policies::WallTime limit, Done<Cut> done) {
  std::make_shared<Search>(js, priority, stream, stored, limit, std::move(done))->by_start_time();
}

}  // namespace roomkeeper::sidecar::nats
