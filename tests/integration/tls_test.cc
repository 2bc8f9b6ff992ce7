// TLS and mutual TLS against real servers, with certificates made here: what works, what the daemon
// and roomctl say of what does not, and that replaced files are used without a restart.
#include <chrono>
#include <csignal>
#include <memory>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policies/rfc3339.h"
#include "sidecar/nats/valid_until.h"
#include "tests/integration/secure_programs.h"
#include "tests/support/certificates.h"
#include "tests/support/child_process.h"
#include "tests/support/loopback_port.h"
#include "tests/support/temp_directory.h"
#include "tests/support/test_server.h"

namespace roomkeeper::testing {
namespace {

using namespace std::chrono_literals;

const std::string login = "  user: roomkeeper\n  password_file: secret\n";
const WayIn with_authority{
    login + "  tls: { ca: ca.pem }\n",
    {"--nats-user", "roomkeeper", "--password-file", "secret", "--tls-ca", "ca.pem"}};
const WayIn with_certificate{login + "  tls: { ca: ca.pem, cert: client.pem, key: client.key }\n",
                             {"--nats-user", "roomkeeper", "--password-file", "secret", "--tls-ca",
                              "ca.pem", "--tls-cert", "client.pem", "--tls-key", "client.key"}};

class TlsTest : public ::testing::TestWithParam<const char*> {
 protected:
  /// A server whose certificate, and the authority of whose clients, stand in `server_files`.
  std::unique_ptr<TestServer> serve(const Certificate& certificate, const std::string& more = {},
                                    const std::string& users = default_server_config()) {
    server_files.write("server.pem", certificate.certificate);
    server_files.write("server.key", certificate.key);
    const std::string folder = server_files.path().string();
    return std::make_unique<TestServer>(TestServerOptions{
        .version = GetParam(),
        .config = users + "tls { cert_file: \"" + folder + "/server.pem\", key_file: \"" + folder +
                  "/server.key\" " + more + " }\n"});
  }
  std::unique_ptr<TestServer> serve_mutual(const std::string& verify = "verify",
                                           const std::string& users = default_server_config()) {
    server_files.write("clients.pem", authority.certificate());
    return serve(
        authority.issue(),
        ", ca_file: \"" + server_files.path().string() + "/clients.pem\", " + verify + ": true",
        users);
  }
  std::string url(const TestServer& server) const { return "tls://" + address(server); }
  std::string address(const TestServer& server) const {
    return "127.0.0.1:" + std::to_string(server.port());
  }
  std::unique_ptr<SecurePrograms> programs_for(const std::string& url, const WayIn& way) const {
    auto programs = std::make_unique<SecurePrograms>(url, way);
    programs->write("secret", "pw");
    programs->write("ca.pem", authority.certificate());
    return programs;
  }
  static void write_client(const SecurePrograms& programs, const Certificate& client) {
    programs.write("client.pem", client.certificate);
    programs.write("client.key", client.key);
  }

