#include "tests/integration/secure_programs.h"

#include <filesystem>
#include <string_view>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/installation.h"
#include "tests/integration/waiting.h"
#include "tests/metrics/http_connection.h"

namespace roomkeeper::testing {

std::string literal(const std::string& text) {
  constexpr std::string_view special = R"(\^$.|?*+()[]{})";
  std::string regex;
  for (const char c : text) {
    if (special.find(c) != special.npos) regex.push_back('\\');
    regex.push_back(c);
  }
  return regex;
}

SecurePrograms::SecurePrograms(std::string url, WayIn way)
    : url_(std::move(url)), way_(std::move(way)) {}

void SecurePrograms::write(const std::string& name, const std::string& text) const {
  const auto made = directory_.write(name + ".new", text);
  std::filesystem::rename(made, file(name));
}

void SecurePrograms::remove(const std::string& name) const {
  std::filesystem::remove(file(name));
}

void SecurePrograms::start_daemon() {
  const auto config = directory_.write("roomkeeper.yaml",
                                       "instance: test\nnats:\n  url: " + url_ + "\n" + way_.nats +
                                           "http: { listen: \"127.0.0.1:0\" }\nrooms: []\n");
  ChildOptions child;
  child.program = ROOMKEEPER_BIN_DIR "/roomkeeper";
  child.arguments = {"--config", config.string()};
  daemon_ = std::make_unique<ChildProcess>(std::move(child));
  ASSERT_TRUE(logged("http\\.listening")) << daemon_->err();
}

int SecurePrograms::readiness() const {
  return http_get(listening_port(daemon_->err()), "/readyz").status;
}

ChildResult SecurePrograms::roomctl_status() const {
  ChildOptions child;
  child.program = ROOMKEEPER_BIN_DIR "/roomctl";
  child.arguments = {"status", "--server", url_};
  child.arguments.insert(child.arguments.end(), way_.words.begin(), way_.words.end());
  child.directory = directory_.path();
  child.without = {"NATS_URL",   "NATS_USER",  "NATS_PASSWORD",  "NATS_CONTEXT",
                   "NATS_CREDS", "NATS_TOKEN", "NATS_NKEY",      "NATS_CA",
                   "NATS_CERT",  "NATS_KEY",   "XDG_CONFIG_HOME"};
  return run_program(std::move(child));
}

void SecurePrograms::expect_refused(const WrongWay& wrong) {
  if (!daemon_) start_daemon();
  EXPECT_TRUE(logged("nats\\.(dis|not_)connected.*" + wrong.what + ".*; check .*" + wrong.daemon))
      << daemon_->err();
  EXPECT_TRUE(becomes_true([&] { return readiness() == 503; }));
  const ChildResult roomctl = roomctl_status();
  EXPECT_EQ(roomctl.exit_code, 1);
  EXPECT_THAT(roomctl.err, ::testing::StartsWith("roomctl: cannot connect to " + url_ + ": "));
  EXPECT_THAT(roomctl.err, ::testing::ContainsRegex(wrong.what));
  EXPECT_THAT(roomctl.err, ::testing::ContainsRegex("\n  check .*" + wrong.roomctl));
}

void SecurePrograms::expect_in() {
  if (!daemon_) start_daemon();
  EXPECT_TRUE(becomes_true([&] { return readiness() == 200; }, std::chrono::seconds(30)))
      << daemon_->err();
  const ChildResult roomctl = roomctl_status();
  EXPECT_EQ(roomctl.exit_code, 0) << roomctl.err;
}

}  // namespace roomkeeper::testing
