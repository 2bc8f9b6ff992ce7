#include "cli/room_file.h"

#include <algorithm>
#include <exception>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "config/document.h"
#include "config/problems.h"
#include "config/range.h"
#include "config/reader.h"
#include "config/source.h"
#include "config/units.h"
#include "config/utf8.h"
#include "policies/ids.h"

namespace roomkeeper::cli {
namespace {

using Json = nlohmann::ordered_json;
using config::Document;
using config::Node;
using config::NodeId;
using config::NodeKind;

/// What the admin API lets by is a little deeper; a room's own settings are three deep.
constexpr int deepest = 8;

/// Gathers entries whatever they were written in.
class Collector {
 public:
  explicit Collector(std::string name) { file_.name = std::move(name); }

  void refuse(int line, std::string id, std::string why) {
    file_.refused.push_back({line, std::move(id), "bad_request", std::move(why)});
  }

  /// One entry as an object.
  void take(int line, Json entry) {
    const auto id = entry.find("id");
    const auto range = entry.find("range");
    if (range != entry.end()) {
      if (id != entry.end()) return refuse(line, {}, "expected either id or range, not both");
      take_range(line, std::move(entry));
    } else if (id == entry.end()) {
      refuse(line, {}, "expected an id such as general");
    } else if (!id->is_string()) {
      refuse(line, {}, "id: expected a text");
    } else {
      take_room(line, *id->get_ptr<const Json::string_t*>(), entry);
    }
  }

  bool too_many() const { return file_.size() > file_rooms_max; }

  RoomFile finish() {
    refuse_duplicates();
    return std::move(file_);
  }

 private:
  void take_room(int line, const std::string& id, const Json& entry) {
    if (!policies::RoomId::parse(id)) {
      return refuse(line, id,
                    "expected an id of 1 to 64 letters, digits, _ and -, not " + config::quote(id));
    }
    std::string json = entry.dump(-1, ' ', false, Json::error_handler_t::replace);
    if (json.size() > file_room_bytes) return refuse(line, id, "longer than 64 KiB");
    file_.rooms.push_back({line, id, std::move(json)});
  }

  void take_range(int line, Json entry) {
    const Json& value = entry["range"];
    const auto* text = value.get_ptr<const Json::string_t*>();
    const auto range = config::parse_range(text == nullptr ? "" : *text);
    if (!range) return refuse(line, {}, "range: " + range.error().text);
    Json room = Json::object();
    room["id"] = "";
    for (auto& [key, setting] : entry.items()) {
      if (key != "range") room[key] = std::move(setting);
    }
    for (std::uint32_t number = range->low; !too_many(); ++number) {
      const std::string id = range->id(number);
      room["id"] = id;
      take_room(line, id, room);
      if (number == range->high) return;
    }
  }

  /// Which of two definitions is meant nobody can know: none of them is sent.
  void refuse_duplicates() {
    std::map<std::string, std::vector<int>> lines;
    for (const FileRoom& room : file_.rooms) lines[room.id].push_back(room.line);
    std::vector<FileRoom> once;
    once.reserve(file_.rooms.size());
    for (FileRoom& room : file_.rooms) {
      const std::vector<int>& of_room = lines.at(room.id);
      if (of_room.size() == 1) continue;
      std::string text = "named more than once, at lines ";
      for (std::size_t i = 0; i < of_room.size(); ++i)
        text += (i == 0                    ? ""
                 : i + 1 == of_room.size() ? " and "
                                           : ", ") +
                std::to_string(of_room[i]);
      refuse(room.line, room.id, text);
    }
    for (FileRoom& room : file_.rooms) {
      if (lines.at(room.id).size() == 1) once.push_back(std::move(room));
    }
    file_.rooms = std::move(once);
  }

