// docs/operations.md names everything that an operator can meet: states, reasons, log events.
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "policies/plan.h"
#include "policies/reason.h"

namespace roomkeeper::testing {
namespace {

std::string read_text(const std::filesystem::path& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::string operations() {
  return read_text(ROOMKEEPER_SOURCE_DIR "/docs/operations.md");
}

/// The part of the document under a heading, up to the next heading of the same or a higher level.
std::string section(const std::string& document, const std::string& heading) {
  const std::size_t begin = document.find("\n" + heading + "\n");
  if (begin == std::string::npos) return {};
  const std::size_t level = heading.find(' ');
  std::size_t end = begin + 1;
  do {
    end = document.find("\n#", end + 1);
  } while (end != std::string::npos && document.find(' ', end) - end - 1 > level);
  return document.substr(begin, end == std::string::npos ? end : end - begin);
}

/// Names in backquotes that begin a table's row, several separated by commas.
std::set<std::string> row_names(const std::string& text) {
  static const std::regex row(R"re((^|\n)\| (`[^|]*`) \|)re");
  static const std::regex name("`([^`]+)`");
  std::set<std::string> names;
  for (std::sregex_iterator at(text.begin(), text.end(), row), end; at != end; ++at) {
    const std::string cell = at->str(2);
    for (std::sregex_iterator word(cell.begin(), cell.end(), name); word != end; ++word) {
      names.insert(word->str(1));
    }
  }
  return names;
}

/// Event names of `log.info("...")` and the like in the daemon's sources; StreamPurger hands its
/// own on.
std::set<std::string> logged_events() {
  static const std::regex call(
      R"re((\blog_?\.(debug|info|warn|error)\(\s*|\bfailed\(work, )"([a-z_.]+)")re");
  std::set<std::string> events;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(ROOMKEEPER_SOURCE_DIR "/sidecar")) {
    if (entry.path().extension() != ".cc") continue;
    const std::string source = read_text(entry.path());
    for (std::sregex_iterator at(source.begin(), source.end(), call), end; at != end; ++at) {
      events.insert(at->str(3));
    }
  }
  return events;
}

TEST(OperationsDocument, HasARowForEveryReasonAndNoOther) {
  std::set<std::string> expected;
  for (std::size_t i = 0; i < policies::reason_count; ++i) {
    expected.emplace(to_string(static_cast<policies::Reason>(i)));
  }
  EXPECT_EQ(row_names(section(operations(), "### Reasons")), expected);
}

TEST(OperationsDocument, HasARowForEveryStateOfARoomAndNoOther) {
  std::set<std::string> expected;
  for (std::size_t i = 0; i < policies::room_state_count; ++i) {
    expected.emplace(to_string(static_cast<policies::RoomState>(i)));
  }
  EXPECT_EQ(row_names(section(operations(), "### States of a room")), expected);
}

TEST(OperationsDocument, HasARowForEveryLogEventAndNoOther) {
  const std::set<std::string> events = logged_events();
  ASSERT_GT(events.size(), 20U);
  EXPECT_EQ(row_names(section(operations(), "## Log events")), events);
}

}  // namespace
}  // namespace roomkeeper::testing
