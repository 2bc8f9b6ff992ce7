#include "sidecar/nats/key_value.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "sidecar/nats/bucket_making.h"
#include "sidecar/nats/key_value_load.h"
#include "sidecar/nats/publish_ack.h"

namespace roomkeeper::sidecar::nats {
namespace {

using nlohmann::json;
using policies::ErrorCode;
using policies::Result;

constexpr std::size_t key_length_max = 1024;

bool is_key(const std::string& key) {
  constexpr std::string_view marks = "-_=.";
  const auto is_allowed = [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           marks.find(c) != marks.npos;
  };
  return !key.empty() && key.size() <= key_length_max && key.front() != '.' && key.back() != '.' &&
         key.find("..") == key.npos && std::all_of(key.begin(), key.end(), is_allowed);
}

/// Unlike any other's: by server start, connection and count.
std::string next_message_id(const ServerInfo& server) {
  static std::uint64_t count = 0;  // the loop's thread only
  return server.id + "-" + std::to_string(server.client_id) + "-" + std::to_string(++count);
}

}  // namespace

struct KeyValue::State : std::enable_shared_from_this<KeyValue::State> {
  State(RequestQueue& used_queue, JetStream& used_js, std::string name, Priority used_priority)
      : queue(used_queue), js(used_js), bucket(std::move(name)), priority(used_priority) {}

  std::string stream() const { return "KV_" + bucket; }
  std::string subject(const std::string& key) const { return "$KV." + bucket + "." + key; }
  void write(const std::string& key, std::string_view value, Headers headers,
             Done<std::uint64_t> done);
  void acknowledged(std::uint64_t written_epoch, std::uint64_t expected, Result<Message> reply,
                    const Done<std::uint64_t>& done);

  RequestQueue& queue;
  JetStream& js;
  const std::string bucket;
  const Priority priority;
  bool fenced = true;          ///< load() is due: the sequence to expect is not known
  std::uint64_t last_seq = 0;  ///< predicted: of the last write that was sent
  std::string last_id;         ///< of the last write that was sent since load(); empty: none
  std::size_t open = 0;        ///< writes on their way
  /// Grows with every load(): answers to writes from before it no longer decide anything.
  std::uint64_t epoch = 0;
};

void KeyValue::State::write(const std::string& key, std::string_view value, Headers headers,
                            Done<std::uint64_t> done) {
  const auto fail_later = [&](ErrorCode code, std::string text) {
    queue.refuse(policies::Error{code, std::move(text)},
                 [done](Result<Message> reply) { done(policies::pass(std::move(reply).error())); });
  };
  if (!is_key(key)) return fail_later(ErrorCode::invalid, "no key of a bucket");
  if (fenced) return fail_later(ErrorCode::conflict, "the bucket must be read again first");
  headers.emplace_back("Nats-Expected-Last-Sequence", std::to_string(last_seq));
  // A foreign message makes the next prediction true again: the chain of ids breaks all the same.
  std::string id = next_message_id(queue.bus().server());
  // Only behind a write that is still on its way: a server that restarted may have forgotten the
  // last id.
  if (open > 0 && !last_id.empty()) headers.emplace_back("Nats-Expected-Last-Msg-Id", last_id);
  ++open;
  headers.emplace_back("Nats-Msg-Id", id);
  last_id = std::move(id);
  const std::uint64_t expected = ++last_seq;
  queue.send(
      priority, "kv", subject(key), std::string(value), std::move(headers),
      [self = shared_from_this(), written_epoch = epoch, expected,
       done = std::move(done)](Result<Message> reply) {
        self->acknowledged(written_epoch, expected, std::move(reply), done);
      },
      // What still waits behind a lost write is not worth sending.
      [self = shared_from_this(), written_epoch = epoch] {
        return !self->fenced && written_epoch == self->epoch;
      });
}

void KeyValue::State::acknowledged(std::uint64_t written_epoch, std::uint64_t expected,
                                   Result<Message> reply, const Done<std::uint64_t>& done) {
  --open;
  auto seq = reply ? parse_publish_ack(*reply)
                   : Result<std::uint64_t>(policies::pass(std::move(reply).error()));
  if (seq && *seq != expected) {
    seq = policies::fail(ErrorCode::conflict, "the bucket was written by somebody else");
  }
  // What is on its way behind a lost write expects a sequence that will never come.
  if (!seq && written_epoch == epoch) fenced = true;
  done(std::move(seq));
}

KeyValue::KeyValue(RequestQueue& queue, JetStream& js, std::string bucket, Priority priority)
    : state_(std::make_shared<State>(queue, js, std::move(bucket), priority)) {}

void KeyValue::ensure(int replicas, Done<bool> done) {
  const auto making = std::make_shared<BucketMaking>(state_->queue, state_->js, state_->priority,
                                                     state_->bucket, replicas, std::move(done));
  making->look();
}

void KeyValue::load(Done<KeyValueSnapshot> done) {
  state_->fenced = true;
  const std::uint64_t epoch = ++state_->epoch;
  load_bucket(state_->queue, state_->js, state_->priority, state_->bucket,
              [state = state_, epoch, done = std::move(done)](Result<KeyValueSnapshot> snapshot) {
                if (snapshot && epoch == state->epoch) {
                  state->last_seq = snapshot->last_seq;
                  state->last_id.clear();
                  state->fenced = false;
                }
                done(std::move(snapshot));
              });
}

void KeyValue::put(const std::string& key, std::string_view value, Done<std::uint64_t> done) {
  state_->write(key, value, {}, std::move(done));
}

void KeyValue::erase(const std::string& key, Done<std::uint64_t> done) {
  state_->write(key, {}, {{"KV-Operation", "DEL"}}, std::move(done));
}

}  // namespace roomkeeper::sidecar::nats
