// The service's unit, as systemd reads it; the configuration and the scripts that the package
// brings.
#include <regex>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/child_process.h"
#include "tests/support/temp_directory.h"

namespace roomkeeper::testing {
namespace {

using ::testing::HasSubstr;

const std::string packaging = ROOMKEEPER_SOURCE_DIR "/packaging";

/// The unit with the program that was built here.
std::string unit_here() {
  return std::regex_replace(read_text_file(packaging + "/systemd/roomkeeper.service"),
                            std::regex("/usr/bin/roomkeeper"), ROOMKEEPER_BIN_DIR "/roomkeeper");
}

TEST(ServiceUnit, IsVerifiedBySystemd) {
  const TempDirectory directory;
  const auto unit = directory.write("roomkeeper.service", unit_here());
  const ChildResult good = run_program(
      {.program = "systemd-analyze", .arguments = {"verify", "--man=no", unit.string()}});
  EXPECT_EQ(good.exit_code, 0);
  EXPECT_EQ(good.err, "");
  const auto wrong =
      directory.write("wrong.service", unit_here() + "\n[Service]\nNoSuchDirective=yes\n");
  EXPECT_THAT(run_program({.program = "systemd-analyze",
                           .arguments = {"verify", "--man=no", wrong.string()}})
                  .err,
              HasSubstr("NoSuchDirective"));
}

/// The exit code of systemd-analyze when a level of so many tenths is the most that is allowed.
int security(const std::string& unit, int tenths) {
  return run_program({.program = "systemd-analyze",
                      .arguments = {"security", "--offline=true", "--no-pager",
                                    "--threshold=" + std::to_string(tenths), unit}})
      .exit_code;
}

TEST(ServiceUnit, IsExposedNoMoreThanTheDocumentsSay) {
  const std::string document = read_text_file(ROOMKEEPER_SOURCE_DIR "/docs/operations.md");
  std::smatch told;
  ASSERT_TRUE(
      std::regex_search(document, told, std::regex(R"(exposure level of ([0-9])\.([0-9]) of 10)")));
  const int tenths = std::stoi(told[1].str() + told[2].str());
  EXPECT_LE(tenths, 15);
  const TempDirectory directory;
  EXPECT_EQ(security(directory.write("roomkeeper.service", unit_here()).string(), tenths), 0);
  const std::string open = std::regex_replace(unit_here(), std::regex("\nSystemCallFilter=.*"), "");
  EXPECT_NE(security(directory.write("open.service", open).string(), tenths), 0);
}

TEST(PackagedConfiguration, IsAccepted) {
  const TempDirectory directory;
  const auto file =
      directory.write("roomkeeper.yaml", read_text_file(packaging + "/roomkeeper.yaml"));
  const ChildResult result = run_program({.program = ROOMKEEPER_BIN_DIR "/roomkeeper",
                                          .arguments = {"--config", file.string(), "--check"}});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, "0 rooms, 1 templates: good\n");
  // What is commented out is right, too.
  const std::string all =
      std::regex_replace(std::regex_replace(read_text_file(packaging + "/roomkeeper.yaml"),
                                            std::regex("rooms: \\[\\]"), "rooms:"),
                         std::regex("\n( *)# (user:|password_file:|system:|- )"), "\n$1$2");
  const auto whole = directory.write("whole.yaml", all);
  const ChildResult printed =
      run_program({.program = ROOMKEEPER_BIN_DIR "/roomkeeper",
                   .arguments = {"--config", whole.string(), "--print-config"}});
  EXPECT_EQ(printed.exit_code, 0) << printed.err;
  EXPECT_THAT(printed.out, HasSubstr("/run/credentials/roomkeeper.service/nats_password"));
  EXPECT_THAT(printed.out, HasSubstr("/run/credentials/roomkeeper.service/nats_system_password"));
}

TEST(MaintainerScripts, AreShell) {
  for (const char* script : {"postinst", "prerm", "postrm"}) {
    const ChildResult result =
        run_program({.program = "sh", .arguments = {"-n", packaging + "/debian/" + script}});
    EXPECT_EQ(result.exit_code, 0) << script << ": " << result.err;
  }
}

}  // namespace
}  // namespace roomkeeper::testing
