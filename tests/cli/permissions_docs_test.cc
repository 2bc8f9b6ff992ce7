// docs/security.md and examples/nats-server.conf say what the table of permissions says;
// ROOMKEEPER_UPDATE_DOCS=1 rewrites their generated parts.
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "cli/nats_config.h"

namespace roomkeeper::cli {
namespace {

using policies::Role;

std::string read_text(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// What stands between the marks is `expected`.
void expect_part(const std::string& path, const std::string& begin_mark,
                 const std::string& end_mark, const std::string& expected) {
  std::string document = read_text(path);
  const std::size_t begin = document.find(begin_mark);
  const std::size_t end = document.find(end_mark);
  ASSERT_TRUE(begin != std::string::npos && end != std::string::npos && begin < end)
      << path << " lacks the mark " << begin_mark;
  const std::size_t part = begin + begin_mark.size();
  if (std::getenv("ROOMKEEPER_UPDATE_DOCS") != nullptr) {
    document.replace(part, end - part, expected);
    std::ofstream(path) << document;
    document = read_text(path);
  }
  EXPECT_EQ(document.substr(part, document.find(end_mark) - part), expected)
      << path
      << " differs from the program; run this test with ROOMKEEPER_UPDATE_DOCS=1 to rewrite it";
}

policies::Grantee shown(Role role) {
  if (role == Role::admin) return grantee_of(role, "admin");
  if (role == Role::chat_user) return *parse_chat_user("alice:general,lobby/hall");
  return grantee_of(role, {});
}

TEST(PermissionDocuments, TheSecurityPageHasTheTables) {
  for (const Role role : policies::roles) {
    const std::string name = "permissions " + std::string(to_string(role)) + " -->\n";
    expect_part(ROOMKEEPER_SOURCE_DIR "/docs/security.md", "<!-- begin " + name, "<!-- end " + name,
                permissions_markdown(shown(role), {}));
  }
}

TEST(PermissionDocuments, TheExampleOfNatsServerIsWhatTheProgramPrints) {
  expect_part(
      ROOMKEEPER_SOURCE_DIR "/examples/nats-server.conf", "# begin nats-config\n",
      "# end nats-config\n",
      nats_accounts(
          {*parse_chat_user("alice:general,support"), *parse_chat_user("bob:general,game-1")}, {}));
}

TEST(PermissionDocuments, EachLineIsThereOnceAndSaysWhy) {
  for (const Role role : policies::roles) {
    std::set<std::pair<policies::Direction, std::string>> seen;
    for (const policies::Permission& line : policies::permissions(shown(role), {})) {
      EXPECT_TRUE(policies::is_valid_subject(line.subject, true)) << line.subject;
      EXPECT_FALSE(line.why.empty()) << line.subject;
      EXPECT_TRUE(seen.emplace(line.direction, line.subject).second) << line.subject;
    }
  }
}

/// No line of a role is part of another one: taking either away would change nothing.
TEST(PermissionDocuments, NoLineCoversAnotherOne) {
  for (const Role role : policies::roles) {
    const auto lines = policies::permissions(shown(role), {});
    for (const policies::Permission& a : lines) {
      for (const policies::Permission& b : lines) {
        if (&a == &b || a.direction != b.direction) continue;
        EXPECT_FALSE(policies::subject_contains(a.subject, b.subject))
            << a.subject << " covers " << b.subject;
      }
    }
  }
}

TEST(PermissionNames, FollowTheConfiguration) {
  policies::PermissionNames names;
  names.js_domain = "hub";
  names.names.state_bucket = "rk2";
  names.names.admin_prefix = "ops.rk";
  const std::string text = nats_user(grantee_of(Role::daemon, "rk"), names, 0);
  for (const char* part : {"\"$JS.hub.API.STREAM.CREATE.*\"", "\"$KV.rk2.>\"",
                           "\"$KV.rk2_lease.leader\"", "\"ops.rk.>\"", "NEXT.KV_rk2.*"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << " in\n" << text;
  }
  EXPECT_EQ(text.find("$JS.API"), std::string::npos);
}

TEST(ChatUsers, AreAsTheyAreWritten) {
  const auto user = parse_chat_user("bob:general,lobby/hall");
  ASSERT_TRUE(user);
  EXPECT_EQ(user->user, "bob");
  ASSERT_EQ(user->rooms.size(), 2U);
  EXPECT_EQ(user->rooms[1].pool, "lobby");
  for (const char* text : {"", "b.b", "bob:*", "bob:lobby/", "bob:a b", "bob:>"}) {
    EXPECT_FALSE(parse_chat_user(text)) << text;
  }
}

}  // namespace
}  // namespace roomkeeper::cli
