#include "tests/integration/installation.h"

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <utility>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/integration/waiting.h"

namespace roomkeeper::testing {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

std::vector<std::string> nats_variables() {
  std::vector<std::string> names{"NATS_URL",   "NATS_USER",  "NATS_PASSWORD", "NATS_CONTEXT",
                                 "NATS_CREDS", "NATS_TOKEN", "NATS_NKEY",     "XDG_CONFIG_HOME"};
  return names;
}

}  // namespace

int listening_port(const std::string& log) {
  const std::size_t line = log.rfind("http.listening");
  if (line == std::string::npos) return 0;
  const std::size_t port = log.find("port=", line);
  return port == std::string::npos ? 0 : std::atoi(log.c_str() + port + 5);
}

double series_value(const std::string& page, const std::string& series) {
  const std::string text = "\n" + page;
  const std::size_t at = text.find("\n" + series + " ");
  return at == std::string::npos ? -1 : std::strtod(text.c_str() + at + series.size() + 2, nullptr);
}

Installation::Installation(InstallationOptions options)
    : server({.version = options.version,
              .config = options.server_config,
              .start = options.start_server}),
      options_(std::move(options)) {
  for (const char* user : {"roomkeeper", "sys", "admin", "reader", "alice", "bob"}) {
    write_file(std::string("secrets/") + user, "pw\n");
  }
  write_config(options_.yaml);
  if (options_.start_daemon) start_daemon();
}

Installation::~Installation() {
  if (!::testing::Test::HasFailure() || !daemon_) return;
  const std::string text = log();
  constexpr std::size_t tail = 4000;
  std::fprintf(stderr, "roomkeeper's log ends with:\n%s\n",
               text.substr(text.size() > tail ? text.size() - tail : 0).c_str());
}

std::string Installation::header() const {
  return "instance: test\n"
         "nats:\n"
         "  url: " +
         server.url() +
         "\n"
         "  user: roomkeeper\n"
         "  password_file: secrets/roomkeeper\n"
         "  system: { user: sys, password_file: secrets/sys }\n"
         "http: { listen: \"127.0.0.1:0\" }\n";
}

void Installation::write_file(const std::string& name, std::string_view text) {
  const auto path = file(name);
  std::filesystem::create_directories(path.parent_path());
  const auto fresh = file("fresh.tmp");
  std::ofstream(fresh, std::ios::binary) << text;
  std::filesystem::rename(fresh, path);
}

bool Installation::start_daemon() {
  ChildOptions child;
  child.program = ROOMKEEPER_BIN_DIR "/roomkeeper";
  child.arguments = {"--config", file("roomkeeper.yaml").string()};
  child.environment = options_.environment;
  daemon_ = std::make_unique<ChildProcess>(std::move(child));
  const bool listens = daemon_->wait_for_output("http\\.listening .*port=[0-9]+", 15s);
  EXPECT_TRUE(listens) << log();
  http_port_ = listening_port(log());
  return listens;
}

bool Installation::ready(std::chrono::milliseconds timeout) {
  return becomes_true(
      [this] { return http("/readyz").status == 200 && metric("roomkeeper_leader") == 1; },
      timeout);
}

int Installation::stop_daemon(int signo) {
  daemon_->send_signal(signo);
  const auto result = daemon_->wait(15s);
  return result ? result->exit_code : -1;
}

ChildOptions Installation::bare_roomctl_options(std::vector<std::string> arguments) const {
  ChildOptions child;
  child.program = ROOMKEEPER_BIN_DIR "/roomctl";
  child.arguments = std::move(arguments);
  child.environment = {"HOME=" + directory_.path().string(), "TZ=UTC"};
  child.without = nats_variables();
  return child;
}

ChildOptions Installation::roomctl_options(std::vector<std::string> arguments) const {
  for (const std::string& word :
       {std::string("--server"), server.url(), std::string("--nats-user"), std::string("admin"),
        std::string("--password-file"), file("secrets/admin").string()}) {
    arguments.push_back(word);
  }
  return bare_roomctl_options(std::move(arguments));
}

ChildResult Installation::roomctl(std::vector<std::string> arguments,
                                  std::vector<std::string> environment, std::string input) {
  ChildOptions child = roomctl_options(std::move(arguments));
  child.environment.insert(child.environment.end(), environment.begin(), environment.end());
  child.input = std::move(input);
  return run_program(std::move(child));
}

json Installation::roomctl_json(std::vector<std::string> arguments) {
  arguments.emplace_back("--json");
  const ChildResult result = roomctl(std::move(arguments));
  json value = json::parse(result.out, nullptr, false);
  EXPECT_FALSE(value.is_discarded()) << result.out << result.err;
  return value;
}

double Installation::metric(const std::string& series) const {
  return series_value(http("/metrics").body, series);
}

std::unique_ptr<NatsClient> Installation::client(const std::string& user, bool auto_reconnect) {
  const bool chats = user == "alice" || user == "bob";
  auto made = NatsClient::connect({.url = server.url(),
                                   .user = user,
                                   .name = user,
                                   .inbox_prefix = chats ? "_INBOX_" + user : "",
                                   .auto_reconnect = auto_reconnect});
  EXPECT_TRUE(made) << user << ": " << made.error().text;
  return made ? std::move(*made) : nullptr;
}

json Installation::jetstream(const std::string& operation, const std::string& body) {
  const auto asking = client("witness");
  if (!asking) return nullptr;
  const auto reply = asking->request("$JS.API." + operation, body);
  EXPECT_TRUE(reply) << operation << ": " << reply.error().text;
  return reply ? json::parse(reply->data, nullptr, false) : json();
}

json Installation::stream_info(const std::string& room) {
  return jetstream("STREAM.INFO.ROOM_" + room);
}

std::uint64_t Installation::messages(const std::string& room) {
  const json info = stream_info(room);
  return info.contains("state") ? info["state"]["messages"].get<std::uint64_t>() : 0;
}

}  // namespace roomkeeper::testing
