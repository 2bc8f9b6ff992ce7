#include "config/setting_values.h"

#include <algorithm>
#include <utility>

#include "config/nearest.h"
#include "config/units.h"

namespace roomkeeper::config {
namespace {

constexpr std::size_t no_row = static_cast<std::size_t>(-1);

std::size_t row_of(std::string_view key) {
  const auto& rows = setting_rows();
  const auto found = std::find_if(rows.begin(), rows.end(),
                                  [key](const SettingRow& row) { return row.key == key; });
  return found == rows.end() ? no_row : static_cast<std::size_t>(found - rows.begin());
}

/// Keys of the mapping at `prefix` ("" is the top).
std::vector<std::string_view> keys_at(std::string_view prefix) {
  std::vector<std::string_view> keys;
  for (const SettingRow& row : setting_rows()) {
    std::string_view rest = row.key;
    if (!prefix.empty()) {
      if (!rest.starts_with(prefix) || rest.size() <= prefix.size() || rest[prefix.size()] != '.')
        continue;
      rest.remove_prefix(prefix.size() + 1);
    }
    const std::string_view key = rest.substr(0, rest.find('.'));
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
  }
  if (prefix.empty()) keys.insert(keys.end(), {"templates", "rooms"});
  if (prefix == "limits") keys.emplace_back("users");
  return keys;
}

/// Where the node of `key` goes that is no setting; null: it is one, or a section.
NodeId* list_of(SettingValues::Lists& lists, std::string_view key) {
  if (key == "templates") return &lists.templates;
  if (key == "rooms") return &lists.rooms;
  return key == "limits.users" ? &lists.limit_users : nullptr;
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> out;
  if (trimmed(text).empty()) return out;
  for (;;) {
    const std::size_t comma = text.find(',');
    out.emplace_back(trimmed(text.substr(0, comma)));
    if (comma == std::string_view::npos) return out;
    text.remove_prefix(comma + 1);
  }
}

}  // namespace

SettingValues::SettingValues(Config& config, Problems& problems)
    : config_(config), problems_(problems), origins_(setting_rows().size()) {}

SettingValues::Lists SettingValues::take_file(Reader& reader, const std::string& directory) {
  Lists lists;
  take_section(reader, reader.document().root(), Path{}, {}, directory, lists);
  return lists;
}

/// Recursion is as deep as the table's keys.
void SettingValues::take_section(Reader& reader, NodeId id, const Path& path,
                                 std::string_view prefix, const std::string& base, Lists& lists) {
  const std::vector<std::string_view> keys = keys_at(prefix);
  const bool is_limit = std::find(keys.begin(), keys.end(), "max") != keys.end();
  if (is_limit && reader.at(id).kind == NodeKind::scalar)
    return reader.problem(id, path, "expected a mapping such as {max: 3}");
  const MapReader map(reader, id, path, keys);
  if (!map.ok()) return;
  for (const std::string_view key : keys) {
    const NodeId value = map.find(key);
    if (value == no_node) continue;
    const Path here{prefix.empty() ? nullptr : &path, key, std::nullopt};
    const std::string full =
        prefix.empty() ? std::string(key) : std::string(prefix) + "." + std::string(key);
    if (NodeId* list = list_of(lists, full)) {
      *list = value;
      continue;
    }
    const std::size_t row = row_of(full);
    if (row == no_row) {
      take_section(reader, value, here, full, base, lists);
    } else {
      take_node(reader, value, here, row, base);
    }
  }
}

void SettingValues::take_node(Reader& reader, NodeId id, const Path& path, std::size_t row_number,
                              const std::string& base) {
  const SettingRow& row = setting_rows()[row_number];
  if (row.secret) {
    reader.problem(id, path,
                   "a secret does not belong in this file; use " + row.key +
                       "_file or the environment variable " + row.environment);
    return;
  }
  SettingInput input;
  input.base = base;
  std::vector<NodeId> places;
  if (!row.list) {
    const auto text = reader.scalar(id, path, row.type);
    if (!text) return;
    input.items.emplace_back(*text);
    places.push_back(id);
  } else if (reader.at(id).kind == NodeKind::scalar) {
    input.items = split_list(reader.document().text(id));
    places.assign(input.items.size(), id);
  } else if (reader.at(id).kind != NodeKind::null) {
    const auto nodes = reader.list(id, path, "a list", false);
    if (!nodes) return;
    for (std::size_t i = 0; i < nodes->size(); ++i) {
      const auto text = reader.scalar((*nodes)[i], Path{&path, {}, i}, "text");
      if (!text) return;
      input.items.emplace_back(*text);
    }
    places = *nodes;
  }
  const Applied applied = row.apply(config_, input);
  if (!applied) {
    const std::size_t item = applied.error().item;
    reader.problem(item < places.size() ? places[item] : id, path, applied.error().text,
                   applied.error().did_you_mean);
    return;
  }
  const Node& node = reader.at(id);
  Origin& origin = origins_[row_number];
  origin.file = reader.file();
  origin.line = static_cast<int>(node.line);
  origin.column = static_cast<int>(node.column);
  origin.text =
      origin.file + ":" + std::to_string(origin.line) + ":" + std::to_string(origin.column);
}

void SettingValues::take_text(const std::string& kind, const std::string& name,
                              std::size_t row_number, const std::string& text,
                              const std::string& here) {
  const SettingRow& row = setting_rows()[row_number];
  SettingInput input;
  input.base = here;
  if (row.list) {
    input.items = split_list(text);
  } else {
    input.items.push_back(text);
  }
  const Applied applied = row.apply(config_, input);
  if (!applied) {
    Problem problem;
    problem.file = kind;
    problem.key = row.key;
    problem.text = applied.error().text;
    problem.did_you_mean = applied.error().did_you_mean;
    problems_.add(std::move(problem));
    return;
  }
  origins_[row_number] = Origin{kind + " " + name, kind, 0, 0};
}

void SettingValues::take_environment(const std::map<std::string, std::string>& environment,
                                     const std::string& here) {
  for (std::size_t i = 0; i < setting_rows().size(); ++i) {
    const SettingRow& row = setting_rows()[i];
    const auto found = environment.find(row.environment);
    if (found != environment.end())
      take_text("environment", row.environment, i, found->second, here);
  }
}

void SettingValues::take_flags(const std::map<std::string, std::string>& flags,
                               const std::string& here) {
  for (const auto& [key, text] : flags) {
    const std::size_t row = row_of(key);
    if (row != no_row && !setting_rows()[row].flag.empty()) {
      take_text("flag", "--" + setting_rows()[row].flag, row, text, here);
      continue;
    }
    Problem problem;
    problem.file = "flag";
    problem.key = key;
    problem.text = row == no_row ? "unknown setting"
                                 : "a secret does not belong on a command line; use " +
                                       setting_rows()[row].environment;
    problems_.add(std::move(problem));
  }
}

void SettingValues::finish() {
  config_.effective.clear();
  for (std::size_t i = 0; i < setting_rows().size(); ++i) {
    const SettingRow& row = setting_rows()[i];
    const Origin& origin = origins_[i];
    EffectiveValue value;
    value.key = row.key;
    value.value = row.show(config_);
    value.origin = origin.text;
    value.file = origin.file;
    value.line = origin.line;
    value.column = origin.column;
    config_.effective.push_back(std::move(value));
  }
}

}  // namespace roomkeeper::config
