#include "sidecar/nats/hold_stream.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "policies/rfc3339.h"
#include "sidecar/nats/json_reply.h"
#include "sidecar/nats/stream_json.h"

namespace roomkeeper::sidecar::nats {

namespace {

using nlohmann::json;
using policies::ErrorCode;
using policies::HoldMark;
using policies::Result;

json metadata_of(const HoldMark& mark) {
  namespace key = policies::hold_key;
  json metadata = json::object();
  metadata[std::string(key::room)] = mark.room;
  metadata[std::string(key::instance)] = mark.instance;
  metadata[std::string(key::by)] = mark.by;
  if (!mark.note.empty()) metadata[std::string(key::note)] = mark.note;
  metadata[std::string(key::at)] = policies::format_rfc3339(mark.at);
  return metadata;
}

std::string body_of(const CopyPlan& plan) {
  // No duplicate_window: with one, older servers stop copying at a repeated Nats-Msg-Id
  // (nats-server#8043).
  json body{{"name", plan.name},
            {"mirror", {{"name", plan.origin}}},
            {"storage", "file"},
            {"retention", "limits"},
            {"discard", "old"},
            {"num_replicas", plan.replicas},
            {"deny_purge", true},
            {"deny_delete", true},
            {"compression", to_string(plan.compression)},
            {"metadata", metadata_of(plan.mark)}};
  if (!plan.filter.empty()) body["mirror"]["filter_subject"] = plan.filter;
  json placement = json::object();
  if (!plan.placement.cluster.empty()) placement["cluster"] = plan.placement.cluster;
  if (!plan.placement.tags.empty()) placement["tags"] = plan.placement.tags;
  if (!placement.empty()) body["placement"] = std::move(placement);
  return dump_json(body);
}

std::string text_at(const json& metadata, std::string_view key) {
  return read_string(metadata, std::string(key).c_str()).value_or("");
}

std::optional<HoldMark> mark_of(const json& config) {
  namespace key = policies::hold_key;
  const json* metadata = read_child(config, "metadata");
  if (metadata == nullptr || !metadata->is_object()) return std::nullopt;
  HoldMark mark;
  mark.room = text_at(*metadata, key::room);
  mark.instance = text_at(*metadata, key::instance);
  if (mark.room.empty() || mark.instance.empty()) return std::nullopt;
  mark.by = text_at(*metadata, key::by);
  mark.note = text_at(*metadata, key::note);
  mark.at = policies::parse_rfc3339(text_at(*metadata, key::at)).value_or(policies::WallTime{});
  return mark;
}

policies::CopyTraits copy_traits_of(const json& config) {
  policies::CopyTraits traits;
  if (const json* mirror = read_child(config, "mirror")) {
    traits.origin = read_string(*mirror, "name").value_or("");
    traits.filter = read_string(*mirror, "filter_subject").value_or("");
    traits.filtered = mirror->contains("subject_transforms") || mirror->contains("opt_start_seq") ||
                      mirror->contains("opt_start_time") || mirror->contains("external");
  }
  traits.deny_purge = read_bool(config, "deny_purge").value_or(false);
  traits.deny_delete = read_bool(config, "deny_delete").value_or(false);
  traits.mirror_direct = read_bool(config, "mirror_direct").value_or(false);
  traits.memory = read_string(config, "storage").value_or("") == "memory";
  for (const char* limit : {"max_age", "max_msgs", "max_bytes", "max_msgs_per_subject"})
    traits.limited = traits.limited || read_int(config, limit).value_or(0) > 0;
  // A copy that hands its messages out to be used up, or refuses large ones, is none either.
  traits.limited = traits.limited || read_int(config, "max_msg_size").value_or(-1) > 0 ||
                   read_string(config, "retention").value_or("limits") != "limits";
  return traits;
}

Result<policies::SequenceSet> stored_of(const policies::StoredRange& range, const json& state) {
  policies::SequenceSet set;
  set.messages = range.messages;
  set.first_seq = range.first_seq;
  set.last_seq = range.last_seq;
  set.first_time = range.first_ts;
  set.last_time = range.last_ts;
  set.deleted_count = read_uint(state, "num_deleted").value_or(0);
  const json* deleted = read_child(state, "deleted");
  if (deleted == nullptr) return set;
  set.deleted.reserve(deleted->size());
  for (const json& seq : *deleted) {
    if (!seq.is_number_unsigned())
      return policies::fail(ErrorCode::internal, "a deleted sequence that is no number");
    set.deleted.push_back(*seq.get_ptr<const json::number_unsigned_t*>());
  }
  std::sort(set.deleted.begin(), set.deleted.end());
  return set;
}

std::string mirror_error_of(const json& info) {
  const json* mirror = read_child(info, "mirror");
  const json* error = mirror != nullptr ? read_child(*mirror, "error") : nullptr;
  return error != nullptr ? read_string(*error, "description").value_or("an error") : std::string();
}

/// `operation` is a literal: the queue keeps the view.
void send(JetStream& js, Priority priority, std::string_view operation, std::string subject,
          std::string body, Done<StreamSight> done) {
  js.queue().send(priority, operation, std::move(subject), std::move(body), {},
                  [done = std::move(done)](Result<Message> reply) {
                    if (!reply) return done(policies::pass(std::move(reply).error()));
                    done(parse_stream_sight(reply->data));
                  });
}

}  // namespace

Result<StreamSight> parse_stream_sight(std::string_view text) {
  auto info = parse_stream_info(text);
  if (!info) return policies::pass(std::move(info).error());
  const auto reply = parse_reply(text);
  if (!reply) return policies::pass(reply.error());
  const json* config = read_child(*reply, "config");
  const json* state = read_child(*reply, "state");
  if (config == nullptr || state == nullptr)
    return policies::fail(ErrorCode::internal, "a stream's info without its config or state");
  auto stored = stored_of(info->stream.stored, *state);
  if (!stored) return policies::pass(std::move(stored).error());
  StreamSight sight;
  sight.stream = std::move(info->stream);
  sight.server_time = info->server_time;
  sight.stored = std::move(*stored);
  sight.allow_direct = read_bool(*config, "allow_direct").value_or(false);
  sight.copy = copy_traits_of(*config);
  sight.mark = mark_of(*config);
  sight.mirror_error = mirror_error_of(*reply);
  return sight;
}

void create_copy(JetStream& js, Priority priority, const CopyPlan& plan, Done<StreamSight> done) {
  send(js, priority, "create", js.prefix() + ".STREAM.CREATE." + plan.name, body_of(plan),
       std::move(done));
}

void look_at_stream(JetStream& js, Priority priority, const std::string& stream, Holes holes,
                    Done<StreamSight> done) {
  send(js, priority, "info", js.prefix() + ".STREAM.INFO." + stream,
       holes == Holes::listed ? R"({"deleted_details":true})" : "", std::move(done));
}

void look_at_stream(JetStream& js, Priority priority, const std::string& stream,
                    Done<StreamSight> done) {
  look_at_stream(js, priority, stream, Holes::listed, std::move(done));
}

}  // namespace roomkeeper::sidecar::nats
