// A real nats-server for one test: its own process, port, store and log.
//
//   TestServer server({.version = "2.10"});
//   ASSERT_TRUE(server.running()) << server.trouble();
//   connect to server.url() as alice / bob / roomkeeper / sys, password "pw"
//
// It listens on 127.0.0.1 only, on a port that parallel tests do not take, and keeps that port over
// restarts. Ready means that a client was greeted. The binaries are nats-server-2.10 and
// nats-server-2.15 of the tools folder; a missing one fails the test (`make deps` makes them),
// nothing is skipped. When a test has failed, the server's folder is kept and its path and the end
// of its log are printed. Thread: the one that made it, which must outlive it.
#ifndef ROOMKEEPER_TESTS_SUPPORT_TEST_SERVER_H_
#define ROOMKEEPER_TESTS_SUPPORT_TEST_SERVER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/child_process.h"
#include "tests/support/loopback_port.h"
#include "tests/support/temp_directory.h"

namespace roomkeeper::testing {

/// The versions every such test runs on: {"2.10", "2.15"}. Fails the test for each binary that is
/// not there.
std::vector<std::string> available_versions();
/// Path of a version's binary, there or not.
std::string server_binary(const std::string& version);

/// Accounts APP (JetStream; users roomkeeper, admin, alice, bob, carol) and SYS (system; user sys);
/// all passwords "pw".
std::string default_server_config();

struct TestServerOptions {
  std::string version = "2.15";
  /// nats-server configuration without listen, store_dir and logging. Empty:
  /// default_server_config(). `$DIR` is replaced by the server's folder.
  std::string config{};
  std::string jetstream{};    ///< more inside of `jetstream { }`, as `max_file_store: 1GB`
  std::string name = "test";  ///< `server_name`
  bool start = true;          ///< false: only after start()
};

class TestServer {
 public:
  enum class Store { kept, fresh };

  explicit TestServer(TestServerOptions options = {});
  ~TestServer();
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  /// True when it runs and greets clients.
  bool running() const { return process_ && process_->running(); }
  std::string trouble() const;  ///< why it does not run, with the end of its log
  bool start();
  void stop();   ///< SIGTERM, and waits for its end
  void kill9();  ///< as in a crash
  /// Ends it (SIGTERM) if it runs and starts it on the same port, with another version or
  /// configuration if wanted.
  bool restart(Store store = Store::kept);
  bool restart_with(const std::string& version, Store store = Store::kept);
  void set_config(std::string config) { options_.config = std::move(config); }
  /// The configuration changes while it runs, by SIGHUP; what is open goes on unless it says else.
  void reload_with(std::string config);

  std::string url() const { return "nats://" + port_.address(); }
  std::uint16_t port() const { return port_.number(); }
  const std::string& name() const { return options_.name; }
  const std::string& version() const { return options_.version; }
  pid_t pid() const { return process_ ? process_->pid() : -1; }
  const std::filesystem::path& directory() const { return directory_.path(); }
  std::filesystem::path log_path() const { return directory_.path() / "nats-server.log"; }

 private:
  std::string config_text() const;
  bool greets() const;

  TestServerOptions options_;
  LoopbackPort port_;
  TempDirectory directory_;
  std::unique_ptr<ChildProcess> process_;
  std::string trouble_;
};

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_SUPPORT_TEST_SERVER_H_
