// docs/cli.md is in step with the program; ROOMKEEPER_UPDATE_DOCS=1 rewrites its generated part.
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>

#include "cli/reference.h"

namespace roomkeeper::cli {
namespace {

constexpr char path[] = ROOMKEEPER_SOURCE_DIR "/docs/cli.md";

std::string read_text() {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

TEST(CliDocument, HasTheCommandsOfTheProgram) {
  const std::string begin_mark = "<!-- begin commands -->\n";
  const std::string end_mark = "<!-- end commands -->\n";
  const std::string expected = "\n" + cli_markdown() + "\n";
  std::string document = read_text();
  const std::size_t begin = document.find(begin_mark);
  const std::size_t end = document.find(end_mark);
  ASSERT_TRUE(begin != std::string::npos && end != std::string::npos && begin < end)
      << path << " lacks its marks";
  const std::size_t part = begin + begin_mark.size();
  if (std::getenv("ROOMKEEPER_UPDATE_DOCS") != nullptr) {
    document.replace(part, end - part, expected);
    std::ofstream(path) << document;
    document = read_text();
  }
  EXPECT_EQ(document.substr(part, document.find(end_mark) - part), expected)
      << path
      << " differs from the program; run this test with ROOMKEEPER_UPDATE_DOCS=1 to rewrite it";
}

}  // namespace
}  // namespace roomkeeper::cli
