// Logins against real servers: password, token, nkey, creds. What the daemon and roomctl say of
// wrong ones, and that a corrected file is used without a restart.
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sidecar/nats/session.h"
#include "tests/integration/secure_programs.h"
#include "tests/integration/waiting.h"
#include "tests/support/nats_client.h"
#include "tests/support/nkey_keys.h"
#include "tests/support/test_server.h"

namespace roomkeeper::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const char* const refused = "the server refused the login: Authorization Violation";

std::int64_t unix_seconds() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

const WayIn by_password{"  user: roomkeeper\n  password_file: secret\n",
                        {"--nats-user", "roomkeeper", "--password-file", "secret"}};
const WayIn by_token{"  token_file: secret\n", {"--token-file", "secret"}};
const WayIn by_nkey{"  nkey_seed_file: secret\n", {"--nkey", "secret"}};
const WayIn by_creds{"  creds: secret\n", {"--creds", "secret"}};

WrongWay wrong_creds(const std::string& what) {
  return {what, "nats\\.creds \\(.*secret", "--creds \\(secret"};
}

class LoginTest : public ::testing::TestWithParam<const char*> {
 protected:
  TestServerOptions server_with(const std::string& config) const {
    return {.version = GetParam(), .config = config};
  }

  /// The account's JWT changes under a daemon that is connected: it is put out and says `text`,
  /// and is in again as soon as the JWT is as before.
  template <class State>
  void expect_ended_by(const State& state, const std::string& text) {
    const JwtOperator jwt;
    TestServer server(server_with(jwt.server_config()));
    SecurePrograms programs(server.url(), by_creds);
    programs.write("secret", jwt.creds());
    programs.expect_in();
    server.reload_with(jwt.server_config(state()));
    ASSERT_TRUE(programs.logged("nats\\.disconnected state=refused .*" + text))
        << programs.daemon().err();
    programs.expect_refused(wrong_creds(refused));
    server.reload_with(jwt.server_config());
    EXPECT_TRUE(programs.logged("(nats\\.connected[^]*){2}")) << programs.daemon().err();
    programs.expect_in();
  }
};

TEST_P(LoginTest, Password) {
  TestServer server(server_with(default_server_config()));
  SecurePrograms programs(server.url(), by_password);
  programs.write("secret", "wr0ng");
  programs.expect_refused({refused, "nats\\.user and nats\\.password_file \\(.*secret\\)",
                           "--nats-user and its password in --password-file \\(secret\\)"});
  EXPECT_THAT(programs.daemon().err(), Not(HasSubstr("wr0ng")));
  programs.write("secret", "pw");
  programs.expect_in();
}

TEST_P(LoginTest, Token) {
  TestServer server(server_with("authorization { token: \"t0ken\" }\n"));
  SecurePrograms programs(server.url(), by_token);
  programs.write("secret", "wr0ng\n");
  programs.expect_refused(
      {refused, "nats\\.token_file \\(.*secret\\)", "--token-file \\(secret\\)"});
  EXPECT_THAT(programs.daemon().err(), Not(HasSubstr("wr0ng")));
  programs.write("secret", "t0ken\n");
  programs.expect_in();
}

TEST_P(LoginTest, Nkey) {
  const NkeyPair known(NkeyKind::user);
  const NkeyPair unknown(NkeyKind::user);
  TestServer server(
      server_with("authorization { users: [ {nkey: " + known.public_key() + "} ] }\n"));
  SecurePrograms programs(server.url(), by_nkey);
  programs.write("secret", unknown.seed() + "\n");
  programs.expect_refused({refused, "nats\\.nkey_seed_file \\(.*secret\\)", "--nkey \\(secret\\)"});
  programs.write("secret", known.seed() + "\n");
  programs.expect_in();
}

