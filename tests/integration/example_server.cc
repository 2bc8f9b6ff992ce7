#include "tests/integration/example_server.h"

#include <cctype>
#include <csignal>
#include <filesystem>
#include <system_error>

#include <gtest/gtest.h>

#include "tests/support/test_server.h"

namespace roomkeeper::testing {
namespace {

constexpr const char* example_file = ROOMKEEPER_SOURCE_DIR "/examples/nats-server.conf";

std::string variable_of(const std::string& user) {
  std::string name = "NATS_PASSWORD_";
  for (const char c : user) {
    name += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return name;
}

}  // namespace

std::string with_app_user(std::string text, const std::string& user) {
  const std::string begin = "users: [\n";
  const std::size_t at = text.find(begin);
  EXPECT_NE(at, std::string::npos) << "no list of users";
  return at == std::string::npos ? text : text.insert(at + begin.size(), user + "\n");
}

std::string with_witnesses(std::string text) {
  text = with_app_user(std::move(text), "{ user: witness, password: pw }");
  const std::string begin = "users: [\n";
  const std::size_t last = text.rfind(begin);
  return last == std::string::npos
             ? text
             : text.insert(last + begin.size(), "{ user: observer, password: pw }\n");
}

std::string example_config() {
  return with_witnesses(read_text_file(example_file));
}

std::string example_config_with_user(const std::string& user) {
  return with_app_user(example_config(), user);
}

ExampleServer::ExampleServer(ExampleServerOptions options) : options_(std::move(options)) {
  for (const char* user : {"roomkeeper", "sys", "admin", "reader", "alice", "bob"})
    set_password(user, "pw");
  if (options_.start) start();
}

ExampleServer::~ExampleServer() {
  if (process_) process_->kill();
}

void ExampleServer::set_password(const std::string& user, const std::string& password) {
  passwords_[variable_of(user)] = password;
}

bool ExampleServer::start() {
  ChildOptions child;
  child.program = server_binary(options_.version);
  const std::string config =
      directory_
          .write("nats-server.conf", options_.config.empty() ? example_config() : options_.config)
          .string();
  child.arguments = {"-c", config, "-a", "127.0.0.1", "-p", port_.text()};
  for (const auto& [name, password] : passwords_) {
    child.environment.push_back(name + "=" + password);
  }
  // Quoted inside: nats-server reads a variable as it reads the file.
  const std::string store = (directory_.path() / "store").string();
  child.environment.push_back("NATS_STORE_DIR=\"" + store + "\"");
  child.log_file = log_path().string();
  process_ = std::make_unique<ChildProcess>(std::move(child));
  const bool ready = process_->wait_for_output("Server is ready", std::chrono::seconds(20));
  EXPECT_TRUE(ready) << "nats-server " << options_.version << " did not start:\n"
                     << process_->err();
  return ready;
}

void ExampleServer::stop() {
  if (!process_) return;
  process_->send_signal(SIGTERM);
  if (!process_->wait(std::chrono::seconds(20))) process_->kill();
  process_.reset();
}

bool ExampleServer::restart() {
  stop();
  return start();
}

bool ExampleServer::restart_with(const std::string& version) {
  options_.version = version;
  return restart();
}

bool ExampleServer::restart_fresh() {
  stop();
  std::error_code ignored;
  std::filesystem::remove_all(directory_.path() / "store", ignored);
  return start();
}

}  // namespace roomkeeper::testing
