#include "config/manual_page.h"

#include <algorithm>

namespace roomkeeper::config {
namespace {

/// A character that roff would take for its own, or print as another one.
std::string_view escaped(char c) {
  switch (c) {
    case '\\':
      return "\\e";
    case '-':
      return "\\-";
    case '\'':
      return "\\(aq";
    case '"':
      return "\\(dq";
    case '`':
      return "\\(ga";
    case '^':
      return "\\(ha";
    case '~':
      return "\\(ti";
    default:
      return {};
  }
}

std::string plain(std::string_view text) {
  std::string out;
  bool at_start = true;
  for (const char c : text) {
    // A dot at the start of a line begins a request; an apostrophe is escaped anyway.
    if (at_start && (c == '.' || c == ' ')) out += "\\&";
    const std::string_view instead = escaped(c);
    if (instead.empty()) {
      out += c;
    } else {
      out += instead;
    }
    at_start = c == '\n';
  }
  return out;
}

/// What stands in backticks in bold; one that is alone stays.
std::string styled(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t open = text.find('`');
    const std::size_t close = open == text.npos ? text.npos : text.find('`', open + 1);
    if (close == text.npos) return out + plain(text);
    out += plain(text.substr(0, open)) + "\\fB" + plain(text.substr(open + 1, close - open - 1)) +
           "\\fR";
    text.remove_prefix(close + 1);
  }
  return out;
}

/// A line of its own, whatever it begins with.
std::string line(const std::string& text) {
  return (text.starts_with('.') ? "\\&" : "") + text + "\n";
}

std::string upper(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return out;
}

}  // namespace

ManualPage::ManualPage(const Name& name, std::string_view version) {
  // Left-aligned and without hyphenation: names of settings and commands must not be broken.
  text_ = ".TH " + upper(plain(name.name)) + " " + std::to_string(name.section) +
          " \"\" \"Roomkeeper " + plain(version) + "\" \"Roomkeeper\"\n.nh\n.ad l\n";
  section("NAME");
  text_ += line(plain(name.name) + " \\- " + styled(name.summary));
}

void ManualPage::section(std::string_view title) {
  text_ += ".SH " + plain(title) + "\n";
}

void ManualPage::subsection(std::string_view title) {
  text_ += ".SS " + plain(title) + "\n";
}

void ManualPage::paragraph(std::string_view text) {
  text_ += ".PP\n" + line(styled(text));
}

void ManualPage::item(std::string_view term, std::string_view meaning) {
  text_ += ".TP\n\\fB" + plain(term) + "\\fR\n" + line(styled(meaning));
}

void ManualPage::example(std::string_view lines) {
  while (lines.ends_with('\n')) lines.remove_suffix(1);
  text_ += ".PP\n.nf\n.RS 4\n" + line(plain(lines)) + ".RE\n.fi\n";
}

}  // namespace roomkeeper::config
