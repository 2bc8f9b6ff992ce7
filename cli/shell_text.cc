#include "cli/shell_text.h"

#include <algorithm>
#include <string_view>

#include "cli/arguments.h"

namespace roomkeeper::cli {

std::string shell_word(const std::string& text) {
  const bool plain = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_-+:./=,@").find(c) != std::string_view::npos;
  });
  if (plain) return text;
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string roomctl_again(const Arguments& arguments) {
  if (!arguments.has("context")) return "roomctl";
  return "roomctl --context " + shell_word(arguments.value("context"));
}

}  // namespace roomkeeper::cli
