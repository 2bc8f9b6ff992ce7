// roomctl as a program: real arguments, output and exit codes. No server is needed here.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "tests/support/child_process.h"
#include "tests/support/loopback_port.h"
#include "tests/support/temp_directory.h"

namespace roomkeeper::cli {
namespace {

using roomkeeper::testing::ChildResult;
using roomkeeper::testing::LoopbackPort;
using roomkeeper::testing::TempDirectory;
using ::testing::HasSubstr;
using ::testing::StartsWith;

ChildResult roomctl(std::vector<std::string> arguments, std::string input = {}) {
  return roomkeeper::testing::run_program(
      {.program = ROOMKEEPER_BIN_DIR "/roomctl",
       .arguments = std::move(arguments),
       .environment = {"TZ=UTC"},
       .without = {"NATS_URL", "NATS_USER", "NATS_PASSWORD", "NATS_CREDS", "NATS_NKEY",
                   "NATS_CONTEXT", "NATS_TOKEN", "NATS_CA", "NATS_CERT", "NATS_KEY"},
       .directory = {},
       .input = std::move(input),
       .log_file = {}});
}

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> found;
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t end = std::min(text.find(' ', start), text.size());
    found.emplace_back(text.substr(start, end - start));
    start = end + 1;
  }
  return found;
}

TEST(Program, HelpOfEveryCommandHasAnExample) {
  for (const CommandInfo& command : commands()) {
    std::vector<std::string> arguments = words(command.name);
    arguments.emplace_back("--help");
    const ChildResult result = roomctl(arguments);
    EXPECT_EQ(result.exit_code, 0) << command.name;
    EXPECT_THAT(result.out, StartsWith("Usage: roomctl " + std::string(command.name)));
    EXPECT_THAT(result.out, HasSubstr("\nExample")) << command.name;
    EXPECT_THAT(result.out, HasSubstr("Exit codes:")) << command.name;
    EXPECT_EQ(result.err, "");
  }
  EXPECT_EQ(roomctl({}).exit_code, 0);
  EXPECT_THAT(roomctl({"help"}).out, HasSubstr("Exit codes:"));
}

TEST(Program, MistakesEndWithOne) {
  const ChildResult typo = roomctl({"statsu"});
  EXPECT_EQ(typo.exit_code, 1);
  EXPECT_EQ(typo.out, "");
  EXPECT_THAT(typo.err, HasSubstr("did you mean \"status\"?"));
  EXPECT_EQ(roomctl({"status", "--nonsense"}).exit_code, 1);
  EXPECT_EQ(roomctl({"room", "show"}).exit_code, 1);
}

TEST(Program, WithoutAServerItSaysWhereItLooked) {
  const LoopbackPort port;  // held by nobody
  const std::string url = "nats://eve:s3cret@" + port.address();
  for (const char* command : {"status", "doctor", "plan", "room ls", "connection ls"}) {
    std::vector<std::string> arguments = words(command);
    arguments.insert(arguments.end(), {"--server", url});
    const ChildResult result = roomctl(arguments);
    EXPECT_EQ(result.exit_code, 1) << command;
    EXPECT_EQ(result.out, "") << command;
    EXPECT_THAT(result.err, HasSubstr("cannot connect to nats://eve:***@" + port.address()))
        << command;
    EXPECT_THAT(result.err, HasSubstr("check that nats-server is running there")) << command;
    EXPECT_THAT(result.err, ::testing::Not(HasSubstr("s3cret"))) << command;
  }
  const ChildResult in_json = roomctl({"status", "--json", "--server", url});
  EXPECT_EQ(in_json.exit_code, 1);
  EXPECT_EQ(nlohmann::json::parse(in_json.out)["error"]["code"], "not_connected");
  EXPECT_EQ(roomctl({"version", "--server", url}).exit_code, 0);
}

