#include "cli/table.h"

#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "cli/display_width.h"

namespace roomkeeper::cli {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

Table sample() {
  Table table({{.header = "ROOM"},
               {.header = "TITLE", .shrinks = true},
               {.header = "N", .align = Align::right}});
  table.add({"general", "자유 대화방", "5"});
  table.add({"a", "e\xcc\x81t\xcc\x81 😀", "1,234"});
  table.add({"b", "plain", "12"});
  return table;
}

TEST(Table, ColumnsAlignWhateverTheScript) {
  const std::string text = sample().render(0);
  EXPECT_EQ(text,
            "ROOM     TITLE            N\n"
            "general  자유 대화방      5\n"
            "a        e\xcc\x81t\xcc\x81 😀        1,234\n"
            "b        plain           12\n");
  for (const std::string& line : lines_of(text)) EXPECT_EQ(display_width(line), 27) << line;
}

TEST(Table, OnlyColumnsThatMayShrinkGiveWay) {
  for (const std::string& line : lines_of(sample().render(24)))
    EXPECT_EQ(display_width(line), 24) << line;
  EXPECT_NE(sample().render(24).find("자유 대…"), std::string::npos);
  // Narrower than it can be: the others keep their texts.
  EXPECT_NE(sample().render(5).find("general"), std::string::npos);
  EXPECT_NE(sample().render(5).find("1,234"), std::string::npos);
}

TEST(Table, StrangersCannotBreakALine) {
  Table table({{.header = "NAME"}, {.header = "X"}});
  table.add({"a\nb\x1b[31m\t\xff", "x"});
  table.add({"short"});
  EXPECT_EQ(table.render(0),
            "NAME                X\n"
            "a\\nb\\x1b[31m\\t\\xff  x\n"
            "short\n");
}

}  // namespace
}  // namespace roomkeeper::cli
