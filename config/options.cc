#include "config/options.h"

#include <exception>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/program_options.hpp>

#include "config/nearest.h"
#include "config/setting_row.h"
#include "config/units.h"

namespace roomkeeper::config {
namespace {

namespace po = boost::program_options;
using policies::ErrorCode;
using policies::fail;
using policies::Result;
using Values = std::vector<std::string>;

po::options_description describe_options() {
  po::options_description options;
  auto add = options.add_options();
  add("help,h", "");
  add("version,V", "");
  add("check", "");
  add("print-config", "");
  add("config,c", po::value<Values>());
  for (const SettingRow& row : setting_rows()) {
    if (!row.flag.empty()) add(row.flag.c_str(), po::value<Values>());
  }
  return options;
}

/// `--flag=` says an empty value, which Boost refuses; `--flag` and an empty word after it say the
/// same.
Values words_of(int argc, const char* const* argv) {
  Values words;
  for (int i = 1; i < argc; ++i) {
    std::string word = argv[i];
    if (word.starts_with("--") && word.ends_with('=') && word.find('=') + 1 == word.size()) {
      word.pop_back();
      words.push_back(std::move(word));
      words.emplace_back();
    } else {
      words.push_back(std::move(word));
    }
  }
  return words;
}

std::string unknown_flag(std::string_view name) {
  std::vector<std::string_view> known = {"help", "version", "check", "print-config", "config"};
  for (const SettingRow& row : setting_rows()) {
    if (!row.flag.empty()) known.push_back(row.flag);
  }
  name = name.substr(0, name.find('='));  // the value may be a secret
  std::string_view bare = name;
  while (bare.starts_with('-')) bare.remove_prefix(1);
  const std::string mean = nearest(bare, known);
  std::string text = "unknown flag " + quote(name);
  return mean.empty() ? text + "; --help lists them" : text + " (did you mean \"--" + mean + "\"?)";
}

Result<std::string> one_value(const po::variables_map& found, const std::string& flag) {
  const Values& values = found[flag].as<Values>();
  if (values.size() == 1) return values.front();
  return fail(ErrorCode::invalid,
              "expected --" + flag + " once, not " + std::to_string(values.size()) + " times");
}

Result<CommandLine> read(const po::variables_map& found) {
  CommandLine line;
  line.help = found.count("help") > 0;
  line.version = found.count("version") > 0;
  line.check = found.count("check") > 0;
  line.print_config = found.count("print-config") > 0;
  if (found.count("config") > 0) {
    auto path = one_value(found, "config");
    if (!path) return policies::pass(std::move(path).error());
    line.config_path = *std::move(path);
  }
  for (const SettingRow& row : setting_rows()) {
    if (row.flag.empty() || found.count(row.flag) == 0) continue;
    if (row.list) {
      std::string all;
      for (const std::string& value : found[row.flag].as<Values>()) {
        all += all.empty() ? value : "," + value;
      }
      line.flags.emplace(row.key, std::move(all));
      continue;
    }
    auto value = one_value(found, row.flag);
    if (!value) return policies::pass(std::move(value).error());
    line.flags.emplace(row.key, *std::move(value));
  }
  return line;
}

}  // namespace

Result<CommandLine> parse_command_line(int argc, const char* const* argv) {
  namespace style = po::command_line_style;
  // No allow_guessing: a flag that is added later must not change what a prefix means.
  constexpr int no_guessing = style::allow_long | style::long_allow_adjacent |
                              style::long_allow_next | style::allow_short |
                              style::allow_dash_for_short | style::short_allow_next;
  try {
    const po::options_description options = describe_options();
    const po::positional_options_description no_words;
    po::variables_map found;
    po::store(po::command_line_parser(words_of(argc, argv))
                  .options(options)
                  .positional(no_words)
                  .style(no_guessing)
                  .run(),
              found);
    return read(found);
  } catch (const po::unknown_option& error) {
    return fail(ErrorCode::invalid, unknown_flag(error.get_option_name()));
  } catch (const po::too_many_positional_options_error&) {
    return fail(ErrorCode::invalid, "expected flags only; --help lists them");
  } catch (const std::exception& error) {
    return fail(ErrorCode::invalid, error.what());
  }
}

Result<std::string> choose_config_path(const CommandLine& line,
                                       const std::map<std::string, std::string>& environment) {
  if (!line.config_path.empty()) return line.config_path;
  const auto found = environment.find("ROOMKEEPER_CONFIG");
  if (found != environment.end() && !found->second.empty()) return found->second;
  return fail(ErrorCode::invalid, "expected --config FILE or ROOMKEEPER_CONFIG");
}

std::string usage() {
  std::string out =
      "Usage: roomkeeper --config FILE [--check | --print-config] [FLAG VALUE ...]\n"
      "\n"
      "Runs chat rooms on NATS JetStream: keeps their streams, retention and limits.\n"
      "\n"
      "  -c, --config FILE   the configuration, YAML (environment: ROOMKEEPER_CONFIG)\n"
      "      --check         check the configuration and the files that it names, then end:\n"
      "                      0 when all is well, 1 when something is not\n"
      "      --print-config  print every value with where it came from, then end\n"
      "  -h, --help          print this\n"
      "  -V, --version       print the version\n"
      "\n"
      "Every setting outside templates and rooms: a flag goes before the environment, that\n"
      "before the file, that before the default. Lists are comma separated.\n";
  for (const SettingRow& row : setting_rows()) {
    out += "\n  ";
    if (!row.flag.empty()) {
      std::string type = row.type;
      if (type.starts_with("choice ")) type = type.substr(7);
      out += "--" + row.flag + " <" + type + ">\n      ";
    }
    out += row.help + "\n      " + row.environment;
    if (!row.secret)
      out += ", default " + (row.fallback.empty() ? std::string("none") : row.fallback);
    out += "\n";
  }
  out +=
      "\nExample:\n"
      "  ROOMKEEPER_NATS_PASSWORD=secret roomkeeper --config roomkeeper.yaml \\\n"
      "      --nats-url nats://127.0.0.1:4222 --nats-user roomkeeper --http-listen "
      "127.0.0.1:7780\n";
  return out;
}

}  // namespace roomkeeper::config
