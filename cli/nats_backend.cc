#include <chrono>
#include <utility>
#include <vector>

#include "api/audit.h"
#include "cli/actor.h"
#include "cli/backend.h"
#include "cli/safe_text.h"
#include "config/units.h"
#include "policies/replica_names.h"

namespace roomkeeper::cli {
namespace {

// The daemon answers a kick when all are done: very many take their time.
constexpr policies::Nanoseconds kick_timeout = std::chrono::minutes(2);

constexpr policies::Nanoseconds leader_poll = std::chrono::milliseconds(250);

std::string subject_of(const Settings& settings, api::Verb verb) {
  const std::string name(api::info(verb).name);
  if (settings.replica.empty()) return settings.admin_prefix + "." + name;
  return settings.admin_prefix + "." + std::string(policies::replica_verbs) + settings.replica +
         "." + name;
}

bool is_refused_by_watcher(const sidecar::Message& reply) {
  return reply.header("Nats-Service-Error") == to_string(api::ApiCode::not_leader);
}

std::vector<std::string> timeout_hints(api::Verb verb, const Session& session) {
  if (verb == api::Verb::connection_kick)
    return {"it may still be under way: `roomctl audit --kind kick` tells when it is done"};
  return {"Roomkeeper answers only under the inbox prefixes that it trusts; ours is " +
              session.settings().inbox_prefix,
          "a longer --timeout helps when the server is busy"};
}

api::ApiError unanswered(const policies::Error& error, Session& session, api::Verb verb,
                         const std::string& subject, policies::Nanoseconds timeout) {
  const std::string within = config::format_duration(timeout);
  if (session.interrupted()) return {api::ApiCode::internal, "interrupted", {}};
  if (error.code == policies::ErrorCode::denied) {
    return {
        api::ApiCode::refused,
        safe_text(error.text),
        {"this user may not administer Roomkeeper; see --nats-user, --creds, --nkey, --context"}};
  }
  if (error.code == policies::ErrorCode::timeout) {
    return {api::ApiCode::timeout, "no answer from " + subject + " within " + within,
            timeout_hints(verb, session)};
  }
  if (error.code == policies::ErrorCode::unavailable && !session.settings().replica.empty() &&
      session.bus().state() == sidecar::BusState::connected) {
    return {api::ApiCode::not_connected,
            "nobody answers on " + subject,
            {"`roomctl leader show` names the replicas"}};
  }
  if (error.code == policies::ErrorCode::unavailable &&
      session.bus().state() == sidecar::BusState::connected) {
    return {
        api::ApiCode::not_connected,
        "nobody answers on " + subject,
        {"is roomkeeper running and connected to the same account?", "is --admin-prefix right?"}};
  }
  return {api::ApiCode::not_connected, safe_text(error.text), {}};
}

}  // namespace

NatsBackend::NatsBackend(const Arguments& arguments, const Environment& environment)
    : arguments_(arguments), environment_(environment) {}

NatsBackend::~NatsBackend() = default;

api::ApiResult<Session*> NatsBackend::session() {
  if (session_) return session_.get();
  const auto settings = make_settings(arguments_, environment_);
  if (!settings) return tl::unexpected<api::ApiError>(settings.error());
  auto opened = Session::open(*settings);
  if (!opened) return tl::unexpected<api::ApiError>(std::move(opened).error());
  session_ = *std::move(opened);
  return session_.get();
}

api::ApiResult<std::string> NatsBackend::ask(api::Verb verb, const std::string& request) {
  const auto opened = session();
  if (!opened) return tl::unexpected<api::ApiError>(opened.error());
  Session& used = **opened;
  const std::string subject = subject_of(used.settings(), verb);
  const bool longer = verb == api::Verb::connection_kick && !arguments_.has("timeout");
  const policies::Nanoseconds timeout = longer ? kick_timeout : used.settings().timeout;
  auto reply = used.request(
      subject, request, {{std::string(api::actor_header), own_actor(used.settings())}}, timeout);
  // Between two leaders nobody may do it: the next one is there in a moment.
  const policies::MonoTime give_up = clock_.mono() + timeout;
  while (reply && is_refused_by_watcher(*reply) && used.settings().replica.empty() &&
         clock_.mono() < give_up && pause(leader_poll)) {
    reply = used.request(subject, request,
                         {{std::string(api::actor_header), own_actor(used.settings())}}, timeout);
  }
  if (!reply) {
    return tl::unexpected<api::ApiError>(unanswered(reply.error(), used, verb, subject, timeout));
  }
  const std::string_view refused = reply->header("Nats-Service-Error");
  if (reply->data.empty() && !refused.empty()) {
    return tl::unexpected<api::ApiError>(
        api::ApiError{api::ApiCode::internal, safe_text(refused), {}});
  }
  return reply->data;
}

bool NatsBackend::pause(policies::Nanoseconds duration) {
  const auto opened = session();
  if (!opened) return false;
  (*opened)->run_until([] { return false; }, duration);
  return !(*opened)->interrupted();
}

}  // namespace roomkeeper::cli
