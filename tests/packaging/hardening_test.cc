// How the programs were linked: position independent, relocations read-only, no executable stack,
// stack protector and fortified calls.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/child_process.h"

namespace roomkeeper::testing {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

class HardeningTest : public ::testing::TestWithParam<const char*> {
 protected:
  static std::string readelf(const std::string& option) {
    const ChildResult result = run_program(
        {.program = "readelf",
         .arguments = {"--wide", option, std::string(ROOMKEEPER_BIN_DIR "/") + GetParam()},
         .environment = {"LC_ALL=C"}});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.out;
  }
};

TEST_P(HardeningTest, ItIsLoadedAtARandomAddress) {
  EXPECT_THAT(readelf("--file-header"), ContainsRegex("Type: +DYN"));
  EXPECT_THAT(readelf("--dynamic"), ContainsRegex("FLAGS_1[^\n]* PIE"));
}

TEST_P(HardeningTest, RelocationsAreReadOnlyAfterTheStart) {
  EXPECT_THAT(readelf("--program-headers"), HasSubstr("GNU_RELRO"));
  EXPECT_THAT(readelf("--dynamic"), HasSubstr("BIND_NOW"));
}

TEST_P(HardeningTest, TheStackIsNotExecutable) {
  const std::string segments = readelf("--program-headers");
  EXPECT_THAT(segments, ContainsRegex("GNU_STACK[^\n]* RW "));
  EXPECT_THAT(segments, Not(ContainsRegex(" RWE ")));
}

TEST_P(HardeningTest, OverflowsAreNoticed) {
  const std::string symbols = readelf("--dyn-syms");
  EXPECT_THAT(symbols, HasSubstr("__stack_chk_fail"));
  EXPECT_THAT(symbols, ContainsRegex("__[a-z0-9]+_chk@"));
}

INSTANTIATE_TEST_SUITE_P(Programs, HardeningTest, ::testing::Values("roomkeeper", "roomctl"),
                         [](const auto& program) { return std::string(program.param); });

}  // namespace
}  // namespace roomkeeper::testing
