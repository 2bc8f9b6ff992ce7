#include "sidecar/nats/bucket_making.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "sidecar/nats/json_reply.h"
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

/// A lone server says who leads a stream, but names no cluster.
bool is_clustered(std::string_view stream_info) {
  const auto reply = parse_reply(stream_info);
  const json* cluster = reply ? read_child(*reply, "cluster") : nullptr;
  return cluster != nullptr && cluster->is_object() &&
         !read_string(*cluster, "name").value_or("").empty();
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
                           const std::string& bucket, int replicas, bool may_change,
                           Done<bool> done)
    : queue_(queue),
      js_(js),
      priority_(priority),
      bucket_(bucket),
      stream_("KV_" + bucket),
      automatic_(replicas == 0),
      may_change_(may_change),
      choices_(replicas == 0 ? std::vector<int>{3, 2, 1} : std::vector<int>{replicas}),
      done_(std::move(done)) {}

void BucketMaking::look() {
  queue_.send(priority_, "info", js_.prefix() + ".STREAM.INFO." + stream_, {}, {},
              [self = shared_from_this()](const Result<Message>& reply) {
                if (!reply) return self->done_(policies::pass(reply.error()));
                const Result<StreamInfo> info = parse_stream_info(reply->data);
                if (info) return self->found(*info, is_clustered(reply->data));
                if (info.error().server_code == server_code::stream_not_found)
                  return self->create(0);
                self->done_(policies::pass(info.error()));
              });
}

void BucketMaking::found(const StreamInfo& info, bool clustered) {
  const int has = info.stream.config.settings.replicas;
  // Only by itself it never takes a replica away.
  const bool enough = automatic_ ? has >= choices_.front() : has == choices_.front();
  if (enough || !may_change_ || (automatic_ && !clustered)) return done_(false);
  if (automatic_) std::erase_if(choices_, [has](int choice) { return choice <= has; });
  change(info.raw_config, 0);
}

void BucketMaking::change(const std::string& raw_config, std::size_t choice) {
  json config = json::parse(raw_config, nullptr, /*allow_exceptions=*/false);
  if (choice >= choices_.size() || !config.is_object()) return done_(false);
  config["num_replicas"] = choices_[choice];
  queue_.send(priority_, "update", js_.prefix() + ".STREAM.UPDATE." + stream_, dump_json(config),
              {}, [self = shared_from_this(), raw_config, choice](const Result<Message>& reply) {
                const Result<> changed = outcome_of(reply);
                if (!changed && wants_too_many(changed.error()) && !needs_cluster(changed.error()))
                  return self->change(raw_config, choice + 1);
                self->done_(false);
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
