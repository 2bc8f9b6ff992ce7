#include "sidecar/nats/message_count.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "sidecar/nats/json_reply.h"

namespace roomkeeper::sidecar::nats {
namespace {

using policies::ErrorCode;
using policies::fail;
using policies::pass;
using policies::Result;

constexpr std::int64_t inactive_threshold_ns = 5'000'000'000;

nlohmann::json consumer_for(const std::string& stream, const std::string& filter,
                            std::uint64_t from) {
  nlohmann::json config{
      {"ack_policy", "none"}, {"mem_storage", true}, {"inactive_threshold", inactive_threshold_ns}};
  if (!filter.empty()) config["filter_subject"] = filter;
  if (from > 0) {
    config["deliver_policy"] = "by_start_sequence";
    config["opt_start_seq"] = from;
  } else {
    config["deliver_policy"] = "all";
  }
  return {{"stream_name", stream}, {"config", std::move(config)}};
}

}  // namespace

void count_messages(JetStream& js, Priority priority, const std::string& stream,
                    const std::string& filter, std::uint64_t from, Done<std::uint64_t> done) {
  js.queue().send(priority, "consumer", js.prefix() + ".CONSUMER.CREATE." + stream,
                  dump_json(consumer_for(stream, filter, from)), {},
                  [&js, priority, stream, done = std::move(done)](Result<Message> reply) {
                    if (!reply) return done(pass(std::move(reply).error()));
                    const Result<nlohmann::json> consumer = parse_reply(reply->data);
                    if (!consumer) return done(pass(consumer.error()));
                    const auto pending = read_uint(*consumer, "num_pending");
                    const auto name = read_string(*consumer, "name");
                    if (!pending || !name)
                      return done(fail(ErrorCode::internal, "CONSUMER.CREATE: no num_pending"));
                    js.remove_consumer(priority, stream, *name,
                                       [](const Result<bool>&) {});  // else it goes by itself
                    done(*pending);
                  });
}

}  // namespace roomkeeper::sidecar::nats