TEST_P(LoginTest, AFileWithoutANkeyIsNamed) {
  const NkeyPair user(NkeyKind::user);
  TestServer server(
      server_with("authorization { users: [ {nkey: " + user.public_key() + "} ] }\n"));
  SecurePrograms programs(server.url(), by_nkey);
  programs.write("secret", "garbage\n");
  programs.expect_refused(
      {"secret holds no seed of a user nkey", "nats\\.nkey_seed_file", "--nkey"});
  EXPECT_THAT(programs.daemon().err(), Not(HasSubstr("garbage")));
  programs.write("secret", user.seed());
  programs.expect_in();
}

TEST_P(LoginTest, NoLoginAtAll) {
  TestServer server(server_with("authorization { token: \"t0ken\" }\n"));
  SecurePrograms programs(server.url(), {});
  programs.expect_refused(
      {refused, "that a login is set: nats\\.user, nats\\.creds, nats\\.nkey_seed_file or ",
       "that a login is set: --nats-user, --creds, --nkey or --token-file"});
}

TEST_P(LoginTest, CredsOfAnotherOperator) {
  const JwtOperator known;
  const JwtOperator unknown;
  TestServer server(server_with(known.server_config()));
  SecurePrograms programs(server.url(), by_creds);
  programs.write("secret", unknown.creds());
  programs.expect_refused(wrong_creds(refused));
  programs.write("secret", known.creds());
  programs.expect_in();
}