  RoomFile file_;
};

// ---- YAML

/// A node as JSON: everything that is said is text there, which the daemon reads by its key.
/// nullopt after setting `why`.
std::optional<Json> json_of(const Document& document, NodeId id, int depth, std::string& why) {
  const Node& node = document.at(id);
  if (depth > deepest) {
    why = "nested too deep";
    return std::nullopt;
  }
  if (node.kind == NodeKind::null) return Json();
  if (node.kind == NodeKind::scalar) return Json(std::string(document.text(id)));
  if (node.kind == NodeKind::sequence) {
    Json list = Json::array();
    for (NodeId child = node.first; child != config::no_node; child = document.at(child).next) {
      auto value = json_of(document, child, depth + 1, why);
      if (!value) return std::nullopt;
      list.push_back(*std::move(value));
    }
    return list;
  }
  Json object = Json::object();
  for (NodeId key = node.first; key != config::no_node;) {
    const NodeId child = document.at(key).next;
    const std::string name(document.text(key));
    auto value = json_of(document, child, depth + 1, why);
    if (!value) return std::nullopt;
    if (object.contains(name)) {
      why = "expected each key once, not " + config::quote(name) + " again";
      return std::nullopt;
    }
    object[name] = *std::move(value);
    key = document.at(child).next;
  }
  return object;
}

class YamlEntries final : public config::EntrySink {
 public:
  explicit YamlEntries(Collector& collector) : collector_(collector) {}

  void on_entry(const Document& document, NodeId entry, std::size_t /*index*/) override {
    if (collector_.too_many()) return;
    const int line = static_cast<int>(document.at(entry).line);
    if (document.at(entry).kind != NodeKind::mapping)
      return collector_.refuse(line, {}, "expected a mapping such as {id: general}");
    std::string why;
    auto json = json_of(document, entry, 0, why);
    if (!json) return collector_.refuse(line, id_of(document, entry), why);
    collector_.take(line, *std::move(json));
  }

 private:
  static std::string id_of(const Document& document, NodeId entry) {
    for (NodeId key = document.at(entry).first; key != config::no_node;) {
      const NodeId value = document.at(key).next;
      if (document.text(key) == "id" && document.at(value).kind == NodeKind::scalar)
        return std::string(document.text(value));
      key = document.at(value).next;
    }
    return {};
  }

