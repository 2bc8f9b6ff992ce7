// The completions in the shells themselves, and the manual pages in man itself.
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/command.h"
#include "config/load.h"
#include "tests/support/child_process.h"
#include "tests/support/temp_directory.h"

namespace roomkeeper::testing {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

const std::string manuals = ROOMKEEPER_MANUALS;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

/// A roomctl that knows three rooms, and writes down how it was asked.
constexpr char stand_in[] =
    "#!/bin/bash\n"
    "echo \"$*\" >>\"$ASKED\"\n"
    "[[ \" $* \" == *' --quiet '* ]] || exit 1\n"
    "all=\"$*\" match=${all##*--match }\n"
    "for room in lobby lounge general; do [[ $room == $match ]] && echo $room; done\n"
    // What somebody else who answers may send.
    "for evil in '$(touch$IFS'pwned')' '`touch$IFS'pwned'`' 'a b' '*' 'x:y'; do echo \"$evil\"; "
    "done\n";

class Completion : public ::testing::Test {
 protected:
  Completion() {
    const auto program = directory_.write("bin/roomctl", stand_in);
    std::filesystem::permissions(program, std::filesystem::perms::owner_all);
  }

  std::string asked() const { return read_text_file(directory_.path() / "asked"); }

  ChildResult shell(const std::string& program, std::vector<std::string> arguments) const {
    return run_program(
        {.program = program,
         .arguments = std::move(arguments),
         .environment = {"PATH=" + (directory_.path() / "bin").string() + ":" + std::getenv("PATH"),
                         "ASKED=" + (directory_.path() / "asked").string(), "TERM=dumb",
                         "LC_ALL=C.UTF-8"},
         .directory = directory_.path().string()});
  }

  /// What bash offers for words, of which the last one is being written. As readline does, `line`
  /// is given along.
  std::vector<std::string> bash(const std::string& words, const std::string& line) const {
    const ChildResult result =
        shell("bash", {"--norc", "-c",
                       "set -u; source '" + manuals + "/roomctl.bash'; COMP_WORDS=(" + words +
                           "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); COMP_LINE=$1; "
                           "COMP_POINT=${#1}; _roomctl; printf '%s\\n' \"${COMPREPLY[@]}\"",
                       "bash", line});
    EXPECT_EQ(result.err, "") << line;
    auto lines = lines_of(result.out);
    std::erase(lines, "");
    return lines;
  }
  /// The same for a line without quotes, `=` and `:`.
  std::vector<std::string> bash(const std::string& line) const {
    return bash(line.ends_with(' ') ? line + "''" : line, line);
  }

  /// The words of the command that zsh runs when `keys` are typed; \t completes.
  std::string zsh(const std::string& keys) const {
    const std::string script =
        "zmodload zsh/zpty\n"
        "zpty shell zsh -f -i\n"
        "zpty -w shell 'PS1=; autoload -Uz compinit; compinit -u -D; source " +
        manuals +
        "/_roomctl; ran() { print -r -- \"ran:$*:\" }; run() { BUFFER=\"ran $BUFFER\"; "
        "zle .accept-line }; zle -N accept-line run; print -r -- set\"\"up'\n"
        "zpty -r shell text '*setup*'\n"
        "zpty -n -w shell $'" +
        keys +
        "\\n'\n"
        "zpty -r shell text '*ran:*:*'; print -r -- $text\n"
        "zpty -d shell\n";
    const ChildResult result = shell("zsh", {"-f", "-c", script});
    const std::size_t begin = result.out.rfind("ran:");
    if (begin == std::string::npos) return result.out + result.err;
    return result.out.substr(begin + 4, result.out.find(':', begin + 4) - begin - 4);
  }

