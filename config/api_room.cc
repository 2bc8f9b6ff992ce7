// A room of the admin API: the shape of an entry of `rooms:`, as JSON or YAML.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <utility>

#include "config/load.h"
#include "config/rooms.h"
#include "config/source.h"
#include "config/units.h"

namespace roomkeeper::config {
namespace {

constexpr std::size_t max_request_bytes = std::size_t{64} * 1024;
constexpr const char* request_name = "request";

/// The four hexadecimal digits of `\uXXXX` at `at`, or -1.
int escaped_unit(std::string_view text, std::size_t at) {
  if (text.substr(at, 2) != "\\u" || text.size() < at + 6) return -1;
  int value = 0;
  for (const char c : text.substr(at + 2, 4)) {
    const bool digit = c >= '0' && c <= '9';
    const char folded = static_cast<char>(c | 0x20);
    if (!digit && (folded < 'a' || folded > 'f')) return -1;
    value = value * 16 + (digit ? c - '0' : folded - 'a' + 10);
  }
  return value;
}

/// JSON writes characters above U+FFFF as two escapes, which YAML does not know: they become YAML's
/// one (`\U`).
std::string without_surrogates(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || text[first] != '{') return std::string(text);
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] != '\\') {
      out += text[at++];
      continue;
    }
    const int high = escaped_unit(text, at);
    const int low = high >= 0xD800 && high <= 0xDBFF ? escaped_unit(text, at + 6) : -1;
    if (low >= 0xDC00 && low <= 0xDFFF) {
      char escape[16];
      std::snprintf(escape, sizeof escape, "\\U%08X",
                    0x10000U + static_cast<unsigned>((high - 0xD800) * 0x400 + low - 0xDC00));
      out += escape;
      at += 12;
    } else {
      out += text.substr(at, 2);
      at += 2;
    }
  }
  return out;
}

std::optional<policies::RoomSpec> read_room(const Document& document, const Config& config,
                                            Problems& problems) {
  const std::string name = request_name;
  Reader reader(document, name, problems);
  const NodeId root = document.root();
  const Path top{};
  const MapReader map(reader, root, top, room_keys(false));
  if (!map.ok()) return std::nullopt;
  auto id = read_room_id(reader, map, top, root);
  RoomEntry entry = read_room_entry(reader, map, top, root);
  SettingsChooser chooser(config.templates, problems);
  auto settings = chooser.choose(entry, name, {}, top);
  if (!id) return std::nullopt;
  return policies::RoomSpec{*std::move(id),
                            policies::RoomOwner::api,
                            std::move(entry.title),
                            std::move(entry.topic),
                            std::move(entry.tags),
                            std::move(settings),
                            {}};
}

Problem at_start(std::string text) {
  Problem problem;
  problem.file = request_name;
  problem.line = 1;
  problem.column = 1;
  problem.text = std::move(text);
  return problem;
}

}  // namespace

Loaded<policies::RoomSpec> parse_api_room(std::string_view text, const Config& config) {
  try {
    if (text.size() > max_request_bytes) {
      return tl::unexpected(std::vector{at_start("expected at most 64 KiB")});
    }
    const auto document =
        parse_document(without_surrogates(text), request_name, nullptr, EntryPlace::none);
    if (!document) return tl::unexpected(std::vector{document.error()});
    if (document->empty())
      return tl::unexpected(std::vector{at_start("expected a room, not nothing")});
    Problems problems;
    auto room = read_room(*document, config, problems);
    if (!problems.empty()) return tl::unexpected(problems.take());
    if (!room) return tl::unexpected(std::vector{at_start("expected a room")});
    return *std::move(room);
  } catch (const std::exception& error) {
    return tl::unexpected(std::vector{at_start(std::string("cannot be read: ") + error.what())});
  }
}

}  // namespace roomkeeper::config
