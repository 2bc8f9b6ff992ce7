#include "tests/support/test_server.h"

#include <array>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace roomkeeper::testing {

namespace {

constexpr std::array<const char*, 2> versions = {"2.10", "2.15"};
constexpr std::size_t log_tail = 3000;

void replace_all(std::string& text, const std::string& what, const std::string& with) {
  for (std::size_t at = text.find(what); at != std::string::npos;
       at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
}

std::string missing_text(const std::string& version) {
  return server_binary(version) + " is missing: `make deps` makes it";
}

}  // namespace

std::string server_binary(const std::string& version) {
  return std::string(ROOMKEEPER_TOOLS_DIR) + "/nats-server-" + version;
}

std::vector<std::string> available_versions() {
  for (const char* version : versions) {
    if (!std::filesystem::exists(server_binary(version))) ADD_FAILURE() << missing_text(version);
  }
  return {versions.begin(), versions.end()};
}

std::string default_server_config() {
  return R"(system_account: SYS
accounts {
  APP {
    jetstream: enabled
    users: [
      {user: roomkeeper, password: pw}
      {user: admin, password: pw}
      {user: alice, password: pw}
      {user: bob, password: pw}
      {user: carol, password: pw}
    ]
  }
  SYS { users: [ {user: sys, password: pw} ] }
}
)";
}

TestServer::TestServer(TestServerOptions options) : options_(std::move(options)) {
  if (options_.start && !start()) ADD_FAILURE() << trouble();
}

TestServer::~TestServer() {
  if (process_) process_->kill();
  if (::testing::Test::HasFailure()) {
    const std::string log = read_text_file(log_path());
    const std::string tail = log.size() > log_tail ? log.substr(log.size() - log_tail) : log;
    std::fprintf(stderr, "nats-server %s, log %s, ends with:\n%s\n", options_.version.c_str(),
                 log_path().c_str(), tail.c_str());
  }
}

std::string TestServer::config_text() const {
  std::string text = options_.config.empty() ? default_server_config() : options_.config;
  replace_all(text, "$DIR", directory_.path().string());
  return "listen: \"" + port_.address() + "\"\nserver_name: " + options_.name +
         "\njetstream { store_dir: \"" + (directory_.path() / "store").string() + "\"\n" +
         options_.jetstream + "\n}\n" + text;
}

bool TestServer::start() {
  trouble_.clear();
  const std::string binary = server_binary(options_.version);
  if (!std::filesystem::exists(binary)) {
    trouble_ = missing_text(options_.version);
    return false;
  }
  const auto file = directory_.write("nats-server.conf", config_text());
  ChildOptions child;
  child.program = binary;
  child.arguments = {"-c", file.string()};
  child.log_file = log_path().string();
  process_ = std::make_unique<ChildProcess>(std::move(child));
  if (!process_->wait_for_output("Server is ready", std::chrono::seconds(20))) {
    trouble_ = "nats-server did not get ready";
  } else if (!greets()) {
    trouble_ = "nats-server does not greet clients on " + port_.address();
  }
  return trouble_.empty();
}

bool TestServer::greets() const {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port_.number());
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  sockaddr generic{};
  __builtin_memcpy(&generic, &address, sizeof(address));
  timeval patience{};
  patience.tv_sec = 10;
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  std::array<char, 5> greeting{};
  const bool good = ::connect(fd, &generic, sizeof(generic)) == 0 &&
                    ::recv(fd, greeting.data(), greeting.size(), MSG_WAITALL) == 5 &&
                    std::string(greeting.data(), greeting.size()) == "INFO ";
  ::close(fd);
  return good;
}

std::string TestServer::trouble() const {
  const std::string said = process_ ? process_->err() : std::string();
  const std::string tail = said.size() > log_tail ? said.substr(said.size() - log_tail) : said;
  return trouble_ + (tail.empty() ? "" : "; it said:\n" + tail);
}

void TestServer::stop() {
  if (!process_) return;
  process_->send_signal(SIGTERM);
  if (!process_->wait(std::chrono::seconds(20))) process_->kill();
  process_.reset();
}

void TestServer::kill9() {
  if (process_) process_->kill();
  process_.reset();
}

void TestServer::reload_with(std::string config) {
  options_.config = std::move(config);
  directory_.write("nats-server.conf", config_text());
  if (process_) process_->send_signal(SIGHUP);
}

bool TestServer::restart(Store store) {
  return restart_with(options_.version, store);
}

bool TestServer::restart_with(const std::string& version, Store store) {
  stop();
  options_.version = version;
  if (store == Store::fresh) {
    std::error_code ignored;
    std::filesystem::remove_all(directory_.path() / "store", ignored);
  }
  if (start()) return true;
  ADD_FAILURE() << trouble();
  return false;
}

}  // namespace roomkeeper::testing
