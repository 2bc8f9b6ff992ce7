// Least privilege: with exactly the permissions of the table everything works and the server
// refuses nothing; without any one line of it something is refused or fails.
#include <csignal>
#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/integration/installation.h"
#include "tests/integration/permission_lines.h"
#include "tests/integration/permission_tour.h"
#include "tests/integration/waiting.h"

namespace roomkeeper::testing {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

class PermissionsTest : public ::testing::TestWithParam<const char*> {};

TEST_P(PermissionsTest, TheTableIsEnoughForEverything) {
  PermissionTour tour({.version = GetParam(), .crowd = true});
  tour.go();
  EXPECT_EQ(tour.failures(), std::vector<std::string>{});
  EXPECT_EQ(refused_subjects(tour.server_log()), std::vector<RefusedSubject>{});
}

TEST_P(PermissionsTest, DoctorFindsTheExampleRight) {
  Installation installed({.version = GetParam(), .yaml = tour_rooms});
  ASSERT_TRUE(installed.ready());
  const std::map<std::string, std::string> users{{"admin", "admin"},
                                                 {"reader", "reader"},
                                                 {"daemon", "roomkeeper"},
                                                 {"system", "sys"},
                                                 {"chat:alice:general,support", "alice"},
                                                 {"chat:bob:general,game-1", "bob"}};
  for (const auto& [role, user] : users) {
    ChildOptions asked = installed.bare_roomctl_options(
        {"doctor", "--as", role, "--server", installed.server.url(), "--nats-user", user,
         "--password-file", installed.file("secrets/" + user).string()});
    const ChildResult right = run_program(asked);
    EXPECT_EQ(right.exit_code, 0) << role << ": " << right.out << right.err;
    EXPECT_THAT(right.out, HasSubstr("has what the role needs, and no more"));
  }
  // With everything allowed, and with too little.
  ChildOptions wide = installed.bare_roomctl_options(
      {"doctor", "--as", "chat:alice", "--json", "--server", installed.server.url(), "--nats-user",
       "witness", "--password-file", installed.file("secrets/admin").string()});
  const ChildResult too_wide = run_program(wide);
  EXPECT_EQ(too_wide.exit_code, 2) << too_wide.err;
  const json report = json::parse(too_wide.out, nullptr, false);
  EXPECT_EQ(report["by"], "server");
  EXPECT_EQ(report["findings"][0]["kind"], "too_wide") << too_wide.out;
  ChildOptions narrow = installed.bare_roomctl_options(
      {"doctor", "--as", "chat:alice:secret", "--json", "--server", installed.server.url(),
       "--nats-user", "alice", "--password-file", installed.file("secrets/alice").string()});
  const ChildResult missing = run_program(narrow);
  EXPECT_EQ(missing.exit_code, 2) << missing.err;
  const json tried = json::parse(missing.out, nullptr, false);
  EXPECT_EQ(tried["by"], "tries");
  ASSERT_EQ(tried["findings"].size(), 1U) << missing.out;
  EXPECT_EQ(tried["findings"][0]["subject"], "chat.secret.*");
}

TEST_P(PermissionsTest, OneLineLessIsNoticed) {
  for (const auto& [user, subject] :
       {std::pair{"roomkeeper", "$JS.API.STREAM.CREATE.*"}, {"sys", "$SYS.REQ.SERVER.*.CONNZ"}}) {
    PermissionTour tour({.version = GetParam(),
                         .server_config = with_witnesses(without_line(
                             example_accounts(), user, policies::Direction::publish, subject))});
    tour.go_until_refused(policies::Direction::publish, subject);
    EXPECT_TRUE(tour.was_refused(policies::Direction::publish, subject)) << subject;
  }
}

INSTANTIATE_TEST_SUITE_P(Servers, PermissionsTest, ::testing::Values("2.10", "2.15"),
                         [](const auto& name) {
                           return std::string(name.param) == "2.10" ? "v2_10" : "v2_15";
                         });

}  // namespace
}  // namespace roomkeeper::testing
