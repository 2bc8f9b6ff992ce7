#include "config/room_fields.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <iterator>
#include <map>
#include <utility>

#include "config/field_readers.h"

namespace roomkeeper::config {
namespace {

using policies::Layout;
using policies::RoomSettings;
using policies::Storage;

constexpr std::string_view built_in = "built-in";
/// JetStream's shortest. In a pool all users share the window: one who guesses the id of another's
/// next message could keep it out for that long.
constexpr policies::Nanoseconds pool_window = std::chrono::milliseconds(100);

std::vector<RoomField> make_fields() {
  std::vector<RoomField> fields;
  fields.push_back(
      {"layout", "choice dedicated|pooled",
       "one stream a room, or one for all rooms of the template: [pools](#pools)", true,
       [](Reader& reader, NodeId id, const Path& path) {
         return read_choice(reader, id, path, std::array{Layout::dedicated, Layout::pooled});
       },
       [](RoomSettings& s, const FieldValue& v) { s.layout = static_cast<Layout>(number(v)); },
       [](const RoomSettings& s) { return std::string(to_string(s.layout)); }});
  fields.push_back(
      {"storage", "choice file|memory", "where messages are stored; cannot be changed later", false,
       [](Reader& reader, NodeId id, const Path& path) {
         return read_choice(reader, id, path, std::array{Storage::file, Storage::memory});
       },
       [](RoomSettings& s, const FieldValue& v) {
         s.stream.storage = static_cast<Storage>(number(v));
       },
       [](const RoomSettings& s) { return std::string(to_string(s.stream.storage)); }});
  fields.push_back({"replicas", "int", "servers that hold a copy (1 to 5)", false,
                    [](Reader& reader, NodeId id, const Path& path) -> std::optional<FieldValue> {
                      const auto value = reader.typed<std::int64_t>(
                          id, path, "a whole number from 1 to 5",
                          [](std::string_view text) { return parse_integer(text, 1, 5); });
                      if (!value) return std::nullopt;
                      return FieldValue(*value);
                    },
                    [](RoomSettings& s, const FieldValue& v) {
                      s.stream.replicas = static_cast<int>(number(v));
                    },
                    [](const RoomSettings& s) { return std::to_string(s.stream.replicas); }});
  fields.push_back(
      {"retention", "mapping",
       "`{until: midnight, days: 0, timezone: Asia/Seoul}`, `{max_age: 30d}` or `{forever: true}`",
       false, read_retention,
       [](RoomSettings& s, const FieldValue& v) {
         s.retention = std::get<policies::RetentionRule>(v);
       },
       [](const RoomSettings& s) { return policies::describe(s.retention); }});
  for (std::vector<RoomField> part : {stream_fields(), room_connection_fields()}) {
    fields.insert(fields.end(), std::make_move_iterator(part.begin()),
                  std::make_move_iterator(part.end()));
  }
  return fields;
}

/// Fields as a tree of keys: the direct children of `prefix` ("" or "stream"); none of a field.
std::vector<std::string_view> child_keys(std::string_view prefix, bool is_template) {
  std::vector<std::string_view> keys;
  for (const RoomField& field : room_fields()) {
    if (field.template_only && !is_template) continue;
    std::string_view rest = field.key;
    if (!prefix.empty()) {
      if (!rest.starts_with(prefix) || rest.size() <= prefix.size() || rest[prefix.size()] != '.')
        continue;
      rest.remove_prefix(prefix.size() + 1);
    }
    const std::string_view key = rest.substr(0, rest.find('.'));
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
  }
  return keys;
}

/// The keys of the mapping at `path`; null where a field stands.
const std::vector<std::string_view>* keys_of_mapping(const std::string& path) {
  static const auto mappings = [] {
    std::map<std::string, std::vector<std::string_view>, std::less<>> all;
    for (const RoomField& field : room_fields()) {
      for (std::size_t dot = field.key.find('.'); dot != std::string_view::npos;
           dot = field.key.find('.', dot + 1)) {
        const std::string_view prefix = field.key.substr(0, dot);
        all.try_emplace(std::string(prefix), child_keys(prefix, true));
      }
    }
    return all;
  }();
  const auto found = mappings.find(path);
  return found == mappings.end() ? nullptr : &found->second;
}

/// Reads the keys of one mapping: leaves into the patch, mappings by their own keys.
void read_level(Reader& reader, const MapReader& map, const Path& path, std::string_view prefix,
                const std::vector<std::string_view>& keys, SettingsPatch& patch) {
  for (const std::string_view key : keys) {
    const NodeId id = map.find(key);
    if (id == no_node) continue;
    const Path here{&path, key, std::nullopt};
    const std::string full =
        prefix.empty() ? std::string(key) : std::string(prefix) + "." + std::string(key);
    if (const std::vector<std::string_view>* children = keys_of_mapping(full)) {
      const MapReader inner(reader, id, here, *children);
      if (inner.ok()) read_level(reader, inner, here, full, *children, patch);
      continue;
    }
    const auto& fields = room_fields();
    const auto field = std::find_if(fields.begin(), fields.end(),
                                    [&](const RoomField& f) { return f.key == full; });
    if (field == fields.end()) continue;
    auto value = field->read(reader, id, here);
    if (!value) continue;
    FieldPatch one;
    one.line = reader.at(id).line;
    one.column = reader.at(id).column;
    one.field = static_cast<std::uint8_t>(field - fields.begin());
    one.value = *std::move(value);
    patch.fields.push_back(std::move(one));
  }
}

/// Whoever chose a value, in a template or a room; the built-in ones nobody has.
bool is_chosen(const RoomSettings& settings, const std::string& key) {
  const auto origin = settings.origins.find(key);
  return origin != settings.origins.end() && !origin->second.starts_with(built_in);
}

/// Values that a pool has to have, because its rooms share one stream.
void settle_pool(RoomSettings& settings, std::vector<Contradiction>& wrong) {
  policies::StreamSettings& stream = settings.stream;
  if (!is_chosen(settings, "stream.on_full")) {
    stream.on_full = policies::OnFull::reject_new;
    settings.origins["stream.on_full"] = std::string(built_in) + ", of a pool";
  } else if (stream.on_full == policies::OnFull::drop_old) {
    wrong.push_back({"stream.on_full",
                     "expected reject_new in a pool, not drop_old, which would delete messages of "
                     "other rooms when one room fills the stream",
                     true});
  }
  if (stream.retention != policies::StreamRetention::limits) {
    wrong.push_back({"stream.retention",
                     "expected limits in a pool, not " + std::string(to_string(stream.retention)) +
                         ", by which the readers of one room decide about messages of all",
                     true});
  }
}

/// A duplicate window may not be longer than messages are kept.
void settle_window(RoomSettings& settings, std::vector<Contradiction>& wrong) {
  policies::Nanoseconds& window = settings.stream.duplicate_window;
  std::string& origin = settings.origins["stream.duplicate_window"];
  const bool chosen = is_chosen(settings, "stream.duplicate_window");
  if (!chosen) {
    const bool pooled = settings.layout == Layout::pooled;
    window = pooled ? pool_window : policies::StreamSettings().duplicate_window;
    origin = std::string(built_in) + (pooled ? ", of a pool" : "");
  }
  // No local day is shorter than this, and the exact span of a zone is dear to find for every room.
  constexpr auto shortest_day = std::chrono::hours(20);
  const bool calendar = std::holds_alternative<policies::UntilMidnight>(settings.retention);
  if (calendar && window <= shortest_day) return;
  const policies::Nanoseconds kept = policies::backstop_max_age(settings.retention);
  if (kept.count() == 0 || window <= kept) return;
  if (!chosen) {
    window = kept;
    origin = std::string(built_in) + ", lowered to retention.max_age";
    return;
  }
  wrong.push_back({"stream.duplicate_window",
                   "expected at most " + format_duration(kept) +
                       ", for which messages are kept, not " + format_duration(window),
                   false});
}

}  // namespace

const std::vector<RoomField>& room_fields() {
  static const std::vector<RoomField> fields = make_fields();
  return fields;
}

const std::vector<std::string_view>& template_setting_keys() {
  static const std::vector<std::string_view> keys = child_keys("", true);
  return keys;
}

const std::vector<std::string_view>& room_setting_keys() {
  static const std::vector<std::string_view> keys = child_keys("", false);
  return keys;
}

SettingsPatch read_patch(Reader& reader, const MapReader& map, const Path& path, bool is_template) {
  SettingsPatch patch;
  read_level(reader, map, path, {}, is_template ? template_setting_keys() : room_setting_keys(),
             patch);
  patch.fields.shrink_to_fit();
  return patch;
}

void apply_patch(const SettingsPatch& patch, const std::string& whose, const std::string& file,
                 RoomSettings& settings) {
  for (const FieldPatch& one : patch.fields) {
    const RoomField& field = room_fields()[one.field];
    field.apply(settings, one.value);
    std::string origin = whose;
    if (!file.empty()) {
      origin += ", " + file + ":" + std::to_string(one.line) + ":" + std::to_string(one.column);
    }
    settings.origins[std::string(field.key)] = std::move(origin);
  }
}

RoomSettings built_in_settings() {
  RoomSettings settings;
  for (const RoomField& field : room_fields()) settings.origins[std::string(field.key)] = built_in;
  return settings;
}

std::vector<Contradiction> settle(RoomSettings& settings) {
  std::vector<Contradiction> wrong;
  if (settings.layout == Layout::pooled) settle_pool(settings, wrong);
  settle_window(settings, wrong);
  return wrong;
}

}  // namespace roomkeeper::config
