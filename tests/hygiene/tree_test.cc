// The rules, held over the tree itself. A failure names file and line; CONTRIBUTING.md says what to
// do instead.
#include "tests/hygiene/tree.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace roomkeeper::testing {
namespace {

const SourceFiles& tree() {
  static const SourceFiles files = read_tree(ROOMKEEPER_SOURCE_DIR);
  return files;
}

void expect_clean(const Findings& findings) {
  EXPECT_TRUE(findings.empty()) << to_string(findings);
}

TEST(Tree, IsReadWithEveryFolder) {
  for (const auto* path :
       {"CMakeLists.txt", ".ci/run", "policies/ids.h", "sidecar/nats/connection.h", "tools/dev",
        "tests/hygiene/tree_test.cc"}) {
    EXPECT_TRUE(std::ranges::any_of(tree(), [&](const SourceFile& file) {
      return file.path == path;
    })) << path;
  }
  EXPECT_TRUE(std::ranges::none_of(
      tree(), [](const SourceFile& file) { return file.path.starts_with("build/"); }));
}

TEST(Tree, FilesAreShort) {
  expect_clean(long_files(tree()));
}
TEST(Tree, FunctionsAreShort) {
  expect_clean(long_functions(tree()));
}
TEST(Tree, NamesSaySomething) {
  expect_clean(vague_names(tree()));
}
TEST(Tree, EverySourceIsBuilt) {
  expect_clean(unbuilt_sources(tree()));
}
TEST(Tree, IncludesFollowTheHouse) {
  expect_clean(forbidden_includes(tree()));
}
TEST(Tree, TimeIsReadAndWaitedForInOnePlace) {
  expect_clean(clock_calls(tree()));
}
TEST(Tree, ThreadsAreMadeInTwoPlaces) {
  expect_clean(thread_calls(tree()));
}
TEST(Tree, JsonIsWrittenAndReadSafely) {
  expect_clean(bare_json_calls(tree()));
}
TEST(Tree, NothingIsLeftUndoneOrSwitchedOff) {
  expect_clean(loose_ends(tree()));
}
TEST(Tree, NamesNoMachineAndNoRegistry) {
  expect_clean(machine_details(tree()));
}

}  // namespace
}  // namespace roomkeeper::testing