TEST(Program, AMissingSecretIsNamed) {
  const LoopbackPort port;
  const ChildResult result = roomctl({"status", "--server", "nats://" + port.address(), "--user",
                                      "a", "--password-file", "/nowhere/pw"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("/nowhere/pw"));
}

TEST(Program, ValidateGoodFiles) {
  const ChildResult example =
      roomctl({"validate", ROOMKEEPER_SOURCE_DIR "/examples/roomkeeper.yaml"});
  EXPECT_EQ(example.exit_code, 0) << example.err;
  EXPECT_THAT(example.out, StartsWith("valid: "));
  TempDirectory directory;
  const std::string path = directory.write(
      "rk.yaml", "rooms: [{id: general, title: 자유 대화방}, {range: \"g-{1..3}\"}]\n");
  const ChildResult result = roomctl({"validate", path, "--json"});
  EXPECT_EQ(result.exit_code, 0);
  const auto report = nlohmann::json::parse(result.out);
  EXPECT_EQ(report["valid"], true);
  EXPECT_EQ(report["rooms"], 4);
}

TEST(Program, ValidateNamesEveryProblem) {
  TempDirectory directory;
  const std::string path =
      directory.write("rk.yaml",
                      "rooms:\n"
                      "  - { id: general, titel: x }\n"
                      "  - { id: \"a b\" }\n"
                      "  - { id: c, retention: { until: midnight, timezone: Asia/Soul } }\n");
  const ChildResult result = roomctl({"validate", path});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.out, HasSubstr("rk.yaml:2:"));
  EXPECT_THAT(result.out, HasSubstr("did you mean \"title\"?"));
  EXPECT_THAT(result.out, HasSubstr("rk.yaml:3:"));
  EXPECT_THAT(result.out, HasSubstr("rk.yaml:4:"));
  EXPECT_EQ(result.err, "3 problems\n");
  const auto report = nlohmann::json::parse(roomctl({"validate", path, "--json"}).out);
  EXPECT_EQ(report["valid"], false);
  ASSERT_EQ(report["problems"].size(), 3U);
  EXPECT_EQ(report["problems"][0]["line"], 2);
  EXPECT_EQ(roomctl({"validate", "/nowhere.yaml"}).exit_code, 1);
}

struct DeadlineCase {
  const char* zone;
  const char* days;
  const char* at;
  const char* gone;
  const char* gone_utc;
};

TEST(Program, DeadlinesOfOrdinaryAndOddMidnights) {
  const std::vector<DeadlineCase> cases{
      {"Asia/Seoul", "0", "2026-11-22T09:00:00+09:00", "2026-11-23T00:00:00+09:00",
       "2026-11-22T15:00:00Z"},
      {"Asia/Seoul", "0", "2026-11-22T00:00:00+09:00", "2026-11-23T00:00:00+09:00",
       "2026-11-22T15:00:00Z"},
      {"Asia/Seoul", "0", "2026-11-21T23:59:59.999+09:00", "2026-11-22T00:00:00+09:00",
       "2026-11-21T15:00:00Z"},
      {"Asia/Seoul", "7", "2026-11-22T09:00:00+09:00", "2026-11-30T00:00:00+09:00",
       "2026-11-29T15:00:00Z"},
      // Clocks go forward at midnight: the day begins at one.
      {"Africa/Cairo", "0", "2023-04-27T12:00:00Z", "2023-04-28T01:00:00+03:00",
       "2023-04-27T22:00:00Z"},
      {"America/Santiago", "0", "2023-09-02T12:00:00Z", "2023-09-03T01:00:00-03:00",
       "2023-09-03T04:00:00Z"},
      {"America/Havana", "0", "2023-03-11T12:00:00Z", "2023-03-12T01:00:00-04:00",
       "2023-03-12T05:00:00Z"},
      // Clocks go back from one to midnight: the earlier of the two.
      {"America/Havana", "0", "2023-11-04T12:00:00Z", "2023-11-05T00:00:00-04:00",
       "2023-11-05T04:00:00Z"},
  };
  for (const DeadlineCase& one : cases) {
    const std::vector<std::string> arguments{"deadline", "--timezone", one.zone, "--days",
                                             one.days,   "--at",       one.at};
    const ChildResult local = roomctl(arguments);
    EXPECT_EQ(local.exit_code, 0) << local.err;
    EXPECT_EQ(local.out, one.gone + std::string("\n")) << one.zone << " " << one.at;
    std::vector<std::string> in_utc = arguments;
    in_utc.emplace_back("--utc");
    EXPECT_EQ(roomctl(in_utc).out, one.gone_utc + std::string("\n")) << one.zone << " " << one.at;
  }
  const ChildResult in_json =
      roomctl({"deadline", "--timezone", "Asia/Seoul", "--at", "2026-11-22T00:00:00Z", "--json"});
  EXPECT_EQ(nlohmann::json::parse(in_json.out)["gone_at"], "2026-11-22T15:00:00Z");
}

TEST(Program, DeadlineRefusals) {
  EXPECT_EQ(roomctl({"deadline"}).exit_code, 1);
  EXPECT_THAT(roomctl({"deadline", "--timezone", "Asia/Soul"}).err, HasSubstr("unknown zone"));
  EXPECT_EQ(roomctl({"deadline", "--timezone", "Asia/Seoul", "--days", "-1"}).exit_code, 1);
  EXPECT_EQ(roomctl({"deadline", "--timezone", "Asia/Seoul", "--days", "3651"}).exit_code, 1);
  EXPECT_EQ(roomctl({"deadline", "--timezone", "Asia/Seoul", "--at", "2026-11-22"}).exit_code, 1);
  EXPECT_EQ(roomctl({"deadline", "--timezone", "Asia/Seoul", "--room", "a"}).exit_code, 1);
}

}  // namespace
}  // namespace roomkeeper::cli
