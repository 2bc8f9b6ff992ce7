// A YAML document as a compact tree with places, built from parser events.
//
// Not yaml-cpp's node tree: that takes 505 MB for 100,000 rooms. The entries of a `rooms:` list are
// handed out one by one while the text is read and forgotten again, so that a long list costs no
// more than a short one. Refused: broken UTF-8, control characters, anchors and aliases, tags other
// than !!str, keys that are no plain text, a second document, nesting deeper than 32, texts above
// 64 KiB.
#ifndef ROOMKEEPER_CONFIG_DOCUMENT_H_
#define ROOMKEEPER_CONFIG_DOCUMENT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "config/config.h"

namespace roomkeeper::config {

using NodeId = std::uint32_t;
inline constexpr NodeId no_node = 0xFFFFFFFFU;

enum class NodeKind : std::uint8_t { null, scalar, sequence, mapping };

struct Node {
  std::uint32_t line = 0;    ///< 1-based
  std::uint32_t column = 0;  ///< 1-based, in characters
  std::uint32_t text = 0;    ///< offset of a scalar's text
  std::uint32_t size =
      0;  ///< bytes of a scalar's text, or number of children (keys and values each count)
  NodeId first = no_node;  ///< first child; a mapping's children are key, value, key, value
  NodeId next = no_node;   ///< next sibling
  NodeKind kind = NodeKind::null;
};

/// Owns nodes and texts. Thread: any, once built.
class Document {
 public:
  bool empty() const { return nodes_.empty(); }  ///< nothing but comments
  NodeId root() const { return 0; }              ///< REQUIRES: not empty
  const Node& at(NodeId id) const { return nodes_[id]; }
  std::string_view text(NodeId id) const {
    return std::string_view(texts_).substr(nodes_[id].text, nodes_[id].size);
  }

 private:
  friend class TreeBuilder;
  std::vector<Node> nodes_;
  std::string texts_;
};

/// Takes the entries of a `rooms:` list while the text is being read. A node id it is given is void
/// when it returns.
class EntrySink {
 public:
  virtual ~EntrySink() = default;
  virtual void on_entry(const Document& document, NodeId entry, std::size_t index) = 0;
};

/// Where entries stand: nowhere, under the key `rooms` at the top, or there and as a list at the
/// top.
enum class EntryPlace : std::uint8_t { none, rooms_key, rooms_key_or_top };

inline constexpr std::size_t max_document_depth = 32;
inline constexpr std::size_t max_scalar_bytes = std::size_t{64} * 1024;

/// Never throws. Errors: the first problem, with `name` as its file. `sink` may be null; entries
/// are then kept.
tl::expected<Document, Problem> parse_document(std::string_view text, const std::string& name,
                                               EntrySink* sink, EntryPlace place);

}  // namespace roomkeeper::config

#endif  // ROOMKEEPER_CONFIG_DOCUMENT_H_
