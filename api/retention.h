// Verbs `retention` and `retention.room`: which rule is in force where, and how its deadlines went.
//
// Answered from the daemon's memory. Times are RFC 3339 UTC on the wire; whoever shows them puts
// them into the rule's zone. Thread: any.
#ifndef ROOMKEEPER_API_RETENTION_H_
#define ROOMKEEPER_API_RETENTION_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "api/types.h"
#include "policies/time.h"

namespace roomkeeper::api {

struct RetentionRequest {
  std::string template_name;  ///< JSON: "template"; empty: all
  std::string timezone;       ///< IANA name; empty: all
  bool overdue = false;       ///< only rows with overdue rooms
};

/// One template, one rule in force, and the rule that waits for consent, if any.
struct RetentionRow {
  std::string template_name;  ///< JSON: "template"; of the streams' marks
  std::string rule;           ///< in force, for people
  std::string kind;           ///< midnight, for, forever; unreadable: the mark is not understood
  std::string timezone;       ///< midnight only
  std::string wanted;         ///< asked for and waiting for consent; empty: nothing waits
  std::uint64_t rooms = 0;
  std::uint64_t messages = 0;
  // Of a midnight rule:
  std::optional<policies::WallTime> boundary;       ///< what is older has to be gone now
  std::optional<policies::WallTime> next_deadline;  ///< when the boundary moves
  std::optional<policies::WallTime> last_closed;    ///< the last deadline proved to be kept
  double closed_late_seconds = 0;                   ///< how long after it the proof came
  bool made_up = false;                             ///< nobody watched that deadline
  std::uint64_t overdue_rooms = 0;
  double overdue_seconds = 0;                        ///< of the oldest overdue message
  std::optional<policies::WallTime> oldest_overdue;  ///< when that message was stored
  std::string oldest_overdue_room;
  std::uint64_t held_rooms = 0;  ///< overdue rooms whose purge waits for the copy of a hold
};

struct RetentionReply {
  policies::WallTime server_time{};  ///< now, as boundaries are reckoned
  double clock_skew_seconds = 0;
  std::string halted;      ///< why Roomkeeper does not act; empty when it does
  std::string doubt;       ///< Reason's name: why the last pass proves nothing; empty: it does
  std::string doubt_text;  ///< the same in words
  std::vector<RetentionRow> rows;  ///< by template, then rule
};

struct RoomRetentionRequest {
  std::string room;
};

/// Why something is overdue.
struct OverdueCause {
  std::string reason;  ///< Reason's name, or "halted"
  std::string text;
  std::optional<policies::WallTime> since;
};

struct RoomRetentionReply {
  std::string room;
  std::string stream;
  std::string template_name;  ///< JSON: "template"
  std::string source;         ///< "rooms.yaml:12"; "" for API rooms and where nobody defines it
  std::string owner;          ///< "file", "api"; "" when nobody defines it
  policies::WallTime server_time{};
  // The rule in force.
  std::string rule;
  std::string kind;      ///< as RetentionRow's; none: there is no stream yet
  std::string timezone;  ///< midnight only
  int days = 0;          ///< midnight only
  std::string origin;    ///< where it comes from: "template day, rooms.yaml:4:3", "built-in"
  // What was asked for, where it is another one.
  std::string wanted;
  std::string wanted_origin;
  bool waits_for_consent = false;  ///< else it is on its way
  std::string state;               ///< of the room
  std::string reason;
  // What is stored and when it goes.
  std::optional<policies::WallTime> boundary;
  std::optional<policies::WallTime> next_deadline;
  std::uint64_t messages = 0;
  std::optional<policies::WallTime> oldest_message;
  std::optional<policies::WallTime> oldest_gone_at;
  // What JetStream itself does besides.
  double max_age_seconds = 0;  ///< 0: no message ends by its age
  bool backstop = false;       ///< max_age only stands in while Roomkeeper is down
  std::optional<std::uint64_t> max_messages;
  std::optional<std::uint64_t> max_bytes;
  std::optional<std::uint64_t> max_messages_per_subject;
  std::string on_full;           ///< drop_old, reject_new
  std::string stream_retention;  ///< limits, interest, workqueue
  // What was done, since this process began.
  std::optional<policies::WallTime> last_purged;
  std::uint64_t last_purged_messages = 0;
  std::string last_purged_reason;
  std::optional<policies::WallTime> last_closed;
  double closed_late_seconds = 0;
  bool made_up = false;
  // What is not done.
  std::string hold;  ///< state and copy of the room's hold: "held, copy HOLD_general"; empty: none
  double overdue_seconds = 0;
  std::vector<OverdueCause> causes;  ///< empty while nothing is overdue, and while a purge is on
                                     ///< its way
};

std::string encode(const RetentionRequest& value);
std::string encode(const RetentionReply& value);
std::string encode(const RoomRetentionRequest& value);
std::string encode(const RoomRetentionReply& value);

}  // namespace roomkeeper::api

#endif  // ROOMKEEPER_API_RETENTION_H_
