#include <array>
#include <cstdio>
#include <vector>

#include "cli/display_width.h"
#include "cli/format.h"
#include "cli/render.h"
#include "cli/render_replicas.h"
#include "cli/safe_text.h"
#include "cli/table.h"

namespace roomkeeper::cli {
namespace {

constexpr int label_width = 16;

std::string seconds_text(double seconds) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.3g s", seconds);
  return text.data();
}

std::string server_text(const api::StatusReply& status) {
  if (!status.connected) {
    return safe_text(status.nats_state) +
           (status.nats_error.empty() ? "" : ": " + safe_text(status.nats_error));
  }
  return "connected to " + safe_text(status.server_name) + ", " + safe_text(status.server_version) +
         " (API level " + std::to_string(status.api_level) + ")";
}

std::string rooms_text(const api::StatusReply& status) {
  std::string text;
  for (const auto& count : status.rooms) {
    text += (text.empty() ? "" : ", ") + format_count(count.rooms) + " " + safe_text(count.state);
  }
  return text.empty() ? "none" : text;
}

/// One line a kind: how the one that is nearest to its maximum stands.
std::string limits_lines(const api::StatusReply& status) {
  std::vector<std::string> lines;
  for (const api::LimitView& limit : status.limits) {
    std::string line = limit.limit + ": ";
    if (limit.max) line += std::to_string(limit.used) + " of " + std::to_string(*limit.max);
    if (limit.reserved_for_admins > 0) line += "+" + std::to_string(limit.reserved_for_admins);
    if (!limit.of.empty()) line += ", the fullest is " + limit.of;
    if (limit.limit == "connections_per_user" && status.identities_over_limit > 0)
      line += "; " + counted(status.identities_over_limit, "user") + " over it";
    lines.push_back(std::move(line));
  }
  if (lines.empty() && (!status.limits_enforced || status.limits_note.empty()))
    lines.emplace_back("none on connections");
  if (!status.limits_enforced) {
    lines.push_back("not enforced" +
                    (status.limits_note.empty() ? std::string() : ": " + status.limits_note));
  }
  std::string out;
  for (const std::string& line : lines)
    out += labelled(out.empty() ? "Limits" : "", safe_text(line));
  return out;
}

std::string passes_text(const api::StatusReply& status, policies::WallTime now) {
  std::string text = format_count(status.passes);
  if (status.last_pass) text += ", the last " + format_ago(status.last_pass, now);
  text += "; " + counted(status.pending_changes, "change") + " waiting";
  if (status.removals_blocked > 0)
    text += ", " + counted(status.removals_blocked, "removal") + " held by the guard";
  return text;
}

std::string replica_text(const api::StatusReply& status) {
  const std::string name = safe_text(status.replica);
  if (status.leader) return name + ", leads";
  return name + ", does not lead: " + safe_text(status.leader_note);
}

std::string zones_table(const api::StatusReply& status, int width) {
  Table table({{.header = "TIME ZONE"},
               {.header = "NEXT DEADLINE"},
               {.header = "LAST CLOSED"},
               {.header = "LATE", .align = Align::right},
               {.header = "ROOMS", .align = Align::right},
               {.header = "OVERDUE", .align = Align::right}});
  for (const api::ZoneStatus& zone : status.zones) {
    table.add({zone.timezone, format_when(zone.next_deadline), format_when(zone.last_closed),
               zone.last_closed ? seconds_text(zone.closed_late_seconds) : "-",
               format_count(zone.rooms), format_count(zone.overdue_rooms)});
  }
  return table.empty() ? std::string() : "\n" + table.render(width);
}

}  // namespace

std::string labelled(const std::string& label, const std::string& text) {
  const int missing = label_width - display_width(label);
  return label + std::string(static_cast<std::size_t>(missing > 1 ? missing : 1), ' ') + text +
         "\n";
}

std::string render_status(const api::StatusReply& status, policies::WallTime now, int width) {
  std::string out = "Roomkeeper " + safe_text(status.version) + ", instance " +
                    safe_text(status.instance) + ", started " + format_when(status.started) + "\n";
  out += labelled("Ready", status.ready ? "yes" : "no");
  out += labelled("Replica", replica_text(status));
  out += labelled("nats-server", server_text(status));
  out += labelled("System account", safe_text(status.system_state));
  out += labelled("Configuration", safe_text(status.config_file) + ", loaded " +
                                       format_ago(status.config_loaded, now));
  if (!status.config_error.empty())
    out += labelled("", "last reload refused: " + safe_text(status.config_error));
  for (const std::string& doubt : status.doubts) out += labelled("Doubt", safe_text(doubt));
  out += labelled("Rooms", rooms_text(status));
  out +=
      labelled("Messages", format_count(status.messages) + " (" + format_size(status.bytes) + ")");
  out += labelled("Passes", passes_text(status, now));
  out += limits_lines(status);
  for (const std::string& line : status.not_counted)
    out += labelled("", "not counted: " + safe_text(line));
  if (status.bans > 0) out += labelled("Bans", counted(status.bans, "user"));
  if (status.overdue_seconds > 0) {
    out += labelled("Overdue", "the oldest overdue message is " +
                                   seconds_text(status.overdue_seconds) + " late");
  }
  if (status.clock_skew_seconds > 5 || status.clock_skew_seconds < -5) {
    out += labelled("Clock", seconds_text(status.clock_skew_seconds) + " away from the server's");
  }
  out += zones_table(status, width);
  if (status.replicas.size() > 1) out += "\n" + render_replicas(status, now, width);
  return out;
}

std::string render_doctor(const api::DoctorReply& doctor) {
  std::string out;
  std::uint64_t wrong = 0;
  for (const api::Finding& finding : doctor.findings) {
    const std::string severity(api::to_string(finding.severity));
    out += severity + std::string(severity.size() < 9 ? 9 - severity.size() : 1, ' ') +
           safe_text(finding.check) + ": " + safe_text(finding.text) + "\n";
    if (!finding.hint.empty()) out += "         " + safe_text(finding.hint) + "\n";
    if (finding.severity >= api::Severity::warning) ++wrong;
  }
  if (wrong == 0) return out + "Nothing is wrong.\n";
  return out + counted(wrong, "finding") + (wrong == 1 ? " needs" : " need") + " attention.\n";
}

std::string render_error(const api::ApiError& error) {
  std::string out =
      "roomctl: " + safe_text(error.message.empty() ? api::explain(error.code) : error.message) +
      "\n";
  for (const std::string& detail : error.details) out += "  " + safe_text(detail) + "\n";
  return out;
}

}  // namespace roomkeeper::cli
