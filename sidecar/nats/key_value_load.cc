// A pull consumer over the whole bucket, read in batches of known size; the stream's last sequence
// before and after must be the same.
#include "sidecar/nats/key_value_load.h"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include <nlohmann/json.hpp>

#include "sidecar/nats/json_reply.h"

namespace roomkeeper::sidecar::nats {
namespace {

using policies::ErrorCode;
using policies::Result;

/// Messages a batch, by try: a bucket of large values may overrun the connection's buffers with the
/// first.
constexpr std::array<std::uint64_t, 3> batch_sizes{500, 50, 5};
constexpr policies::Nanoseconds batch_timeout = std::chrono::seconds(5);

struct Loading : std::enable_shared_from_this<Loading> {
  RequestQueue& queue;
  JetStream& js;
  const Priority priority;
  const std::string stream;
  const std::string subject_prefix;
  Done<KeyValueSnapshot> done;
  std::size_t tries = 0;
  KeyValueSnapshot snapshot;
  std::uint64_t messages = 0;
  JetStream::Consumer consumer;
  std::uint64_t left = 0;

  Loading(RequestQueue& used_queue, JetStream& used_js, Priority used_priority,
          const std::string& bucket, Done<KeyValueSnapshot> on_end)
      : queue(used_queue),
        js(used_js),
        priority(used_priority),
        stream("KV_" + bucket),
        subject_prefix("$KV." + bucket + "."),
        done(std::move(on_end)) {}

  void start() {
    snapshot = {};
    js.info(priority, stream, [self = shared_from_this()](Result<StreamInfo> info) {
      if (!info) return self->done(policies::pass(std::move(info).error()));
      const policies::StoredRange& stored = info->stream.stored;
      self->snapshot.last_seq = stored.last_seq;
      self->snapshot.created = stored.created;
      self->messages = stored.messages;
      if (self->messages == 0) return self->done(std::move(self->snapshot));
      self->open();
    });
  }

  void open() {
    js.create_consumer(priority, stream, std::nullopt,
                       [self = shared_from_this()](Result<JetStream::Consumer> made) {
                         if (!made) return self->done(policies::pass(std::move(made).error()));
                         self->consumer = std::move(*made);
                         self->left = self->consumer.pending;
                         if (self->left != self->messages) return self->again(ErrorCode::conflict);
                         self->next();
                       });
  }

  void next() {
    if (left == 0) return check();
    const std::uint64_t batch = std::min(left, batch_sizes[tries]);
    const auto expires = batch_timeout.count();
    const std::string body = dump_json({{"batch", batch}, {"expires", expires}});
    queue.bus().collect(
        js.prefix() + ".CONSUMER.MSG.NEXT." + stream + "." + consumer.name, body, batch_timeout,
        static_cast<std::size_t>(batch),
        [self = shared_from_this(), batch](const std::vector<Message>& batch_messages) {
          self->take(batch, batch_messages);
        });
  }

  void take(std::uint64_t batch, const std::vector<Message>& batch_messages) {
    if (batch_messages.size() != batch) return again(ErrorCode::timeout);
    for (const Message& message : batch_messages) {
      if (message.status != 0 || !message.subject.starts_with(subject_prefix))
        return again(ErrorCode::timeout);
      std::string key = message.subject.substr(subject_prefix.size());
      if (message.header("KV-Operation").empty()) {
        snapshot.entries.insert_or_assign(std::move(key), message.data);
      } else {
        snapshot.entries.erase(key);  // DEL or PURGE
      }
    }
    left -= batch;
    next();
  }

  /// Nothing was written while it was read?
  void check() {
    close();
    js.info(priority, stream, [self = shared_from_this()](Result<StreamInfo> info) {
      if (!info) return self->done(policies::pass(std::move(info).error()));
      const policies::StoredRange& stored = info->stream.stored;
      const bool same = stored.last_seq == self->snapshot.last_seq &&
                        stored.created == self->snapshot.created &&
                        stored.messages == self->messages;
      if (!same) return self->again(ErrorCode::conflict);
      self->done(std::move(self->snapshot));
    });
  }

  void again(ErrorCode code) {
    close();
    if (++tries < batch_sizes.size()) return start();
    done(policies::fail(code, code == ErrorCode::conflict
                                  ? "the bucket kept changing while it was read"
                                  : "the bucket could not be read whole"));
  }

  void close() {
    if (consumer.name.empty()) return;
    js.remove_consumer(priority, stream, consumer.name,
                       [](const Result<bool>&) {});  // else it goes by itself
    consumer = {};
  }
};

}  // namespace

void load_bucket(RequestQueue& queue, JetStream& js, Priority priority, const std::string& bucket,
                 Done<KeyValueSnapshot> done) {
  std::make_shared<Loading>(queue, js, priority, bucket, std::move(done))->start();
}

}  // namespace roomkeeper::sidecar::nats
