// What may stand under `stream:` (nats-server's stream configuration), and its bounds.
#include "config/field_readers.h"
#include "config/row_makers.h"

namespace roomkeeper::config {
namespace {

using policies::Compression;
using policies::OnFull;
using policies::RoomSettings;
using policies::StreamRetention;

constexpr std::int64_t largest_64 = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t largest_32 = std::numeric_limits<std::int32_t>::max();
constexpr std::size_t most_placement_tags = 32;

std::optional<FieldValue> read_count(Reader& reader, NodeId id, const Path& path) {
  return read_bound(reader, id, path, "a count", largest_64, parse_count);
}

std::optional<FieldValue> read_placement_tags(Reader& reader, NodeId id, const Path& path) {
  const auto nodes = reader.list(id, path, "a list of tags", true);
  if (!nodes) return std::nullopt;
  if (nodes->size() > most_placement_tags) {
    reader.problem(id, path, "expected at most 32 tags, not " + std::to_string(nodes->size()));
    return std::nullopt;
  }
  std::vector<std::string> tags;
  for (std::size_t i = 0; i < nodes->size(); ++i) {
    auto tag = read_word(reader, (*nodes)[i], Path{&path, {}, i});
    if (!tag) return std::nullopt;
    tags.push_back(*std::move(tag));
  }
  return FieldValue(std::move(tags));
}

void add_bounds(std::vector<RoomField>& fields) {
  fields.push_back({"stream.max_messages", "count", "messages at most", false, read_count,
                    [](RoomSettings& s, const FieldValue& v) { s.stream.max_messages = number(v); },
                    [](const RoomSettings& s) { return format_count(s.stream.max_messages); }});
  fields.push_back({"stream.max_bytes", "bytes", "bytes at most; nats-server reserves them in full",
                    false,
                    [](Reader& reader, NodeId id, const Path& path) {
                      return read_bound(reader, id, path, "a size", largest_64, parse_bytes);
                    },
                    [](RoomSettings& s, const FieldValue& v) { s.stream.max_bytes = number(v); },
                    [](const RoomSettings& s) { return format_bytes(s.stream.max_bytes); }});
  fields.push_back({"stream.max_message_size", "bytes", "bytes of one message at most", false,
                    [](Reader& reader, NodeId id, const Path& path) {
                      return read_bound(reader, id, path, "a size", largest_32, parse_bytes);
                    },
                    [](RoomSettings& s, const FieldValue& v) {
                      s.stream.max_message_size = static_cast<std::int32_t>(number(v));
                    },
                    [](const RoomSettings& s) { return format_bytes(s.stream.max_message_size); }});
  fields.push_back(
      {"stream.max_messages_per_subject", "count", "messages of one sender at most", false,
       read_count,
       [](RoomSettings& s, const FieldValue& v) { s.stream.max_messages_per_subject = number(v); },
       [](const RoomSettings& s) { return format_count(s.stream.max_messages_per_subject); }});
  fields.push_back({"stream.max_consumers", "count",
                    "consumers at most; nats-server cannot change it later", false,
                    [](Reader& reader, NodeId id, const Path& path) {
                      return read_bound(reader, id, path, "a count", largest_32, parse_count);
                    },
                    [](RoomSettings& s, const FieldValue& v) {
                      s.stream.max_consumers = static_cast<std::int32_t>(number(v));
                    },
                    [](const RoomSettings& s) { return format_count(s.stream.max_consumers); }});
}

void add_choices(std::vector<RoomField>& fields) {
  fields.push_back(
      {"stream.on_full", "choice drop_old|reject_new", "what gives way when a bound is reached",
       false,
       [](Reader& reader, NodeId id, const Path& path) {
         return read_choice(reader, id, path, std::array{OnFull::drop_old, OnFull::reject_new});
       },
       [](RoomSettings& s, const FieldValue& v) {
         s.stream.on_full = static_cast<OnFull>(number(v));
       },
       [](const RoomSettings& s) { return std::string(to_string(s.stream.on_full)); }});
  fields.push_back(
      {"stream.retention", "choice limits|interest|workqueue",
       "JetStream's retention of the stream", false,
       [](Reader& reader, NodeId id, const Path& path) {
         return read_choice(reader, id, path,
                            std::array{StreamRetention::limits, StreamRetention::interest,
                                       StreamRetention::workqueue});
       },
       [](RoomSettings& s, const FieldValue& v) {
         s.stream.retention = static_cast<StreamRetention>(number(v));
       },
       [](const RoomSettings& s) { return std::string(to_string(s.stream.retention)); }});
  fields.push_back(
      {"stream.duplicate_window", "duration", "a Nats-Msg-Id is refused again for this long", false,
       [](Reader& reader, NodeId id, const Path& path) {
         return read_duration(reader, id, path, std::chrono::milliseconds(100),
                              std::chrono::hours(24 * 365));
       },
       [](RoomSettings& s, const FieldValue& v) {
         s.stream.duplicate_window = policies::Nanoseconds{number(v)};
       },
       [](const RoomSettings& s) { return format_duration(s.stream.duplicate_window); }});
  fields.push_back(
      {"stream.compression", "choice none|s2", "compression of what is stored", false,
       [](Reader& reader, NodeId id, const Path& path) {
         return read_choice(reader, id, path, std::array{Compression::none, Compression::s2});
       },
       [](RoomSettings& s, const FieldValue& v) {
         s.stream.compression = static_cast<Compression>(number(v));
       },
       [](const RoomSettings& s) { return std::string(to_string(s.stream.compression)); }});
}

void add_placement(std::vector<RoomField>& fields) {
  fields.push_back({"stream.placement.cluster", "text", "cluster that holds the stream", false,
                    [](Reader& reader, NodeId id, const Path& path) -> std::optional<FieldValue> {
                      auto word = read_word(reader, id, path);
                      if (!word) return std::nullopt;
                      return FieldValue(*std::move(word));
                    },
                    [](RoomSettings& s, const FieldValue& v) {
                      s.stream.placement.cluster = std::get<std::string>(v);
                    },
                    [](const RoomSettings& s) { return s.stream.placement.cluster; }});
  fields.push_back({"stream.placement.tags", "list", "tags of the servers that may hold the stream",
                    false, read_placement_tags,
                    [](RoomSettings& s, const FieldValue& v) {
                      s.stream.placement.tags = std::get<std::vector<std::string>>(v);
                    },
                    [](const RoomSettings& s) { return joined(s.stream.placement.tags); },
                    [](const RoomSettings& s) -> const std::vector<std::string>& {
                      return s.stream.placement.tags;
                    }});
}

}  // namespace

std::vector<RoomField> stream_fields() {
  std::vector<RoomField> fields;
  add_bounds(fields);
  add_choices(fields);
  add_placement(fields);
  return fields;
}

}  // namespace roomkeeper::config
