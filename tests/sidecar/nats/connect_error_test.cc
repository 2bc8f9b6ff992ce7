// What nats.c 3.4 to 3.9, OpenSSL 3 and nats-server say, and what becomes of it.
#include "sidecar/nats/connect_error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/nkey_keys.h"
#include "tests/support/temp_directory.h"

namespace roomkeeper::testing {
namespace {

using policies::ErrorCode;
using sidecar::nats::connect_error;
using sidecar::nats::ConnectionOptions;
using sidecar::nats::lost_error;
using sidecar::nats::told_error;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr const char* plain = "nats://127.0.0.1:4222";
constexpr const char* secure = "tls://eve:s3cret@nats.example:4222";

ConnectionOptions with_password() {
  ConnectionOptions options;
  options.urls = {plain};
  options.user = "roomkeeper";
  options.password_file = "/run/pw";
  return options;
}

std::string text_of(std::string_view words, const ConnectionOptions& options = with_password(),
                    const std::string& url = plain) {
  return connect_error(words, options, url).text;
}

TEST(ConnectError, NamesTheSettingsOfARefusedLogin) {
  EXPECT_EQ(text_of("(conn.c:1944): Authorization Violation"),
            "the server refused the login: Authorization Violation; check nats.user and "
            "nats.password_file (/run/pw)");
  ConnectionOptions options;
  options.user = "roomkeeper";
  EXPECT_THAT(text_of("Authorization Violation", options),
              EndsWith("check nats.user and nats.password_file"));
  options.password = "s3cret";
  EXPECT_THAT(text_of("Authorization Violation", options),
              EndsWith("check nats.user and ROOMKEEPER_NATS_PASSWORD"));
  options = {};
  options.token_file = "/run/token";
  EXPECT_THAT(text_of("Authorization Violation", options),
              EndsWith("check nats.token_file (/run/token)"));
  options = {};
  options.token = "s3cret";
  EXPECT_THAT(text_of("Authorization Violation", options), EndsWith("check the token"));
  options = {};
  options.nkey_seed_file = "/run/seed";
  EXPECT_THAT(text_of("Authorization Violation", options),
              EndsWith("check nats.nkey_seed_file (/run/seed)"));
  options = {};
  EXPECT_THAT(text_of("Authorization Violation", options),
              EndsWith("check that a login is set: nats.user, nats.creds, nats.nkey_seed_file or "
                       "nats.token_file"));
  EXPECT_THAT(text_of("Authorization Violation", options, secure),
              EndsWith("check the login in nats.url"));
  options.tls_cert = "/run/cert";
  EXPECT_THAT(text_of("Authorization Violation", options),
              HasSubstr("check nats.tls.cert (/run/cert), or set a login: "));
}

TEST(ConnectError, NamesTheSettingsAsTheProgramCallsThem) {
  ConnectionOptions options = with_password();
  options.setting_names.user = "--nats-user";
  options.setting_names.password_file = "its password";
  EXPECT_THAT(text_of("Authorization Violation", options),
              EndsWith("check --nats-user and its password (/run/pw)"));
}

TEST(ConnectError, TellsUntilWhenCredsAreGood) {
  const TempDirectory directory;
  const std::string path = directory.write("user.creds", JwtOperator().creds(1'600'000'000));
  ConnectionOptions options;
  options.creds = path;
  EXPECT_THAT(text_of("Authorization Violation", options),
              EndsWith("check nats.creds (" + path + ", valid until 2020-09-13T12:26:40Z)"));
  directory.write("user.creds", JwtOperator().creds());
  EXPECT_THAT(text_of("Authorization Violation", options),
              EndsWith("check nats.creds (" + path + ")"));
}

TEST(ConnectError, KnowsEveryWordOfTheServerForALoginThatEnded) {
  for (const char* words :
       {"Authorization Violation", "User Authentication Expired", "User Authentication Revoked",
        "Account Authentication Expired", "Authentication Timeout", "Authentication Failure",
        "Failed Account Registration", "Connection type not allowed",
        "Bearer User JWT not allowed"}) {
    EXPECT_EQ(connect_error(words, with_password(), plain).code, ErrorCode::denied) << words;
    EXPECT_EQ(lost_error(words, with_password()).code, ErrorCode::denied) << words;
    EXPECT_THAT(lost_error(words, with_password()).text, HasSubstr(words));
    EXPECT_THAT(lost_error(words, with_password()).text, HasSubstr("check nats.user and "));
  }
  EXPECT_THAT(text_of("User Authentication Expired"), StartsWith("the login has expired: "));
  EXPECT_THAT(text_of("Account Authentication Expired"),
              StartsWith("the account of the login has expired: "));
  EXPECT_THAT(text_of("User Authentication Revoked"), StartsWith("the login was revoked: "));
}

TEST(ConnectError, AFullServerHasRefusedNoLogin) {
  for (const char* words :
       {"maximum connections exceeded", "maximum account active connections exceeded"}) {
    const auto error = connect_error(words, with_password(), plain);
    EXPECT_EQ(error.code, ErrorCode::unavailable);
    EXPECT_EQ(error.text, std::string("the server takes no more connections: ") + words +
                              "; check max_connections of nats-server and the limits of the "
                              "account");
  }
}

TEST(ConnectError, AnEndDuringTheLoginNamesWhatTheServerMayMiss) {
  for (const char* words : {"Expected 'PONG', got ''", "(comsock.c:417): Connection Closed",
                            "recv error: 104", "send error: 32"}) {
    EXPECT_EQ(text_of(words),
              "the server closed the connection during the login; check nats.user and "
              "nats.password_file (/run/pw); or the server is full (max_connections)")
        << words;
  }
  ConnectionOptions options;
  for (const char* words : {"Expected 'PONG', got ''", "SSL_write error: (null)",
                            "SSL_read error: tlsv13 alert certificate required"}) {
    EXPECT_THAT(text_of(words, options, "tls://127.0.0.1:4222"),
                StartsWith("the server closed the connection during the login; check nats.tls.cert "
                           "and nats.tls.key, which are not set: "))
        << words;
  }
  EXPECT_THAT(text_of("Connection Closed", options, "tls://127.0.0.1:4222"),
              HasSubstr("; or it wants TLS before all else (handshake_first); or "));
  options.tls_cert = "/run/cert";
  EXPECT_THAT(text_of("Expected 'PONG', got ''", options),
              HasSubstr("check nats.tls.cert (/run/cert): the server must trust its issuer; or "));
  options.token_file = "/run/token";
  EXPECT_THAT(text_of("Expected 'PONG', got ''", options),
              HasSubstr("its issuer; then nats.token_file (/run/token); or "));
}

TEST(ConnectError, NamesTheAuthorityThatIsMissing) {
  const std::string words =
      "SSL handshake error: 20:unable to get local issuer certificate:depth=0:cert=/CN=a";
  EXPECT_EQ(text_of(words),
            "the server's certificate is not trusted: unable to get local issuer certificate "
            "(depth=0:cert=/CN=a); check nats.tls.ca, which is not set: only the authorities of "
            "the system are trusted");
  ConnectionOptions options;
  options.tls_ca = "/run/ca";
  EXPECT_THAT(text_of("(conn.c:675): " + words, options), EndsWith("check nats.tls.ca (/run/ca)"));
  EXPECT_THAT(text_of("SSL handshake error: 18:self-signed certificate", options),
              StartsWith("the server's certificate is not trusted: self-signed certificate; "));
}

TEST(ConnectError, ANameInACertificateIsNotTheServersWord) {
  const auto error = connect_error(
      "SSL handshake error: 20:unable to get local issuer "
      "certificate:depth=0:cert=/CN=Authorization "
      "maximum connections alert unknown ca",
      with_password(), plain);
  EXPECT_THAT(error.text, StartsWith("the server's certificate is not trusted: "));
  EXPECT_EQ(error.code, ErrorCode::unavailable);
}

TEST(ConnectError, NamesTheHostThatACertificateIsNotFor) {
  for (const char* reason : {"62:hostname mismatch:expected=nats.example:cert=/CN=a",
                             "64:IP address mismatch:depth=0"}) {
    const std::string text =
        text_of(std::string("SSL handshake error: ") + reason, with_password(), secure);
    EXPECT_THAT(text, StartsWith("the server's certificate is for another host: "));
    EXPECT_THAT(text, EndsWith("check nats.url (nats.example:4222) and the names in the server's "
                               "certificate"));
    EXPECT_THAT(text, Not(HasSubstr("s3cret")));
  }
}

TEST(ConnectError, NamesTheCertificateThatHasExpired) {
  EXPECT_EQ(text_of("SSL handshake error: 10:certificate has expired:depth=0:cert=/CN=a"),
            "the server's certificate has expired: certificate has expired (depth=0:cert=/CN=a); "
            "check the certificate of nats-server at 127.0.0.1:4222 and the clocks");
  EXPECT_THAT(text_of("SSL handshake error: 9:certificate is not yet valid:depth=0:cert=/CN=a"),
              StartsWith("the server's certificate is not valid yet: "));
  ConnectionOptions options;
  options.tls_ca = "/run/ca";
  EXPECT_THAT(
      text_of("SSL handshake error: 10:certificate has expired:depth=1:cert=/CN=a", options),
      ::testing::AllOf(StartsWith("the certificate of the server's issuer has expired: "),
                       HasSubstr("nats.tls.ca (/run/ca)")));
}

TEST(ConnectError, AnAlertIsTheServersComplaintOfOurs) {
  for (const char* alert : {"sslv3 alert bad certificate", "tlsv1 alert unknown ca",
                            "sslv3 alert certificate expired"}) {
    EXPECT_THAT(text_of(std::string("SSL handshake error: ") + alert),
                StartsWith(std::string("the server does not take our certificate: ") + alert +
                           "; check nats.tls.cert and nats.tls.key"));
  }
  EXPECT_THAT(text_of("SSL handshake error: wrong version number"),
              StartsWith("the TLS handshake failed: wrong version number; check nats.tls.ca, "));
}

TEST(ConnectError, AServerWithoutTlsAndNoServerAtAll) {
  EXPECT_THAT(text_of("(conn.c:700): Secure Connection not available"),
              StartsWith("the server does not offer TLS: "));
  EXPECT_EQ(text_of("(conn.c:2088): No server available for connection"),
            "No server available for connection; check that nats-server is running there, and "
            "nats.url");
  EXPECT_EQ(text_of("Line too long"),
            "Line too long; check that nats-server is running there, and nats.url");
  EXPECT_EQ(text_of("Timeout"),
            "the server does not answer: Timeout; check that it is a nats-server, and nats.url");
  EXPECT_THAT(text_of("Timeout", with_password(), secure), EndsWith("(handshake_first)"));
}

TEST(ConnectError, AnEndOfAConnectionKeepsItsWords) {
  EXPECT_EQ(lost_error("the server closed the connection", with_password()).text,
            "the server closed the connection");
  EXPECT_EQ(lost_error("(conn.c:1): Stale Connection", with_password()).text, "Stale Connection");
  EXPECT_EQ(lost_error("Stale Connection", with_password()).code, ErrorCode::unavailable);
}

TEST(ConnectError, IsToldInTwoParts) {
  const auto told = told_error("the server said; check me; check nats.url");
  EXPECT_EQ(told.what, "the server said; check me");
  EXPECT_EQ(told.check, "check nats.url");
  EXPECT_EQ(told_error("not connected yet").what, "not connected yet");
  EXPECT_EQ(told_error("not connected yet").check, "");
}

}  // namespace
}  // namespace roomkeeper::testing
