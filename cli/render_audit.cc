#include "cli/render_audit.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "cli/display_width.h"
#include "cli/format.h"
#include "cli/safe_text.h"

namespace roomkeeper::cli {
namespace {

using api::AuditKind;
using api::AuditRecord;

constexpr int time_width = 19;
constexpr int kind_width = 15;
constexpr int column_gap = 2;
constexpr int what_column = time_width + column_gap + kind_width + column_gap;
constexpr int narrowest_what = 24;  ///< columns for WHAT, however narrow the terminal is
constexpr std::size_t rooms_shown = 5;
constexpr std::size_t unreadable_shown = 200;

std::string padded(std::string text, int width) {
  const int missing = width - display_width(text);
  return text.append(static_cast<std::size_t>(std::max(missing, 0) + column_gap), ' ');
}

/// Lines of at most `width` columns, broken at spaces where there are any.
std::vector<std::string> wrapped(std::string_view text, int width) {
  std::vector<std::string> lines;
  std::string line;
  int used = 0;
  std::size_t last_space = std::string::npos;  // in `line`
  while (!text.empty()) {
    const std::string_view next = text.substr(0, decode_utf8(text).size);
    const int columns = display_width(next);
    if (used + columns > width && !line.empty()) {
      const bool at_space = last_space != std::string::npos && last_space > 0;
      std::string rest = at_space ? line.substr(last_space + 1) : std::string();
      if (at_space) line.resize(last_space);
      lines.push_back(std::move(line));
      line = std::move(rest);
      used = display_width(line);
      last_space = std::string::npos;
    }
    if (next == " ") last_space = line.size();
    if (next != " " || !line.empty()) {
      line += next;
      used += columns;
    }
    text.remove_prefix(next.size());
  }
  if (!line.empty() || lines.empty()) lines.push_back(std::move(line));
  return lines;
}

std::string row(const std::string& time, std::string_view kind, const std::string& what,
                int width) {
  std::string out = padded(time, time_width) + padded(std::string(kind), kind_width);
  if (width <= 0) return out + what + "\n";
  bool first = true;
  for (const std::string& line : wrapped(what, std::max(width - what_column, narrowest_what))) {
    if (!first) out.append(static_cast<std::size_t>(what_column), ' ');
    out += line + "\n";
    first = false;
  }
  return out;
}

std::string who(const api::Actor& actor) {
  switch (actor.origin) {
    case api::Origin::schedule:
      return "by Roomkeeper";
    case api::Origin::file:
      return "by the files";
    case api::Origin::limit:
      return "by a limit";
    case api::Origin::admin_api:
      break;
  }
  return actor.claimed.empty() ? "by an admin" : "by " + actor.claimed;
}

std::string room_list(const std::vector<api::AuditRoom>& rooms) {
  std::string text = counted(rooms.size(), "room") + ": ";
  for (std::size_t i = 0; i < rooms.size() && i < rooms_shown; ++i) {
    text += (i > 0 ? ", " : "") + rooms[i].room;
    if (rooms[i].messages > 0) text += " " + format_count(rooms[i].messages);
  }
  if (rooms.size() > rooms_shown)
    text += " and " + std::to_string(rooms.size() - rooms_shown) + " more";
  return text;
}

std::string message_count(const AuditRecord& record) {
  const bool is_hold = record.kind == AuditKind::hold;
  return counted(*record.messages, "message") + (is_hold ? " copied" : " deleted");
}

std::string change_list(const std::vector<api::AuditChange>& changes) {
  std::string text;
  for (const api::AuditChange& change : changes) {
    text += (text.empty() ? "" : ", ") + change.field + " ";
    text += change.from.empty() ? "= " + change.to
            : change.to.empty() ? "was " + change.from
                                : change.from + " -> " + change.to;
  }
  return text;
}

std::vector<std::string> parts_of(const AuditRecord& record) {
  std::vector<std::string> parts;
  if (!record.ok) parts.emplace_back("FAILED");
  if (!record.room.empty()) parts.push_back("room " + record.room);
  if (record.room.empty() && !record.stream.empty()) parts.push_back("stream " + record.stream);
  if (!record.user.empty()) parts.push_back("user " + record.user);
  if (!record.job.empty()) parts.push_back("job " + record.job);
  if (!record.rooms.empty()) parts.push_back(room_list(record.rooms));
  if (record.messages) parts.push_back(message_count(record));
  if (record.connections) parts.push_back(counted(*record.connections, "connection") + " ended");
  if (!record.changes.empty()) parts.push_back(change_list(record.changes));
  if (!record.text.empty()) parts.push_back(record.text);
  if (record.times > 1) {
    parts.push_back(std::to_string(record.times) + " times" +
                    (record.first ? " since " + local_clock(*record.first, "%H:%M:%S") : ""));
  }
  return parts;
}

}  // namespace

std::string audit_head() {
  return padded("TIME", time_width) + padded("KIND", kind_width) + "WHAT\n";
}

std::string render_audit(const AuditRecord& record, int width) {
  std::string what;
  for (const std::string& part : parts_of(record)) what += part + "; ";
  what += std::string(policies::to_string(record.reason)) + ", " + who(record.actor);
  return row(local_clock(record.at, "%Y-%m-%d %H:%M:%S"), to_string(record.kind), safe_text(what),
             width);
}

std::string render_unreadable(const StreamMessage& message, const std::string& why, int width) {
  std::string what = "message " + std::to_string(message.seq) + " on " + message.subject +
                     " is no entry of the audit (" + why +
                     "): " + message.data.substr(0, unreadable_shown);
  if (message.data.size() > unreadable_shown) what += "...";
  return row(local_clock(message.time, "%Y-%m-%d %H:%M:%S"), "unreadable", safe_text(what), width);
}

}  // namespace roomkeeper::cli
