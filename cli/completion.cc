#include "cli/completion.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "cli/command.h"
#include "cli/completion_scripts.h"
#include "cli/shell_text.h"

namespace roomkeeper::cli {
namespace {

/// What is offered for a value: the words that the scripts know.
std::string_view kind_of(std::string_view value) {
  if (value.find("ROOM") != value.npos) return "room";
  if (value.find("FILE") != value.npos) return "file";
  return value == "SHELL" ? "shell" : "any";
}

/// "ROOM TEXT..." is "room any+": what stands there, and whether it goes on.
std::string argument_kinds(std::string_view arguments) {
  std::string out;
  while (!arguments.empty()) {
    const std::size_t end = std::min(arguments.find(' '), arguments.size());
    const std::string_view word = arguments.substr(0, end);
    if (!out.empty()) out += ' ';
    out += kind_of(word);
    if (word.find("...") != word.npos) out += '+';
    arguments.remove_prefix(std::min(end + 1, arguments.size()));
  }
  return out;
}

/// "--room=room --json": every spelling, with what its value is.
std::string option_kinds(const std::vector<OptionInfo>& options) {
  std::string out;
  const auto add = [&out](const std::string& spelling, const OptionInfo& option) {
    if (!out.empty()) out += ' ';
    out += spelling;
    if (!option.value.empty()) out += "=" + std::string(kind_of(option.value));
  };
  for (const OptionInfo& option : options) {
    add("--" + std::string(option.name), option);
    if (option.letter != '\0') add(std::string("-") + option.letter, option);
  }
  return out;
}

/// "room", or the whole of a name of one word.
std::string first_word(std::string_view name) {
  return std::string(name.substr(0, name.find(' ')));
}

/// Words that stand alone or before another one, each once, in the order of the help.
std::vector<std::string> first_words() {
  std::vector<std::string> words;
  for (const CommandInfo& command : commands()) {
    const std::string word = first_word(command.name);
    if (std::find(words.begin(), words.end(), word) == words.end()) words.push_back(word);
  }
  words.emplace_back("help");
  return words;
}

std::vector<const CommandInfo*> commands_of(std::string_view noun) {
  std::vector<const CommandInfo*> found;
  for (const CommandInfo& command : commands()) {
    if (command.name.size() > noun.size() && command.name.starts_with(noun) &&
        command.name[noun.size()] == ' ')
      found.push_back(&command);
  }
  return found;
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

std::string verbs_of(std::string_view noun) {
  std::vector<std::string> verbs;
  for (const CommandInfo* command : commands_of(noun))
    verbs.emplace_back(command->name.substr(noun.size() + 1));
  return joined(verbs);
}

/// A function of the script that answers by its first argument in `reply`.
std::string table(std::string_view name, const std::vector<std::string>& rows) {
  std::string out = std::string(name) + "() {\n  case $1 in\n";
  for (const std::string& row : rows) out += "    " + row + "\n";
  return out + "    *) reply='' ;;\n  esac\n}\n";
}

std::string row(std::string_view key, const std::string& reply) {
  return "'" + std::string(key) + "') reply='" + reply + "' ;;";
}

/// The same for both shells: which words follow, which options there are, what arguments are.
std::string tables() {
  std::vector<std::string> words{row("", joined(first_words()))};
  std::vector<std::string> options{row("", option_kinds(global_options()))};
  std::vector<std::string> arguments;
  for (const std::string& noun : first_words()) {
    const std::string verbs = verbs_of(noun);
    if (!verbs.empty()) words.push_back(row(noun, verbs));
  }
  for (const CommandInfo& command : commands()) {
    if (!command.options.empty())
      options.push_back(row(command.name, option_kinds(command.options)));
    if (!command.arguments.empty())
      arguments.push_back(row(command.name, argument_kinds(command.arguments)));
  }
  return "# The words behind others.\n" + table("_roomctl_words", words) +
         "# The options of a command, each with what its value is.\n" +
         table("_roomctl_options", options) + "# What the arguments of a command are.\n" +
         table("_roomctl_arguments", arguments);
}

/// The first sentence will do: a line of a menu is short.
std::string described(std::string_view word, std::string_view text) {
  return "    " +
         shell_word(std::string(word) + ":" + std::string(text.substr(0, text.find('\n'))));
}

/// zsh shows what each candidate does.
std::string descriptions() {
  std::string out = "_roomctl_describe() {\n  case $1 in\n";
  out += "    ('') described=(\n";
  for (const std::string& word : first_words()) {
    const CommandInfo* command = find_command(word);
    const std::string text = command != nullptr ? std::string(command->summary)
                             : word == "help"   ? "Shows the help of a command."
                                                : verbs_of(word);
    out += described(word, text) + "\n";
  }
  out += "    ) ;;\n";
  for (const std::string& noun : first_words()) {
    const auto found = commands_of(noun);
    if (found.empty()) continue;
    out += "    (" + noun + ") described=(\n";
    for (const CommandInfo* command : found)
      out += described(command->name.substr(noun.size() + 1), command->summary) + "\n";
    out += "    ) ;;\n";
  }
  out += "  esac\n}\n_roomctl_describe_options() {\n  case $1 in\n";
  const auto add = [&out](std::string_view key, const std::vector<OptionInfo>& options) {
    out += "    ('" + std::string(key) + "') described=(\n";
    for (const OptionInfo& option : options)
      out += described("--" + std::string(option.name), option.help) + "\n";
    out += "    ) ;;\n";
  };
  add("", global_options());
  for (const CommandInfo& command : commands()) {
    if (!command.options.empty()) add(command.name, command.options);
  }
  return out + "    (*) described=() ;;\n  esac\n}\n";
}

}  // namespace

std::string bash_completion() {
  return "# bash completion of roomctl; made by `roomctl completion bash`.\n" + tables() +
         std::string(shared_completion_script) + std::string(bash_completion_script);
}

std::string zsh_completion() {
  return "#compdef roomctl\n# zsh completion of roomctl; made by `roomctl completion zsh`.\n" +
         tables() + descriptions() + std::string(shared_completion_script) +
         std::string(zsh_completion_script);
}

}  // namespace roomkeeper::cli
