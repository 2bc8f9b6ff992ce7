#include "config/user_rules.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/connection_counts.h"
#include "config/field_readers.h"
#include "config/units.h"
#include "config/utf8.h"
#include "policies/limits.h"

namespace roomkeeper::config {
namespace {

using policies::OnLimit;
using policies::UserRule;

constexpr std::size_t longest_pattern = 256;
constexpr std::string_view prefix = "limits.";

const std::vector<std::string_view>& rule_keys() {
  static const std::vector<std::string_view> keys = {"connections", "on_limit"};
  return keys;
}

bool is_pattern(std::string_view text) {
  return !text.empty() && text.size() <= longest_pattern &&
         find_broken_utf8(text) == std::string_view::npos &&
         find_control(text, false) == std::string_view::npos;
}

EffectiveValue effective_value(const Reader& reader, NodeId id, std::string key,
                               std::string value) {
  EffectiveValue out;
  out.key = std::move(key);
  out.value = std::move(value);
  out.file = reader.file();
  out.line = static_cast<int>(reader.at(id).line);
  out.column = static_cast<int>(reader.at(id).column);
  out.origin = out.file + ":" + std::to_string(out.line) + ":" + std::to_string(out.column);
  return out;
}

class RulesReader {
 public:
  explicit RulesReader(Reader& reader)
      : reader_(reader), limits_{nullptr, "limits", std::nullopt}, users_{&limits_, "users", {}} {}

  void read(NodeId id) {
    const auto pairs = read_pairs(reader_, id, users_, "a mapping of users or patterns of users");
    if (pairs.size() > policies::user_rules_max) {
      reader_.problem(id, users_,
                      "expected at most " + std::to_string(policies::user_rules_max) +
                          " users or patterns of users, not " + std::to_string(pairs.size()));
      return;
    }
    for (const Pair& pair : pairs) read_rule(pair);
  }

  std::vector<UserRule> rules;
  std::vector<EffectiveValue> values;

 private:
  void read_rule(const Pair& pair) {
    const std::string_view pattern = reader_.document().text(pair.key);
    const Path path{&users_, pattern, std::nullopt};
    if (!is_pattern(pattern)) {
      reader_.problem(pair.key, path,
                      "expected a user or a pattern of users, 1 to " +
                          std::to_string(longest_pattern) +
                          " bytes of UTF-8 without control characters, not " + quote(pattern));
      return;
    }
    const NodeKind kind = reader_.at(pair.value).kind;
    if (kind == NodeKind::scalar || kind == NodeKind::sequence) {
      reader_.problem(pair.value, path, "expected a mapping such as {connections: 3}");
      return;
    }
    const MapReader map(reader_, pair.value, path, rule_keys());
    if (!map.ok()) return;
    const NodeId connections = map.find("connections");
    const NodeId on_limit = map.find("on_limit");
    if (connections == no_node && on_limit == no_node) {
      reader_.problem(pair.key, path,
                      "expected " + listed(rule_keys()) + ": this entry says nothing");
      return;
    }
    UserRule rule;
    rule.pattern = std::string(pattern);
    rule.origin = effective_value(reader_, pair.key, {}, {}).origin;
    if (connections != no_node) read_max(connections, path, rule);
    if (on_limit != no_node) read_on_limit(on_limit, path, rule);
    rules.push_back(std::move(rule));
  }

  void read_max(NodeId id, const Path& path, UserRule& rule) {
    rule.max = read_connections(reader_, id, Path{&path, "connections", std::nullopt});
    if (rule.max) add_value(id, rule, "connections", format_connections(rule.max));
  }

  void read_on_limit(NodeId id, const Path& path, UserRule& rule) {
    const auto value = read_choice(reader_, id, Path{&path, "on_limit", std::nullopt},
                                   std::array{OnLimit::reject_new, OnLimit::evict_oldest});
    if (!value) return;
    rule.on_limit = static_cast<OnLimit>(std::get<std::int64_t>(*value));
    add_value(id, rule, "on_limit", std::string(to_string(*rule.on_limit)));
  }

  void add_value(NodeId id, const UserRule& rule, const char* key, std::string value) {
    values.push_back(effective_value(
        reader_, id, std::string(prefix) + "users." + rule.pattern + "." + key, std::move(value)));
  }

  Reader& reader_;
  Path limits_;
  Path users_;
};

}  // namespace

void read_user_rules(Reader& reader, NodeId id, Config& config) {
  if (id == no_node) return;
  RulesReader rules(reader);
  rules.read(id);
  config.limits.connections.users = std::move(rules.rules);
  const auto last = std::find_if(
      config.effective.rbegin(), config.effective.rend(),
      [](const EffectiveValue& value) { return std::string_view(value.key).starts_with(prefix); });
  config.effective.insert(last.base(), std::make_move_iterator(rules.values.begin()),
                          std::make_move_iterator(rules.values.end()));
}

}  // namespace roomkeeper::config
