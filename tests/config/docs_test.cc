// docs/configuration.md is in step with the program: its tables are the program's, its examples are
// those that are tested.
#include <cstddef>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "config/load.h"
#include "config/reference.h"

namespace roomkeeper::testing {
namespace {

constexpr char path[] = ROOMKEEPER_SOURCE_DIR "/docs/configuration.md";

std::string read_text(const std::string& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::string fenced(const std::string& text) {
  return "```yaml\n" + text + "```\n";
}

/// What stands between `<!-- begin NAME -->` and `<!-- end NAME -->` is `expected`;
/// ROOMKEEPER_UPDATE_DOCS=1 puts it there.
void expect_part(const std::string& name, const std::string& expected) {
  const std::string begin_mark = "<!-- begin " + name + " -->\n";
  const std::string end_mark = "<!-- end " + name + " -->\n";
  std::string document = read_text(path);
  const std::size_t begin = document.find(begin_mark);
  const std::size_t end = document.find(end_mark);
  ASSERT_TRUE(begin != std::string::npos && end != std::string::npos && begin < end)
      << path << " lacks the marks of " << name;
  const std::size_t part = begin + begin_mark.size();
  if (std::getenv("ROOMKEEPER_UPDATE_DOCS") != nullptr) {
    document.replace(part, end - part, expected);
    std::ofstream(path) << document;
    document = read_text(path);
  }
  EXPECT_TRUE(document.substr(part, document.find(end_mark) - part) == expected)
      << path << ": the part " << name
      << " differs from the program's; run this test with ROOMKEEPER_UPDATE_DOCS=1 to "
      << "rewrite it";
}

TEST(ConfigurationDocument, HasTheSettingsOfTheProgram) {
  expect_part("settings", config::settings_markdown());
}

TEST(ConfigurationDocument, HasTheRoomSettingsOfTheProgram) {
  expect_part("room settings", config::room_settings_markdown());
}

TEST(ConfigurationDocument, ShowsTheExamples) {
  expect_part("example", fenced(read_text(ROOMKEEPER_SOURCE_DIR "/examples/roomkeeper.yaml")));
  expect_part("pools", fenced(read_text(ROOMKEEPER_SOURCE_DIR "/examples/pools.yaml")));
  expect_part("room file", fenced(read_text(ROOMKEEPER_SOURCE_DIR "/examples/rooms.d/teams.yaml")));
}

TEST(ConfigurationDocument, TheExampleLoads) {
  const auto loaded = config::load(ROOMKEEPER_SOURCE_DIR "/examples/roomkeeper.yaml", {});
  ASSERT_TRUE(loaded.has_value()) << to_string(loaded.error().front());
  EXPECT_TRUE(loaded->rooms.complete);
  EXPECT_FALSE(loaded->rooms.rooms.empty());
}

TEST(ConfigurationDocument, TheExampleOfPoolsLoads) {
  const auto loaded = config::load(ROOMKEEPER_SOURCE_DIR "/examples/pools.yaml", {});
  ASSERT_TRUE(loaded.has_value()) << to_string(loaded.error().front());
  EXPECT_EQ(loaded->rooms.rooms.size(), 50'003U);
  EXPECT_EQ(loaded->templates.at("lobby-week")->layout, policies::Layout::pooled);
}

TEST(ConfigurationDocument, UsesOnlyVariablesAndFlagsThatExist) {
  std::set<std::string> known = {
      "ROOMKEEPER_CONFIG", "--config", "--check", "--print-config",
      // Refused, and said to be; of Kubernetes; a stream; flags of roomctl.
      "--nats-password", "ROOMKEEPER_PORT", "ROOMKEEPER_AUDIT", "--at", "--timezone", "--days",
      "--utc"};
  for (const config::Setting& setting : config::settings()) {
    known.emplace(setting.environment);
    if (!setting.flag.empty()) known.emplace("--" + std::string(setting.flag));
  }
  const std::string document = read_text(path);
  const std::regex word("ROOMKEEPER_[A-Z_]*[A-Z]|--[a-z][a-z-]*[a-z]");
  std::size_t found = 0;
  for (std::sregex_iterator at(document.begin(), document.end(), word), end; at != end;
       ++at, ++found) {
    EXPECT_TRUE(known.contains(at->str())) << at->str();
  }
  EXPECT_GT(found, known.size());
}

}  // namespace
}  // namespace roomkeeper::testing
