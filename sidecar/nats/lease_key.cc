#include "sidecar/nats/lease_key.h"

#include <limits>
#include <utility>

#include <nlohmann/json.hpp>

#include "policies/replica_names.h"
#include "policies/rfc3339.h"
#include "sidecar/nats/json_reply.h"
#include "sidecar/nats/publish_ack.h"

namespace roomkeeper::sidecar::nats {
namespace {

using nlohmann::json;
using policies::ConfigurationId;
using policies::LeaseRecord;
using policies::Result;

/// What of a text of others is kept.
constexpr std::size_t text_max = 128;

std::string text_of(const json& object, const char* key) {
  return read_string(object, key).value_or("").substr(0, text_max);
}

ConfigurationId decode_configuration(const json& object) {
  ConfigurationId id{.hash = text_of(object, "hash")};
  const auto revision = read_int(object, "revision");
  if (revision && *revision >= 0 && *revision <= std::numeric_limits<int>::max())
    id.revision = static_cast<int>(*revision);
  if (const auto loaded = policies::parse_rfc3339(text_of(object, "loaded"))) id.loaded = *loaded;
  return id;
}

}  // namespace

std::string encode_lease(const LeaseRecord& record) {
  const auto duration = std::chrono::duration_cast<std::chrono::milliseconds>(record.duration);
  return dump_json({{"name", record.name},
                    {"process", record.process},
                    {"generation", record.generation},
                    {"duration_ms", static_cast<std::int64_t>(duration.count())},
                    {"configuration",
                     {{"hash", record.configuration.hash},
                      {"revision", record.configuration.revision},
                      {"loaded", policies::format_rfc3339(record.configuration.loaded)}}}});
}

LeaseRecord decode_lease(std::string_view value) {
  const json object = json::parse(value, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) return {.name = "unknown", .process = "unknown"};
  LeaseRecord record{.name = text_of(object, "name"), .process = text_of(object, "process")};
  record.generation = read_uint(object, "generation").value_or(0);
  // Bounded by whoever waits for its end.
  const auto duration = read_int(object, "duration_ms");
  constexpr std::int64_t longest = std::int64_t{24} * 3600 * 1000;
  if (duration && *duration > 0 && *duration <= longest)
    record.duration = std::chrono::milliseconds(*duration);
  if (const json* configuration = read_child(object, "configuration");
      configuration != nullptr && configuration->is_object()) {
    record.configuration = decode_configuration(*configuration);
  }
  return record;
}

LeaseKey::LeaseKey(RequestQueue& queue, JetStream& js, const std::string& bucket)
    : queue_(queue),
      js_(js),
      bucket_(queue, js, bucket, Priority::lease),
      stream_("KV_" + bucket),
      subject_("$KV." + bucket + "." + std::string(policies::lease_key)) {}

void LeaseKey::ensure(int replicas, Done<bool> done) {
  bucket_.ensure(replicas, std::move(done));
}

void LeaseKey::read(Done<LeaseReading> done) {
  js_.last_of_subject(Priority::lease, stream_, subject_,
                      [done = std::move(done)](Result<std::optional<StoredMessage>> message) {
                        if (!message) return done(policies::pass(std::move(message).error()));
                        LeaseReading reading;
                        if (*message) {
                          reading.revision = (*message)->seq;
                          // Without content: erased.
                          if (!(*message)->data.empty())
                            reading.record = decode_lease((*message)->data);
                        }
                        done(std::move(reading));
                      });
}

void LeaseKey::write(const LeaseRecord& record, std::uint64_t expected, Done<std::uint64_t> done) {
  queue_.send(Priority::lease, "kv", subject_, encode_lease(record),
              {{"Nats-Expected-Last-Subject-Sequence", std::to_string(expected)}},
              [done = std::move(done)](Result<Message> reply) {
                if (!reply) return done(policies::pass(std::move(reply).error()));
                done(parse_publish_ack(*reply));
              });
}

}  // namespace roomkeeper::sidecar::nats
