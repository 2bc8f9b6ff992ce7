#include "tests/hygiene/source_text.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace roomkeeper::testing {
namespace {

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

/// Walks over C++ text and blanks what is not code.
class Blanker {
 public:
  explicit Blanker(std::string_view text) : text_(text), out_(text) {}

  std::string run() {
    while (at_ < text_.size()) step();
    return std::move(out_);
  }

 private:
  void step() {
    const bool line_start = at_ == 0 || text_[at_ - 1] == '\n';
    if (line_start && text_.substr(at_).starts_with("#include")) {
      at_ = end_of_line();
    } else if (text_.substr(at_).starts_with("//")) {
      blank_to(end_of_line());
    } else if (text_.substr(at_).starts_with("/*")) {
      blank_to(after("*/", at_ + 2));
    } else if (text_.substr(at_).starts_with("R\"") && (at_ == 0 || !is_word(text_[at_ - 1]))) {
      raw_string();
    } else if (text_[at_] == '"' || (text_[at_] == '\'' && !digit_separator())) {
      literal(text_[at_]);
    } else {
      ++at_;
    }
  }

  bool digit_separator() const { return at_ > 0 && is_word(text_[at_ - 1]); }

  std::size_t end_of_line() const { return std::min(text_.find('\n', at_), text_.size()); }

  std::size_t after(std::string_view mark, std::size_t from) const {
    const auto found = text_.find(mark, from);
    return found == std::string_view::npos ? text_.size() : found + mark.size();
  }

  void raw_string() {
    const auto open = text_.find('(', at_);
    if (open == std::string_view::npos) return blank_to(text_.size());
    const std::string close = ")" + std::string(text_.substr(at_ + 2, open - at_ - 2)) + "\"";
    blank_to(after(close, open));
  }

  /// Keeps the quotes, so that an empty literal still looks like an argument.
  void literal(char quote) {
    auto end = at_ + 1;
    while (end < text_.size() && text_[end] != quote && text_[end] != '\n') {
      end += text_[end] == '\\' ? 2U : 1U;
    }
    end = std::min(end, text_.size());
    ++at_;
    blank_to(end);
    if (at_ < text_.size() && text_[at_] == quote) ++at_;
  }

  void blank_to(std::size_t end) {
    for (; at_ < end; ++at_) {
      if (text_[at_] != '\n') out_[at_] = ' ';
    }
  }

  std::string_view text_;
  std::string out_;
  std::size_t at_ = 0;
};

/// What stands between the last `;`, `{` or `}` and an opening brace.
struct Head {
  std::string_view text;

  char last() const {
    const auto found = text.find_last_not_of(" \t\n");
    return found == std::string_view::npos ? '\0' : text[found];
  }

  bool balanced() const {
    return std::ranges::count(text, '(') == std::ranges::count(text, ')') &&
           text.find('(') != std::string_view::npos;
  }

  /// `namespace a {`, `struct B : C {`, `template <...> class D {`, `extern "C" {`.
  bool opens_scope() const {
    auto rest = text;
    const auto start = rest.find_first_not_of(" \t\n");
    rest.remove_prefix(std::min(start, rest.size()));
    if (rest.starts_with("template")) rest.remove_prefix(end_of_angles(rest));
    static constexpr std::array keywords = {"namespace", "class",  "struct",          "union",
                                            "enum",      "extern", "inline namespace"};
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t\n"), rest.size()));
    return std::ranges::any_of(keywords, [&](std::string_view keyword) {
      return rest.starts_with(keyword) &&
             (rest.size() == keyword.size() || !is_word(rest[keyword.size()]));
    });
  }

  /// `Foo(int a) : a_` before the brace of `{a}`: a member's initializer, not the body.
  bool opens_member() const {
    if (!is_word(last()) && last() != '>') return false;
    const auto parameters_end = first_parameters_end();
    if (parameters_end == std::string_view::npos) return false;
    for (auto at = parameters_end; at < text.size(); ++at) {
      if (text[at] != ':') continue;
      if (at + 1 < text.size() && text[at + 1] == ':') {
        ++at;
      } else {
        return true;
      }
    }
    return false;
  }

  std::string name() const {
    auto end = std::min(text.find('('), text.size());
    while (end > 0 && !is_word(text[end - 1])) --end;
    auto begin = end;
    while (begin > 0 && (is_word(text[begin - 1]) || text[begin - 1] == ':')) --begin;
    return std::string(text.substr(begin, end - begin));
  }

 private:
  static std::size_t end_of_angles(std::string_view rest) {
    int depth = 0;
    for (std::size_t at = 0; at < rest.size(); ++at) {
      if (rest[at] == '<') ++depth;
      if (rest[at] == '>' && --depth == 0) return at + 1;
    }
    return 0;
  }

  std::size_t first_parameters_end() const {
    int depth = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
      if (text[at] == '(') ++depth;
      if (text[at] == ')' && --depth == 0) return at + 1;
    }
    return std::string_view::npos;
  }
};

std::size_t closing_brace(std::string_view code, std::size_t open) {
  int depth = 0;
  for (auto at = open; at < code.size(); ++at) {
    if (code[at] == '{') ++depth;
    if (code[at] == '}' && --depth == 0) return at;
  }
  return code.size();
}

}  // namespace

std::string code_of(std::string_view text) {
  return Blanker(text).run();
}

int line_at(std::string_view text, std::size_t position) {
  return 1 + static_cast<int>(
                 std::ranges::count(text.substr(0, std::min(position, text.size())), '\n'));
}

int line_count(std::string_view text) {
  const auto newlines = static_cast<int>(std::ranges::count(text, '\n'));
  return text.empty() || text.back() == '\n' ? newlines : newlines + 1;
}

std::vector<FunctionSpan> functions_of(std::string_view code) {
  std::vector<FunctionSpan> functions;
  std::size_t head_start = 0;
  for (std::size_t at = 0; at < code.size(); ++at) {
    const char c = code[at];
    if (c == ';' || c == '}') head_start = at + 1;
    if (c != '{') continue;
    const Head head{code.substr(head_start, at - head_start)};
    if (head.balanced() && !head.opens_scope()) {
      const auto end = closing_brace(code, at);
      if (!head.opens_member()) {
        const int first = line_at(code, at);
        functions.push_back({head.name(), first, line_at(code, end) - first + 1});
        head_start = end + 1;
      }
      at = end;
    } else {
      head_start = at + 1;
    }
  }
  return functions;
}

bool is_cpp(std::string_view path) {
  return path.ends_with(".cc") || path.ends_with(".h");
}

std::string folder_of(std::string_view path) {
  if (path.starts_with("sidecar/nats/")) return "sidecar/nats";
  const auto slash = path.find('/');
  return slash == std::string_view::npos ? std::string() : std::string(path.substr(0, slash));
}

bool is_product(std::string_view path) {
  static constexpr std::array folders = {"policies/", "config/",  "api/",
                                         "metrics/",  "sidecar/", "cli/"};
  return std::ranges::any_of(folders,
                             [&](std::string_view folder) { return path.starts_with(folder); });
}

}  // namespace roomkeeper::testing
