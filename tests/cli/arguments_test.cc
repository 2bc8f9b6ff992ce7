#include "cli/arguments.h"

#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/help.h"

namespace roomkeeper::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Arguments parsed(const std::vector<std::string>& words) {
  const auto arguments = parse_arguments(words);
  EXPECT_TRUE(arguments) << (arguments ? "" : arguments.error().message);
  return arguments.value_or(Arguments{});
}

std::string refusal(const std::vector<std::string>& words) {
  const auto arguments = parse_arguments(words);
  return arguments ? "accepted" : arguments.error().message;
}

std::string command_of(const Arguments& arguments) {
  return arguments.command == nullptr ? "none" : std::string(arguments.command->name);
}

TEST(Arguments, OptionsStandAnywhere) {
  for (const auto& words : std::vector<std::vector<std::string>>{
           {"--server", "nats://h", "room", "ls", "--match", "a*", "--json"},
           {"room", "--json", "ls", "--server=nats://h", "--match=a*"},
           {"-s", "nats://h", "room", "ls", "--json", "--match", "a*"},
           {"--json", "room", "--server", "nats://h", "ls", "--match", "a*"}}) {
    const Arguments arguments = parsed(words);
    EXPECT_EQ(command_of(arguments), "room ls");
    EXPECT_EQ(arguments.value("nats-server"), "nats://h");
    EXPECT_EQ(arguments.value("match"), "a*");
    EXPECT_TRUE(arguments.has("json"));
    EXPECT_FALSE(arguments.has("limit"));
    EXPECT_TRUE(arguments.positionals.empty());
  }
}

TEST(Arguments, ValuesAreNotCommands) {
  const Arguments arguments = parsed({"--user", "plan", "--context", "room", "status"});
  EXPECT_EQ(command_of(arguments), "status");
  EXPECT_EQ(arguments.value("nats-user"), "plan");
  EXPECT_EQ(arguments.value("context"), "room");
}

TEST(Arguments, WhereAUserStandsDecidesWhoItIs) {
  // The command has a --user of its own: before its words it is the connection's all the same.
  const Arguments purge = parsed({"--user", "admin", "purge", "--match", "*", "--user", "bob"});
  EXPECT_EQ(purge.value("user"), "bob");
  EXPECT_EQ(purge.value("nats-user"), "admin");
  EXPECT_EQ(parsed({"purge", "--user", "bob", "--nats-user=admin"}).value("nats-user"), "admin");
  EXPECT_FALSE(parse_arguments({"--user", "admin", "purge", "--nats-user", "root"})) << "two";
  EXPECT_EQ(parsed({"connection", "--user=admin", "ls", "--user=bob"}).value("user"), "bob");
  EXPECT_EQ(parsed({"connection", "--user=admin", "ls", "--user=bob"}).value("nats-user"), "admin");
  // It has none.
  EXPECT_EQ(parsed({"room", "ls", "--user", "admin"}).value("nats-user"), "admin");
  EXPECT_FALSE(parsed({"room", "ls", "--user", "admin"}).has("user"));
  // The older name of the command's own.
  EXPECT_EQ(parsed({"connection", "ls", "--of", "bob"}).value("user"), "bob");
  EXPECT_EQ(parsed({"--of=bob", "conn", "kick"}).value("user"), "bob");
  EXPECT_FALSE(parse_arguments({"room", "ls", "--of", "bob"}));
  EXPECT_THAT(parsed({"send", "general", "--", "--user", "x"}).positionals,
              ElementsAre("general", "--user", "x"));
}

TEST(Arguments, WhereAServerStandsDecidesWhichItIs) {
  const Arguments list = parsed({"--server", "h1:4222", "conn", "ls", "--server", "n1"});
  EXPECT_EQ(list.value("server"), "n1");
  EXPECT_EQ(list.value("nats-server"), "h1:4222");
  // A URL is the connection's wherever it stands.
  for (const auto& words :
       std::vector<std::vector<std::string>>{{"conn", "ls", "--server", "nats://h"},
                                             {"conn", "ls", "--server=nats://h"},
                                             {"conn", "ls", "-s", "nats://h"},
                                             {"conn", "ls", "--nats-server", "nats://h"}}) {
    EXPECT_EQ(parsed(words).value("nats-server"), "nats://h");
    EXPECT_FALSE(parsed(words).has("server"));
  }
  const Arguments explain = parsed({"limit", "explain", "--server=n1", "--server", "tls://h"});
  EXPECT_EQ(explain.value("server"), "n1");
  EXPECT_EQ(explain.value("nats-server"), "tls://h");
  EXPECT_EQ(parsed({"room", "ls", "--server", "n1"}).value("nats-server"), "n1");
  EXPECT_FALSE(parse_arguments({"--server", "a", "status", "--server", "b"})) << "two";
  EXPECT_THAT(refusal({"status", "--serve", "x"}), HasSubstr("did you mean \"server\""));
}

TEST(Arguments, PositionalsAndWhatFollowsTwoDashes) {
  EXPECT_THAT(parsed({"send", "general", "hello", "world"}).positionals,
              ElementsAre("general", "hello", "world"));
  EXPECT_THAT(parsed({"send", "general", "--", "--json", "-x"}).positionals,
              ElementsAre("general", "--json", "-x"));
  EXPECT_THAT(parsed({"send", "general", "-"}).positionals, ElementsAre("general", "-"));
  EXPECT_THAT(parsed({"send", "room", "room", "ls"}).positionals,
              ElementsAre("room", "room", "ls"));
}

TEST(Arguments, ConnIsShortForConnection) {
  EXPECT_EQ(command_of(parsed({"conn", "ls"})), "connection ls");
  EXPECT_EQ(command_of(parsed({"connection", "kick", "41"})), "connection kick");
}

