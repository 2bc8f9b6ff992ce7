// Logins against real servers: password, token, nkey, creds; what the daemon and roomctl say of
// wrong ones, and that a corrected file is used without a restart.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/secure_programs.h"
#include "tests/support/nkey_keys.h"
#include "tests/support/test_server.h"

namespace roomkeeper::testing {
namespace {

using ::testing::HasSubstr;

class LoginTest : public ::testing::TestWithParam<const char*> {
 protected:
  /// With a wrong secret both say `trouble`; once the file holds the right one both are in.
  void expect_login(const std::string& config, const std::string& setting,
                    const std::vector<std::string>& words, const std::string& wrong,
                    const std::string& right, const std::string& trouble) {
    TestServer server({.version = GetParam(), .config = config});
    ASSERT_TRUE(server.running()) << server.trouble();
    directory.write("secret", wrong);
    EXPECT_THAT(secure_roomctl(server.url(), words), HasSubstr(trouble));
    const auto daemon = secure_daemon(directory, server.url(), setting);
    EXPECT_TRUE(daemon->wait_for_output("nats\\.(not_|dis)connected.*" + trouble)) << daemon->err();
    directory.write("secret", right);
    EXPECT_TRUE(daemon->wait_for_output("nats\\.connected")) << daemon->err();
    daemon->kill();
    EXPECT_THAT(secure_roomctl(server.url(), words), HasSubstr("nobody answers"));
  }
  std::string secret() const { return (directory.path() / "secret").string(); }

  TempDirectory directory;
};

TEST_P(LoginTest, Password) {
  expect_login(default_server_config(), "  user: roomkeeper\n  password_file: secret\n",
               {"--nats-user", "roomkeeper", "--password-file", secret()}, "wrong", "pw",
               "uthorization");
}

TEST_P(LoginTest, AFileWithoutANkeyIsNamed) {
  const NkeyPair user(NkeyKind::user);
  expect_login("authorization { users: [ {nkey: " + user.public_key() + "} ] }",
               "  nkey_seed_file: secret\n", {"--nkey", secret()}, "garbage\n", user.seed() + "\n",
               "secret holds no seed of a user nkey");
}

TEST_P(LoginTest, CredsWithoutASeedAreNamed) {
  const JwtOperator jwt;
  expect_login(jwt.server_config(), "  creds: secret\n", {"--creds", secret()}, "garbage\n",
               jwt.creds(), "no nkey user seed found");
}

INSTANTIATE_TEST_SUITE_P(Versions, LoginTest, ::testing::Values("2.10", "2.15"),
                         [](const auto& version) {
                           return std::string(version.param) == "2.10" ? "v2_10" : "v2_15";
                         });

}  // namespace
}  // namespace roomkeeper::testing
