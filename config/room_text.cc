#include "config/room_text.h"

#include <algorithm>
#include <array>
#include <utility>
#include <variant>
#include <vector>

#include "config/room_fields.h"
#include "config/templates.h"
#include "config/text_quoting.h"
#include "config/units.h"

namespace roomkeeper::config {
namespace {

using policies::RoomSettings;
using policies::RoomSpec;

/// A key with its value: a text as it stands in the file, a list, or a mapping.
struct Item {
  std::string key;
  std::string json;  ///< empty: a mapping
  std::string yaml;
  bool in_line = false;  ///< a mapping on one line
  std::vector<Item> children;
};

Item leaf(std::string_view key, std::string json, std::string yaml) {
  return Item{std::string(key), std::move(json), std::move(yaml), false, {}};
}

Item text_item(std::string_view key, std::string_view text) {
  return leaf(key, quoted_json(text), yaml_text(text));
}

Item list_item(std::string_view key, const std::vector<std::string>& items) {
  std::string json = "[";
  std::string yaml = "[";
  for (const std::string& item : items) {
    json += (json.size() > 1 ? "," : "") + quoted_json(item);
    yaml += (yaml.size() > 1 ? ", " : "") + yaml_text(item);
  }
  return leaf(key, json + "]", yaml + "]");
}

Item mapping(std::string_view key, std::vector<Item> children) {
  return Item{std::string(key), {}, {}, true, std::move(children)};
}

bool is_whole_number(std::string_view text) {
  constexpr std::size_t longest = 15;  // every reader of JSON keeps that many digits
  return !text.empty() && text.size() <= longest && (text.size() == 1 || text.front() != '0') &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// `1h30m`, `64MiB`: begins with a digit, ends with the unit.
bool is_measure(std::string_view text) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  return text.size() > 1 && is_digit(text.front()) && is_letter(text.back()) &&
         std::all_of(text.begin(), text.end(), [&](char c) { return is_digit(c) || is_letter(c); });
}

/// A value as `show` writes it.
Item shown_item(std::string_view key, const std::string& text) {
  if (is_whole_number(text)) return leaf(key, text, text);
  if (is_measure(text)) return leaf(key, quoted_json(text), text);
  return text_item(key, text);
}

Item retention_item(const policies::RetentionRule& rule) {
  if (const auto* midnight = std::get_if<policies::UntilMidnight>(&rule)) {
    const std::string days = std::to_string(midnight->days);
    return mapping("retention", {text_item("until", "midnight"), leaf("days", days, days),
                                 text_item("timezone", midnight->zone->name())});
  }
  if (const auto* age = std::get_if<policies::KeepFor>(&rule))
    return mapping("retention", {shown_item("max_age", format_duration(age->age))});
  return mapping("retention", {leaf("forever", "true", "true")});
}

/// What two rooms are compared by.
std::string value_of(const RoomField& field, const RoomSettings& settings) {
  if (field.key == "retention") return policies::to_text(settings.retention);
  if (field.items == nullptr) return field.show(settings);
  std::string text;
  for (const std::string& item : field.items(settings)) text += item + "\n";
  return text;
}

bool is_own(const RoomField& field, const RoomSettings& settings) {
  const auto origin = settings.origins.find(std::string(field.key));
  return origin != settings.origins.end() && origin->second.starts_with("room");
}

/// What the room would have if it did not say `stream.duplicate_window`.
RoomSettings without_window(const RoomSettings& settings, const RoomSettings& base) {
  constexpr const char* window = "stream.duplicate_window";
  RoomSettings left = settings;
  left.stream.duplicate_window = base.stream.duplicate_window;
  const auto origin = base.origins.find(window);
  left.origins[window] = origin == base.origins.end() ? "built-in" : origin->second;
  static_cast<void>(settle(left));  // a contradiction is resolved by saying the window
  return left;
}

Item field_item(const RoomField& field, const RoomSettings& settings) {
  if (field.key == "retention") return retention_item(settings.retention);
  const std::string_view key = field.key.substr(field.key.rfind('.') + 1);
  if (field.items != nullptr) return list_item(key, field.items(settings));
  if (field.type == "bool") return leaf(key, field.show(settings), field.show(settings));
  return shown_item(key, field.show(settings));
}

/// Puts the item where its key path says: `stream.placement.tags` below two mappings.
void put(std::vector<Item>& items, std::string_view path, Item item) {
  const std::size_t dot = path.find('.');
  if (dot == std::string_view::npos) {
    items.push_back(std::move(item));
    return;
  }
  const std::string_view head = path.substr(0, dot);
  if (items.empty() || items.back().key != head) {
    items.push_back(mapping(head, {}));
    items.back().in_line = false;
  }
  put(items.back().children, path.substr(dot + 1), std::move(item));
}

std::vector<Item> items_of(const RoomSpec& room, const RoomSettings& base) {
  std::vector<Item> items = {text_item("id", room.id.text())};
  if (!room.title.empty()) items.push_back(text_item("title", room.title));
  if (!room.topic.empty()) items.push_back(text_item("topic", room.topic));
  if (!room.tags.empty()) items.push_back(list_item("tags", room.tags));
  const RoomSettings& settings = *room.settings;
  if (settings.template_name != default_template)
    items.push_back(text_item("template", settings.template_name));
  const RoomSettings derived = without_window(settings, base);
  for (const RoomField& field : room_fields()) {
    if (field.template_only) continue;
    const RoomSettings& left = field.key == "stream.duplicate_window" ? derived : base;
    if (!is_own(field, settings) && value_of(field, settings) == value_of(field, left)) continue;
    // No placement in a cluster: that cannot be said.
    if (field.items == nullptr && field.show(settings).empty()) continue;
    put(items, field.key, field_item(field, settings));
  }
  return items;
}

std::string json_of(const std::vector<Item>& items) {
  std::string out = "{";
  for (const Item& item : items) {
    if (out.size() > 1) out += ',';
    out += '"' + item.key + "\":" + (item.json.empty() ? json_of(item.children) : item.json);
  }
  return out + "}";
}

std::string flow_of(const std::vector<Item>& items) {
  std::string out = "{";
  for (const Item& item : items) out += (out.size() > 1 ? ", " : "") + item.key + ": " + item.yaml;
  return out + "}";
}

void append_yaml(const std::vector<Item>& items, const std::string& indent, std::string& out) {
  for (const Item& item : items) {
    out += indent + item.key + ":";
    if (!item.json.empty()) {
      out += " " + item.yaml + "\n";
    } else if (item.in_line) {
      out += " " + flow_of(item.children) + "\n";
    } else {
      out += "\n";
      append_yaml(item.children, indent + "  ", out);
    }
  }
}

}  // namespace

std::string room_entry_text(const RoomSpec& room, const RoomSettings& base, EntryFormat format) {
  const std::vector<Item> items = items_of(room, base);
  if (format == EntryFormat::json) return json_of(items);
  std::string out;
  append_yaml(items, "    ", out);
  out.replace(0, 4, "  - ");
  return out;
}

bool same_definition(const RoomSpec& a, const RoomSpec& b) {
  if (a.id != b.id || a.title != b.title || a.topic != b.topic || a.tags != b.tags ||
      a.settings->template_name != b.settings->template_name) {
    return false;
  }
  if (a.settings == b.settings) return true;
  return std::all_of(room_fields().begin(), room_fields().end(), [&](const RoomField& field) {
    const bool own = is_own(field, *a.settings);
    return own == is_own(field, *b.settings) &&
           (!own || value_of(field, *a.settings) == value_of(field, *b.settings));
  });
}

}  // namespace roomkeeper::config
