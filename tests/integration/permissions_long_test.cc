// Each line of the table of permissions is needed: without it the server refuses what it would have
// allowed, or a step of the tour fails.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "cli/nats_config.h"
#include "tests/integration/permission_lines.h"
#include "tests/integration/permission_tour.h"

namespace roomkeeper::testing {
namespace {

using policies::Role;

struct Case {
  std::string user;
  policies::Permission line;
};

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const policies::Grantee& grantee :
       {cli::grantee_of(Role::daemon, "roomkeeper"), cli::grantee_of(Role::daemon_system, "sys"),
        cli::grantee_of(Role::admin, "admin"), cli::grantee_of(Role::reader, "reader"),
        *cli::parse_chat_user("alice:general,support")}) {
    for (const policies::Permission& line : policies::permissions(grantee, {})) {
      all.push_back({grantee.user, line});
    }
  }
  return all;
}

void PrintTo(const Case& one, std::ostream* out) {
  *out << one.user << " " << to_string(one.line.direction) << " " << one.line.subject;
}

std::string name_of(const ::testing::TestParamInfo<Case>& info) {
  std::string name = std::to_string(info.index) + "_" + info.param.user + "_" +
                     std::string(to_string(info.param.line.direction)) + "_" +
                     info.param.line.subject;
  for (char& c : name) {
    const bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!good) c = '_';
  }
  return name;
}

class EachPermission : public ::testing::TestWithParam<Case> {};

TEST_P(EachPermission, IsNeeded) {
  const auto& [user, line] = GetParam();
  PermissionTour tour({.server_config = with_witnesses(
                           without_line(example_accounts(), user, line.direction, line.subject)),
                       .crowd = line.subject == "$JS.API.STREAM.NAMES"});
  tour.go_until_refused(line.direction, line.subject);
  EXPECT_TRUE(tour.was_refused(line.direction, line.subject))
      << user << " does without " << to_string(line.direction) << " " << line.subject;
}

/// Without it the daemon answers nobody.
TEST(AllowResponses, IsNeeded) {
  std::string config = example_accounts();
  const std::size_t begin = config.find("allow_responses:");
  ASSERT_NE(begin, std::string::npos);
  config.erase(begin, config.find('\n', begin) - begin);
  PermissionTour tour({.server_config = with_witnesses(config)});
  tour.go_until_refused(policies::Direction::publish, "_INBOX.>");
  EXPECT_TRUE(tour.was_refused(policies::Direction::publish, "_INBOX.>"));
}

INSTANTIATE_TEST_SUITE_P(Lines, EachPermission, ::testing::ValuesIn(cases()), name_of);

}  // namespace
}  // namespace roomkeeper::testing
