#include "config/print.h"

#include <algorithm>
#include <array>
#include <vector>

#include "config/room_fields.h"
#include "config/utf8.h"

namespace roomkeeper::config {
namespace {

using Line = std::array<std::string, 3>;

/// Columns as wide as their widest text, but long lists do not push the rest off the screen.
std::string aligned(const std::vector<Line>& lines, const std::string& indent) {
  constexpr std::size_t widest = 48;
  std::array<std::size_t, 2> width{};
  for (const Line& line : lines) {
    for (std::size_t i = 0; i < width.size(); ++i) {
      width[i] = std::max(width[i], std::min(widest, count_characters(line[i])));
    }
  }
  std::string out;
  for (const Line& line : lines) {
    out += indent;
    for (std::size_t i = 0; i < width.size(); ++i) {
      const std::size_t size = count_characters(line[i]);
      out += line[i];
      out.append(size < width[i] ? width[i] - size + 2 : 2, ' ');
    }
    out += line[2] + "\n";
  }
  return out;
}

std::string or_dash(const std::string& text) {
  return text.empty() ? "-" : text;
}

}  // namespace

std::string print_room_settings(const policies::RoomSettings& settings, const std::string& indent) {
  std::vector<Line> lines;
  for (const RoomField& field : room_fields()) {
    const auto origin = settings.origins.find(std::string(field.key));
    lines.push_back({std::string(field.key), or_dash(field.show(settings)),
                     origin == settings.origins.end() ? std::string("built-in") : origin->second});
  }
  return aligned(lines, indent);
}

std::string print_config(const Config& config) {
  std::vector<Line> lines;
  for (const EffectiveValue& value : config.effective) {
    lines.push_back({value.key, or_dash(value.value), value.origin});
  }
  std::string out = aligned(lines, "");
  for (const auto& [name, settings] : config.templates) {
    out += "\ntemplate " + name + "\n" + print_room_settings(*settings, "  ");
  }
  const std::size_t rooms = config.rooms.rooms.size();
  out += "\n" + std::to_string(rooms) + (rooms == 1 ? " room" : " rooms") + " in " +
         std::to_string(config.files.size()) + (config.files.size() == 1 ? " file\n" : " files\n");
  for (const std::string& doubt : config.rooms.doubts) out += "incomplete: " + doubt + "\n";
  return out;
}

}  // namespace roomkeeper::config
