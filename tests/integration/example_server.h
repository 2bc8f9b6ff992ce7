// A real nats-server with examples/nats-server.conf, as tools/dev starts it: own process, port and
// store.
//
//   ExampleServer server({.version = "2.10"});
//   connect to server.url() as roomkeeper / admin / reader / alice / bob / sys / witness, password
//   "pw"
//
// It listens on 127.0.0.1 only and keeps its port over restarts. A binary that is missing fails the
// test (`make deps` makes it). Thread: the one that made it, which must outlive it.
#ifndef ROOMKEEPER_TESTS_INTEGRATION_EXAMPLE_SERVER_H_
#define ROOMKEEPER_TESTS_INTEGRATION_EXAMPLE_SERVER_H_

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "tests/support/child_process.h"
#include "tests/support/loopback_port.h"
#include "tests/support/temp_directory.h"

namespace roomkeeper::testing {

/// A configuration of examples/nats-server.conf's shape with two users more who may do everything:
/// `witness` in the chat's account and `observer` in the system account. So tests see what
/// Roomkeeper's own users may not.
std::string with_witnesses(std::string text);
/// examples/nats-server.conf, word for word, with them.
std::string example_config();
/// The same with yet another user, given as nats-server's configuration writes it.
std::string example_config_with_user(const std::string& user);
/// The same of any configuration whose first list of users is that of the chat's account.
std::string with_app_user(std::string text, const std::string& user);

struct ExampleServerOptions {
  std::string version = "2.15";
  std::string config{};  ///< empty: example_config()
  bool start = true;     ///< false: only after start()
};

class ExampleServer {
 public:
  explicit ExampleServer(ExampleServerOptions options = {});
  ~ExampleServer();
  ExampleServer(const ExampleServer&) = delete;
  ExampleServer& operator=(const ExampleServer&) = delete;

  bool start();  ///< a failure of the test, and false, when it does not get ready
  void stop();   ///< SIGTERM, and waits for its end
  /// Ends it and starts it on the same port with the same store.
  bool restart();
  /// The same with another version.
  bool restart_with(const std::string& version);
  /// The same with an empty store.
  bool restart_fresh();
  /// In force from the next start on.
  void set_password(const std::string& user, const std::string& password);

  std::string url() const { return "nats://" + port_.address(); }
  const LoopbackPort& port() const { return port_; }
  const std::string& version() const { return options_.version; }
  std::filesystem::path log_path() const { return directory_.path() / "nats-server.log"; }

 private:
  ExampleServerOptions options_;
  LoopbackPort port_;
  TempDirectory directory_;
  std::map<std::string, std::string> passwords_;  ///< by name of the variable
  std::unique_ptr<ChildProcess> process_;
};

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_INTEGRATION_EXAMPLE_SERVER_H_
