// The two programs with a login or TLS of their own, and what they say of it.
#ifndef ROOMKEEPER_TESTS_INTEGRATION_SECURE_PROGRAMS_H_
#define ROOMKEEPER_TESTS_INTEGRATION_SECURE_PROGRAMS_H_

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/child_process.h"
#include "tests/support/temp_directory.h"

namespace roomkeeper::testing {

/// How both programs are told to get in. Files are named relative to the programs' directory.
struct WayIn {
  std::string nats{};                ///< in the daemon's `nats:`, lines indented by two
  std::vector<std::string> words{};  ///< of roomctl
};

/// What both must say of a way that is wrong. ECMAScript regexes for one line.
struct WrongWay {
  std::string what;     ///< what is wrong
  std::string daemon;   ///< the settings of the daemon behind `check`
  std::string roomctl;  ///< those of roomctl
};

/// The daemon and roomctl beside a server at `url`. Thread: the test's.
class SecurePrograms {
 public:
  SecurePrograms(std::string url, WayIn way);

  /// A file of the programs: written whole, then put in its place.
  void write(const std::string& name, const std::string& text) const;
  void remove(const std::string& name) const;
  std::filesystem::path file(const std::string& name) const { return directory_.path() / name; }

  void start_daemon();
  ChildProcess& daemon() { return *daemon_; }
  bool logged(const std::string& regex) {
    return daemon_->wait_for_output(regex, std::chrono::seconds(30));
  }
  /// Status of its /readyz; 0: it does not answer.
  int readiness() const;
  ChildResult roomctl_status() const;

  /// Starts the daemon where it does not run; it logs what is wrong and is not ready; roomctl says
  /// it, too, and ends with 1.
  void expect_refused(const WrongWay& wrong);
  /// Starts the daemon where it does not run; it becomes ready, and roomctl reaches it.
  void expect_in();

 private:
  const std::string url_;
  const WayIn way_;
  TempDirectory directory_;
  std::unique_ptr<ChildProcess> daemon_;
};

/// Text as a regex that matches it and nothing else.
std::string literal(const std::string& text);

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_INTEGRATION_SECURE_PROGRAMS_H_
