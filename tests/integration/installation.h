// A whole Roomkeeper as somebody installs it: nats-server with the example configuration, secrets
// in files, roomkeeper.yaml, the real daemon and the real roomctl.
//
//   Installation installed({.yaml = "rooms: [ {id: general} ]"});
//   ASSERT_TRUE(installed.ready());
//   EXPECT_EQ(installed.roomctl({"room", "ls"}).exit_code, 0);
//
// `yaml` is what follows `instance`, `nats` and `http`, which are written here (HTTP on a free
// port). Thread: the one that made it, which must outlive it.
#ifndef ROOMKEEPER_TESTS_INTEGRATION_INSTALLATION_H_
#define ROOMKEEPER_TESTS_INTEGRATION_INSTALLATION_H_

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "tests/integration/example_server.h"
#include "tests/metrics/http_connection.h"
#include "tests/support/child_process.h"
#include "tests/support/nats_client.h"
#include "tests/support/temp_directory.h"

namespace roomkeeper::testing {

struct InstallationOptions {
  std::string version = "2.15";  ///< of nats-server
  std::string yaml = "rooms: []\n";
  std::string server_config{};  ///< empty: example_config()
  bool start_server = true;
  bool start_daemon = true;
  std::vector<std::string> environment{};  ///< of the daemon, "NAME=value"
};

/// The number behind the last `http.listening ... port=` of a daemon's log; 0: there is none.
int listening_port(const std::string& log);
/// The value behind a series on a page of /metrics; -1: there is no such series.
double series_value(const std::string& page, const std::string& series);

class Installation {
 public:
  explicit Installation(InstallationOptions options = {});
  ~Installation();
  Installation(const Installation&) = delete;
  Installation& operator=(const Installation&) = delete;

  /// Starts the daemon and waits until its HTTP endpoint listens; a failure of the test when it
  /// does not.
  bool start_daemon();
  /// Waits until /readyz says 200 and it leads.
  bool ready(std::chrono::milliseconds timeout = std::chrono::seconds(20));
  /// Sends the signal and waits for the end; -1 when it has not ended after 15 s.
  int stop_daemon(int signo);
  ChildProcess& daemon() { return *daemon_; }
  std::string log() const { return daemon_ ? daemon_->err() : std::string(); }
  bool logged(const std::string& regex,
              std::chrono::milliseconds timeout = std::chrono::seconds(10)) {
    return daemon_->wait_for_output(regex, timeout);
  }

  /// Replaces roomkeeper.yaml in one step, as an editor does.
  void write_config(const std::string& yaml) { write_file("roomkeeper.yaml", header() + yaml); }
  void write_file(const std::string& name, std::string_view text);
  std::filesystem::path file(const std::string& name) const { return directory_.path() / name; }
  std::string header() const;  ///< `instance`, `nats` and `http` of roomkeeper.yaml

  /// The real program as admin; `environment` is added to the test's own without NATS_*.
  ChildResult roomctl(std::vector<std::string> arguments, std::vector<std::string> environment = {},
                      std::string input = {});
  /// What is needed to start it otherwise: nothing but the words.
  ChildOptions roomctl_options(std::vector<std::string> arguments) const;
  ChildOptions bare_roomctl_options(std::vector<std::string> arguments) const;
  /// Its output with --json; a failure of the test when it is no JSON.
  nlohmann::json roomctl_json(std::vector<std::string> arguments);

  HttpResponse http(const std::string& target) const { return http_get(http_port_, target); }
  int http_port() const { return http_port_; }
  /// The value behind `roomkeeper_name{labels}` on /metrics; -1 when there is no such series.
  double metric(const std::string& series) const;

  std::unique_ptr<NatsClient> client(const std::string& user, bool auto_reconnect = false);
  /// A JetStream request as the witness, who may do everything: the reply as a tree.
  nlohmann::json jetstream(const std::string& operation, const std::string& body = {});
  nlohmann::json stream_info(const std::string& room);
  std::uint64_t messages(const std::string& room);  ///< 0 also when there is no stream

  ExampleServer server;

 private:
  const InstallationOptions options_;
  TempDirectory directory_;
  std::unique_ptr<ChildProcess> daemon_;
  int http_port_ = 0;
};

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_INTEGRATION_INSTALLATION_H_
