#include "sidecar/audit_stream.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "policies/audit_names.h"
#include "policies/field_text.h"
#include "sidecar/nats/json_reply.h"
#include "sidecar/nats/stream_json.h"

namespace roomkeeper::sidecar {
namespace {

using nats::Priority;
using nats::StreamInfo;
using nlohmann::json;
using policies::ErrorCode;
using policies::Result;

const std::string& stream_name() {
  static const std::string name(policies::audit_stream);
  return name;
}

std::string metadata_of(const json& config, std::string_view key) {
  const json* metadata = nats::read_child(config, "metadata");
  if (metadata == nullptr || !metadata->is_object()) return {};
  return nats::read_string(*metadata, std::string(key).c_str()).value_or("");
}

/// What we set; the rest is the server's or the operator's.
json wanted_config(const config::Config& config, int replicas) {
  const std::int64_t max_age = config.audit.max_age.count();
  const policies::Nanoseconds window = AuditStream::duplicate_window;
  return {{"name", policies::audit_stream},
          {"subjects", json::array({policies::audit_subjects})},
          {"retention", "limits"},
          {"discard", "old"},
          {"storage", "file"},
          {"max_age", max_age},
          {"max_bytes", config.audit.max_bytes},
          {"num_replicas", replicas},
          {"duplicate_window", std::min<std::int64_t>(max_age, window.count())},
          // Nobody but us should publish here; who does must not be able to delete by a header.
          {"allow_rollup_hdrs", false}};
}

json metadata(const config::Config& config) {
  return {{std::string(policies::mark_key::instance), config.instance},
          {std::string(policies::audit_mark), "1"}};
}

/// True when `config` has all that is wanted; a field that the server leaves out is its zero value.
bool holds(const json& config, const json& wanted) {
  for (const auto& [key, value] : wanted.items()) {
    const auto found = config.find(key);
    const bool absent_is_wanted = found == config.end() && value == json(false);
    if (!absent_is_wanted && (found == config.end() || *found != value)) return false;
  }
  return true;
}

/// Why a stream of that name is not ours; empty: it is.
std::string not_ours(const json& config, const std::string& instance) {
  const std::string holder = metadata_of(config, policies::mark_key::instance);
  if (metadata_of(config, policies::audit_mark).empty() || holder.empty())
    return "a stream " + stream_name() + " without our mark exists";
  if (holder != instance)
    return "stream " + stream_name() + " belongs to instance " + policies::quoted(holder);
  if (nats::read_bool(config, "sealed").value_or(false))
    return "stream " + stream_name() + " is sealed";
  return {};
}

}  // namespace

AuditStream::AuditStream(Runtime& runtime, nats::JetStream& js) : runtime_(runtime), js_(js) {}

void AuditStream::ensure(Done done) {
  // The bucket comes first: it is there before anything is audited, and says how many replicas.
  js_.info(Priority::admin, runtime_.names().state_stream(),
           lifetime_.guard([this, done = std::move(done)](const Result<StreamInfo>& bucket) {
             if (!bucket) return done(policies::pass(bucket.error()));
             const int replicas = bucket->stream.config.settings.replicas;
             js_.info(Priority::admin, stream_name(),
                      lifetime_.guard([this, done, replicas](const Result<StreamInfo>& info) {
                        if (info) return found(*info, done);
                        if (info.error().server_code == nats::server_code::stream_not_found)
                          return create(replicas, done);
                        done(policies::pass(info.error()));
                      }));
           }));
}

void AuditStream::found(const StreamInfo& info, const Done& done) {
  json config = json::parse(info.raw_config, nullptr, /*allow_exceptions=*/false);
  if (!config.is_object())
    return done(policies::fail(ErrorCode::internal, "the stream's configuration is no object"));
  const std::string why = not_ours(config, runtime_.config->instance);
  if (!why.empty()) {
    return done(policies::fail(
        ErrorCode::conflict, why + ": it is not touched; rename or delete it, or set audit.enabled "
                                   "to false"));
  }
  // Its copies are the CopiesKeeper's.
  const json wanted = wanted_config(*runtime_.config, info.stream.config.settings.replicas);
  if (holds(config, wanted)) return done({});
  config.merge_patch(wanted);
  js_.queue().send(Priority::admin, "update", js_.prefix() + ".STREAM.UPDATE." + stream_name(),
                   nats::dump_json(config), {},
                   lifetime_.guard([this, done](const Result<Message>& reply) {
                     made(reply, "updated", done);
                   }));
}

void AuditStream::create(int replicas, const Done& done) {
  json config = wanted_config(*runtime_.config, replicas);
  config["metadata"] = metadata(*runtime_.config);
  config["description"] = "Roomkeeper's audit: what changed something, who asked, and why";
  js_.queue().send(Priority::admin, "create", js_.prefix() + ".STREAM.CREATE." + stream_name(),
                   nats::dump_json(config), {},
                   lifetime_.guard([this, done](const Result<Message>& reply) {
                     made(reply, "created", done);
                   }));
}

void AuditStream::made(const Result<Message>& reply, const char* event, const Done& done) {
  const Result<StreamInfo> info =
      reply ? nats::parse_stream_info(reply->data) : policies::pass(reply.error());
  if (info) {
    runtime_.log.info("audit.stream", {{"stream", stream_name()}, {"change", event}});
    return done({});
  }
  if (info.error().server_code == nats::server_code::subjects_overlap) {
    return done(policies::fail(ErrorCode::conflict,
                               "another stream holds subjects of " +
                                   std::string(policies::audit_subjects) +
                                   ": change its subjects, or set audit.enabled to false",
                               info.error().server_code));
  }
  done(policies::pass(info.error()));
}

}  // namespace roomkeeper::sidecar
