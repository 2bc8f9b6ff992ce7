#include "cli/arguments.h"

#include <algorithm>
#include <array>
#include <exception>
#include <limits>

#include <boost/program_options.hpp>

#include "cli/format.h"
#include "cli/suggest.h"
#include "config/units.h"
#include "policies/rfc3339.h"

namespace roomkeeper::cli {
namespace {

namespace po = boost::program_options;

const OptionInfo* find_option(const std::vector<OptionInfo>& options, std::string_view name) {
  for (const OptionInfo& option : options) {
    if (option.name == name) return &option;
  }
  return nullptr;
}

/// The first words that are no options, as they decide the command: at most two.
struct CommandWords {
  std::vector<std::string> names;
  std::vector<std::size_t> positions;
};

/// Before the command is known: a letter that is a switch of one command and has a value in another
/// swallows nothing.
bool letter_takes_value(char letter) {
  bool found = false;
  bool always = true;
  const auto look = [&](const std::vector<OptionInfo>& options) {
    for (const OptionInfo& option : options) {
      if (option.letter != letter) continue;
      found = true;
      always = always && !option.value.empty();
    }
  };
  look(global_options());
  for (const CommandInfo& command : commands()) look(command.options);
  return found && always;
}

/// Options of the connection that a command may have one of its own of: `--user` is `--nats-user`
/// unless it stands behind a command with a `--user`.
struct ScopedOption {
  std::string_view name;
  std::string_view of_connection;
};
constexpr std::array<ScopedOption, 2> scoped_options{
    {{"user", "nats-user"}, {"server", "nats-server"}}};
/// `--of` was the name of `--user` where that meant the connection's only.
constexpr std::string_view user_option = "user";
constexpr std::string_view user_alias = "of";

const OptionInfo* find_name(std::string_view name) {
  if (name == user_alias) name = user_option;
  for (const ScopedOption& scoped : scoped_options) {
    if (name == scoped.name) name = scoped.of_connection;
  }
  if (const OptionInfo* global = find_option(global_options(), name)) return global;
  for (const CommandInfo& command : commands()) {
    if (const OptionInfo* own = find_option(command.options, name)) return own;
  }
  return nullptr;
}

/// An option whose value is the next word swallows it: `--server URL`, `-s URL`, but not
/// `--server=URL`, `-sURL`.
bool takes_next_word(const std::string& word) {
  const bool spelled_out = word.starts_with("--");
  if (!spelled_out && word.size() != 2) return false;
  if (!spelled_out) return letter_takes_value(word[1]);
  const OptionInfo* option = find_name(word.substr(2));
  return option != nullptr && !option->value.empty();
}

CommandWords command_words(const std::vector<std::string>& words) {
  CommandWords found;
  for (std::size_t i = 0; i < words.size() && found.names.size() < 2; ++i) {
    if (words[i] == "--") break;
    if (!words[i].empty() && words[i][0] == '-') {
      if (takes_next_word(words[i])) ++i;
      continue;
    }
    found.names.push_back(words[i]);
    found.positions.push_back(i);
  }
  return found;
}

/// "room", "connection": words that stand before another one.
bool is_noun(std::string_view word) {
  return std::any_of(commands().begin(), commands().end(), [&](const CommandInfo& command) {
    return command.name.size() > word.size() && command.name.starts_with(word) &&
           command.name[word.size()] == ' ';
  });
}

std::vector<std::string> verbs_behind(std::string_view noun) {
  std::vector<std::string> verbs;
  for (const CommandInfo& command : commands()) {
    if (command.name.starts_with(noun) && command.name.size() > noun.size() &&
        command.name[noun.size()] == ' ') {
      verbs.emplace_back(command.name.substr(noun.size() + 1));
    }
  }
  return verbs;
}

std::vector<std::string> command_words() {
  std::vector<std::string> words{"help", "conn"};
  for (const CommandInfo& command : commands()) {
    words.emplace_back(command.name.substr(0, command.name.find(' ')));
  }
  return words;
}

/// Which command `words` name, and how many of them are its name.
struct Named {
  const CommandInfo* command = nullptr;
  std::size_t words = 0;
};

api::ApiResult<Named> name_command(const CommandWords& words, bool help_wanted) {
  if (words.names.empty()) return Named{};
  const std::string first = words.names[0] == "conn" ? "connection" : words.names[0];
  if (const CommandInfo* command = find_command(first)) return Named{command, 1};
  if (!is_noun(first)) {
    return usage_error("unknown command \"" + first + "\"" + did_you_mean(first, command_words()));
  }
  if (words.names.size() < 2) {
    if (help_wanted) return Named{};
    return usage_error("\"" + first + "\" needs one of: " + listed(verbs_behind(first)));
  }
  if (const CommandInfo* command = find_command(first + " " + words.names[1]))
    return Named{command, 2};
  return usage_error("unknown command \"" + first + " " + words.names[1] + "\"" +
                     did_you_mean(words.names[1], verbs_behind(first)) +
                     "; there are: " + listed(verbs_behind(first)));
}

/// The value of the option that stands at `words[i]`, where `=` stands at `name_ends`.
std::string_view value_at(const std::vector<std::string>& words, std::size_t i,
                          std::size_t name_ends) {
  if (name_ends < words[i].size()) return std::string_view(words[i]).substr(name_ends + 1);
  return i + 1 < words.size() ? std::string_view(words[i + 1]) : std::string_view();
}

/// Where `--user` stands decides what it means: behind the words of a command that has such an
/// option of its own it is that one, anywhere else the connection's. So with `--server`, and a URL
/// is always the connection's. `--of` is the command's `--user`.
std::vector<std::string> with_scoped_options(std::vector<std::string> words,
                                             const CommandInfo* command, std::size_t command_ends) {
  const auto has_own = [command](std::string_view name) {
    return command != nullptr && find_option(command->options, name) != nullptr;
  };
  for (std::size_t i = 0; i < words.size() && words[i] != "--"; ++i) {
    if (!words[i].starts_with("--")) continue;
    const std::size_t name_ends = std::min(words[i].find('='), words[i].size());
    const std::string name = words[i].substr(2, name_ends - 2);
    std::string_view meant = name;
    for (const ScopedOption& scoped : scoped_options) {
      if (name != scoped.name) continue;
      const bool is_url = value_at(words, i, name_ends).find("://") != std::string_view::npos;
      if (!has_own(name) || i < command_ends || is_url) meant = scoped.of_connection;
    }
    if (name == user_alias && has_own(user_option) && !has_own(user_alias)) meant = user_option;
    words[i] = "--" + std::string(meant) + words[i].substr(name_ends);
  }
  return words;
}

void describe_options(po::options_description& description,
                      const std::vector<OptionInfo>& options) {
  for (const OptionInfo& option : options) {
    std::string name(option.name);
    if (option.letter != '\0') name += std::string(",") + option.letter;
    if (option.value.empty()) {
      description.add_options()(name.c_str(), po::bool_switch(), "");
    } else {
      description.add_options()(name.c_str(), po::value<std::vector<std::string>>(), "");
    }
  }
}

std::vector<std::string> option_names(const CommandInfo* command) {
  std::vector<std::string> names;
  for (const OptionInfo& option : global_options()) names.emplace_back(option.name);
  for (const ScopedOption& scoped : scoped_options) names.emplace_back(scoped.name);
  if (command != nullptr) {
    for (const OptionInfo& option : command->options) names.emplace_back(option.name);
  }
  return names;
}

api::ApiResult<Arguments> read_options(const CommandInfo* command,
                                       const std::vector<std::string>& words) {
  Arguments result;
  result.command = command;
  po::options_description description;
  describe_options(description, global_options());
  if (command != nullptr) describe_options(description, command->options);
  // No guessing: a prefix that is right today would be ambiguous after the next option.
  constexpr int style =
      po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
  try {
    const po::parsed_options parsed =
        po::command_line_parser(words).options(description).style(style).run();
    for (const auto& option : parsed.options) {
      if (option.position_key >= 0 || option.string_key.empty()) {
        result.positionals.insert(result.positionals.end(), option.value.begin(),
                                  option.value.end());
        continue;
      }
      auto& values = result.options[option.string_key];
      values.insert(values.end(), option.value.begin(), option.value.end());
    }
  } catch (const po::unknown_option& error) {
    std::string name = error.get_option_name();
    name.erase(0, name.find_first_not_of('-'));
    return usage_error("unknown option \"" + error.get_option_name() + "\"" +
                       did_you_mean(name, option_names(command)));
  } catch (const std::exception& error) {
    return usage_error(error.what());
  }
  return result;
}

api::ApiResult<Arguments> check_counts(Arguments arguments) {
  for (const auto& [name, values] : arguments.options) {
    const OptionInfo* option = find_option(arguments.command->options, name);
    if (option == nullptr) option = find_option(global_options(), name);
    if (option != nullptr && !option->many && values.size() > 1)
      return usage_error("--" + name + " is given twice");
  }
  const std::size_t given = arguments.positionals.size();
  const CommandInfo& command = *arguments.command;
  if (given >= command.least && given <= command.most) return arguments;
  const std::string usage =
      "usage: roomctl " + std::string(command.name) + " " + std::string(command.arguments);
  if (given < command.least) return usage_error("an argument is missing; " + usage);
  return usage_error("unexpected argument \"" + arguments.positionals[command.most] + "\"; " +
                     usage);
}

}  // namespace

std::string Arguments::value(std::string_view name, std::string_view fallback) const {
  const auto it = options.find(name);
  return it == options.end() || it->second.empty() ? std::string(fallback) : it->second.back();
}

std::vector<std::string> Arguments::values(std::string_view name) const {
  const auto it = options.find(name);
  return it == options.end() ? std::vector<std::string>{} : it->second;
}

api::ApiResult<std::optional<std::uint64_t>> Arguments::number(std::string_view name,
                                                               std::uint64_t low,
                                                               std::uint64_t high) const {
  if (!has(name)) return std::nullopt;
  constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  const auto parsed = config::parse_integer(value(name), static_cast<std::int64_t>(low),
                                            static_cast<std::int64_t>(std::min(high, most)));
  if (!parsed) return usage_error("--" + std::string(name) + ": " + parsed.error().text);
  return static_cast<std::uint64_t>(*parsed);
}

api::ApiResult<std::optional<policies::WallTime>> Arguments::time(std::string_view name) const {
  if (!has(name)) return std::nullopt;
  const auto parsed = policies::parse_rfc3339(value(name));
  if (!parsed) return usage_error("--" + std::string(name) + ": " + parsed.error().text);
  return *parsed;
}

api::ApiResult<std::optional<policies::Nanoseconds>> Arguments::duration(
    std::string_view name) const {
  if (!has(name)) return std::nullopt;
  const auto parsed = config::parse_duration(value(name));
  if (!parsed) return usage_error("--" + std::string(name) + ": " + parsed.error().text);
  return *parsed;
}

api::ApiResult<Arguments> parse_arguments(const std::vector<std::string>& words) {
  const CommandWords named = command_words(words);
  const auto end = std::find(words.begin(), words.end(), "--");
  const bool help_wanted = std::any_of(
      words.begin(), end, [](const std::string& word) { return word == "--help" || word == "-h"; });
  // `help room ls` is `room ls --help`.
  if (!named.names.empty() && named.names[0] == "help") {
    std::vector<std::string> rest = words;
    rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(named.positions[0]));
    if (!help_wanted) rest.emplace_back("--help");
    return parse_arguments(rest);
  }
  const auto command = name_command(named, help_wanted);
  if (!command) return tl::unexpected<api::ApiError>(command.error());
  const std::size_t command_ends =
      command->words == 0 ? words.size() : named.positions[command->words - 1] + 1;
  std::vector<std::string> rest = with_scoped_options(words, command->command, command_ends);
  for (std::size_t i = command->words; i-- > 0;) {
    rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(named.positions[i]));
  }
  auto arguments = read_options(command->command, rest);
  if (!arguments || command->command == nullptr || arguments->has("help")) return arguments;
  return check_counts(*std::move(arguments));
}

}  // namespace roomkeeper::cli
