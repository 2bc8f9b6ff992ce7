// The order in which things start and end does not matter, and neither do refusals on the way:
// the real daemon against real servers that come late, go, come back, or are replaced.
#include <chrono>
#include <csignal>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/integration/installation.h"
#include "tests/integration/waiting.h"
#include "tests/support/loopback_port.h"

namespace roomkeeper::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

constexpr const char* two_rooms = "rooms: [ {id: general}, {id: support} ]\n";

class StartOrderTest : public ::testing::TestWithParam<const char*> {};

TEST_P(StartOrderTest, TheServerMayComeLater) {
  Installation installed({.version = GetParam(), .yaml = two_rooms, .start_server = false});
  ASSERT_TRUE(installed.logged("nats.not_connected"));
  EXPECT_EQ(installed.http("/healthz").status, 200);
  EXPECT_EQ(installed.http("/readyz").status, 503);
  EXPECT_EQ(installed.metric("roomkeeper_up"), 0);

  ASSERT_TRUE(installed.server.start());
  ASSERT_TRUE(installed.ready());
  EXPECT_EQ(installed.metric("roomkeeper_up"), 1);
  EXPECT_TRUE(installed.stream_info("general").contains("config"));
}

TEST_P(StartOrderTest, AServerThatRestartsIsFoundAgainWithItsMessages) {
  Installation installed({.version = GetParam(), .yaml = two_rooms});
  ASSERT_TRUE(installed.ready());
  ASSERT_TRUE(installed.client("alice")->store("chat.general.alice", "before"));
  const auto created = installed.stream_info("general")["created"];

  installed.server.stop();
  ASSERT_TRUE(becomes_true([&] { return installed.http("/readyz").status == 503; }));
  ASSERT_TRUE(installed.server.start());
  ASSERT_TRUE(installed.ready());
  EXPECT_EQ(installed.stream_info("general")["created"], created);
  EXPECT_EQ(installed.messages("general"), 1U);
  EXPECT_EQ(installed.roomctl_json({"room", "show", "general"})["state"], "ready");
  EXPECT_TRUE(
      becomes_true([&] { return installed.metric("roomkeeper_nats_reconnects_total") >= 1; }));
}

TEST_P(StartOrderTest, ALostStoreBringsTheRoomsOfTheFileBackWithHigherSequences) {
  Installation installed({.version = GetParam(), .yaml = two_rooms});
  ASSERT_TRUE(installed.ready());
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(installed.client("alice")->store("chat.general.alice", "before"));
  }
  // What the daemon knows of the sequences, it knows from its last look.
  ASSERT_EQ(installed.roomctl({"apply"}).exit_code, 0);
  ASSERT_TRUE(installed.server.restart_fresh());
  ASSERT_TRUE(becomes_true([&] {
    return installed.http("/readyz").status == 200 &&
           installed.stream_info("general").contains("config") &&
           installed.stream_info("support").contains("config");
  }));
  const auto stored = installed.client("alice")->store("chat.general.alice", "after");
  ASSERT_TRUE(stored) << stored.error().text;
  EXPECT_EQ(*stored, 6U);
  EXPECT_TRUE(becomes_true(
      [&] { return installed.roomctl_json({"room", "show", "general"})["state"] == "ready"; }));
}

TEST(StartOrder, AServerIsReplacedByANewerOneOnTheSameStore) {
  Installation installed({.version = "2.10", .yaml = two_rooms});
  ASSERT_TRUE(installed.ready());
  ASSERT_TRUE(installed.client("alice")->store("chat.general.alice", "kept"));
  ASSERT_THAT(installed.roomctl({"status"}).out, HasSubstr("2.10."));

  ASSERT_TRUE(installed.server.restart_with("2.15"));
  ASSERT_TRUE(becomes_true([&] { return installed.roomctl({"status"}).exit_code == 0; }));
  ASSERT_TRUE(installed.ready());
  const auto status = installed.roomctl_json({"status"});
  EXPECT_THAT(status["server_version"].get<std::string>(), HasSubstr("2.15."));
  EXPECT_TRUE(status["limits_enforced"].is_boolean());
  // The two connections come back one after the other.
  EXPECT_TRUE(becomes_true(
      [&] { return installed.roomctl_json({"status"})["system_state"] == "connected"; }));
  EXPECT_EQ(installed.messages("general"), 1U);
  EXPECT_EQ(installed.roomctl({"plan"}).exit_code, 0) << installed.roomctl({"plan"}).out;
}

TEST_P(StartOrderTest, AWrongPasswordIsSurvivedAtTheStartAndOnReconnecting) {
  Installation installed({.version = GetParam(), .yaml = two_rooms, .start_daemon = false});
  installed.write_file("secrets/roomkeeper", "wrong");
  ASSERT_TRUE(installed.start_daemon());
  ASSERT_TRUE(installed.logged("nats.disconnected state=refused"));
  EXPECT_EQ(installed.http("/readyz").status, 503);
  EXPECT_EQ(installed.http("/healthz").status, 200);
  installed.write_file("secrets/roomkeeper", "pw");
  ASSERT_TRUE(installed.ready()) << "the file is read again at every connect";

  // nats.c gives a connection up after two refusals: there must be more of them than that.
  installed.server.set_password("roomkeeper", "changed");
  ASSERT_TRUE(installed.server.restart());
  ASSERT_TRUE(installed.logged("(nats.disconnected state=refused[^]*){2}"));
  ASSERT_TRUE(becomes_true([&] { return installed.http("/readyz").status == 503; }));
  installed.write_file("secrets/roomkeeper", "changed");
  ASSERT_TRUE(installed.ready());
}

