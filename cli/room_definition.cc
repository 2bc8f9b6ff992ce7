#include "cli/room_definition.h"

#include <fstream>
#include <limits>
#include <utility>

#include <nlohmann/json.hpp>

#include "api/codec.h"
#include "config/units.h"

namespace roomkeeper::cli {
namespace {

using Json = nlohmann::ordered_json;

api::ApiResult<std::string> read_definition(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return usage_error(path + ": cannot be read");
  std::string text(api::max_request_bytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > api::max_request_bytes) return usage_error(path + ": longer than 1 MiB");
  return text;
}

api::ApiResult<Json> given_room(const Arguments& arguments, Output& output) {
  if (!arguments.has("file")) return Json::object();
  const std::string path = arguments.value("file");
  const auto text = path == "-" ? output.read_all(api::max_request_bytes) : read_definition(path);
  if (!text) return tl::unexpected<api::ApiError>(text.error());
  Json room = Json::parse(*text, nullptr, /*allow_exceptions=*/false);
  if (!room.is_object())
    return usage_error((path == "-" ? "standard input" : path) + ": not a JSON object");
  return room;
}

/// Whole numbers and true/false as such, everything else as a text.
Json scalar(const std::string& text) {
  constexpr auto low = std::numeric_limits<std::int64_t>::min();
  constexpr auto high = std::numeric_limits<std::int64_t>::max();
  if (const auto number = config::parse_integer(text, low, high)) return *number;
  if (text == "true" || text == "false") return text == "true";
  return text;
}

/// `stream.max_bytes=32MiB`: objects on the way are made.
api::ApiResult<void> set_value(Json& room, const std::string& assignment) {
  const std::size_t equals = assignment.find('=');
  if (equals == std::string::npos || equals == 0) {
    return usage_error("--set " + assignment +
                       ": expected KEY=VALUE, such as stream.max_bytes=32MiB");
  }
  const std::string path = assignment.substr(0, equals);
  Json* place = &room;
  std::size_t start = 0;
  for (;;) {
    const std::size_t dot = path.find('.', start);
    const std::string key = path.substr(start, dot == std::string::npos ? dot : dot - start);
    if (key.empty()) return usage_error("--set " + assignment + ": an empty key");
    if (!place->is_object() && !place->is_null()) {
      return usage_error("--set " + assignment + ": \"" + path.substr(0, start - 1) +
                         "\" is a value, not an object");
    }
    place = &(*place)[key];
    if (dot == std::string::npos) break;
    start = dot + 1;
  }
  *place = scalar(assignment.substr(equals + 1));
  return {};
}

}  // namespace

api::ApiResult<std::string> room_definition(const Arguments& arguments, Output& output) {
  auto given = given_room(arguments, output);
  if (!given) return tl::unexpected<api::ApiError>(given.error());
  Json room = Json::object();
  if (!arguments.positionals.empty())
    room["id"] = arguments.positionals[0];  // first, for those who read it
  for (auto& [key, value] : given->items()) {
    if (!room.contains(key)) room[key] = value;
  }
  for (const char* field : {"title", "topic", "template"}) {
    if (arguments.has(field)) room[field] = arguments.value(field);
  }
  if (arguments.has("tag")) room["tags"] = arguments.values("tag");
  for (const std::string& assignment : arguments.values("set")) {
    if (auto set = set_value(room, assignment); !set)
      return tl::unexpected<api::ApiError>(set.error());
  }
  const auto id = room.find("id");
  if (id == room.end() || !id->is_string())
    return usage_error("the room has no id: name it, or give --file with one");
  return room.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace roomkeeper::cli
