// Typed reading of a document: what is wrong is noted with its place and key, and reading goes on.
#ifndef ROOMKEEPER_CONFIG_READER_H_
#define ROOMKEEPER_CONFIG_READER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/document.h"
#include "config/problems.h"
#include "policies/result.h"

namespace roomkeeper::config {

/// A key's way from the top, as a chain on the stack: written out only when something is wrong.
struct Path {
  const Path* parent = nullptr;
  std::string_view key;
  std::optional<std::size_t> index;  ///< of a list's entry
  std::string text() const;          ///< `rooms[3].stream.max_bytes`
};

/// A document, its name, and where problems go. Thread: one. Owns nothing.
class Reader {
 public:
  Reader(const Document& document, const std::string& file, Problems& problems)
      : document_(document), file_(file), problems_(problems) {}

  const Document& document() const { return document_; }
  const std::string& file() const { return file_; }
  const Node& at(NodeId id) const { return document_.at(id); }

  void problem(NodeId id, const Path& path, std::string text, std::string did_you_mean = {});
  /// The same where only the place is left; both 1-based.
  void problem_at(std::uint32_t line, std::uint32_t column, const Path& path, std::string text,
                  std::string did_you_mean = {});

  /// The text of a scalar; a problem naming `expected` when it is something else.
  std::optional<std::string_view> scalar(NodeId id, const Path& path, std::string_view expected);

  /// A scalar read by one of the typed parsers.
  template <class T, class Parse>
  std::optional<T> typed(NodeId id, const Path& path, std::string_view expected, Parse parse) {
    const auto text = scalar(id, path, expected);
    if (!text) return std::nullopt;
    auto value = parse(*text);
    if (!value) {
      problem(id, path, std::move(value.error().text));
      return std::nullopt;
    }
    return static_cast<T>(*std::move(value));
  }

  /// The entries of a list; a problem when it is none. A single scalar is a list of one where
  /// `or_scalar` says so.
  std::optional<std::vector<NodeId>> list(NodeId id, const Path& path, std::string_view expected,
                                          bool or_scalar);

 private:
  const Document& document_;
  const std::string& file_;
  Problems& problems_;
};

/// A mapping of known keys. Notes unknown keys and keys named twice; nothing (null) is an empty
/// mapping.
class MapReader {
 public:
  /// `known` must outlive it.
  MapReader(Reader& reader, NodeId id, const Path& path,
            const std::vector<std::string_view>& known);

  /// False when the node was no mapping; that is noted.
  bool ok() const { return ok_; }
  /// The value's node, or no_node. REQUIRES: one of `known`.
  NodeId find(std::string_view key) const;

 private:
  const std::vector<std::string_view>& known_;
  std::vector<NodeId> values_;
  bool ok_ = false;
};

/// The pairs of a mapping with free keys, each once; a key named twice is noted.
struct Pair {
  NodeId key = no_node;
  NodeId value = no_node;
};
std::vector<Pair> read_pairs(Reader& reader, NodeId id, const Path& path,
                             std::string_view expected);

/// `a, b or c` of choices, for messages.
std::string listed(const std::vector<std::string_view>& words);

}  // namespace roomkeeper::config

#endif  // ROOMKEEPER_CONFIG_READER_H_
