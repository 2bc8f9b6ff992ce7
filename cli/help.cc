#include "cli/help.h"

#include <algorithm>

namespace roomkeeper::cli {
namespace {

std::string option_spelling(const OptionInfo& option) {
  std::string text = option.letter == '\0' ? "    " : std::string("-") + option.letter + ", ";
  text += "--" + std::string(option.name);
  if (!option.value.empty()) text += " " + std::string(option.value);
  return text;
}

std::string two_columns(const std::vector<std::pair<std::string, std::string>>& rows) {
  std::size_t widest = 0;
  for (const auto& row : rows) widest = std::max(widest, row.first.size());
  std::string out;
  for (const auto& [left, right] : rows) {
    out += "  " + left + std::string(widest - left.size() + 2, ' ') + right + "\n";
  }
  return out;
}

std::string options_text(const std::vector<OptionInfo>& options) {
  std::vector<std::pair<std::string, std::string>> rows;
  for (const OptionInfo& option : options) {
    rows.emplace_back(option_spelling(option),
                      std::string(option.help) + (option.many ? " (may be repeated)" : ""));
  }
  return two_columns(rows);
}

}  // namespace

const std::vector<EnvironmentInfo>& environment_table() {
  static const std::vector<EnvironmentInfo> table{
      {"NATS_URL", "as --nats-server"},
      {"NATS_USER", "as --nats-user"},
      {"NATS_PASSWORD", "the user's password"},
      {"NATS_CREDS", "as --creds"},
      {"NATS_NKEY", "as --nkey"},
      {"NATS_TOKEN", "a token"},
      {"NATS_CA", "as --tls-ca"},
      {"NATS_CERT", "as --tls-cert"},
      {"NATS_KEY", "as --tls-key"},
      {"NATS_CONTEXT", "as --context"},
      {"COLUMNS", "width of the terminal, where it does not tell"},
  };
  return table;
}

std::string exit_codes_help() {
  return two_columns(
      {{"0", "done; for plan: nothing to change; for doctor: nothing found"},
       {"1", "an error: it was not done, or not all of it"},
       {"2", "plan: there are changes, made or held back; doctor: there are warnings or errors"}});
}

std::string overview_help() {
  std::string out =
      "roomctl: the command line of Roomkeeper, chat rooms on NATS JetStream\n\nUsage: roomctl "
      "COMMAND [options]\n\nCommands:\n";
  std::vector<std::pair<std::string, std::string>> rows;
  for (const CommandInfo& command : commands()) rows.emplace_back(command.name, command.summary);
  rows.emplace_back("help", "Shows this, or with a command its help.");
  out += two_columns(rows);
  out += "\n\"conn\" is short for \"connection\".\n\nOptions of every command:\n" +
         options_text(global_options());
  std::vector<std::pair<std::string, std::string>> variables;
  for (const EnvironmentInfo& variable : environment_table())
    variables.emplace_back(variable.name, variable.help);
  out += "\nEnvironment (a flag wins over it, and it wins over the context):\n" +
         two_columns(variables);
  out += "\nExit codes:\n" + exit_codes_help();
  out += "\nExamples:\n  roomctl status\n  roomctl room ls --match 'game-*'\n  roomctl help plan\n";
  return out;
}

std::string command_help(const CommandInfo& command) {
  std::string out = "Usage: roomctl " + std::string(command.name);
  if (!command.arguments.empty()) out += " " + std::string(command.arguments);
  out += " [options]\n\n" + std::string(command.summary) + "\n";
  if (!command.details.empty()) out += "\n" + std::string(command.details) + "\n";
  if (!command.options.empty()) out += "\nOptions:\n" + options_text(command.options);
  out += "\nOptions of every command:\n" + options_text(global_options());
  out += command.examples.size() == 1 ? "\nExample:\n" : "\nExamples:\n";
  for (const std::string_view example : command.examples) out += "  " + std::string(example) + "\n";
  out += "\nExit codes:\n" + exit_codes_help();
  return out;
}

}  // namespace roomkeeper::cli
