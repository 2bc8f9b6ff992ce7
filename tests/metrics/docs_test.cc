// docs/metrics.md is in step with the program: its tables, the names it uses, and what promtool
// says of its examples.
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "metrics/names.h"
#include "metrics/reference.h"

namespace roomkeeper::testing {
namespace {

constexpr char path[] = ROOMKEEPER_SOURCE_DIR "/docs/metrics.md";
constexpr std::string_view begin_mark = "<!-- begin catalogue -->\n";
constexpr std::string_view end_mark = "<!-- end catalogue -->\n";

std::string read_document() {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

TEST(MetricsDocument, HasTheCatalogueOfTheProgram) {
  std::string document = read_document();
  const std::size_t begin = document.find(begin_mark);
  const std::size_t end = document.find(end_mark);
  ASSERT_TRUE(begin != std::string::npos && end != std::string::npos && begin < end)
      << path << " lacks its marks";
  const std::size_t table = begin + begin_mark.size();
  const std::string expected = metrics::metrics_markdown();
  if (std::getenv("ROOMKEEPER_UPDATE_DOCS") != nullptr) {
    document.replace(table, end - table, expected);
    std::ofstream(path) << document;
    document = read_document();
  }
  EXPECT_TRUE(document.substr(table, document.find(end_mark) - table) == expected)
      << path
      << " differs from the program's catalogue; run this test with ROOMKEEPER_UPDATE_DOCS=1 to "
         "rewrite it";
}

TEST(MetricsDocument, UsesOnlyNamesThatExist) {
  std::set<std::string> known;
  for (const auto& one : metrics::catalogue()) {
    known.emplace(one.name);
    if (one.kind != metrics::Kind::histogram) continue;
    for (const char* suffix : {"_bucket", "_sum", "_count"})
      known.insert(std::string(one.name) + suffix);
  }
  for (const auto& one : metrics::computed_catalogue()) known.emplace(one.name);
  const std::string document = read_document();
  const std::regex name("\\broomkeeper_[a-z_]+");
  std::size_t found = 0;
  for (std::sregex_iterator at(document.begin(), document.end(), name), end; at != end;
       ++at, ++found) {
    EXPECT_TRUE(known.contains(at->str())) << at->str();
  }
  EXPECT_GT(found, known.size() / 2);
}

}  // namespace
}  // namespace roomkeeper::testing
