#include "sidecar/admin_service.h"

#include <array>
#include <utility>

#include "api/codec.h"
#include "policies/replica_names.h"
#include "sidecar/admin_leader.h"
#include "sidecar/admin_state.h"
#include "sidecar/lease_keeper.h"
#include "sidecar/micro_protocol.h"
#include "sidecar/replica_list.h"

namespace roomkeeper::sidecar {
namespace {

using api::ApiCode;
using api::ApiError;
using api::ApiResult;
using api::Verb;
using metrics::MetricId;
using policies::Result;

constexpr std::size_t open_max = 256;

using Handler = void (*)(AdminContext&, const AdminRequest&, const AdminReply&);

constexpr std::array<std::pair<Verb, Handler>, api::verb_count> handlers{{
    {Verb::status, admin_status},
    {Verb::doctor, admin_doctor},
    {Verb::room_ls, admin_room_ls},
    {Verb::room_show, admin_room_show},
    {Verb::room_explain, admin_room_explain},
    {Verb::room_create, admin_room_create},
    {Verb::room_update, admin_room_update},
    {Verb::room_rm, admin_room_rm},
    {Verb::room_hold, admin_room_hold},
    {Verb::room_unhold, admin_room_unhold},
    {Verb::room_holds, admin_room_holds},
    {Verb::room_put, admin_room_put},
    {Verb::room_export, admin_room_export},
    {Verb::room_import, admin_room_import},
    {Verb::room_adopt, admin_room_adopt},
    {Verb::room_release, admin_room_release},
    {Verb::room_move, admin_room_move},
    {Verb::room_moves, admin_room_moves},
    {Verb::plan, admin_plan},
    {Verb::apply, admin_apply},
    {Verb::pass, admin_pass},
    {Verb::purge, admin_purge},
    {Verb::job_ls, admin_job_ls},
    {Verb::job_show, admin_job_show},
    {Verb::job_abort, admin_job_abort},
    {Verb::deadline, admin_deadline},
    {Verb::retention, admin_retention},
    {Verb::retention_room, admin_retention_room},
    {Verb::connection_ls, admin_connection_ls},
    {Verb::connection_kick, admin_connection_kick},
    {Verb::connection_events, admin_connection_events},
    {Verb::limit_show, admin_limit_show},
    {Verb::limit_explain, admin_limit_explain},
    {Verb::ban_add, admin_ban_add},
    {Verb::ban_ls, admin_ban_ls},
    {Verb::ban_rm, admin_ban_rm},
    {Verb::state_export, admin_state_export},
    {Verb::state_import, admin_state_import},
    {Verb::leader_stepdown, admin_leader_stepdown},
}};

constexpr bool in_order() {
  for (std::size_t i = 0; i < handlers.size(); ++i) {
    if (static_cast<std::size_t>(handlers[i].first) != i) return false;
  }
  return true;
}
static_assert(in_order(), "handlers stand in the order of the verbs");

Handler handler_of(Verb verb) {
  return handlers[static_cast<std::size_t>(verb)].second;
}

/// What a replica that only watches has seen itself. The rest is in the leader's memory, and an
/// empty list would be a lie.
bool is_known_to_watchers(Verb verb) {
  switch (verb) {
    case Verb::status:
    case Verb::doctor:
    case Verb::room_ls:
    case Verb::room_show:
    case Verb::room_explain:
    case Verb::room_export:
    case Verb::plan:
      return true;
    default:
      return false;
  }
}

/// NATS does not tell a service who asks, so this is what the requester says; cut to a bounded
/// size.
api::Actor actor_of(const Message& request) {
  return {.origin = api::Origin::admin_api,
          .claimed = std::string(request.header(api::actor_header).substr(0, api::actor_max))};
}

}  // namespace

ApiError to_api_error(const policies::Error& error) {
  using policies::ErrorCode;
  switch (error.code) {
    case ErrorCode::unavailable:
      return {ApiCode::not_connected, error.text, {}};
    case ErrorCode::timeout:
      return {ApiCode::timeout, error.text, {}};
    case ErrorCode::limit:
      return {ApiCode::busy, error.text, {}};
    case ErrorCode::conflict:
      return {ApiCode::conflict, error.text, {}};
    case ErrorCode::invalid:
    case ErrorCode::not_found:
    case ErrorCode::denied:
    case ErrorCode::unsupported:
      return {ApiCode::refused, error.text, {}};
    case ErrorCode::internal:
      return {ApiCode::internal, error.text, {}};
  }
  return {ApiCode::internal, error.text, {}};
}

AdminService::AdminService(AdminContext& context)
    : context_(context), id_(micro::make_id(context.runtime.config->instance, context.started)) {}

Result<> AdminService::start() {
  const auto on_request = lifetime_.guard([this](const Message& request) { handle(request); });
  const auto on_discovery = lifetime_.guard([this](const Message& request) { discover(request); });
  // In no queue group: nats-server would hand a request to any replica, and the leader answers.
  auto subscribed =
      context_.app.subscribe(context_.runtime.names().admin_prefix + ".>", "", on_request);
  if (!subscribed) return policies::pass(std::move(subscribed).error());
  for (const std::string& subject : micro::discovery_subjects(id_)) {
    subscribed = context_.app.subscribe(subject, "", on_discovery);
    if (!subscribed) return policies::pass(std::move(subscribed).error());
  }
  return {};
}

bool AdminService::is_trusted(const Message& request) {
  if (context_.runtime.names().is_trusted_reply(request.reply)) return true;
  ++untrusted_;
  context_.runtime.metrics.add(MetricId::untrusted_requests_total);
  context_.runtime.log.debug("admin.untrusted",
                             {{"subject", request.subject}, {"reply", request.reply}});
  return false;
}

/// Another replica leads, and answers.
bool AdminService::answers_elsewhere() const {
  if (context_.lease.may_act()) return false;
  const bool held = context_.lease.role() == LeaseKeeper::Role::none ||
                    context_.lease.reason() == policies::Reason::leader_elsewhere;
  return context_.replicas.other_leads() || (held && !context_.replicas.has_listened());
}

/// The verb, when it is for this replica to answer: the leader answers all, another one what is
/// addressed to it by name (`replica.<name>.<verb>`), and anything while nobody leads.
std::optional<std::string> AdminService::verb_for_us(const Message& request) const {
  std::string name = request.subject.substr(context_.runtime.names().admin_prefix.size() + 1);
  if (name.starts_with(policies::replica_verbs)) {
    const std::string ours = std::string(policies::replica_verbs) + context_.lease.name() + ".";
    if (!name.starts_with(ours)) return std::nullopt;
    return name.substr(ours.size());
  }
  return answers_elsewhere() ? std::nullopt : std::optional(std::move(name));
}

void AdminService::handle(const Message& request) {
  if (!is_trusted(request)) return;
  const std::optional<std::string> wanted = verb_for_us(request);
  if (!wanted) return;
  const std::string& name = *wanted;
  const std::optional<Verb> verb = api::parse_verb(name);
  if (!verb) {
    refuse_unknown(request.reply, name);
    return;
  }
  if (open_ >= open_max) {
    answer(request.reply, *verb, refuse(ApiCode::busy, "too many requests at once"));
    return;
  }
  if (request.data.size() > api::max_request_bytes) {
    answer(request.reply, *verb, refuse(ApiCode::bad_request, "the request is larger than 1 MiB"));
    return;
  }
  const bool watches = context_.lease.role() == LeaseKeeper::Role::watching;
  if (watches && (api::info(*verb).writes || !is_known_to_watchers(*verb))) {
    answer(request.reply, *verb, not_leading(context_));
    return;
  }
  dispatch(*verb, request);
}

void AdminService::dispatch(Verb verb, const Message& request) {
  ++open_;
  context_.runtime.metrics.add(MetricId::admin_requests_total, {std::string(api::info(verb).name)});
  const policies::MonoTime began = context_.runtime.clock.mono();
  const AdminReply reply = lifetime_.guard(
      [this, verb, began, to = request.reply](const ApiResult<std::string>& result) {
        --open_;
        micro::EndpointStats& stats = stats_[static_cast<std::size_t>(verb)];
        stats.processing += context_.runtime.clock.mono() - began;
        answer(to, verb, result);
      });
  handler_of(verb)(context_, {.body = request.data, .actor = actor_of(request)}, reply);
}

void AdminService::answer(const std::string& reply, Verb verb,
                          const ApiResult<std::string>& result) {
  micro::EndpointStats& stats = stats_[static_cast<std::size_t>(verb)];
  ++stats.requests;
  Headers headers;
  std::string body;
  if (result) {
    body = *result;
  } else {
    const ApiError& error = result.error();
    ++stats.errors;
    stats.last_error = std::to_string(api::number(error.code)) + ": " + error.message;
    context_.runtime.metrics.add(
        MetricId::admin_request_errors_total,
        {std::string(api::info(verb).name), std::string(to_string(error.code))});
    headers = micro::error_headers(api::number(error.code), to_string(error.code));
    body = api::encode(error);
  }
  Result<> sent = context_.app.publish(reply, body, headers);
  if (sent) return;
  context_.runtime.log.warn("admin.not_answered",
                            {{"verb", api::info(verb).name}, {"error", sent.error()}});
  if (sent.error().code != policies::ErrorCode::limit) return;
  const ApiError too_large{
      ApiCode::internal,
      "the reply is larger than the server's max_payload: ask for a smaller page",
      {}};
  sent = context_.app.publish(
      reply, api::encode(too_large),
      micro::error_headers(api::number(too_large.code), to_string(too_large.code)));
}

void AdminService::refuse_unknown(const std::string& reply, const std::string& verb) {
  const ApiError error{ApiCode::unknown_verb, "unknown verb '" + verb.substr(0, 64) + "'", {}};
  const Result<> sent =
      context_.app.publish(reply, api::encode(error),
                           micro::error_headers(api::number(error.code), to_string(error.code)));
  if (!sent) context_.runtime.log.debug("admin.not_answered", {{"error", sent.error()}});
}

void AdminService::discover(const Message& request) {
  if (!is_trusted(request)) return;
  const micro::Service service{.id = id_,
                               .instance = context_.runtime.config->instance,
                               .admin_prefix = context_.runtime.names().admin_prefix,
                               .started = context_.started};
  const std::string body = micro::discovery_reply(request.subject, service, stats_);
  const Result<> sent = context_.app.publish(request.reply, body);
  if (!sent) context_.runtime.log.debug("discovery.not_answered", {{"error", sent.error()}});
}

}  // namespace roomkeeper::sidecar
