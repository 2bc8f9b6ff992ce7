// docs/runbook.md: a section for every alert, with commands, metrics and headings that exist.
#include <algorithm>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/child_process.h"
#include "tests/support/temp_directory.h"
#include "tests/watching/known_names.h"
#include "tests/watching/rule_files.h"

namespace roomkeeper::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string runbook() {
  return read_text_file(ROOMKEEPER_SOURCE_DIR "/docs/runbook.md");
}

/// Text of each section by its heading.
std::map<std::string, std::string> sections(const std::string& document) {
  std::map<std::string, std::string> all;
  std::istringstream in(document);
  std::string heading;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("## ")) {
      heading = line.substr(3);
      EXPECT_FALSE(all.contains(heading)) << heading << " stands there twice";
      all[heading];
    } else if (!heading.empty()) {
      all[heading] += line + "\n";
    }
  }
  return all;
}

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

/// `code` in the text that begins with this word, without the backquotes.
std::set<std::string> code_words(const std::string& text, const std::string& first) {
  const std::regex code("`(" + first + "[^`]*)`");
  std::set<std::string> all;
  for (std::sregex_iterator at(text.begin(), text.end(), code), end; at != end; ++at)
    all.insert(std::regex_replace(at->str(1), std::regex("\\s+"), " "));
  return all;
}

TEST(Runbook, HasASectionForEveryAlertAndNoOther) {
  auto all = sections(runbook());
  for (const Rule& alert : alerts()) {
    SCOPED_TRACE(alert.name);
    ASSERT_TRUE(all.contains(alert.name));
    const std::string& text = all[alert.name];
    EXPECT_THAT(text, HasSubstr(alert.annotations.at("summary")));
    EXPECT_THAT(lower(text), HasSubstr(alert.labels.at("severity")));
    for (const char* part : {"**Meaning.** ", "**Look here**\n\n- ", "**Do this**\n\n- "})
      EXPECT_THAT(text, HasSubstr(part));
    EXPECT_EQ(alert.annotations.at("runbook_url"), "docs/runbook.md#" + lower(alert.name));
    all.erase(alert.name);
  }
  for (const auto& [heading, text] : all) ADD_FAILURE() << "no alert is called " << heading;
}

TEST(Runbook, NamesCommandsThatExist) {
  const std::set<std::string> commands = code_words(runbook(), "roomctl ");
  EXPECT_GT(commands.size(), 15U);
  for (const std::string& command : commands) {
    std::vector<std::string> help{"help"};
    std::vector<std::string> options;
    std::istringstream in(command.substr(8));
    for (std::string word; in >> word;) {
      const bool is_word =
          std::ranges::all_of(word, [](char c) { return (c >= 'a' && c <= 'z') || c == '-'; });
      if (word.starts_with("--")) {
        options.push_back(word);
      } else if (is_word && options.empty()) {
        help.push_back(word);
      }
    }
    const ChildResult result =
        run_program({.program = ROOMKEEPER_BIN_DIR "/roomctl", .arguments = help});
    EXPECT_EQ(result.exit_code, 0) << command << ": " << result.err;
    for (const std::string& option : options) EXPECT_THAT(result.out, HasSubstr(option)) << command;
  }
}

TEST(Runbook, NamesMetricsAndAlertsThatExist) {
  EXPECT_THAT(unknown_metrics(runbook()), IsEmpty());
  std::set<std::string> names;
  for (const Rule& alert : alerts()) names.insert(alert.name);
  static const std::regex alert(R"re(\bRoomkeeper[A-Z]\w+)re");
  const std::string text = runbook();
  for (std::sregex_iterator at(text.begin(), text.end(), alert), end; at != end; ++at)
    EXPECT_TRUE(names.contains(at->str())) << at->str();
}

TEST(Runbook, PointsAtHeadingsThatExist) {
  static const std::regex pointer(R"re(docs/([a-z]+)\.md,\s+"([^"]+)")re");
  const std::string text = runbook();
  std::size_t found = 0;
  for (std::sregex_iterator at(text.begin(), text.end(), pointer), end; at != end; ++at, ++found) {
    const std::string document =
        read_text_file(ROOMKEEPER_SOURCE_DIR "/docs/" + at->str(1) + ".md");
    EXPECT_TRUE(std::regex_search(document, std::regex("\n#+ " + at->str(2) + "\n"))) << at->str();
  }
  EXPECT_GT(found, 5U);
}

}  // namespace
}  // namespace roomkeeper::testing
