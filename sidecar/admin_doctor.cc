// Verb doctor: everything that is worth a person's look, with what to do about it.
#include <cmath>
#include <map>
#include <utility>

#include "api/codec.h"
#include "config/load.h"
#include "sidecar/admin_leader.h"
#include "sidecar/admin_limit_picture.h"
#include "sidecar/capacity_view.h"
#include "sidecar/hold_findings.h"
#include "sidecar/lease_keeper.h"
#include "sidecar/replica_list.h"
#include "sidecar/server_version.h"

namespace roomkeeper::sidecar {
namespace {

using api::Finding;
using api::Severity;

class Findings {
 public:
  void ok(std::string check, std::string text) {
    add(std::move(check), Severity::ok, std::move(text), {});
  }
  void add(std::string check, Severity severity, std::string text, std::string hint) {
    reply_.findings.push_back({.check = std::move(check),
                               .severity = severity,
                               .text = std::move(text),
                               .hint = std::move(hint)});
  }
  const api::DoctorReply& reply() const { return reply_; }

 private:
  api::DoctorReply reply_;
};

void check_server(const AdminContext& context, Findings& findings) {
  const std::string& version = context.app.server().version;
  if (version.empty()) {
    findings.add("nats.version", Severity::warning, "the server did not say its version",
                 "allow $SYS.REQ.USER.INFO to our user");
  } else if (!is_supported(version)) {
    findings.add("nats.version", Severity::error, "nats-server " + version + " is older than 2.10",
                 "upgrade nats-server");
  } else {
    findings.ok("nats.version", "nats-server " + version);
  }
  if (const std::string halted = context.halted(); !halted.empty()) {
    findings.add("acting", Severity::error, halted, "nothing is changed until this is solved");
  }
  if (!context.monitor.account()) {
    findings.add("jetstream", Severity::error, "JetStream's account information was not seen",
                 "is JetStream on for the account, and may our user publish to $JS.API.>?");
  } else {
    findings.ok("jetstream",
                "JetStream API level " + std::to_string(context.monitor.account()->api_level));
  }
}

void check_system(const AdminContext& context, Findings& findings) {
  if (context.system == nullptr) {
    const bool wanted = any_limit_set(context);
    findings.add("system.account", wanted ? Severity::warning : Severity::info,
                 wanted ? "no system account is configured: the connection limits that are set are "
                          "not enforced"
                        : "no system account is configured: connection limits are not enforced",
                 "set nats.system to a user of the system account");
  } else if (context.system->state() != BusState::connected) {
    findings.add("system.account", Severity::error,
                 "not connected: " + context.system->last_error(),
                 "check nats.system and the system account's users");
  } else if (!context.connections->silent_servers().empty()) {
    findings.add(
        "system.servers", Severity::warning,
        std::to_string(context.connections->silent_servers().size()) + " servers do not answer",
        "while one is silent nobody is kicked");
  } else {
    findings.ok("system.account", "connected");
  }
}

void check_leader(const AdminContext& context, Findings& findings) {
  const std::size_t heard = context.replicas.replicas().size();
  const std::string others = heard == 1 ? std::string(", no other replica is there")
                                        : ", " + std::to_string(heard) + " replicas are there";
  if (context.lease.may_act())
    return findings.ok("leader", "replica " + context.lease.name() + " leads" + others);
  const bool somebody = context.replicas.other_leads();
  findings.add("leader", somebody ? Severity::info : Severity::error,
               "replica " + context.lease.name() + " does not lead: " + leader_note(context) +
                   (somebody ? "" : "; nobody changes or purges anything"),
               "roomctl leader show");
}

void check_limits(const AdminContext& context, Findings& findings) {
  if (context.connections == nullptr || !context.connections->running()) return;
  const policies::KickPlan& plan = context.connections->last_plan();
  if (plan.wildcard > 0) {
    findings.add("limits.wildcard", Severity::info,
                 std::to_string(plan.wildcard) +
                     " connections hear several rooms by a wildcard subscription and count in no "
                     "room because of it",
                 "roomctl connection ls --wildcard");
  }
  int over = 0;
  for (const policies::LimitFigures& figures : plan.figures) over += figures.surplus;
  if (plan.delayed > 0) {
    findings.add("limits.delayed", Severity::info,
                 std::to_string(plan.delayed) + " of " + std::to_string(over) +
                     " connections that have to go are left for now",
                 "the bounds on kicking: limits.kicks_per_second, limits.longest_kick_interval");
  }
}

void check_clock(const AdminContext& context, Findings& findings) {
  const auto skew = context.inventory.skew();
  if (!skew) return findings.add("clock.skew", Severity::info, "not known yet", "");
  const double seconds = std::chrono::duration<double>(*skew).count();
  const std::string text =
      "the server's clock is " + std::to_string(std::lround(seconds * 1000)) + " ms off ours";
  switch (policies::judge_skew(context.runtime.clock.wall(), context.inventory.server_now())) {
    case policies::Skew::none:
      return findings.ok("clock.skew", text);
    case policies::Skew::noticed:
      return findings.add("clock.skew", Severity::warning, text, "synchronise both clocks (NTP)");
    case policies::Skew::too_far:
      return findings.add("clock.skew", Severity::error, text + ": nothing is purged",
                          "synchronise both clocks (NTP)");
  }
}

void check_state(const AdminContext& context, Findings& findings) {
  if (context.config.error().empty()) {
    findings.ok("config", context.config.path());
  } else {
    findings.add("config", Severity::error,
                 "the last reload was refused: " + context.config.error(),
                 "the last good configuration stays in force; correct the file");
  }
  if (!context.state.loaded()) {
    findings.add("state.bucket", Severity::error, "the state bucket has not been read",
                 "may our user use $KV and $JS.API?");
  }
  for (const std::string& doubt : context.rooms.desired().doubts) {
    findings.add("rooms.complete", Severity::warning, doubt,
                 "while there is a doubt no room is removed");
  }
  if (const std::string doubt = context.reconciler.removal_doubt(); !doubt.empty()) {
    findings.add("removals.counted", Severity::warning, doubt,
                 "the state bucket's key removals; its value is in the log");
  }
  if (!context.inventory.streams().complete) {
    findings.add("listing.complete", Severity::warning, "the last listing of streams is incomplete",
                 "are all servers of the cluster up?");
  }
}

void check_audit(const AdminContext& context, Findings& findings) {
  const AuditHealth audit = context.audit_health();
  if (!audit.enabled) {
    findings.add("audit", Severity::info, "nothing is audited: audit.enabled is false", "");
  } else if (!audit.problem.empty()) {
    findings.add("audit", Severity::error,
                 "entries are not stored: " + audit.problem + " (" + std::to_string(audit.waiting) +
                     " waiting, " + std::to_string(audit.dropped) + " lost)",
                 "everything else goes on; beyond 4096 waiting entries the next ones are lost");
  } else if (audit.dropped > 0) {
    findings.add("audit", Severity::warning,
                 std::to_string(audit.dropped) + " entries were lost since the start",
                 "look for audit.* lines in the log");
  } else {
    findings.ok("audit", "everything that changes something is written down");
  }
}

void check_rooms(const AdminContext& context, Findings& findings) {
  struct Group {
    std::uint64_t rooms = 0;
    const policies::RoomVerdict* first = nullptr;
  };
  std::map<std::pair<policies::RoomState, policies::Reason>, Group> groups;
  for (const policies::RoomVerdict& verdict : context.rooms.verdicts()) {
    if (verdict.state == policies::RoomState::ready && verdict.reason == policies::Reason::ok)
      continue;
    Group& group = groups[{verdict.state, verdict.reason}];
    if (++group.rooms == 1) group.first = &verdict;
  }
  for (const auto& [key, group] : groups) {
    const bool bad =
        key.first == policies::RoomState::failed || key.first == policies::RoomState::blocked;
    const Severity severity = bad                                         ? Severity::error
                              : key.first == policies::RoomState::pending ? Severity::info
                                                                          : Severity::warning;
    const std::string first = group.first->room.text();
    const std::string detail = group.first->detail.empty() ? "" : ", " + group.first->detail;
    findings.add("rooms." + std::string(to_string(key.first)), severity,
                 std::to_string(group.rooms) + " rooms: " + std::string(explain(key.second)) +
                     " (first: " + first + detail + ")",
                 "roomctl room explain " + first);
  }
  if (groups.empty() && !context.rooms.verdicts().empty()) {
    findings.ok("rooms",
                std::to_string(context.rooms.verdicts().size()) + " rooms are as they should be");
  }
}

void check_retention(const AdminContext& context, Findings& findings) {
  const double overdue = std::chrono::duration<double>(context.retention.overdue()).count();
  if (overdue > 60) {
    findings.add("retention.overdue", Severity::error,
                 "the oldest overdue message should have gone " +
                     std::to_string(std::lround(overdue)) + " s ago",
                 "look for retention.* lines in the log");
  } else {
    findings.ok("retention.overdue", "nothing is overdue");
  }
  // The database that decides about midnights must be there and answer.
  if (config::find_zone("Asia/Seoul") == nullptr) {
    findings.add("tzdata", Severity::error, "the time-zone database has no Asia/Seoul",
                 "install tzdata");
  }
}

}  // namespace

void admin_doctor(AdminContext& context, const AdminRequest& request, const AdminReply& reply) {
  const api::ApiResult<api::NoRequest> empty = api::decode<api::NoRequest>(request.body);
  if (!empty) return reply(tl::unexpected(empty.error()));
  Findings findings;
  const bool leads = context.lease.may_act();
  check_server(context, findings);
  check_leader(context, findings);
  check_system(context, findings);
  if (leads) check_limits(context, findings);
  check_clock(context, findings);
  check_state(context, findings);
  if (leads) check_audit(context, findings);
  check_rooms(context, findings);
  check_retention(context, findings);
  for (const Finding& finding : hold_findings(context.holds))
    findings.add(finding.check, finding.severity, finding.text, finding.hint);
  for (const Finding& finding : capacity_findings(context.capacity))
    findings.add(finding.check, finding.severity, finding.text, finding.hint);
  reply(api::encode(findings.reply()));
}

}  // namespace roomkeeper::sidecar
