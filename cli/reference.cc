#include "cli/reference.h"

#include <string_view>

#include "cli/command.h"
#include "cli/help.h"

namespace roomkeeper::cli {
namespace {

/// A pipe would end a table's cell.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

std::string anchor(std::string_view name) {
  std::string out(name);
  for (char& c : out) {
    if (c == ' ') c = '-';
  }
  return out;
}

std::string options_table(const std::vector<OptionInfo>& options) {
  std::string out = "| option | what it does |\n|---|---|\n";
  for (const OptionInfo& option : options) {
    out += "| `--" + std::string(option.name);
    if (!option.value.empty()) out += " " + cell(option.value);
    out += "`";
    if (option.letter != '\0') out += ", `-" + std::string(1, option.letter) + "`";
    out += " | " + cell(option.help) + (option.many ? " (may be repeated)" : "") + " |\n";
  }
  return out;
}

}  // namespace

std::string cli_markdown() {
  std::string out = "| command | what it does |\n|---|---|\n";
  for (const CommandInfo& command : commands()) {
    out += "| [`" + std::string(command.name) + "`](#" + anchor(command.name) + ") | " +
           cell(command.summary) + " |\n";
  }
  out += "\n### Options of every command\n\n" + options_table(global_options());
  out += "\n### Environment\n\n| variable | what it is |\n|---|---|\n";
  for (const EnvironmentInfo& variable : environment_table()) {
    out += "| `" + std::string(variable.name) + "` | " + cell(variable.help) + " |\n";
  }
  out += "\n### Exit codes\n\n```\n" + exit_codes_help() + "```\n";
  for (const CommandInfo& command : commands()) {
    out += "\n<a id=\"" + anchor(command.name) + "\"></a>\n\n### `roomctl " +
           std::string(command.name);
    if (!command.arguments.empty()) out += " " + std::string(command.arguments);
    out += "`\n\n" + std::string(command.summary) + "\n";
    if (!command.details.empty()) out += "\n" + std::string(command.details) + "\n";
    if (!command.options.empty()) out += "\n" + options_table(command.options);
    out += "\n```sh\n";
    for (const std::string_view example : command.examples) out += std::string(example) + "\n";
    out += "```\n";
  }
  return out;
}

}  // namespace roomkeeper::cli
