#include "config/reader.h"

#include <algorithm>
#include <map>
#include <utility>

#include "config/nearest.h"
#include "config/units.h"

namespace roomkeeper::config {
namespace {

/// More keys than this help nobody who wrote no mapping at all.
constexpr std::size_t most_listed = 8;

std::string_view kind_name(NodeKind kind) {
  switch (kind) {
    case NodeKind::null:
      return "nothing";
    case NodeKind::scalar:
      return "text";
    case NodeKind::sequence:
      return "a list";
    case NodeKind::mapping:
      return "a mapping";
  }
  return "something else";
}

std::string expected_but(std::string_view expected, NodeKind kind) {
  return "expected " + std::string(expected) + ", not " + std::string(kind_name(kind));
}

/// A key as a part of a path: shortened, so that a problem stays one line.
std::string path_key(std::string_view key) {
  const std::string shown = quote(key);
  return shown.substr(1, shown.size() - 2);
}

std::string named_before(const Reader& reader, NodeId first) {
  const Node& node = reader.at(first);
  return "expected each key once; it stands at line " + std::to_string(node.line) + ", column " +
         std::to_string(node.column) + " already";
}

}  // namespace

std::string Path::text() const {
  std::string out = parent == nullptr ? std::string() : parent->text();
  if (index) return out + "[" + std::to_string(*index) + "]";
  if (key.empty()) return out;
  if (!out.empty()) out += '.';
  return out + path_key(key);
}

std::string listed(const std::vector<std::string_view>& words) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) out += i + 1 == words.size() ? " or " : ", ";
    out += words[i];
  }
  return out;
}

void Reader::problem(NodeId id, const Path& path, std::string text, std::string did_you_mean) {
  const Node& node = document_.at(id);
  problem_at(node.line, node.column, path, std::move(text), std::move(did_you_mean));
}

void Reader::problem_at(std::uint32_t line, std::uint32_t column, const Path& path,
                        std::string text, std::string did_you_mean) {
  Problem problem;
  problem.file = file_;
  problem.line = static_cast<int>(line);
  problem.column = static_cast<int>(column);
  problem.key = path.text();
  problem.text = std::move(text);
  problem.did_you_mean = std::move(did_you_mean);
  problems_.add(std::move(problem));
}

std::optional<std::string_view> Reader::scalar(NodeId id, const Path& path,
                                               std::string_view expected) {
  if (at(id).kind == NodeKind::scalar) return document_.text(id);
  problem(id, path, expected_but(expected, at(id).kind));
  return std::nullopt;
}

std::optional<std::vector<NodeId>> Reader::list(NodeId id, const Path& path,
                                                std::string_view expected, bool or_scalar) {
  const Node& node = at(id);
  std::vector<NodeId> out;
  if (node.kind == NodeKind::scalar && or_scalar) return std::vector<NodeId>{id};
  if (node.kind != NodeKind::sequence) {
    problem(id, path, expected_but(expected, node.kind));
    return std::nullopt;
  }
  for (NodeId child = node.first; child != no_node; child = at(child).next) out.push_back(child);
  return out;
}

MapReader::MapReader(Reader& reader, NodeId id, const Path& path,
                     const std::vector<std::string_view>& known)
    : known_(known), values_(known.size(), no_node) {
  const Node& node = reader.at(id);
  ok_ = node.kind == NodeKind::mapping || node.kind == NodeKind::null;
  if (!ok_) {
    const bool few = known.size() <= most_listed;
    reader.problem(id, path,
                   expected_but(few ? "a mapping with " + listed(known) : "a mapping", node.kind));
    return;
  }
  std::vector<NodeId> keys(known.size(), no_node);
  for (NodeId key = node.first; key != no_node;) {
    const NodeId value = reader.at(key).next;
    const std::string_view name = reader.document().text(key);
    const auto found = std::find(known.begin(), known.end(), name);
    const Path here{&path, name, std::nullopt};
    if (found == known.end()) {
      std::string mean = nearest(name, known);
      std::string text = "unknown key";
      if (mean.empty()) text += "; expected " + listed(known);
      reader.problem(key, here, std::move(text), std::move(mean));
    } else {
      const auto index = static_cast<std::size_t>(found - known.begin());
      if (keys[index] != no_node) {
        reader.problem(key, here, named_before(reader, keys[index]));
      } else {
        keys[index] = key;
        values_[index] = value;
      }
    }
    key = reader.at(value).next;
  }
}

NodeId MapReader::find(std::string_view key) const {
  const auto found = std::find(known_.begin(), known_.end(), key);
  return found == known_.end() ? no_node
                               : values_[static_cast<std::size_t>(found - known_.begin())];
}

std::vector<Pair> read_pairs(Reader& reader, NodeId id, const Path& path,
                             std::string_view expected) {
  std::vector<Pair> out;
  const Node& node = reader.at(id);
  if (node.kind == NodeKind::null) return out;
  if (node.kind != NodeKind::mapping) {
    reader.problem(id, path, expected_but(expected, node.kind));
    return out;
  }
  std::map<std::string_view, NodeId> seen;
  for (NodeId key = node.first; key != no_node;) {
    const NodeId value = reader.at(key).next;
    const std::string_view name = reader.document().text(key);
    const auto [place, fresh] = seen.emplace(name, key);
    if (fresh) {
      out.push_back(Pair{key, value});
    } else {
      reader.problem(key, Path{&path, name, std::nullopt}, named_before(reader, place->second));
    }
    key = reader.at(value).next;
  }
  return out;
}

}  // namespace roomkeeper::config
