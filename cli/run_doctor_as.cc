// `roomctl doctor --as USER`: whether the credentials that are used have the role's permissions,
// and no others.
#include <algorithm>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "cli/arguments.h"
#include "cli/backend.h"
#include "cli/names_of_config.h"
#include "cli/output.h"
#include "cli/permission_check.h"
#include "cli/run_commands.h"
#include "cli/safe_text.h"
#include "cli/table.h"

namespace roomkeeper::cli {
namespace {

using policies::Direction;
using Json = nlohmann::ordered_json;

constexpr const char* question = "$SYS.REQ.USER.INFO";
/// A stream stores nothing that is meant for another one.
const sidecar::Headers never_stored{{"Nats-Expected-Stream", "roomctl-doctor-nowhere"}};

struct Checked {
  std::string user;     ///< empty: the server did not say
  std::string account;  ///< likewise
  bool tried = false;   ///< by tries instead of the server's own word
  std::vector<PermissionFinding> findings;
};

api::ApiError unanswered(const policies::Error& error) {
  return {api::ApiCode::timeout,
          std::string(question) + ": " + safe_text(error.text),
          {"nats-server 2.10 or newer answers it"}};
}

api::ApiResult<Checked> check_by_tries(Session& session, const policies::Grantee& grantee,
                                       const policies::PermissionNames& names) {
  const auto tried = probes(grantee, names);
  std::vector<sidecar::SubscriptionId> subscriptions;
  for (const PermissionProbe& probe : tried) {
    if (probe.direction == Direction::publish) {
      static_cast<void>(session.bus().publish(probe.subject, "", never_stored));
      continue;
    }
    const auto id = session.bus().subscribe(probe.subject, "", [](const sidecar::Message&) {});
    if (id) subscriptions.push_back(*id);
  }
  // The server refuses in order: the refusal of a last one comes behind all others. Where even that
  // is not refused, the time that it takes to wait for it is enough.
  const std::string last = std::string(question) + ".roomctl-doctor-last";
  static_cast<void>(session.bus().publish(last, "", never_stored));
  session.run_until(
      [&] {
        return std::any_of(session.refusals().begin(), session.refusals().end(),
                           [&](const std::string& one) { return one.find(last) != one.npos; });
      },
      session.settings().timeout);
  for (const sidecar::SubscriptionId id : subscriptions) session.bus().unsubscribe(id);
  if (session.interrupted())
    return tl::unexpected<api::ApiError>(api::ApiError{api::ApiCode::internal, "interrupted", {}});
  Checked checked;
  checked.tried = true;
  checked.findings = judge(tried, session.refusals());
  return checked;
}

api::ApiResult<Checked> check(Session& session, const policies::Grantee& grantee,
                              const policies::PermissionNames& names) {
  const auto reply = session.request(question, "");
  if (!reply && reply.error().code == policies::ErrorCode::denied)
    return check_by_tries(session, grantee, names);
  if (!reply) return tl::unexpected<api::ApiError>(unanswered(reply.error()));
  const auto granted = parse_granted(reply->data);
  if (!granted) return tl::unexpected<api::ApiError>(unanswered(granted.error()));
  return Checked{.user = granted->user,
                 .account = granted->account,
                 .findings = compare(*granted, grantee, names)};
}

std::string as_json(const Checked& checked) {
  Json findings = Json::array();
  for (const PermissionFinding& one : checked.findings) {
    findings.push_back({{"kind", one.missing ? "missing" : "too_wide"},
                        {"direction", to_string(one.direction)},
                        {"subject", one.subject},
                        {"text", one.text}});
  }
  return Json{{"user", checked.user},
              {"account", checked.account},
              {"by", checked.tried ? "tries" : "server"},
              {"findings", std::move(findings)}}
      .dump(-1, ' ', false, Json::error_handler_t::replace);
}

void print(Output& output, const Checked& checked) {
  if (checked.tried) {
    output.note(
        "this user may not ask the server for its permissions; they were tried one by one, which "
        "finds what is missing and what is dangerous, not everything that is too wide\n");
  } else {
    output.note("user " + safe_text(checked.user) + " of account " + safe_text(checked.account) +
                "\n");
  }
  if (checked.findings.empty()) {
    output.print("This user has what the role needs, and no more.\n");
    return;
  }
  Table table({{"finding"}, {"what"}, {"subject"}, {"why", Align::left, true}});
  for (const PermissionFinding& one : checked.findings) {
    table.add({one.missing ? "missing" : "too wide", std::string(to_string(one.direction)),
               one.subject, one.text});
  }
  output.print(table.render(output.width()));
}

}  // namespace

Outcome run_doctor_as(const Invocation& invocation) {
  const auto grantee = parse_as(invocation.arguments.value("as"));
  if (!grantee) return tl::unexpected<api::ApiError>(grantee.error());
  const auto names = names_of_config(invocation);
  if (!names) return tl::unexpected<api::ApiError>(names.error());
  auto settings = make_settings(invocation.arguments, invocation.environment);
  if (!settings) return tl::unexpected<api::ApiError>(std::move(settings).error());
  // A chat user may hear no other inbox than their own.
  const bool chats = grantee->role == policies::Role::chat_user;
  if (chats && settings->inbox_prefix == Settings{}.inbox_prefix)
    settings->inbox_prefix = policies::inbox_prefix_of(grantee->user);
  auto session = Session::open(*settings);
  if (!session) return tl::unexpected<api::ApiError>(std::move(session).error());
  const auto checked = check(**session, *grantee, *names);
  if (!checked) return tl::unexpected<api::ApiError>(checked.error());
  if (invocation.arguments.has("json")) {
    print_json(invocation.output, as_json(*checked));
  } else {
    print(invocation.output, *checked);
  }
  return checked->findings.empty() ? exit_ok : exit_changes;
}

}  // namespace roomkeeper::cli
