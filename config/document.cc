#include "config/document.h"

#include <algorithm>
#include <exception>
#include <istream>
#include <streambuf>
#include <string>
#include <utility>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include "config/units.h"
#include "config/utf8.h"

namespace roomkeeper::config {
namespace {

/// Feeds the parser, and not too far ahead of its events: yaml-cpp keeps some 200 bytes for each
/// byte of a bracket that has not closed yet, so an endless one would take the machine's memory.
class Feed : public std::streambuf {
 public:
  Feed(std::string_view prefix, std::string_view text) : prefix_(prefix), text_(text) {}

  /// The parser has come to this offset of the text.
  void progress(std::size_t offset) { reached_ = std::max(reached_, offset); }
  bool starved() const { return starved_; }

 protected:
  int_type underflow() override {
    if (next_ - std::min(next_, reached_) > longest_lookahead) starved_ = true;
    std::string_view chunk = text_.substr(next_, chunk_size);
    if (chunk.empty() || starved_) return traits_type::eof();
    next_ += chunk.size();
    buffer_ = prefix_;
    buffer_ += chunk;
    prefix_ = {};
    setg(buffer_.data(), buffer_.data(), buffer_.data() + buffer_.size());
    return traits_type::to_int_type(buffer_.front());
  }

 private:
  static constexpr std::size_t longest_lookahead = std::size_t{512} * 1024;
  static constexpr std::size_t chunk_size = 4096;

  std::string_view prefix_;
  std::string_view text_;
  std::string buffer_;
  std::size_t next_ = 0;
  std::size_t reached_ = 0;
  bool starved_ = false;
};

/// A bracket at the very start could still turn out to be a key, so yaml-cpp would read all of a
/// JSON file before the first event. After a document marker it cannot.
std::string_view prefix_for(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  const bool bracket =
      first != std::string_view::npos && (text[first] == '{' || text[first] == '[');
  return bracket ? "--- " : "";
}

/// True when the text begins with a directive (`%YAML`): yaml-cpp skips those it does not know.
bool has_directive(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    const std::size_t first = line.find_first_not_of(" \t\r");
    if (first != std::string_view::npos && line[first] != '#') return line.front() == '%';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return false;
}

/// Stops yaml-cpp from inside an event; never leaves parse_document.
struct Refusal {
  YAML::Mark mark;
  std::string text;
};

/// Turns yaml-cpp's byte columns into characters. Marks come mostly in order, so it counts on from
/// the last one: a document on one line must not cost the square of its length.
class Columns {
 public:
  explicit Columns(std::string_view text) : text_(text) {}

  std::uint32_t of(std::size_t position, std::size_t column) {
    if (position > text_.size() || column > position) return clamp(column);
    const std::size_t start = position - column;
    std::size_t from = start;
    std::size_t count = 0;
    if (start == line_start_ && position >= last_) {
      from = last_;
      count = last_count_;
    } else if (column > longest_recount) {
      return clamp(column);
    }
    count += count_characters(text_.substr(from, position - from));
    line_start_ = start;
    last_ = position;
    last_count_ = count;
    return clamp(count);
  }

 private:
  static constexpr std::size_t longest_recount = 4096;
  static std::uint32_t clamp(std::size_t zero_based) {
    return static_cast<std::uint32_t>(std::min<std::size_t>(zero_based, 0xFFFFFFFEU)) + 1;
  }

  std::string_view text_;
  std::size_t line_start_ = 0;
  std::size_t last_ = 0;
  std::size_t last_count_ = 0;
};

}  // namespace

class TreeBuilder : public YAML::EventHandler {
 public:
  /// `prefix`: bytes before the text on its first line.
  TreeBuilder(std::string_view text, std::size_t prefix, Feed& feed, EntrySink* sink,
              EntryPlace place)
      : columns_(text), prefix_(prefix), feed_(feed), sink_(sink), place_(place) {}

  Document take() { return std::move(document_); }
  std::uint32_t column(const YAML::Mark& mark) {
    const std::size_t position = without_prefix(mark.pos);
    feed_.progress(position);
    return columns_.of(position,
                       mark.line == 0 ? without_prefix(mark.column) : offset(mark.column));
  }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) {
      throw Refusal{mark, "expected one document; a second one begins here"};
    }
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    refuse_anchor(mark, anchor);
    leave(enter(NodeKind::null, mark));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
    refuse_anchor(mark, 1);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    if (value.size() > max_scalar_bytes) throw Refusal{mark, "expected at most 64 KiB of text"};
    if (find_control(value, false) != std::string_view::npos) {
      throw Refusal{mark, "expected one line of text without control characters"};
    }
    const NodeId id = enter(NodeKind::scalar, mark);
    Node& node = document_.nodes_[id];
    node.text = static_cast<std::uint32_t>(document_.texts_.size());
    node.size = static_cast<std::uint32_t>(value.size());
    document_.texts_ += value;
    leave(id);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    open(NodeKind::sequence, mark);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    open(NodeKind::mapping, mark);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Frame {
    NodeId id = no_node;
    NodeId last = no_node;  ///< last child so far
    bool hands_out = false;
    std::size_t texts = 0;  ///< where the texts of the entry being read begin
    std::size_t handed_out = 0;
  };

  static std::size_t offset(int value) { return static_cast<std::size_t>(std::max(value, 0)); }
  std::size_t without_prefix(int value) const {
    return offset(value) - std::min(offset(value), prefix_);
  }