TEST_P(LoginTest, ExpiredCredsAreToldWithTheirEnd) {
  const JwtOperator jwt;
  TestServer server(server_with(jwt.server_config()));
  SecurePrograms programs(server.url(), by_creds);
  programs.write("secret", jwt.creds(1'700'000'100));
  programs.expect_refused({refused, "nats\\.creds \\(.*secret, valid until 2023-11-14T22:15:00Z\\)",
                           "--creds \\(secret, valid until 2023-11-14T22:15:00Z\\)"});
  programs.write("secret", jwt.creds());
  programs.expect_in();
}

TEST_P(LoginTest, CredsThatExpireWhileConnected) {
  const JwtOperator jwt;
  TestServer server(server_with(jwt.server_config()));
  SecurePrograms programs(server.url(), by_creds);
  programs.write("secret", "nothing yet");
  programs.start_daemon();
  // Long enough to get in with, on whatever machine.
  bool connected = false;
  for (int seconds = 4; !connected && seconds < 120; seconds *= 2) {
    programs.write("secret", jwt.creds(unix_seconds() + seconds));
    connected =
        programs.daemon().wait_for_output("nats\\.connected", std::chrono::seconds(seconds));
  }
  ASSERT_TRUE(connected) << programs.daemon().err();
  ASSERT_TRUE(programs.daemon().wait_for_output(
      "nats\\.disconnected state=refused .*the login has expired: User Authentication Expired; "
      "check nats\\.creds \\(.*secret, valid until ",
      std::chrono::seconds(150)))
      << programs.daemon().err();
  programs.expect_refused(wrong_creds(refused));
  programs.write("secret", jwt.creds());
  EXPECT_TRUE(programs.logged("(nats\\.connected[^]*){2}")) << programs.daemon().err();
  programs.expect_in();
}

TEST_P(LoginTest, ALoginThatIsRevokedWhileConnected) {
  expect_ended_by([] { return JwtAccountState{.users_revoked = true}; },
                  "the login was revoked: User Authentication Revoked; "
                  "check nats\\.creds \\(.*secret");
}

TEST_P(LoginTest, AnAccountThatExpiresWhileConnected) {
  expect_ended_by([] { return JwtAccountState{.expires = unix_seconds() + 3}; },
                  "the account of the login has expired: Account Authentication Expired");
}

/// Each login signs what the server has just made up: some of those are special (signer.h).
TEST_P(LoginTest, HundredsOfLoginsBySignatureAllGetIn) {
  const JwtOperator jwt;
  const NkeyPair user(NkeyKind::user);
  TestServer by_jwt(server_with(jwt.server_config()));
  TestServer by_key(
      server_with("authorization { users: [ {nkey: " + user.public_key() + "} ] }\n"));
  TempDirectory files;
  sidecar::nats::ConnectionOptions with_creds;
  with_creds.creds = files.write("creds", jwt.creds()).string();
  sidecar::nats::ConnectionOptions with_key;
  with_key.nkey_seed_file = files.write("seed", user.seed()).string();
  for (std::uint64_t i = 1; i <= 400; ++i) {
    const auto first = sidecar::nats::Session::open({}, i, with_creds, by_jwt.url());
    ASSERT_TRUE(first) << i << ": " << first.error().text;
    const auto second = sidecar::nats::Session::open({}, i, with_key, by_key.url());
    ASSERT_TRUE(second) << i << ": " << second.error().text;
  }
}

TEST_P(LoginTest, MissingCreds) {
  const JwtOperator jwt;
  TestServer server(server_with(jwt.server_config()));
  SecurePrograms programs(server.url(), by_creds);
  programs.expect_refused({"cannot read .*secret", "nats\\.creds", "--creds"});
  programs.write("secret", jwt.creds());
  programs.expect_in();
}

TEST_P(LoginTest, CredsWithoutJwtOrSeedAreNamed) {
  const JwtOperator jwt;
  TestServer server(server_with(jwt.server_config()));
  SecurePrograms programs(server.url(), by_creds);
  programs.write("secret", "garbage\n");
  programs.expect_refused({"secret holds no JWT of a user", "nats\\.creds", "--creds"});
  const std::string whole = jwt.creds();
  programs.write("secret", whole.substr(0, whole.find("-----BEGIN USER NKEY SEED")));
  programs.expect_refused({"secret holds no seed of a user nkey", "nats\\.creds", "--creds"});
  programs.write("secret", whole);
  programs.expect_in();
}

TEST_P(LoginTest, TheSystemAccountsLoginIsToldByItsOwnName) {
  TestServer server(server_with(default_server_config()));
  SecurePrograms programs(
      server.url(), {by_password.nats + "  system: { user: sys, password_file: system }\n", {}});
  programs.write("secret", "pw");
  programs.start_daemon();
  EXPECT_TRUE(
      programs.logged("nats\\.system_not_connected .*cannot read .*system; "
                      "check nats\\.system\\.password_file"))
      << programs.daemon().err();
  programs.write("system", "wr0ng");
  EXPECT_TRUE(programs.logged("nats\\.system_disconnected state=refused .*" + std::string(refused) +
                              "; check nats\\.system\\.user and nats\\.system\\.password_file "
                              "\\(.*system\\)"))
      << programs.daemon().err();
  programs.write("system", "pw");
  EXPECT_TRUE(programs.logged("nats\\.system_connected")) << programs.daemon().err();
}

TEST_P(LoginTest, AFullServerIsNotAWrongLogin) {
  TestServer server(server_with(default_server_config() + "max_connections: 1\n"));
  std::unique_ptr<NatsClient> only;
  ASSERT_TRUE(becomes_true([&] {
    auto made = NatsClient::connect({.url = server.url(), .user = "alice"});
    if (made) only = *std::move(made);
    return only != nullptr;
  })) << "the one that the server itself was asked with has gone";
  SecurePrograms programs(server.url(), by_password);
  programs.write("secret", "pw");
  programs.start_daemon();
  // The server's reason may get lost behind its end of the connection.
  EXPECT_TRUE(
      programs.logged("(the server takes no more connections: maximum connections exceeded; "
                      "check max_connections of nats-server|the server closed the "
                      "connection during the login; .*\\(max_connections\\))"))
      << programs.daemon().err();
  EXPECT_THAT(programs.daemon().err(), Not(HasSubstr("state=refused")));
  const ChildResult roomctl = programs.roomctl_status();
  EXPECT_EQ(roomctl.exit_code, 1);
  EXPECT_THAT(roomctl.err, HasSubstr("max_connections"));
  only.reset();
  EXPECT_TRUE(programs.logged("nats\\.connected")) << programs.daemon().err();
}

INSTANTIATE_TEST_SUITE_P(Versions, LoginTest, ::testing::Values("2.10", "2.15"),
                         [](const auto& version) {
                           return std::string(version.param) == "2.10" ? "v2_10" : "v2_15";
                         });

}  // namespace
}  // namespace roomkeeper::testing
