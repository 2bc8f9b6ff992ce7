// The two programs with a login or TLS of their own, and what they say of it.
#ifndef ROOMKEEPER_TESTS_INTEGRATION_SECURE_PROGRAMS_H_
#define ROOMKEEPER_TESTS_INTEGRATION_SECURE_PROGRAMS_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/child_process.h"
#include "tests/support/temp_directory.h"

namespace roomkeeper::testing {

/// The daemon; `nats` is what follows `url` in its block, indented by two.
inline std::unique_ptr<ChildProcess> secure_daemon(const TempDirectory& directory,
                                                   const std::string& url,
                                                   const std::string& nats) {
  const auto file =
      directory.write("roomkeeper.yaml", "instance: test\nnats:\n  url: " + url + "\n" + nats +
                                             "http: { listen: \"127.0.0.1:0\" }\nrooms: []\n");
  ChildOptions child;
  child.program = ROOMKEEPER_BIN_DIR "/roomkeeper";
  child.arguments = {"--config", file.string()};
  return std::make_unique<ChildProcess>(std::move(child));
}

/// What `roomctl status` says; with a connection and no daemon: that nobody answers.
inline std::string secure_roomctl(const std::string& url, std::vector<std::string> words) {
  ChildOptions child;
  child.program = ROOMKEEPER_BIN_DIR "/roomctl";
  child.arguments = {"status", "--server", url};
  child.arguments.insert(child.arguments.end(), words.begin(), words.end());
  child.without = {"NATS_URL",   "NATS_USER",  "NATS_PASSWORD", "NATS_CONTEXT",
                   "NATS_CREDS", "NATS_TOKEN", "NATS_NKEY",     "XDG_CONFIG_HOME"};
  return run_program(std::move(child)).err;
}

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_INTEGRATION_SECURE_PROGRAMS_H_
