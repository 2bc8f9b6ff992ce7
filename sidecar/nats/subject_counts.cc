#include "sidecar/nats/subject_counts.h"

#include <memory>
#include <utility>

#include <nlohmann/json.hpp>

#include "sidecar/nats/json_reply.h"

namespace roomkeeper::sidecar::nats {
namespace {

using policies::ErrorCode;
using policies::Result;

struct Count {
  JetStream& js;
  Priority priority;
  std::string stream;
  std::uint64_t limit = 1;
  Done<std::uint64_t> done;
  std::uint64_t above = 0;
  std::uint64_t offset = 0;
  int pages = 0;
};
using Shared = std::shared_ptr<Count>;

void ask_page(const Shared& count);

/// Adds the subjects of one reply; their number.
std::uint64_t add_page(Count& count, const nlohmann::json& reply) {
  const nlohmann::json* state = read_child(reply, "state");
  const nlohmann::json* subjects = state == nullptr ? nullptr : read_child(*state, "subjects");
  if (subjects == nullptr || !subjects->is_object()) return 0;
  for (const auto& entry : subjects->items()) {
    const std::uint64_t stored = read_uint(*subjects, entry.key().c_str()).value_or(0);
    if (stored > count.limit) count.above += stored - count.limit;
  }
  return subjects->size();
}

void take_page(const Shared& count, const Result<Message>& message) {
  if (!message) return count->done(policies::pass(message.error()));
  const Result<nlohmann::json> reply = parse_reply(message->data);
  if (!reply) return count->done(policies::pass(reply.error()));
  const std::uint64_t seen = add_page(*count, *reply);
  count->offset += seen;
  const std::uint64_t total = read_uint(*reply, "total").value_or(0);
  if (seen == 0 || count->offset >= total) return count->done(count->above);
  if (++count->pages >= subject_pages_max) {
    return count->done(
        policies::fail(ErrorCode::limit, "the stream has too many subjects to be counted"));
  }
  ask_page(count);
}

void ask_page(const Shared& count) {
  const nlohmann::json body{{"subjects_filter", ">"}, {"offset", count->offset}};
  count->js.queue().send(count->priority, "stream_info",
                         count->js.prefix() + ".STREAM.INFO." + count->stream, dump_json(body), {},
                         [count](const Result<Message>& message) { take_page(count, message); });
}

}  // namespace

void count_above_per_subject(JetStream& js, Priority priority, const std::string& stream,
                             std::uint64_t limit, Done<std::uint64_t> done) {
  ask_page(std::make_shared<Count>(Count{
      .js = js, .priority = priority, .stream = stream, .limit = limit, .done = std::move(done)}));
}

}  // namespace roomkeeper::sidecar::nats