  Collector& collector_;
};

tl::unexpected<api::ApiError> unreadable(const std::string& name,
                                         const std::vector<config::Problem>& problems) {
  api::ApiError error{api::ApiCode::bad_request, name + ": cannot be read; nothing was sent", {}};
  for (const config::Problem& problem : problems)
    error.details.push_back(config::to_string(problem));
  return tl::unexpected<api::ApiError>(std::move(error));
}

config::Problem problem_at(const std::string& name, int line, int column, std::string text) {
  config::Problem problem;
  problem.file = name;
  problem.line = line;
  problem.column = column;
  problem.text = std::move(text);
  return problem;
}

api::ApiResult<void> parse_yaml(std::string_view text, const std::string& name,
                                Collector& collector) {
  YamlEntries entries(collector);
  const auto document =
      config::parse_document(text, name, &entries, config::EntryPlace::rooms_key_or_top);
  if (!document) return unreadable(name, {document.error()});
  if (document->empty())
    return unreadable(name, {problem_at(name, 1, 1, "expected rooms, not an empty file")});
  config::Problems problems;
  config::Reader reader(*document, name, problems);
  const NodeId root = document->root();
  if (reader.at(root).kind == NodeKind::sequence) return {};
  static const std::vector<std::string_view> keys = {"rooms"};
  const config::MapReader map(reader, root, config::Path{}, keys);
  const NodeId rooms = map.ok() ? map.find("rooms") : config::no_node;
  const config::Path path{nullptr, "rooms", std::nullopt};
  if (map.ok() && rooms == config::no_node) {
    reader.problem(root, path, "expected a list of rooms");
  } else if (map.ok() && reader.at(rooms).kind != NodeKind::null) {
    reader.list(rooms, path, "a list of rooms", false);
  }
  if (!problems.empty()) return unreadable(name, problems.take());
  return {};
}

// ---- JSON lines

/// The object of one line; an Error's text is where and what. Notices a key that is given twice,
/// which the parser itself would let pass.
Json parse_line(std::string_view line, std::string& duplicate) {
  std::vector<std::set<std::string>> open;
  const auto notice = [&](int /*depth*/, Json::parse_event_t event, Json& parsed) {
    if (event == Json::parse_event_t::object_start) open.emplace_back();
    if (event == Json::parse_event_t::object_end) open.pop_back();
    if (event == Json::parse_event_t::key && duplicate.empty()) {
      const auto* key = parsed.get_ptr<const Json::string_t*>();
      if (key != nullptr && !open.back().insert(*key).second) duplicate = *key;
    }
    return true;
  };
  return Json::parse(line.begin(), line.end(), notice);
}

int depth_of(const Json& value, int limit) {
  int depth = 0;
  if (!value.is_structured() || limit == 0) return depth;
  for (const Json& child : value) depth = std::max(depth, 1 + depth_of(child, limit - 1));
  return depth;
}

std::string id_of(const Json& room) {
  const auto id = room.find("id");
  return id != room.end() && id->is_string() ? *id->get_ptr<const Json::string_t*>() : "";
}

/// `{"rooms": [...]}` on one line is a document, anything else that begins so is a line.
bool is_json_lines(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos || text[begin] != '{') return false;
  const std::string_view line = text.substr(begin, text.find('\n', begin) - begin);
  const Json first = Json::parse(line.begin(), line.end(), nullptr, /*allow_exceptions=*/false);
  return first.is_object() && !first.contains("rooms");
}

api::ApiResult<void> parse_lines(std::string_view text, const std::string& name,
                                 Collector& collector) {
  constexpr std::string_view blank = " \t\r";
  for (int number = 1; !text.empty() && !collector.too_many(); ++number) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.find_first_not_of(blank) == std::string_view::npos) continue;
    try {
      std::string duplicate;
      Json room = parse_line(line, duplicate);
      if (!room.is_object()) {
        return unreadable(name, {problem_at(name, number, 1, "expected a JSON object")});
      }
      if (!duplicate.empty()) {
        collector.refuse(number, id_of(room),
                         "expected each key once, not " + config::quote(duplicate) + " again");
      } else if (depth_of(room, deepest + 1) > deepest) {
        collector.refuse(number, id_of(room), "nested too deep");
      } else {
        collector.take(number, std::move(room));
      }
    } catch (const Json::parse_error& error) {
      const std::string_view before =
          line.substr(0, std::min(line.size(), error.byte > 0 ? error.byte - 1 : 0));
      const bool is_text = config::find_broken_utf8(before) == std::string_view::npos;
      const std::size_t column = is_text ? config::count_characters(before) : before.size();
      return unreadable(
          name, {problem_at(name, number, static_cast<int>(column) + 1, "expected a JSON object")});
    } catch (const std::exception& error) {
      return unreadable(name, {problem_at(name, number, 1, error.what())});
    }
  }
  return {};
}

}  // namespace

api::ApiResult<RoomFile> parse_room_file(std::string_view text, const std::string& name) {
  Collector collector(name);
  const auto parsed =
      is_json_lines(text) ? parse_lines(text, name, collector) : parse_yaml(text, name, collector);
  if (!parsed) return tl::unexpected<api::ApiError>(parsed.error());
  if (collector.too_many()) return usage_error(name + ": more than 100000 rooms; nothing was sent");
  return collector.finish();
}

api::ApiResult<RoomFile> read_room_file(const std::string& path, Output& output) {
  if (path == "-") {
    const auto text = output.read_all(config::max_file_bytes);
    if (!text) return tl::unexpected<api::ApiError>(text.error());
    return parse_room_file(*text, "standard input");
  }
  const auto text = config::read_source(path, config::max_file_bytes);
  if (!text) return usage_error(path + ": " + text.error().text);
  return parse_room_file(*text, path);
}

}  // namespace roomkeeper::cli
