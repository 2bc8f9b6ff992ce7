#include "sidecar/nats/stream_copies.h"

#include <memory>
#include <utility>

#include <nlohmann/json.hpp>

#include "sidecar/nats/json_reply.h"
#include "sidecar/nats/stream_json.h"

namespace roomkeeper::sidecar::nats {
namespace {

using nlohmann::json;
using policies::Result;

/// A lone server says who leads a stream, but names no cluster.
bool names_cluster(std::string_view stream_info) {
  const auto reply = parse_reply(stream_info);
  const json* cluster = reply ? read_child(*reply, "cluster") : nullptr;
  return cluster != nullptr && cluster->is_object() &&
         !read_string(*cluster, "name").value_or("").empty();
}

/// One attempt; kept alive by the request that is on its way.
class CopiesRequest : public std::enable_shared_from_this<CopiesRequest> {
 public:
  CopiesRequest(RequestQueue& queue, JetStream& js, std::string stream, int wanted,
                Done<CopiesOutcome> done)
      : queue_(queue),
        js_(js),
        stream_(std::move(stream)),
        automatic_(wanted == 0),
        wanted_(automatic_ ? automatic_copies : wanted),
        done_(std::move(done)) {}

  void look() {
    queue_.send(Priority::list, "info", js_.prefix() + ".STREAM.INFO." + stream_, {}, {},
                [self = shared_from_this()](const Result<Message>& reply) {
                  if (!reply) return self->done_(policies::pass(reply.error()));
                  const Result<StreamInfo> info = parse_stream_info(reply->data);
                  if (!info) return self->done_(policies::pass(info.error()));
                  self->found(*info, names_cluster(reply->data));
                });
  }

 private:
  void found(const StreamInfo& info, bool clustered) {
    const int has = info.stream.config.settings.replicas;
    outcome_.before = outcome_.now = has;
    // Only by itself it never takes a copy away.
    const bool enough = automatic_ ? has >= wanted_ : has == wanted_;
    if (enough || (automatic_ && !clustered)) return done_(outcome_);
    config_ = json::parse(info.raw_config, nullptr, /*allow_exceptions=*/false);
    if (!config_.is_object())
      return done_(policies::fail(policies::ErrorCode::internal,
                                  "the configuration of " + stream_ + " is no object"));
    change(wanted_);
  }

  void change(int copies) {
    config_["num_replicas"] = copies;
    queue_.send(Priority::list, "update", js_.prefix() + ".STREAM.UPDATE." + stream_,
                dump_json(config_), {},
                [self = shared_from_this(), copies](const Result<Message>& reply) {
                  if (!reply) return self->done_(policies::pass(reply.error()));
                  const auto changed = parse_reply(reply->data);
                  if (!changed) return self->refused(changed.error(), copies);
                  self->outcome_.now = copies;
                  self->done_(self->outcome_);
                });
  }

  /// By itself it takes what the cluster has room for.
  void refused(const policies::Error& error, int copies) {
    outcome_.refusal = error.text;
    const bool too_many = error.server_code == server_code::no_suitable_peers;
    if (automatic_ && too_many && copies - 1 > outcome_.before) return change(copies - 1);
    done_(outcome_);
  }

  RequestQueue& queue_;
  JetStream& js_;
  const std::string stream_;
  const bool automatic_;
  const int wanted_;
  json config_;
  CopiesOutcome outcome_;
  Done<CopiesOutcome> done_;
};

}  // namespace

void ensure_copies(RequestQueue& queue, JetStream& js, const std::string& stream, int wanted,
                   Done<CopiesOutcome> done) {
  std::make_shared<CopiesRequest>(queue, js, stream, wanted, std::move(done))->look();
}

}  // namespace roomkeeper::sidecar::nats
