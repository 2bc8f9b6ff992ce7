// One entry of `rooms:`.
#include <algorithm>
#include <utility>

#include "config/nearest.h"
#include "config/rooms.h"
#include "config/units.h"

namespace roomkeeper::config {
namespace {

constexpr std::size_t longest_title = 256;
constexpr std::size_t longest_topic = 1024;
constexpr std::size_t longest_tag = 96;
constexpr std::size_t most_tags = 16;

std::string read_line(Reader& reader, const MapReader& map, const Path& path, std::string_view key,
                      std::size_t longest) {
  const NodeId id = map.find(key);
  if (id == no_node) return {};
  const Path here{&path, key, std::nullopt};
  const auto text = reader.scalar(id, here, "text");
  if (!text) return {};
  if (text->size() > longest) {
    reader.problem(id, here,
                   "expected at most " + std::to_string(longest) + " bytes, not " +
                       std::to_string(text->size()));
    return {};
  }
  return std::string(*text);
}

std::vector<std::string> read_tags(Reader& reader, NodeId id, const Path& path) {
  std::vector<std::string> tags;
  const auto nodes = reader.list(id, path, "a list of tags", false);
  if (!nodes) return tags;
  if (nodes->size() > most_tags) {
    reader.problem(id, path, "expected at most 16 tags, not " + std::to_string(nodes->size()));
    return tags;
  }
  tags.reserve(nodes->size());
  for (std::size_t i = 0; i < nodes->size(); ++i) {
    const Path here{&path, {}, i};
    const auto tag = reader.scalar((*nodes)[i], here, "a tag");
    if (!tag) continue;
    if (tag->empty() || tag->size() > longest_tag) {
      reader.problem((*nodes)[i], here, "expected a tag of 1 to 96 bytes, not " + quote(*tag));
    } else if (std::find(tags.begin(), tags.end(), *tag) != tags.end()) {
      reader.problem((*nodes)[i], here, "expected each tag once, not " + quote(*tag) + " again");
    } else {
      tags.emplace_back(*tag);
    }
  }
  return tags;
}

}  // namespace

const std::vector<std::string_view>& room_keys(bool with_range) {
  const auto make = [](bool range) {
    std::vector<std::string_view> keys = {"id", "title", "topic", "tags", "template"};
    if (range) keys.insert(keys.begin() + 1, "range");
    keys.insert(keys.end(), room_setting_keys().begin(), room_setting_keys().end());
    return keys;
  };
  static const std::vector<std::string_view> with = make(true);
  static const std::vector<std::string_view> without = make(false);
  return with_range ? with : without;
}

RoomEntry read_room_entry(Reader& reader, const MapReader& map, const Path& path, NodeId id) {
  RoomEntry entry;
  entry.line = reader.at(id).line;
  entry.column = reader.at(id).column;
  entry.title = read_line(reader, map, path, "title", longest_title);
  entry.topic = read_line(reader, map, path, "topic", longest_topic);
  if (const NodeId tags = map.find("tags"); tags != no_node) {
    entry.tags = read_tags(reader, tags, Path{&path, "tags", std::nullopt});
  }
  if (const NodeId name = map.find("template"); name != no_node) {
    const auto text =
        reader.scalar(name, Path{&path, "template", std::nullopt}, "the name of a template");
    entry.template_name = std::string(text.value_or(std::string_view()).substr(0, longest_title));
    if (text && text->empty()) {
      reader.problem(name, Path{&path, "template", std::nullopt},
                     "expected the name of a template, not \"\"");
    }
    entry.template_line = reader.at(name).line;
    entry.template_column = reader.at(name).column;
  }
  entry.patch = read_patch(reader, map, path, false);
  return entry;
}

std::optional<policies::RoomId> read_room_id(Reader& reader, const MapReader& map, const Path& path,
                                             NodeId entry) {
  const NodeId id = map.find("id");
  const Path here{&path, "id", std::nullopt};
  if (id == no_node) {
    reader.problem(entry, here, "expected an id such as general");
    return std::nullopt;
  }
  const auto text = reader.scalar(id, here, "an id such as general");
  if (!text) return std::nullopt;
  auto parsed = policies::RoomId::parse(*text);
  if (!parsed) {
    reader.problem(id, here,
                   "expected an id of 1 to 64 letters, digits, _ and -, not " + quote(*text));
    return std::nullopt;
  }
  return *std::move(parsed);
}

std::shared_ptr<const policies::RoomSettings> SettingsChooser::choose(
    const RoomEntry& entry, const std::string& where, const std::string& origin_file,
    const Path& path) {
  const std::string name =
      entry.template_name.empty() ? std::string(default_template) : entry.template_name;
  const auto note = [&](std::uint32_t line, std::uint32_t column, std::string_view key,
                        std::string text, std::string did_you_mean = {}) {
    Problem problem;
    problem.file = where;
    problem.line = static_cast<int>(line);
    problem.column = static_cast<int>(column);
    problem.key = Path{&path, key, std::nullopt}.text();
    problem.text = std::move(text);
    problem.did_you_mean = std::move(did_you_mean);
    problems_.add(std::move(problem));
  };
  auto found = templates_.find(name);
  if (found == templates_.end()) {
    note(entry.template_line, entry.template_column, "template",
         "there is no template " + quote(name), nearest(name, names_of(templates_)));
    found = templates_.find(std::string(default_template));
  }
  if (entry.patch.empty()) return found->second;
  if (found->second->layout == policies::Layout::pooled) {
    bool good = true;
    for (const FieldPatch& one : entry.patch.fields) {
      const RoomField& field = room_fields()[one.field];
      if (field.in_pools) continue;
      good = false;
      note(one.line, one.column, field.key,
           "expected no settings of its own but room_connections in a room of pool " + quote(name) +
               ": rooms of the pool share one stream; put it into a template of its own, or use "
               "layout: dedicated");
    }
    if (!good) return found->second;
  }
  policies::RoomSettings settings = *found->second;
  apply_patch(entry.patch, "room", origin_file, settings);
  for (const Contradiction& wrong : settle(settings)) {
    note(entry.line, entry.column, wrong.key, wrong.text);
  }
  return std::make_shared<const policies::RoomSettings>(std::move(settings));
}

}  // namespace roomkeeper::config