  TempDirectory directory_;
};

TEST_F(Completion, BashOffersCommands) {
  EXPECT_THAT(bash("roomctl "),
              AllOf(Contains("room"), Contains("status"), Contains("help"), Not(Contains("ls"))));
  EXPECT_THAT(bash("roomctl com"), ElementsAre("completion"));
  EXPECT_THAT(bash("roomctl room ex"), UnorderedElementsAre("explain", "export"));
  EXPECT_THAT(bash("roomctl conn "), Contains("kick"));
  EXPECT_THAT(bash("roomctl help room mo"), UnorderedElementsAre("move", "moves"));
  EXPECT_THAT(bash("roomctl completion "), ElementsAre("bash", "zsh"));
  EXPECT_THAT(bash("roomctl nonsense "), IsEmpty());
}

TEST_F(Completion, BashOffersEveryCommandOfTheTable) {
  for (const cli::CommandInfo& command : cli::commands()) {
    const std::string name(command.name);
    const std::size_t space = name.find(' ');
    const std::string before = space == name.npos ? "" : name.substr(0, space + 1);
    EXPECT_THAT(bash("roomctl " + name), Contains(name.substr(before.size()))) << name;
  }
}

TEST_F(Completion, BashOffersOptionsOfTheCommandAndOfAll) {
  EXPECT_THAT(bash("roomctl room ls --ma"), ElementsAre("--match"));
  EXPECT_THAT(bash("roomctl --timeout 5s room ls --nats-s"), ElementsAre("--nats-server"));
  EXPECT_THAT(bash("roomctl --cre"), ElementsAre("--creds"));
  EXPECT_THAT(bash("roomctl status --ma"), IsEmpty());
  EXPECT_THAT(bash("roomctl room show -- --"), IsEmpty());
}

TEST_F(Completion, BashAsksForRooms) {
  EXPECT_THAT(bash("roomctl room show lo"), UnorderedElementsAre("lobby", "lounge"));
  EXPECT_THAT(bash("roomctl plan general l"), UnorderedElementsAre("lobby", "lounge"));
  EXPECT_THAT(bash("roomctl send l"), UnorderedElementsAre("lobby", "lounge"));
  EXPECT_THAT(bash("roomctl send lobby l"), IsEmpty());
  EXPECT_THAT(bash("roomctl purge --room gen"), ElementsAre("general"));
  EXPECT_THAT(bash("roomctl purge --room = gen", "roomctl purge --room=gen"),
              ElementsAre("general"));
  EXPECT_THAT(bash("roomctl tail zzz"), IsEmpty());
}

TEST_F(Completion, WhatCannotBeARoomIsNeitherOfferedNorRun) {
  EXPECT_THAT(bash("roomctl room show "), UnorderedElementsAre("lobby", "lounge", "general"));
  EXPECT_EQ(zsh("roomctl room show lob\\t"), "roomctl room show lobby");
  EXPECT_FALSE(std::filesystem::exists(directory_.path() / "pwned"));
}

TEST_F(Completion, BashAsksWithTheConnectionOfTheLine) {
  EXPECT_THAT(bash("roomctl -s nats : //10.0.0.1 : 4222 --context = dev room show lo",
                   "roomctl -s nats://10.0.0.1:4222 --context=dev room show lo"),
              UnorderedElementsAre("lobby", "lounge"));
  EXPECT_EQ(asked(),
            "-s nats://10.0.0.1:4222 --context=dev --timeout 1s room ls --quiet --limit 1000 "
            "--match lo*\n");
}

TEST_F(Completion, BashOffersFiles) {
  directory_.write("rooms.yaml", "");
  EXPECT_THAT(bash("roomctl validate roo"), ElementsAre("rooms.yaml"));
  EXPECT_THAT(bash("roomctl apply -f roo"), ElementsAre("rooms.yaml"));
  EXPECT_THAT(bash("roomctl room ls --tag roo"), IsEmpty());
}

TEST_F(Completion, ZshCompletesWhatIsTyped) {
  directory_.write("rooms.yaml", "");
  EXPECT_EQ(zsh("roomctl compl\\tzs\\t"), "roomctl completion zsh");
  EXPECT_EQ(zsh("roomctl room expl\\tgen\\t"), "roomctl room explain general");
  EXPECT_EQ(zsh("roomctl purge --roo\\tlob\\t"), "roomctl purge --room lobby");
  EXPECT_EQ(zsh("roomctl purge --room=lob\\t"), "roomctl purge --room=lobby");
  EXPECT_EQ(zsh("roomctl validate roo\\t"), "roomctl validate rooms.yaml");
  EXPECT_EQ(zsh("roomctl conn ki\\t--rea\\tlo\\t"), "roomctl conn kick --reason lo");
}

TEST(ManualPages, AreSetWithoutAWarning) {
  for (const char* page : {"roomctl.1", "roomkeeper.8", "roomkeeper.yaml.5"}) {
    const ChildResult result = run_program(
        {.program = "man",
         .arguments = {"--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", manuals + "/" + page},
         .environment = {"MANWIDTH=80", "MANROFFSEQ=", "LC_ALL=C.UTF-8"}});
    EXPECT_EQ(result.exit_code, 0) << page;
    EXPECT_EQ(result.err, "") << page;
    EXPECT_GT(result.out.size(), 1000U) << page;
  }
}

std::string rendered(const std::string& page) {
  return run_program({.program = "man",
                      .arguments = {"-E", "UTF-8", "-l", "-P", "cat", manuals + "/" + page},
                      .environment = {"MANWIDTH=1000", "LC_ALL=C.UTF-8",
                                      "MAN_KEEP_FORMATTING=", "GROFF_NO_SGR=1"}})
      .out;
}

TEST(ManualPages, NameEveryCommandOptionAndSetting) {
  const std::string roomctl = rendered("roomctl.1");
  for (const cli::CommandInfo& command : cli::commands()) {
    EXPECT_THAT(roomctl, HasSubstr("roomctl " + std::string(command.name)));
    for (const cli::OptionInfo& option : command.options)
      EXPECT_THAT(roomctl, HasSubstr("--" + std::string(option.name)));
    for (const std::string_view example : command.examples)
      EXPECT_THAT(roomctl, HasSubstr(std::string(example)));
  }
  const std::string daemon = rendered("roomkeeper.8");
  const std::string yaml = rendered("roomkeeper.yaml.5");
  for (const config::Setting& setting : config::settings()) {
    EXPECT_THAT(daemon, HasSubstr(std::string(setting.environment)));
    if (!setting.secret) {
      EXPECT_THAT(yaml, HasSubstr("\n       " + std::string(setting.key) + "\n"));
    }
  }
  EXPECT_THAT(yaml, HasSubstr("자유 대화방"));
}

}  // namespace
}  // namespace roomkeeper::testing