  const Authority authority{"ours"};
  const Authority stranger{"stranger"};
  TempDirectory server_files;
};

TEST_P(TlsTest, AServerOfATrustedAuthority) {
  const auto server = serve(authority.issue());
  programs_for(url(*server), with_authority)->expect_in();
}

TEST_P(TlsTest, AUrlByNameOrWithoutTlsInItsScheme) {
  const auto server = serve(authority.issue());
  for (const std::string& other :
       {"tls://localhost:" + std::to_string(server->port()), server->url()}) {
    const auto programs = programs_for(other, with_authority);
    programs->start_daemon();
    EXPECT_TRUE(programs->logged("nats\\.connected")) << programs->daemon().err();
  }
}

TEST_P(TlsTest, AnUntrustedAuthority) {
  const auto server = serve(authority.issue());
  const auto programs = programs_for(url(*server), with_authority);
  programs->write("ca.pem", stranger.certificate());
  programs->expect_refused(
      {"the server's certificate is not trusted: unable to get local issuer certificate "
       "\\(depth=0:cert=/CN=server:issuer=/CN=ours\\)",
       "nats\\.tls\\.ca \\(.*ca\\.pem\\)", "--tls-ca \\(ca\\.pem\\)"});
  programs->write("ca.pem", authority.certificate());
  programs->expect_in();
}

TEST_P(TlsTest, NoAuthority) {
  const auto server = serve(authority.issue());
  programs_for(url(*server), {login, {}})
      ->expect_refused({"the server's certificate is not trusted: ",
                        "nats\\.tls\\.ca, which is not set", "--tls-ca, which is not set"});
}

TEST_P(TlsTest, AFileThatHoldsNoAuthority) {
  const auto server = serve(authority.issue());
  const auto programs = programs_for(url(*server), with_authority);
  programs->remove("ca.pem");
  programs->expect_refused({"cannot read .*ca\\.pem", "nats\\.tls\\.ca", "--tls-ca"});
  programs->write("ca.pem", "garbage");
  programs->expect_refused(
      {"ca\\.pem: Error loading trusted certificates", "nats\\.tls\\.ca", "--tls-ca"});
  programs->write("ca.pem", authority.certificate());
  programs->expect_in();
}

TEST_P(TlsTest, AServerOfAnotherName) {
  const auto server = serve(authority.issue({.hosts = "DNS:nats.example"}));
  programs_for(url(*server), with_authority)
      ->expect_refused({"the server's certificate is for another host: IP address mismatch",
                        "nats\\.url \\(" + literal(address(*server)) + "\\)",
                        "--nats-server or NATS_URL \\(" + literal(address(*server)) + "\\)"});
  const std::string name = "localhost:" + std::to_string(server->port());
  programs_for("tls://" + name, with_authority)
      ->expect_refused({"the server's certificate is for another host: hostname mismatch "
                        "\\(expected=localhost",
                        "nats\\.url \\(" + name + "\\)",
                        "--nats-server or NATS_URL \\(" + name + "\\)"});
}

TEST_P(TlsTest, AnExpiredServer) {
  const auto server = serve(authority.issue({.until = -1h}));
  const std::string at = "the certificate of nats-server at " + literal(address(*server));
  const auto programs = programs_for(url(*server), with_authority);
  programs->expect_refused({"the server's certificate has expired: ", at, at});
  // Its certificate is renewed.
  const Certificate renewed = authority.issue();
  server_files.write("server.pem", renewed.certificate);
  server_files.write("server.key", renewed.key);
  ASSERT_TRUE(server->restart());
  programs->expect_in();
}

TEST_P(TlsTest, AServerWithoutTls) {
  TestServer server({.version = GetParam()});
  programs_for(url(server), with_authority)
      ->expect_refused({"the server does not offer TLS: ", "nats\\.tls\\.ca", "--tls-ca"});
}

TEST_P(TlsTest, AServerThatWantsTlsFirst) {
  const Certificate certificate = authority.issue();
  const LoopbackPort port;
  ChildOptions child;
  child.program = server_binary(GetParam());
  child.arguments = {
      "-c", server_files.write("server.conf",
                               "listen: \"" + port.address() + "\"\ntls { cert_file: \"" +
                                   server_files.write("a.pem", certificate.certificate).string() +
                                   "\", key_file: \"" +
                                   server_files.write("a.key", certificate.key).string() +
                                   "\", handshake_first: true }\n")};
  ChildProcess server(std::move(child));
  ASSERT_TRUE(server.wait_for_output("Server is ready")) << server.err();
  programs_for("tls://" + port.address(), with_authority)
      ->expect_refused({"the server (does not answer: Timeout|closed the connection)",
                        "handshake_first", "handshake_first"});
}

TEST_P(TlsTest, MutualTls) {
  const auto server = serve_mutual();
  const auto programs = programs_for(url(*server), with_certificate);
  write_client(*programs, authority.issue({.name = "client", .hosts = "DNS:client"}));
  programs->expect_in();
}

/// Threads that free what belongs to TLS outlive the last line of a program: one end in a hundred
/// was a crash.
TEST_P(TlsTest, BothProgramsEndInOrder) {
  const auto server = serve_mutual();
  const auto programs = programs_for(url(*server), with_certificate);
  write_client(*programs, authority.issue({.name = "client"}));
  programs->expect_in();
  for (int i = 0; i < 50; ++i) {
    const ChildResult roomctl = programs->roomctl_status();
    ASSERT_EQ(roomctl.exit_code, 0) << "signal " << roomctl.signal << ", " << roomctl.err;
  }
  programs->daemon().send_signal(SIGTERM);
  const auto ended = programs->daemon().wait(20s);
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->exit_code, 0) << "signal " << ended->signal;
}

TEST_P(TlsTest, NoCertificateForAServerThatAsksForOne) {
  const auto server = serve_mutual();
  programs_for(url(*server), with_authority)
      ->expect_refused({"the server closed the connection during the login",
                        "nats\\.tls\\.cert and nats\\.tls\\.key, which are not set",
                        "--tls-cert and --tls-key, which are not set"});
}

TEST_P(TlsTest, ACertificateThatTheServerDoesNotTrust) {
  const auto server = serve_mutual();
  const auto programs = programs_for(url(*server), with_certificate);
  write_client(*programs, stranger.issue({.name = "client"}));
  programs->expect_refused({"the server closed the connection during the login",
                            "nats\\.tls\\.cert \\(.*client\\.pem, valid until .*issuer",
                            "--tls-cert \\(client\\.pem, valid until .*issuer"});
  write_client(*programs, authority.issue({.name = "client"}));
  programs->expect_in();
}

TEST_P(TlsTest, ACertificateThatHasExpiredIsToldWithItsEnd) {
  const auto server = serve_mutual();
  const auto programs = programs_for(url(*server), with_certificate);
  const Certificate expired = authority.issue({.name = "client", .until = -1h});
  const auto until = sidecar::nats::certificate_valid_until(expired.certificate);
  ASSERT_TRUE(until);
  write_client(*programs, expired);
  const std::string end = "client\\.pem, valid until " + policies::format_rfc3339(*until) + "\\)";
  programs->expect_refused({"the server closed the connection during the login",
                            "nats\\.tls\\.cert \\(.*" + end, "--tls-cert \\(" + end});
  write_client(*programs, authority.issue({.name = "client"}));
  programs->expect_in();
}

TEST_P(TlsTest, ACertificateWithTheKeyOfAnotherOne) {
  const auto server = serve_mutual();
  const auto programs = programs_for(url(*server), with_certificate);
  const Certificate good = authority.issue({.name = "client"});
  programs->write("client.pem", good.certificate);
  programs->expect_refused({"cannot read .*client\\.key", "nats\\.tls\\.key", "--tls-key"});
  programs->write("client.key", authority.issue().key);
  programs->expect_refused(
      {"client\\.pem: Error loading private key .*key values mismatch",
       "nats\\.tls\\.cert \\(.*client\\.pem\\) and nats\\.tls\\.key \\(.*client\\.key\\)",
       "--tls-cert \\(client\\.pem\\) and --tls-key \\(client\\.key\\)"});
  programs->write("client.key", good.key);
  programs->expect_in();
}

TEST_P(TlsTest, ACertificateIsALoginWhereTheServerMapsIt) {
  const auto server =
      serve_mutual("verify_and_map", "authorization { users: [ {user: roomkeeper} ] }\n");
  WayIn way = with_certificate;
  way.nats.erase(0, login.size());
  way.words.erase(way.words.begin(), way.words.begin() + 4);
  const auto programs = programs_for(url(*server), way);
  write_client(*programs, authority.issue({.name = "client", .hosts = "DNS:nobody"}));
  programs->expect_refused(
      {"the server refused the login: Authorization Violation",
       "nats\\.tls\\.cert \\(.*client\\.pem, .*\\), or set a login: nats\\.user",
       "--tls-cert \\(client\\.pem, .*\\), or set a login: --nats-user"});
  write_client(*programs, authority.issue({.name = "client", .hosts = "DNS:roomkeeper"}));
  programs->expect_in();
}

TEST_P(TlsTest, ReplacedFilesAreUsedAtTheNextConnect) {
  const auto server = serve_mutual();
  const auto programs = programs_for(url(*server), with_certificate);
  write_client(*programs, authority.issue({.name = "client"}));
  programs->expect_in();
  // Both sides are issued by another authority from now on.
  const Certificate renewed = stranger.issue();
  server_files.write("server.pem", renewed.certificate);
  server_files.write("server.key", renewed.key);
  server_files.write("clients.pem", stranger.certificate());
  ASSERT_TRUE(server->restart());
  programs->expect_refused({"the server's certificate is not trusted: ",
                            "nats\\.tls\\.ca \\(.*ca\\.pem\\)", "--tls-ca \\(ca\\.pem\\)"});
  programs->write("ca.pem", stranger.certificate());
  programs->expect_refused({"the server closed the connection during the login",
                            "nats\\.tls\\.cert \\(.*client\\.pem", "--tls-cert \\(client\\.pem"});
  write_client(*programs, stranger.issue({.name = "client"}));
  EXPECT_TRUE(programs->logged("(nats\\.connected[^]*){2}")) << programs->daemon().err();
  programs->expect_in();
}

INSTANTIATE_TEST_SUITE_P(Versions, TlsTest, ::testing::Values("2.10", "2.15"),
                         [](const auto& version) {
                           return std::string(version.param) == "2.10" ? "v2_10" : "v2_15";
                         });

}  // namespace
}  // namespace roomkeeper::testing
