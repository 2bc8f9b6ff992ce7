#include "cli/render_retention.h"

#include <array>
#include <cmath>
#include <cstdio>

#include "cli/display_width.h"
#include "cli/format.h"
#include "cli/render.h"
#include "cli/safe_text.h"
#include "cli/wrap.h"
#include "cli/zone_time.h"
#include "config/load.h"

namespace roomkeeper::cli {
namespace {

using policies::WallTime;

constexpr int default_width = 80;
constexpr int label_columns = 16;

/// `2.01 s`, `12 s`, `3m 20s`, `5h 3m`, `2d 4h`.
std::string span(double seconds) {
  std::array<char, 64> text{};
  if (seconds < 60) {
    std::snprintf(text.data(), text.size(), "%.3g s", seconds);
    return text.data();
  }
  // Beyond what a long long holds it would be undefined; such a span only comes from a stranger.
  const auto whole = static_cast<long long>(std::fmin(seconds, 1e15));
  if (whole < 3600) {
    std::snprintf(text.data(), text.size(), "%lldm %llds", whole / 60, whole % 60);
  } else if (whole < 86400) {
    std::snprintf(text.data(), text.size(), "%lldh %lldm", whole / 3600, whole % 3600 / 60);
  } else {
    std::snprintf(text.data(), text.size(), "%lldd %lldh", whole / 86400, whole % 86400 / 3600);
  }
  return text.data();
}

const date::time_zone* zone_of(const std::string& name) {
  return name.empty() ? nullptr : config::find_zone(name);
}

/// Lines of a label and wrapped text.
class Lines {
 public:
  Lines(int width, int indent) : width_(width > 0 ? width : default_width), indent_(indent) {}

  void add(const std::string& label, const std::string& text) {
    const std::string margin(static_cast<std::size_t>(indent_), ' ');
    const int missing = label_columns - display_width(label);
    const int column = indent_ + label_columns;
    out_ += margin + label + std::string(static_cast<std::size_t>(missing > 1 ? missing : 1), ' ') +
            wrap(text, width_, column, column) + "\n";
  }
  void line(const std::string& text) { out_ += wrap(text, width_, 4, 0) + "\n"; }
  std::string take() { return std::move(out_); }