TEST(Arguments, RepeatedOptions) {
  EXPECT_THAT(parsed({"room", "create", "a", "--tag", "x", "--tag=y"}).values("tag"),
              ElementsAre("x", "y"));
  EXPECT_EQ(refusal({"room", "ls", "--match", "a", "--match", "b"}), "--match is given twice");
}

TEST(Arguments, MistakesAreNamedWithASuggestion) {
  EXPECT_EQ(refusal({"statsu"}), "unknown command \"statsu\" (did you mean \"status\"?)");
  EXPECT_THAT(refusal({"room", "shwo", "a"}),
              HasSubstr("(did you mean \"show\"?); there are: ls, show"));
  EXPECT_THAT(refusal({"room"}), HasSubstr("needs one of: ls, show"));
  EXPECT_EQ(refusal({"status", "--jsno"}), "unknown option \"--jsno\" (did you mean \"json\"?)");
  EXPECT_THAT(refusal({"deadline", "--timezon", "x"}), HasSubstr("did you mean \"timezone\""));
  EXPECT_THAT(refusal({"status", "--js"}), HasSubstr("unknown option"));  // no guessing
  EXPECT_THAT(refusal({"room", "show"}), HasSubstr("usage: roomctl room show ROOM"));
  EXPECT_THAT(refusal({"room", "show", "a", "b"}), HasSubstr("unexpected argument \"b\""));
  EXPECT_THAT(refusal({"status", "--server"}), HasSubstr("server"));
  EXPECT_NE(refusal({"status", "--json=yes"}), "accepted");
  EXPECT_NE(refusal({"plan", "--yes"}), "accepted");  // another command's option
}

TEST(Arguments, HelpNeedsNoArguments) {
  EXPECT_EQ(command_of(parsed({"room", "show", "--help"})), "room show");
  EXPECT_TRUE(parsed({"room", "show", "-h"}).has("help"));
  EXPECT_TRUE(parsed({"help", "room", "show"}).has("help"));
  EXPECT_EQ(command_of(parsed({"help", "room", "show"})), "room show");
  EXPECT_EQ(command_of(parsed({"help"})), "none");
  EXPECT_EQ(command_of(parsed({"room", "--help"})), "none");
  EXPECT_EQ(command_of(parsed({})), "none");
}

TEST(Arguments, NumbersTimesAndDurations) {
  const Arguments arguments = parsed({"room", "ls", "--limit", "5"});
  EXPECT_EQ(arguments.number("limit", 1, 10).value(), 5U);
  EXPECT_EQ(arguments.number("other", 1, 10).value(), std::nullopt);
  EXPECT_FALSE(arguments.number("limit", 6, 10));
  for (const char* bad : {"-1", "x", "5x", "99999999999999999999"}) {
    EXPECT_FALSE(parsed({"room", "ls", "--limit=" + std::string(bad)}).number("limit", 0, ~0ULL))
        << bad;
  }
  const Arguments at = parsed({"deadline", "--at", "1970-01-01T00:00:01Z", "--timeout", "90s"});
  EXPECT_EQ(at.time("at").value()->time_since_epoch(), std::chrono::seconds(1));
  EXPECT_EQ(at.duration("timeout").value(), std::chrono::seconds(90));
  EXPECT_FALSE(parsed({"deadline", "--at", "today"}).time("at"));
  EXPECT_FALSE(parsed({"status", "--timeout", "5"}).duration("timeout"));
}

TEST(CommandTable, EachIsDocumented) {
  std::set<std::string_view> names;
  for (const CommandInfo& command : commands()) {
    EXPECT_TRUE(names.insert(command.name).second) << command.name;
    EXPECT_FALSE(command.summary.empty()) << command.name;
    EXPECT_TRUE(command.run != nullptr) << command.name;
    ASSERT_FALSE(command.examples.empty()) << command.name;
    EXPECT_THAT(command_help(command), HasSubstr("Example")) << command.name;
    EXPECT_THAT(overview_help(), HasSubstr(std::string(command.name)));
  }
}

TEST(CommandTable, NoOptionIsBothGlobalAndACommands) {
  for (const CommandInfo& command : commands()) {
    std::set<std::string_view> names;
    std::set<char> letters;
    for (const auto* options : {&global_options(), &command.options}) {
      for (const OptionInfo& option : *options) {
        EXPECT_TRUE(names.insert(option.name).second) << command.name << " --" << option.name;
        EXPECT_TRUE(option.letter == '\0' || letters.insert(option.letter).second)
            << command.name << option.letter;
        EXPECT_FALSE(option.help.empty()) << command.name << " --" << option.name;
      }
    }
  }
}

/// The words of a shell line with plain words and single quotes, up to a pipe or a file.
std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words;
  bool quoted = false;
  bool open = false;
  for (const char c : line) {
    if (c == '\'') {
      quoted = !quoted;
      if (!open) words.emplace_back();
      open = true;
    } else if (!quoted && (c == '|' || c == '>')) {
      if (words.empty() || words[0] == "roomctl") break;
      words.clear();  // what feeds roomctl
      open = false;
    } else if (!quoted && c == ' ') {
      open = false;
    } else {
      if (!open) words.emplace_back();
      open = true;
      words.back() += c;
    }
  }
  return words;
}

TEST(CommandTable, TheirExamplesParse) {
  for (const CommandInfo& command : commands()) {
    for (const std::string_view example : command.examples) {
      std::vector<std::string> words = words_of(example);
      ASSERT_GE(words.size(), 2U) << example;
      ASSERT_EQ(words[0], "roomctl") << example;
      words.erase(words.begin());
      EXPECT_EQ(command_of(parsed(words)), command.name) << example;
    }
  }
}

}  // namespace
}  // namespace roomkeeper::cli
