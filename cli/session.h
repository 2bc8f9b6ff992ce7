// One connection to nats-server, used step by step: each call runs the loop until it has its
// answer.
//
// Thread: the program's only one. SIGINT and SIGTERM end the step that waits (`interrupted`), not
// the program.
#ifndef ROOMKEEPER_CLI_SESSION_H_
#define ROOMKEEPER_CLI_SESSION_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/types.h"
#include "cli/settings.h"
#include "policies/time.h"
#include "sidecar/clock.h"
#include "sidecar/message_bus.h"
#include "sidecar/thread_loop.h"

namespace roomkeeper::cli {

class Session {
 public:
  /// Waits until it is connected, the first try failed, or the timeout has passed. Errors:
  /// not_connected, with the URL, the reason, and what to check.
  static api::ApiResult<std::unique_ptr<Session>> open(const Settings& settings);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  sidecar::MessageBus& bus() { return *bus_; }
  sidecar::EventLoop& loop() { return loop_; }
  const sidecar::Clock& clock() const { return clock_; }
  const Settings& settings() const { return settings_; }
  bool interrupted() const { return interrupted_; }

  /// Runs the loop until `done` is true; false when it was interrupted or `timeout` (if positive)
  /// has passed.
  bool run_until(const std::function<bool()>& done, policies::Nanoseconds timeout = {});
  /// Within `timeout`, or the settings'. Errors: as MessageBus::request; unavailable while
  /// connected is "no responders".
  policies::Result<sidecar::Message> request(const std::string& subject, std::string_view data,
                                             const sidecar::Headers& headers = {},
                                             std::optional<policies::Nanoseconds> timeout = {});
  /// What the server refused so far, in its words.
  const std::vector<std::string>& refusals() const { return refusals_; }
  /// A subject of our own under the inbox prefix, not used before.
  std::string new_inbox();

 private:
  explicit Session(const Settings& settings);
  api::ApiError connect_error() const;

  Settings settings_;
  sidecar::SystemClock clock_;
  sidecar::ThreadLoop loop_{clock_};
  bool interrupted_ = false;
  std::string denied_;  ///< what the server refused last; empty: nothing
  std::vector<std::string> refusals_;
  std::unique_ptr<sidecar::MessageBus> bus_;
};

}  // namespace roomkeeper::cli

#endif  // ROOMKEEPER_CLI_SESSION_H_
