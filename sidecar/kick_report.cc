#include "sidecar/kick_report.h"

#include <utility>

namespace roomkeeper::sidecar {
namespace {

using policies::ErrorCode;
using policies::Kick;
using policies::LimitKind;
using policies::Reason;
using policies::Result;

/// "account_connections: 501 connections, 500 allowed".
std::string text_of(const Kick& kick) {
  std::string text(to_string(kick.limit));
  if (kick.limit == LimitKind::ban) return text + ": the user is banned";
  const bool of_user = kick.limit == LimitKind::connections_per_user;  // named beside it
  if (!kick.of.empty() && !of_user) text += " of " + kick.of;
  return text + ": " + std::to_string(kick.used) + " connections, " + std::to_string(kick.max) +
         " allowed";
}

api::AuditRecord entry_of(const Kick& kick) {
  api::AuditRecord entry;
  entry.kind = api::AuditKind::kick;
  entry.reason = kick.reason;
  entry.actor.origin = api::Origin::limit;
  if (kick.limit == LimitKind::room_connections) entry.room = kick.of;
  return entry;
}

}  // namespace

KickReport::KickReport(Runtime& runtime, AuditLog& audit) : runtime_(runtime), audit_(audit) {}

void KickReport::told(const Kick& kick, const Result<>& outcome) {
  // Gone meanwhile: nothing was done.
  if (!outcome && outcome.error().code == ErrorCode::not_found) return;
  if (kick.reason == Reason::kicked_by_admin) return;
  if (timer_ == 0) {
    timer_ = runtime_.loop.run_after(window, lifetime_.guard([this] {
      timer_ = 0;
      flush();
    }));
  }
  Sum& sum = sums_[static_cast<std::size_t>(kick.limit)];
  if (sum.each < each_max) {
    ++sum.each;
    return tell_one(kick, outcome);
  }
  if (outcome) {
    ++sum.connections;
  } else {
    ++sum.failed;
    if (sum.first_error.empty()) sum.first_error = outcome.error().text;
  }
  if (sum.users.size() < users_max) sum.users.insert(to_string(kick.identity));
  sum.sample = kick;
}

void KickReport::flush() {
  runtime_.loop.cancel(timer_);
  timer_ = 0;
  for (Sum& sum : sums_) {
    if (sum.connections + sum.failed > 0) tell_sum(sum.sample.limit, sum);
    sum = {};
  }
}

void KickReport::tell_one(const Kick& kick, const Result<>& outcome) {
  const std::string user = to_string(kick.identity);
  if (outcome) {
    runtime_.log.info("connections.kicked", {{"user", user},
                                             {"limit", to_string(kick.limit)},
                                             {"reason", kick.reason},
                                             {"cid", kick.key.cid},
                                             {"count", 1}});
  } else {
    runtime_.log.warn("connections.not_kicked", {{"user", user},
                                                 {"limit", to_string(kick.limit)},
                                                 {"cid", kick.key.cid},
                                                 {"error", outcome.error()}});
  }
  api::AuditRecord entry = entry_of(kick);
  entry.user = user;
  entry.connections = outcome ? 1 : 0;
  entry.ok = outcome.has_value();
  entry.text = text_of(kick);
  if (!outcome) entry.text += "; " + outcome.error().text;
  audit_.record(std::move(entry));
}

void KickReport::tell_sum(LimitKind kind, Sum& sum) {
  const bool all_known = sum.users.size() < users_max;
  const std::string users = (all_known ? "" : "at least ") + std::to_string(sum.users.size());
  if (sum.connections > 0) {
    runtime_.log.info(
        "connections.kicked",
        {{"limit", to_string(kind)}, {"count", sum.connections}, {"users", sum.users.size()}});
  }
  if (sum.failed > 0) {
    runtime_.log.warn(
        "connections.not_kicked",
        {{"limit", to_string(kind)}, {"count", sum.failed}, {"error", sum.first_error}});
  }
  api::AuditRecord entry = entry_of(sum.sample);
  // Of many rooms: the entry is about none of them.
  entry.room.clear();
  entry.connections = sum.connections;
  entry.ok = sum.failed == 0;
  entry.text = std::string(to_string(kind)) + ": " + std::to_string(sum.connections + sum.failed) +
               " connections of " + users +
               " users, besides those told one by one; the last one: " + text_of(sum.sample);
  if (sum.failed > 0) {
    entry.text += "; " + std::to_string(sum.failed) + " could not be ended: " + sum.first_error;
  }
  audit_.record(std::move(entry));
}

}  // namespace roomkeeper::sidecar
