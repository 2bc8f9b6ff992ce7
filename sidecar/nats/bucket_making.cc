#include "sidecar/nats/bucket_making.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "sidecar/nats/json_reply.h"
#include "sidecar/nats/stream_copies.h"
#include "sidecar/nats/stream_json.h"

namespace roomkeeper::sidecar::nats {
namespace {

using nlohmann::json;
using policies::Result;

/// The same as `nats kv add` makes.
std::string bucket_body(const std::string& bucket, int replicas) {
  constexpr std::int64_t duplicate_window = 120'000'000'000;
  return dump_json({{"name", "KV_" + bucket},
                    {"subjects", json::array({"$KV." + bucket + ".>"})},
                    {"retention", "limits"},
                    {"max_consumers", -1},
                    {"max_msgs", -1},
                    {"max_bytes", -1},
                    {"max_age", 0},
                    {"max_msgs_per_subject", 1},
                    {"max_msg_size", -1},
                    {"discard", "new"},
                    {"storage", "file"},
                    {"num_replicas", replicas},
                    {"duplicate_window", duplicate_window},
                    {"allow_rollup_hdrs", true},
                    {"deny_delete", true},
                    {"allow_direct", true}});
}

bool needs_cluster(const policies::Error& error) {
  return error.server_code == server_code::replicas_need_cluster;
}

/// The cluster has not so many servers, or is none.
bool wants_too_many(const policies::Error& error) {
  return needs_cluster(error) || error.server_code == server_code::no_suitable_peers;
}

/// What the server has done; the error otherwise.
Result<> outcome_of(const Result<Message>& reply) {
  if (!reply) return policies::pass(reply.error());
  const auto parsed = parse_reply(reply->data);
  if (!parsed) return policies::pass(parsed.error());
  return {};
}

}  // namespace

BucketMaking::BucketMaking(RequestQueue& queue, JetStream& js, Priority priority,
                           const std::string& bucket, int replicas, Done<bool> done)
    : queue_(queue),
      js_(js),
      priority_(priority),
      bucket_(bucket),
      stream_("KV_" + bucket),
      choices_(replicas == 0 ? std::vector<int>{automatic_copies, 2, 1}
                             : std::vector<int>{replicas}),
      done_(std::move(done)) {}

void BucketMaking::look() {
  queue_.send(priority_, "info", js_.prefix() + ".STREAM.INFO." + stream_, {}, {},
              [self = shared_from_this()](const Result<Message>& reply) {
                if (!reply) return self->done_(policies::pass(reply.error()));
                const Result<StreamInfo> info = parse_stream_info(reply->data);
                if (info) return self->done_(false);
                if (info.error().server_code == server_code::stream_not_found)
                  return self->create(0);
                self->done_(policies::pass(info.error()));
              });
}

void BucketMaking::create(std::size_t choice) {
  queue_.send(priority_, "kv", js_.prefix() + ".STREAM.CREATE." + stream_,
              bucket_body(bucket_, choices_[choice]), {},
              [self = shared_from_this(), choice](const Result<Message>& reply) {
                const Result<> created = outcome_of(reply);
                if (created) return self->done_(true);
                const std::size_t last = self->choices_.size() - 1;
                if (wants_too_many(created.error()) && choice < last)
                  return self->create(needs_cluster(created.error()) ? last : choice + 1);
                // Made by another replica meanwhile.
                if (created.error().server_code == server_code::stream_name_in_use)
                  return self->done_(false);
                self->done_(policies::pass(created.error()));
              });
}

}  // namespace roomkeeper::sidecar::nats