  static void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != 0) {
      throw Refusal{
          mark,
          "anchors and aliases are not supported; share settings by a template and `extends`"};
    }
  }

  static void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    if (!tag.empty() && tag != "?" && tag != "!" && tag != "tag:yaml.org,2002:str") {
      throw Refusal{mark, "expected no tag, not " + quote(tag)};
    }
  }

  bool at_key() const {
    return !frames_.empty() && document_.nodes_[frames_.back().id].kind == NodeKind::mapping &&
           document_.nodes_[frames_.back().id].size % 2 == 0;
  }

  NodeId enter(NodeKind kind, const YAML::Mark& mark) {
    if (at_key() && kind != NodeKind::scalar) throw Refusal{mark, "expected plain text as a key"};
    if (!frames_.empty() && frames_.back().hands_out)
      frames_.back().texts = document_.texts_.size();
    const auto id = static_cast<NodeId>(document_.nodes_.size());
    Node node;
    node.kind = kind;
    node.line = static_cast<std::uint32_t>(std::max(mark.line, 0)) + 1;
    node.column = column(mark);
    document_.nodes_.push_back(node);
    return id;
  }

  /// A node is complete: hand it out, or hang it into the tree.
  void leave(NodeId id) {
    if (frames_.empty()) return;
    Frame& parent = frames_.back();
    Node& parent_node = document_.nodes_[parent.id];
    ++parent_node.size;
    if (parent.hands_out) {
      sink_->on_entry(document_, id, parent.handed_out++);
      document_.nodes_.resize(id);
      document_.texts_.resize(parent.texts);
      return;
    }
    if (parent.last == no_node) {
      parent_node.first = id;
    } else {
      document_.nodes_[parent.last].next = id;
    }
    parent.last = id;
  }

  bool is_entry_list(NodeKind kind) const {
    if (sink_ == nullptr || kind != NodeKind::sequence || place_ == EntryPlace::none) return false;
    if (frames_.empty()) return place_ == EntryPlace::rooms_key_or_top;
    return frames_.size() == 1 && document_.nodes_[frames_.back().id].kind == NodeKind::mapping &&
           document_.text(frames_.back().last) == "rooms";
  }

  void open(NodeKind kind, const YAML::Mark& mark) {
    if (frames_.size() >= max_document_depth) {
      throw Refusal{mark, "expected at most 32 levels of nesting"};
    }
    const NodeId id = enter(kind, mark);
    Frame frame;
    frame.id = id;
    frame.hands_out = is_entry_list(kind);
    frames_.push_back(frame);
  }

  void close() {
    const NodeId id = frames_.back().id;
    frames_.pop_back();
    leave(id);
  }

  Document document_;
  std::vector<Frame> frames_;
  Columns columns_;
  std::size_t prefix_;
  Feed& feed_;
  EntrySink* sink_;
  EntryPlace place_;
  int documents_ = 0;
};

namespace {

Problem at_offset(std::string_view text, std::size_t offset, const std::string& name,
                  std::string what) {
  const std::string_view before = text.substr(0, offset);
  const std::size_t line_end = before.rfind('\n');
  const std::size_t start = line_end == std::string_view::npos ? 0 : line_end + 1;
  Problem problem;
  problem.file = name;
  problem.line = static_cast<int>(std::count(before.begin(), before.end(), '\n')) + 1;
  problem.column = static_cast<int>(count_characters(before.substr(start))) + 1;
  problem.text = std::move(what);
  return problem;
}

Problem at_mark(TreeBuilder& builder, const YAML::Mark& mark, const std::string& name,
                std::string what) {
  Problem problem;
  problem.file = name;
  problem.line = std::max(mark.line, 0) + 1;
  problem.column = static_cast<int>(builder.column(mark));
  problem.text = std::move(what);
  return problem;
}

}  // namespace

tl::expected<Document, Problem> parse_document(std::string_view text, const std::string& name,
                                               EntrySink* sink, EntryPlace place) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (text.substr(0, byte_order_mark.size()) == byte_order_mark)
    text.remove_prefix(byte_order_mark.size());
  if (const std::size_t broken = find_broken_utf8(text); broken != std::string_view::npos) {
    return tl::unexpected(
        at_offset(text, broken, name, "expected UTF-8; this byte does not belong to it"));
  }
  if (const std::size_t control = find_control(text, true); control != std::string_view::npos) {
    return tl::unexpected(
        at_offset(text, control, name, "expected text without control characters"));
  }
  if (has_directive(text)) {
    return tl::unexpected(at_offset(text, text.find('%'), name, "expected no YAML directive"));
  }
  const std::string_view prefix = prefix_for(text);
  Feed feed(prefix, text);
  TreeBuilder builder(text, prefix.size(), feed, sink, place);
  constexpr const char* starved = "expected what begins here to end within 512 KiB";
  try {
    std::istream stream(&feed);
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
    if (feed.starved()) return tl::unexpected(at_mark(builder, YAML::Mark(), name, starved));
    return builder.take();
  } catch (const Refusal& refusal) {
    return tl::unexpected(at_mark(builder, refusal.mark, name, refusal.text));
  } catch (const YAML::Exception& error) {
    if (feed.starved()) return tl::unexpected(at_mark(builder, error.mark, name, starved));
    return tl::unexpected(at_mark(builder, error.mark, name, "not YAML: " + error.msg));
  } catch (const std::exception& error) {
    return tl::unexpected(
        at_offset(text, 0, name, std::string("cannot be parsed: ") + error.what()));
  }
}

}  // namespace roomkeeper::config