 private:
  int width_;
  int indent_;
  std::string out_;
};

std::string closed_text(const std::optional<WallTime>& closed, double late, bool made_up,
                        const date::time_zone* zone) {
  if (!closed) return "none was closed since Roomkeeper started";
  std::string text = in_zone_and_utc(*closed, zone) + ", ";
  if (made_up) return text + "made up: Roomkeeper was not there when it passed";
  return text + "closed " + span(late) + " after it";
}

std::string next_text(const std::optional<WallTime>& next, WallTime now,
                      const date::time_zone* zone) {
  if (!next) return "none";
  return in_zone_and_utc(*next, zone) + ", " + format_age(next, now);
}

void add_clock(Lines& lines, double skew) {
  if (skew > 5 || skew < -5) {
    lines.line("The server's clock is " + span(std::fabs(skew)) +
               (skew > 0 ? " ahead of" : " behind") + " ours" +
               (std::fabs(skew) > 60 ? ": nothing is purged." : "."));
  }
}

void add_row(Lines& lines, const api::RetentionRow& row, WallTime now) {
  const date::time_zone* zone = zone_of(row.timezone);
  lines.line(safe_text(row.template_name) + ": " + safe_text(row.rule) + " - " +
             counted(row.rooms, "room") + ", " + counted(row.messages, "message"));
  if (row.boundary) lines.add("boundary", in_zone_and_utc(*row.boundary, zone));
  if (row.kind == "midnight") {
    lines.add("next deadline", next_text(row.next_deadline, now, zone));
    lines.add("last deadline",
              closed_text(row.last_closed, row.closed_late_seconds, row.made_up, zone));
    if (row.overdue_rooms == 0) {
      lines.add("overdue", "nothing");
    } else {
      lines.add("overdue", counted(row.overdue_rooms, "room") + "; the oldest message for " +
                               span(row.overdue_seconds) + ", in room " +
                               safe_text(row.oldest_overdue_room));
    }
  } else if (row.kind == "for") {
    lines.add("kept by", "JetStream itself, by max_age");
  } else if (row.kind == "forever") {
    lines.add("kept by", "nobody: no message ends by its age");
  } else {
    lines.add("kept by", "nobody: the mark is not understood; JetStream's max_age goes on");
  }
  if (row.held_rooms > 0)
    lines.add("holds", counted(row.held_rooms, "room") + " waiting for the copy of a hold");
  if (!row.wanted.empty()) {
    lines.add("waits", safe_text(row.wanted) +
                           " was asked for and waits for consent; until then the rule above is in "
                           "force. See roomctl plan");
  }
}

void add_rule(Lines& lines, const api::RoomRetentionReply& room) {
  if (room.kind == "none") {
    lines.add("Rule in force", "none: there is no stream of ours for this room yet");
  } else {
    lines.add("Rule in force", safe_text(room.rule));
    lines.add("From", safe_text(room.origin));
  }
  if (!room.template_name.empty()) lines.add("Template", safe_text(room.template_name));
  if (!room.source.empty()) {
    lines.add("Written in", safe_text(room.source));
  } else if (room.owner == "api") {
    lines.add("Written in", "nowhere: it was made through the API");
  }
  if (room.wanted.empty()) return;
  lines.add("Asked for", safe_text(room.wanted) + ", by " + safe_text(room.wanted_origin));
  if (room.waits_for_consent) {
    lines.add("",
              "It would end messages earlier, so it waits for consent: roomctl plan, then "
              "roomctl apply " +
                  safe_text(room.room) + " --allow-lossy. Until then the rule in force goes on.");
  } else {
    lines.add("", "It is on its way to the stream (" + safe_text(room.state) + ", " +
                      safe_text(room.reason) + ").");
  }
}

void add_messages(Lines& lines, const api::RoomRetentionReply& room, const date::time_zone* zone) {
  if (room.boundary) {
    lines.add("Boundary now",
              in_zone_and_utc(*room.boundary, zone) + "; what is older has to be gone");
  }
  lines.add("Messages", format_count(room.messages));
  if (room.oldest_message) {
    lines.add("Oldest message", in_zone_and_utc(*room.oldest_message, zone));
    lines.add("It is gone at", room.oldest_gone_at
                                   ? in_zone_and_utc(*room.oldest_gone_at, zone) + ", " +
                                         format_age(room.oldest_gone_at, room.server_time)
                                   : std::string("never, by its age"));
  }
  if (room.kind == "midnight") {
    lines.add("Next purge", next_text(room.next_deadline, room.server_time, zone));
    lines.add("Last deadline",
              closed_text(room.last_closed, room.closed_late_seconds, room.made_up, zone));
  } else if (room.kind != "none") {
    lines.add("Next purge", "none: Roomkeeper purges nothing here at a midnight");
  }
  if (room.last_purged) {
    lines.add("Last purge", counted(room.last_purged_messages, "message") + " at " +
                                in_zone_and_utc(*room.last_purged, zone) + ", " +
                                safe_text(room.last_purged_reason));
  } else if (room.kind == "midnight") {
    lines.add("Last purge", "none since Roomkeeper started");
  }
}

void add_limits(Lines& lines, const api::RoomRetentionReply& room) {
  if (room.kind == "none") return;
  if (room.backstop) {
    lines.add("JetStream",
              "deletes what is older than " + span(room.max_age_seconds) +
                  " (max_age), a backstop while Roomkeeper is down: as long as the longest such "
                  "days of the zone and an hour more, so that it never takes a message early");
  } else if (room.max_age_seconds > 0) {
    lines.add("JetStream",
              "deletes what is older than " + span(room.max_age_seconds) + " (max_age), by itself");
  } else {
    lines.add("JetStream", "deletes nothing by its age");
  }
  std::string limits;
  const auto limit = [&limits](const std::string& text) {
    limits += (limits.empty() ? "at most " : ", ") + text;
  };
  if (room.max_messages) limit(counted(*room.max_messages, "message"));
  if (room.max_bytes) limit(format_size(*room.max_bytes));
  if (room.max_messages_per_subject)
    limit(counted(*room.max_messages_per_subject, "message") + " of each user");
  if (!limits.empty()) {
    lines.add("", limits + (room.on_full == "drop_old"
                                ? "; when it is full, the oldest go early (drop_old)"
                                : "; when it is full, new ones are refused (" +
                                      safe_text(room.on_full) + ")"));
  }
  if (!room.stream_retention.empty() && room.stream_retention != "limits") {
    lines.add(
        "", "what consumers are done with goes at once (" + safe_text(room.stream_retention) + ")");
  }
}

void add_overdue(Lines& lines, const api::RoomRetentionReply& room, const date::time_zone* zone) {
  if (!room.hold.empty()) lines.add("Hold", safe_text(room.hold));
  if (room.kind != "midnight") return;
  if (room.overdue_seconds <= 0) {
    lines.add("Overdue", "nothing");
    return;
  }
  lines.add("Overdue", "the oldest message, for " + span(room.overdue_seconds));
  if (room.causes.empty()) lines.add("because", "the purge is on its way");
  for (const api::OverdueCause& cause : room.causes) {
    lines.add("because", safe_text(cause.reason) + ": " + safe_text(cause.text) +
                             (cause.since ? "; since " + in_zone_and_utc(*cause.since, zone) : ""));
  }
}

}  // namespace

std::string render_retention(const api::RetentionReply& reply, int width) {
  Lines lines(width, 2);
  if (!reply.halted.empty()) lines.line("Roomkeeper does not act: " + safe_text(reply.halted));
  if (!reply.doubt.empty()) {
    lines.line("The last pass proves nothing: " + safe_text(reply.doubt) + ", " +
               safe_text(reply.doubt_text));
  }
  add_clock(lines, reply.clock_skew_seconds);
  for (const api::RetentionRow& row : reply.rows) add_row(lines, row, reply.server_time);
  if (reply.rows.empty()) lines.line("No rooms.");
  return lines.take();
}

std::string render_room_retention(const api::RoomRetentionReply& room, int width) {
  const date::time_zone* zone = zone_of(room.timezone);
  Lines lines(width, 0);
  lines.add("Room",
            safe_text(room.room) + " (" + safe_text(room.state) +
                (room.reason.empty() || room.reason == "ok" ? "" : ": " + safe_text(room.reason)) +
                ")");
  add_rule(lines, room);
  add_messages(lines, room, zone);
  add_limits(lines, room);
  add_overdue(lines, room, zone);
  return lines.take();
}

}  // namespace roomkeeper::cli
