#include "cli/render_limits.h"

#include <string_view>

#include "cli/format.h"
#include "cli/render.h"
#include "cli/safe_text.h"
#include "cli/table.h"
#include "cli/wrap.h"

namespace roomkeeper::cli {
namespace {

constexpr int limit_label_columns = 16;

std::string max_text(const api::LimitView& limit) {
  if (!limit.max) return "-";
  std::string text = std::to_string(*limit.max);
  if (limit.reserved_for_admins > 0) text += "+" + std::to_string(limit.reserved_for_admins);
  return text;
}

std::string subject_of(const api::LimitView& limit) {
  const std::string name = limit.limit;
  if (name == "connections_per_user") return "user " + limit.of;
  if (name == "room_connections") return "room " + limit.of;
  if (name == "server_connections") return "server " + limit.of;
  return "the account";
}

/// A label and its text, broken where the terminal ends.
std::string paragraph(const std::string& label, const std::string& text, int width) {
  const std::string safe = safe_text(text);
  return labelled(label,
                  width > 0 ? wrap(safe, width, limit_label_columns, limit_label_columns) : safe);
}

std::string maximum_text(const api::LimitView& limit) {
  if (!limit.max) return "unlimited";
  std::string text = std::to_string(*limit.max) + ", " + limit.on_limit;
  if (limit.reserved_for_admins > 0)
    text += ", and " + std::to_string(limit.reserved_for_admins) + " more for administrators";
  if (!limit.enforce_now) text += "; lowered, it lets those inside stay";
  return text;
}

std::string used_text(const api::LimitView& limit) {
  std::string text = counted(limit.used, "connection");
  if (!limit.headroom) return text;
  if (*limit.headroom >= 0) return text + ", " + std::to_string(*limit.headroom) + " left";
  return text + ", " + std::to_string(-static_cast<std::int64_t>(*limit.headroom)) + " too many";
}

}  // namespace

std::string render_limits(const api::LimitShowReply& limits, int width) {
  Table table({{.header = "LIMIT"},
               {.header = "OF", .shrinks = true},
               {.header = "USED", .align = Align::right},
               {.header = "MAX", .align = Align::right},
               {.header = "LEFT", .align = Align::right},
               {.header = "ON LIMIT"},
               {.header = "WRITTEN AT", .shrinks = true}});
  for (const api::LimitView& limit : limits.limits) {
    table.add({limit.limit, limit.of, format_count(limit.used), max_text(limit),
               limit.headroom ? std::to_string(*limit.headroom) : "-",
               limit.max ? limit.on_limit : "-", limit.origin});
  }
  std::string out = table.empty() ? "No limit to show.\n" : table.render(width);
  if (limits.left_out > 0) out += counted(limits.left_out, "more row") + ", see --limit\n";
  if (!limits.enforced) out += "Not enforced: " + safe_text(limits.note) + "\n";
  if (limits.delayed > 0) {
    out += counted(limits.delayed, "connection") + (limits.delayed == 1 ? " has" : " have") +
           " to go and will, in one of the next rounds.\n";
  }
  if (limits.wildcard_listeners > 0) {
    const bool one = limits.wildcard_listeners == 1;
    const std::string text =
        counted(limits.wildcard_listeners, "connection") +
        (one ? " hears several rooms and counts" : " hear several rooms and count") +
        " in none: connection ls --wildcard";
    out += (width > 0 ? wrap(text, width, 0, 0) : text) + "\n";
  }
  for (const std::string& server : limits.silent_servers) {
    out += "Server " + safe_text(server) + " did not answer: its connections are missing here.\n";
  }
  return out;
}

std::string render_limit(const api::LimitExplainReply& explained, int width) {
  const api::LimitView& limit = explained.limit;
  std::string out = paragraph("Limit", limit.limit + " of " + subject_of(limit), width);
  const bool counts = explained.exemption.empty();
  if (counts) out += paragraph("Maximum", maximum_text(limit), width);
  if (counts && !limit.rule.empty() && limit.rule != limit.limit)
    out += paragraph("Rule", limit.rule, width);
  if (counts && !limit.origin.empty()) out += paragraph("Written at", limit.origin, width);
  if (counts) {
    out += paragraph("Used", used_text(limit), width);
  } else {
    out += paragraph("Exempt", explained.exemption + ": connections_per_user does not count it",
                     width);
  }
  if (explained.admin) out += paragraph("Administrator", "may take reserved places", width);
  if (explained.banned) out += paragraph("Banned", "yes", width);
  out += paragraph("Next connection", explained.next, width);
  std::string_view label = "Counted";
  for (const std::string& line : explained.counted) {
    out += paragraph(std::string(label), line, width);
    label = "";
  }
  if (limit.used > explained.counted.size() && !explained.counted.empty())
    out += labelled("", "and " + format_count(limit.used - explained.counted.size()) + " more");
  label = "Note";
  for (const std::string& line : explained.notes) {
    out += paragraph(std::string(label), line, width);
    label = "";
  }
  return out;
}

std::string render_ban_added(const api::BanAddReply& added) {
  std::string out = safe_text(added.ban.user) + " is banned until " + format_when(added.ban.until);
  if (added.connections == 0) return out + "; there is no connection of that name now\n";
  return out + "; " + counted(added.connections, "connection") +
         (added.connections == 1 ? " is" : " are") + " ended\n";
}

std::string render_bans(const api::BanListReply& bans, policies::WallTime now, int width) {
  if (bans.bans.empty()) return "Nobody is banned.\n";
  Table table({{.header = "USER", .shrinks = true},
               {.header = "UNTIL"},
               {.header = "ENDS", .align = Align::right},
               {.header = "KICKS", .align = Align::right},
               {.header = "BY", .shrinks = true},
               {.header = "REASON", .shrinks = true}});
  for (const api::BanView& ban : bans.bans) {
    table.add({ban.user, format_when(ban.until), format_age(ban.until, now),
               format_count(ban.kicks), ban.by, ban.reason});
  }
  return table.render(width);
}

std::string render_ban_ended(const api::BanView& ban) {
  return safe_text(ban.user) + " is not banned any more; " + counted(ban.kicks, "connection") +
         (ban.kicks == 1 ? " was" : " were") + " ended by it\n";
}

}  // namespace roomkeeper::cli
