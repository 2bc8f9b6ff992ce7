// Port: what commands reach outside the program. Implementations: NatsBackend, and the tests' fake.
#ifndef ROOMKEEPER_CLI_BACKEND_H_
#define ROOMKEEPER_CLI_BACKEND_H_

#include <memory>
#include <string>

#include "api/codec.h"
#include "api/types.h"
#include "api/verbs.h"
#include "cli/session.h"
#include "policies/time.h"
#include "sidecar/clock.h"

namespace roomkeeper::cli {

class Backend {
 public:
  virtual ~Backend() = default;
  virtual const sidecar::Clock& clock() const = 0;
  /// One request to the admin API; the reply's JSON, which may still be an `{"error":...}`.
  /// Connects on first use. Errors: not_connected, timeout, internal; bad_request when the settings
  /// are wrong.
  virtual api::ApiResult<std::string> ask(api::Verb verb, const std::string& request) = 0;
  /// Waits; false when the user interrupted it.
  virtual bool pause(policies::Nanoseconds duration) = 0;
  /// The connection itself. Connects on first use.
  virtual api::ApiResult<Session*> session() = 0;
};

/// Asks and decodes: `call<api::RoomView>(backend, api::Verb::room_show,
/// api::RoomRequest{"general"})`.
template <class Reply, class Request>
api::ApiResult<Reply> call(Backend& backend, api::Verb verb, const Request& request) {
  // Not api::encode: that finds only what was declared before this header.
  using api::encode;
  api::ApiResult<std::string> reply = backend.ask(verb, encode(request));
  if (!reply) return tl::unexpected<api::ApiError>(std::move(reply).error());
  return api::decode<Reply>(*reply);
}

/// Over NATS.
class NatsBackend final : public Backend {
 public:
  NatsBackend(const Arguments& arguments, const Environment& environment);
  ~NatsBackend() override;
  const sidecar::Clock& clock() const override { return clock_; }
  api::ApiResult<std::string> ask(api::Verb verb, const std::string& request) override;
  bool pause(policies::Nanoseconds duration) override;
  api::ApiResult<Session*> session() override;

 private:
  const Arguments& arguments_;
  const Environment& environment_;
  sidecar::SystemClock clock_;
  std::unique_ptr<Session> session_;
};

}  // namespace roomkeeper::cli

#endif  // ROOMKEEPER_CLI_BACKEND_H_
