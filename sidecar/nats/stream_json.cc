#include "sidecar/nats/stream_json.h"

#include <nlohmann/json.hpp>

#include "sidecar/nats/json_reply.h"

namespace roomkeeper::sidecar::nats {
namespace {

using nlohmann::json;
using policies::StreamConfig;

std::string_view discard_name(policies::OnFull value) {
  return value == policies::OnFull::reject_new ? "new" : "old";
}

void put_placement(json& target, const policies::Placement& placement) {
  if (placement.cluster.empty() && placement.tags.empty()) {
    target.erase("placement");
    return;
  }
  json value = json::object();
  if (!placement.cluster.empty()) value["cluster"] = placement.cluster;
  if (!placement.tags.empty()) value["tags"] = placement.tags;
  target["placement"] = std::move(value);
}

void put_mark(json& target, const policies::Mark& mark) {
  json& metadata = target["metadata"];
  if (!metadata.is_object()) metadata = json::object();
  metadata[std::string(policies::mark_key::instance)] = mark.instance;
  metadata[std::string(policies::mark_key::room)] = mark.room;
  metadata[std::string(policies::mark_key::owner)] = mark.owner;
  metadata[std::string(policies::mark_key::template_name)] = mark.template_name;
  metadata[std::string(policies::mark_key::retention)] = mark.retention;
}

void put_managed(json& target, const std::string& stream, const StreamConfig& config) {
  const policies::StreamSettings& settings = config.settings;
  target["name"] = stream;
  target["subjects"] = config.subjects;
  target["retention"] = to_string(settings.retention);
  target["max_consumers"] = settings.max_consumers;
  target["max_msgs"] = settings.max_messages;
  target["max_bytes"] = settings.max_bytes;
  target["max_age"] = config.max_age.count();
  target["max_msgs_per_subject"] = settings.max_messages_per_subject;
  target["max_msg_size"] = settings.max_message_size;
  target["discard"] = discard_name(settings.on_full);
  target["storage"] = to_string(settings.storage);
  target["num_replicas"] = settings.replicas;
  target["duplicate_window"] = settings.duplicate_window.count();
  target["compression"] = to_string(settings.compression);
  put_placement(target, settings.placement);
  if (config.mark) put_mark(target, *config.mark);
}

}  // namespace

std::string create_body(const std::string& stream, const StreamConfig& config,
                        std::uint64_t first_seq) {
  json body = json::object();
  put_managed(body, stream, config);
  if (first_seq > 0) body["first_seq"] = first_seq;
  return dump_json(body);
}

policies::Result<std::string> update_body(const std::string& stream, std::string_view raw_config,
                                          const StreamConfig& config) {
  json body = json::parse(raw_config.begin(), raw_config.end(), nullptr, false);
  if (!body.is_object()) {
    return policies::fail(policies::ErrorCode::internal,
                          "the configuration to update is no JSON object");
  }
  put_managed(body, stream, config);
  if (read_bool(body, "allow_rollup_hdrs").value_or(false)) body["allow_rollup_hdrs"] = false;
  // Delete markers force rollups on.
  body.erase("subject_delete_marker_ttl");
  return dump_json(body);
}

policies::Result<std::string> release_body(std::string_view raw_config) {
  namespace key = policies::mark_key;
  json body = json::parse(raw_config.begin(), raw_config.end(), nullptr, false);
  if (!body.is_object()) {
    return policies::fail(policies::ErrorCode::internal,
                          "the configuration to update is no JSON object");
  }
  json& metadata = body["metadata"];
  if (!metadata.is_object()) metadata = json::object();
  for (const std::string_view one :
       {key::instance, key::room, key::owner, key::template_name, key::retention})
    metadata.erase(std::string(one));
  return dump_json(body);
}

policies::Result<StreamInfo> parse_stream_info(std::string_view text) {
  auto reply = parse_reply(text);
  if (!reply) return policies::pass(std::move(reply).error());
  const json* config = read_child(*reply, "config");
  if (config == nullptr || !config->is_object()) {
    return policies::fail(policies::ErrorCode::internal, "a stream's info without configuration");
  }
  // One reader for all shapes of stream: the same info as a page of one.
  auto page = parse_list_page(std::string(R"({"total":1,"streams":[)").append(text).append("]}"));
  if (!page) return policies::pass(std::move(page).error());
  if (page->streams.size() != 1) {
    return policies::fail(policies::ErrorCode::internal, "a stream's info that is none");
  }
  return StreamInfo{std::move(page->streams.front()), page->server_time, dump_json(*config)};
}

policies::Result<NamesPage> parse_names_page(std::string_view text) {
  auto reply = parse_reply(text);
  if (!reply) return policies::pass(std::move(reply).error());
  const auto total = read_uint(*reply, "total");
  const auto offset = read_uint(*reply, "offset");
  if (!total || !offset)
    return policies::fail(policies::ErrorCode::internal, "a page of names without its total");
  NamesPage page;
  page.total = *total;
  page.offset = *offset;
  const json* names = read_child(*reply, "streams");
  if (names == nullptr) return page;  // null when there are none
  page.names.reserve(names->size());
  for (const json& name : *names) {
    const auto* text_value = name.get_ptr<const json::string_t*>();
    if (text_value == nullptr)
      return policies::fail(policies::ErrorCode::internal, "a stream name that is no text");
    page.names.push_back(*text_value);
  }
  return page;
}

}  // namespace roomkeeper::sidecar::nats
