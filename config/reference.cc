#include "config/reference.h"

#include <string_view>

#include "config/load.h"
#include "config/room_fields.h"

namespace roomkeeper::config {
namespace {

/// A bar would end the cell.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

std::string code(std::string_view text) {
  return text.empty() ? std::string("-") : "`" + cell(text) + "`";
}

std::string_view places(const RoomField& field) {
  if (field.template_only) return "template";
  return field.in_pools ? "template, room, room of a pool" : "template, room";
}

}  // namespace

std::string settings_markdown() {
  std::string out =
      "| key | type | default | flag | environment | meaning |\n|---|---|---|---|---|---|\n";
  for (const Setting& setting : settings()) {
    const std::string flag = setting.flag.empty() ? "" : "--" + std::string(setting.flag);
    const std::string key = setting.secret ? "- (never in a file)" : code(setting.key);
    out += "| " + key + " | " + cell(setting.type) + " | " + code(setting.fallback) + " | " +
           code(flag) + " | " + code(setting.environment) + " | " + cell(setting.help) + " |\n";
  }
  return out;
}

std::string room_settings_markdown() {
  std::string out = "| key | type | built-in | may stand in | meaning |\n|---|---|---|---|---|\n";
  const policies::RoomSettings built_in = built_in_settings();
  for (const RoomField& field : room_fields()) {
    // Markdown in the help stays: it is ours.
    out += "| " + code(field.key) + " | " + cell(field.type) + " | " + code(field.show(built_in)) +
           " | " + std::string(places(field)) + " | " + cell(field.help) + " |\n";
  }
  return out;
}

}  // namespace roomkeeper::config
