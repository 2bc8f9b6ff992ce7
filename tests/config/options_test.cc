#include "config/options.h"

#include <sstream>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/load.h"

namespace roomkeeper::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

policies::Result<CommandLine> parse(std::vector<const char*> words) {
  words.insert(words.begin(), "roomkeeper");
  return parse_command_line(static_cast<int>(words.size()), words.data());
}

std::string refusal(std::vector<const char*> words) {
  const auto line = parse(std::move(words));
  return line ? "accepted" : line.error().text;
}

TEST(CommandLine, FlagsByKey) {
  const auto line = parse({"--config", "rk.yaml", "--check", "--nats-url=nats://a:1", "--nats-url",
                           "b:2", "--http-listen=", "--reconcile-interval", "5s",
                           "--limits-connections-per-user-max=-1"});
  ASSERT_TRUE(line.has_value()) << line.error().text;
  EXPECT_EQ(line->config_path, "rk.yaml");
  EXPECT_TRUE(line->check);
  EXPECT_FALSE(line->help);
  EXPECT_THAT(line->flags, ElementsAre(::testing::Pair("http.listen", ""),
                                       ::testing::Pair("limits.connections_per_user.max", "-1"),
                                       ::testing::Pair("nats.url", "nats://a:1,b:2"),
                                       ::testing::Pair("reconcile.interval", "5s")));
}

TEST(CommandLine, ShortForms) {
  EXPECT_TRUE(parse({"-h"})->help);
  EXPECT_TRUE(parse({"-V"})->version);
  EXPECT_EQ(parse({"-c", "a.yaml"})->config_path, "a.yaml");
  EXPECT_TRUE(parse({"--print-config"})->print_config);
  EXPECT_TRUE(parse({})->config_path.empty());
}

TEST(CommandLine, EverySettingHasItsFlag) {
  for (const Setting& setting : settings()) {
    if (setting.flag.empty()) continue;
    const std::string flag = "--" + std::string(setting.flag);
    const auto line = parse({flag.c_str(), "some value"});
    ASSERT_TRUE(line.has_value()) << flag;
    EXPECT_THAT(line->flags, ElementsAre(::testing::Pair(std::string(setting.key), "some value")));
    EXPECT_THAT(usage(), HasSubstr(flag + " <"));
    EXPECT_THAT(usage(), HasSubstr(std::string(setting.environment)));
  }
}

TEST(CommandLine, NothingIsGuessed) {
  EXPECT_EQ(refusal({"--nats-ur", "x"}),
            "unknown flag \"--nats-ur\" (did you mean \"--nats-url\"?)");
  EXPECT_EQ(refusal({"--conf", "x"}), "unknown flag \"--conf\" (did you mean \"--config\"?)");
  EXPECT_EQ(refusal({"--zzzzzzzz=1"}), "unknown flag \"--zzzzzzzz\"; --help lists them");
  EXPECT_EQ(refusal({"--nats-password", "x"}),
            "unknown flag \"--nats-password\"; --help lists them");
  EXPECT_EQ(refusal({"--nats-password=hunter2"}),
            "unknown flag \"--nats-password\"; --help lists them");
  EXPECT_EQ(refusal({"-x"}), "unknown flag \"-x\"; --help lists them");
}

TEST(CommandLine, WhatElseIsWrong) {
  EXPECT_EQ(refusal({"rk.yaml"}), "expected flags only; --help lists them");
  EXPECT_THAT(refusal({"--config"}), HasSubstr("--config"));
  EXPECT_THAT(refusal({"--check=yes"}), HasSubstr("--check"));
  EXPECT_EQ(refusal({"--config", "a", "--config", "b"}), "expected --config once, not 2 times");
  EXPECT_EQ(refusal({"--log-level=info", "--log-level=warn"}),
            "expected --log-level once, not 2 times");
}

TEST(CommandLine, TheFileIsNamedByFlagOrEnvironment) {
  CommandLine line;
  EXPECT_FALSE(choose_config_path(line, {}).has_value());
  EXPECT_FALSE(choose_config_path(line, {{"ROOMKEEPER_CONFIG", ""}}).has_value());
  EXPECT_EQ(choose_config_path(line, {{"ROOMKEEPER_CONFIG", "e.yaml"}}).value(), "e.yaml");
  line.config_path = "f.yaml";
  EXPECT_EQ(choose_config_path(line, {{"ROOMKEEPER_CONFIG", "e.yaml"}}).value(), "f.yaml");
}

TEST(Usage, HasDefaultsAndAnExample) {
  EXPECT_THAT(usage(), HasSubstr("Example:\n"));
  EXPECT_THAT(usage(), HasSubstr("default nats://127.0.0.1:4222"));
}

TEST(Usage, FitsATerminal) {
  std::istringstream text(usage());
  for (std::string line; std::getline(text, line);) EXPECT_LE(line.size(), 110U) << line;
}

}  // namespace
}  // namespace roomkeeper::config