TEST(Ending, SigtermEndsItWhileItWorks) {
  Installation installed({.yaml = "templates: { default: { storage: memory } }\n"
                                  "rooms: [ {range: \"r-{1..1500}\"} ]\n"});
  ASSERT_TRUE(installed.logged("room.changed"));
  EXPECT_EQ(installed.stop_daemon(SIGTERM), 0);
  EXPECT_THAT(installed.log(), HasSubstr("stopped"));
  const auto streams = installed.jetstream("STREAM.NAMES")["total"].get<int>();
  EXPECT_LT(streams, 1500) << "it ended after its work, not in the middle of it";
  // What was left half done is done at the next start.
  ASSERT_TRUE(installed.start_daemon());
  ASSERT_TRUE(installed.ready(30s));
  EXPECT_EQ(installed.roomctl_json({"status"})["rooms"][0]["rooms"], 1500);
}

TEST(Ending, SigtermEndsItWithoutAServer) {
  Installation installed({.yaml = two_rooms, .start_server = false});
  ASSERT_TRUE(installed.logged("nats.not_connected"));
  EXPECT_EQ(installed.stop_daemon(SIGTERM), 0);
}

TEST(Ending, SigtermEndsItWhenTheServerHasGone) {
  Installation installed({.yaml = two_rooms});
  ASSERT_TRUE(installed.ready());
  installed.server.stop();
  ASSERT_TRUE(installed.logged("nats.disconnected"));
  EXPECT_EQ(installed.stop_daemon(SIGTERM), 0);
}

TEST(Ending, SigtermAndSigintEndAQuietOneAtOnce) {
  Installation installed({.yaml = two_rooms});
  for (const int signo : {SIGTERM, SIGINT}) {
    ASSERT_TRUE(installed.ready());
    const auto began = std::chrono::steady_clock::now();
    EXPECT_EQ(installed.stop_daemon(signo), 0);
    EXPECT_LT(std::chrono::steady_clock::now() - began, 10s);
    ASSERT_TRUE(installed.start_daemon());
  }
}

TEST(Starting, ATakenHttpPortIsAClearError) {
  Installation first({.yaml = two_rooms, .start_server = false});
  const std::string port = std::to_string(first.http_port());
  const ChildResult second =
      run_program({.program = ROOMKEEPER_BIN_DIR "/roomkeeper",
                   .arguments = {"--config", first.file("roomkeeper.yaml").string(),
                                 "--http-listen", "127.0.0.1:" + port}});
  EXPECT_EQ(second.exit_code, 1);
  EXPECT_THAT(second.err, HasSubstr("http.listen"));
  EXPECT_THAT(second.err, HasSubstr(port));
}

TEST(Starting, ABadConfigurationIsAClearErrorWithItsPlace) {
  Installation installed({.yaml = "rooms: [ {id: general, titel: x} ]\n",
                          .start_server = false,
                          .start_daemon = false});
  const ChildResult result =
      run_program({.program = ROOMKEEPER_BIN_DIR "/roomkeeper",
                   .arguments = {"--config", installed.file("roomkeeper.yaml").string()}});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("roomkeeper.yaml:8:"));
  EXPECT_THAT(result.err, HasSubstr("titel"));
  EXPECT_THAT(result.err, HasSubstr("title"));
}

TEST(Starting, CheckAndPrintConfigNeedNoServerAndShowNoSecret) {
  Installation installed({.yaml = two_rooms, .start_server = false, .start_daemon = false});
  const auto run = [&](const std::string& flag) {
    return run_program({.program = ROOMKEEPER_BIN_DIR "/roomkeeper",
                        .arguments = {"--config", installed.file("roomkeeper.yaml").string(), flag},
                        .environment = {"ROOMKEEPER_NATS_SYSTEM_PASSWORD=hidden"}});
  };
  const ChildResult check = run("--check");
  EXPECT_EQ(check.exit_code, 0) << check.err;
  EXPECT_THAT(check.out, HasSubstr("2 rooms, 1 templates"));
  const ChildResult printed = run("--print-config");
  EXPECT_EQ(printed.exit_code, 0) << printed.err;
  EXPECT_THAT(printed.out, HasSubstr("roomkeeper.yaml:1:"));
  EXPECT_THAT(printed.out, HasSubstr("***"));
  EXPECT_THAT(printed.out, ::testing::Not(HasSubstr("hidden")));
  installed.write_file("secrets/sys", "");
  EXPECT_EQ(run("--check").exit_code, 1) << "a secret that is not there";
}

TEST(Starting, ASecondInstanceInTheAccountDoesNotActAndSaysSo) {
  Installation installed({.yaml = two_rooms});
  ASSERT_TRUE(installed.ready());
  std::string other = installed.header() + "rooms: [ {id: general}, {id: foreign} ]\n";
  other.replace(other.find("instance: test"), 14, "instance: else");
  installed.write_file("other.yaml", other);
  ChildProcess second({.program = ROOMKEEPER_BIN_DIR "/roomkeeper",
                       .arguments = {"--config", installed.file("other.yaml").string()}});
  EXPECT_TRUE(second.wait_for_output("state.not_read .*test")) << second.err();
  EXPECT_FALSE(installed.stream_info("foreign").contains("config"));
  second.send_signal(SIGTERM);
  const auto ended = second.wait();
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->exit_code, 0);
}

INSTANTIATE_TEST_SUITE_P(Servers, StartOrderTest, ::testing::Values("2.10", "2.15"),
                         [](const auto& name) {
                           return std::string(name.param) == "2.10" ? "v2_10" : "v2_15";
                         });

}  // namespace
}  // namespace roomkeeper::testing
