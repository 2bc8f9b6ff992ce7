// tools/dev as a newcomer uses it: it starts, what it prints works as it stands, and it leaves
// nothing behind.
#include <csignal>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/waiting.h"
#include "tests/metrics/http_connection.h"
#include "tests/support/child_process.h"
#include "tests/support/loopback_port.h"
#include "tests/support/temp_directory.h"
#include "tests/support/test_server.h"

namespace roomkeeper::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

constexpr const char* dev_script = ROOMKEEPER_SOURCE_DIR "/tools/dev";

/// The command lines among what it prints: indented, and no comment.
std::vector<std::string> printed_commands(const std::string& text) {
  std::vector<std::string> commands;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("  ") && !line.starts_with("  #")) commands.push_back(line.substr(2));
  }
  return commands;
}

class DevTest : public ::testing::Test {
 protected:
  ChildOptions options() const {
    ChildOptions child;
    child.program = dev_script;
    child.environment = {"NATS_PORT=" + nats.text(), "HTTP_PORT=" + http.text(),
                         "DEV_DIR=" + directory.path().string(), "BIN_DIR=" ROOMKEEPER_BIN_DIR,
                         "NATS_SERVER=" + server_binary("2.15")};
    child.without = {"MONITOR_PORT"};
    child.directory = ROOMKEEPER_SOURCE_DIR;
    return child;
  }
  static ChildResult shell(const std::string& command) {
    return run_program(
        {.program = "/bin/bash", .arguments = {"-c", command}, .directory = ROOMKEEPER_SOURCE_DIR});
  }

  LoopbackPort nats;
  LoopbackPort http;
  TempDirectory directory;
};

TEST_F(DevTest, EveryLineThatItPrintsWorksAndItEndsBoth) {
  ChildProcess dev(options());
  ASSERT_TRUE(dev.wait_for_output("Ctrl-C ends both", 60s)) << dev.err();
  const std::vector<std::string> commands = printed_commands(dev.out());
  ASSERT_GE(commands.size(), 5U) << dev.out();
  std::size_t tried = 0;
  for (const std::string& command : commands) {
    if (command.find(" nats --context") != std::string::npos) continue;  // another program
    ++tried;
    if (command.find(" tail ") != std::string::npos) {
      ChildProcess tail({.program = "/bin/bash",
                         .arguments = {"-c", "exec " + command},
                         .directory = ROOMKEEPER_SOURCE_DIR});
      const ChildResult sent =
          shell(command.substr(0, command.find(" tail ")) + " send general 'to the tail'");
      EXPECT_EQ(sent.exit_code, 0) << sent.err;
      EXPECT_TRUE(tail.wait_for_output("admin: to the tail")) << command << tail.err();
      tail.send_signal(SIGINT);
      const auto ended = tail.wait();
      ASSERT_TRUE(ended);
      EXPECT_EQ(ended->exit_code, 0) << ended->err;
      continue;
    }
    const ChildResult result = shell(command);
    EXPECT_EQ(result.exit_code, 0) << command << "\n" << result.out << result.err;
    EXPECT_NE(result.out, "") << command;
  }
  EXPECT_EQ(tried, 5U) << "list, read, write, purge, metrics";

  const ChildResult second = [&] {
    ChildOptions taken = options();
    TempDirectory elsewhere;
    taken.environment[2] = "DEV_DIR=" + elsewhere.path().string();
    return run_program(std::move(taken));
  }();
  EXPECT_EQ(second.exit_code, 1);
  EXPECT_THAT(second.err, HasSubstr("port " + nats.text()));

  dev.send_signal(SIGINT);
  const auto ended = dev.wait(20s);
  ASSERT_TRUE(ended) << "it did not end";
  EXPECT_EQ(ended->exit_code, 0) << ended->err;
  EXPECT_FALSE(HttpConnection("127.0.0.1", nats.number()).connected()) << "nats-server still runs";
  EXPECT_FALSE(HttpConnection("127.0.0.1", http.number()).connected()) << "roomkeeper still runs";
}

TEST_F(DevTest, BothEndWhenItIsKilled) {
  ChildProcess dev(options());
  ASSERT_TRUE(dev.wait_for_output("Ctrl-C ends both", 60s)) << dev.err();
  dev.kill();
  EXPECT_TRUE(becomes_true([&] {
    return !HttpConnection("127.0.0.1", nats.number()).connected() &&
           !HttpConnection("127.0.0.1", http.number()).connected();
  }));
}

}  // namespace
}  // namespace roomkeeper::testing
