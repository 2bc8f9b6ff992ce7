// Verbs retention and retention.room: answered from memory.
#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "api/codec.h"
#include "api/retention.h"
#include "sidecar/admin_context.h"
#include "sidecar/room_stored.h"
#include "sidecar/room_view.h"
#include "sidecar/seconds.h"

namespace roomkeeper::sidecar {
namespace {

using api::ApiCode;
using api::RetentionRow;
using api::RoomRetentionReply;
using policies::ObservedStream;
using policies::Reason;
using policies::RetentionRule;
using policies::RoomSpec;
using policies::RoomVerdict;
using policies::UntilMidnight;
using policies::WallTime;

std::string kind_of(const RetentionRule* rule) {
  if (rule == nullptr) return "unreadable";
  if (std::holds_alternative<UntilMidnight>(*rule)) return "midnight";
  return std::holds_alternative<policies::KeepFor>(*rule) ? "for" : "forever";
}

/// What the zone's book-keeping says, for a row and for a room alike.
template <class View>
void put_deadlines(AdminContext& context, View& view, const UntilMidnight& rule, WallTime now) {
  view.timezone = rule.zone->name();
  view.boundary = policies::boundary(rule, now);
  view.next_deadline = policies::next_deadline(*rule.zone, now);
  const auto zone = context.retention.zones().find(rule.zone->name());
  if (zone == context.retention.zones().end() || !zone->second.closed) return;
  view.last_closed = zone->second.closed;
  view.closed_late_seconds = seconds(zone->second.closed_late);
  view.made_up = zone->second.made_up;
}

/// The server's time of the oldest stored message while it is overdue.
std::optional<WallTime> oldest_overdue(AdminContext& context, const ObservedStream& stream,
                                       WallTime now) {
  const std::optional<WallTime> limit = context.retention.rules().limit_of(stream, now);
  if (!limit || stream.stored.messages == 0 || stream.stored.first_ts >= *limit)
    return std::nullopt;
  return stream.stored.first_ts;
}

double overdue_for(AdminContext& context, const ObservedStream& stream, WallTime message,
                   WallTime now) {
  const std::optional<WallTime> due = context.retention.rules().due_at(stream, message);
  return due ? seconds(now - std::min(*due, now)) : 0;
}

/// The rows by what they are told apart by: template, kind, rule in force, rule that waits.
class Rows {
 public:
  Rows(AdminContext& context, const api::RetentionRequest& wanted)
      : context_(context),
        wanted_(wanted),
        now_(context.inventory.server_now()),
        pooled_(context.pools.rooms_by_pool()) {}

  void add(const ObservedStream& stream) {
    RuleBook& rules = context_.retention.rules();
    if (!rules.is_ours(stream)) return;
    if (!wanted_.template_name.empty() &&
        stream.config.mark->template_name != wanted_.template_name)
      return;
    const RetentionRule* rule = rules.rule_of(stream);
    const auto* midnight = rule == nullptr ? nullptr : std::get_if<UntilMidnight>(rule);
    if (!wanted_.timezone.empty() &&
        (midnight == nullptr || midnight->zone->name() != wanted_.timezone))
      return;
    RetentionRow& row = row_of(stream, rule, midnight);
    row.rooms += rooms_in(stream);
    row.messages += stream.stored.messages;
    if (const auto oldest = oldest_overdue(context_, stream, now_))
      add_overdue(row, stream, *oldest);
  }

  std::vector<RetentionRow> take() {
    std::vector<RetentionRow> rows;
    for (auto& [key, row] : rows_) {
      if (!wanted_.overdue || row.overdue_rooms > 0) rows.push_back(std::move(row));
    }
    return rows;
  }

 private:
  using Key = std::tuple<std::string, std::string, std::string>;

  /// A pool without a room still has a rule.
  std::uint64_t rooms_in(const ObservedStream& stream) const {
    if (!stream.config.mark->is_pool()) return 1;
    const auto found = pooled_.find(stream.config.mark->template_name);
    return found == pooled_.end() ? 0 : found->second;
  }

  RetentionRow& row_of(const ObservedStream& stream, const RetentionRule* rule,
                       const UntilMidnight* midnight) {
    RuleBook& rules = context_.retention.rules();
    const auto& mark = *stream.config.mark;
    const std::string waiting =
        rules.waits_for_consent(stream) ? policies::describe(*rules.wanted_of(stream)) : "";
    const auto [found, is_new] =
        rows_.try_emplace(Key{mark.template_name, mark.retention, waiting});
    RetentionRow& row = found->second;
    if (!is_new) return row;
    row.template_name = mark.template_name;
    row.rule = rule == nullptr ? mark.retention : policies::describe(*rule);
    row.kind = kind_of(rule);
    row.wanted = waiting;
    if (midnight != nullptr) put_deadlines(context_, row, *midnight, now_);
    return row;
  }

  void add_overdue(RetentionRow& row, const ObservedStream& stream, WallTime oldest) {
    row.overdue_rooms += rooms_in(stream);
    if (context_.holds.is_blocked(stream.name)) row.held_rooms += rooms_in(stream);
    if (row.oldest_overdue && *row.oldest_overdue <= oldest) return;
    row.oldest_overdue = oldest;
    row.oldest_overdue_room = stream.config.mark->is_pool()
                                  ? "pool " + stream.config.mark->template_name
                                  : stream.config.mark->room;
    row.overdue_seconds = overdue_for(context_, stream, oldest, now_);
  }

  AdminContext& context_;
  const api::RetentionRequest& wanted_;
  WallTime now_;
  std::map<std::string, std::uint64_t, std::less<>> pooled_;
  std::map<Key, RetentionRow> rows_;
};

std::string doubt_text(const PassDoubt& doubt) {
  std::string text(explain(doubt.reason));
  return doubt.detail.empty() ? text : text + ": " + doubt.detail;
}

void put_room(RoomRetentionReply& view, const RoomSpec* room) {
  if (room == nullptr) return;
  view.template_name = room->settings->template_name;
  view.owner = to_string(room->owner);
  if (room->place.file != nullptr)
    view.source = *room->place.file + ":" + std::to_string(room->place.line);
}

std::string origin_of(const RoomSpec& room) {
  const auto found = room.settings->origins.find("retention");
  return found == room.settings->origins.end() ? "built-in" : found->second;
}

/// Which rule is in force, where it comes from, and which one was asked for instead.
void put_rules(AdminContext& context, RoomRetentionReply& view, const ObservedStream& stream,
               const RoomSpec* room) {
  RuleBook& rules = context.retention.rules();
  const RetentionRule* rule = rules.rule_of(stream);
  view.kind = kind_of(rule);
  if (rule != nullptr) {
    view.rule = policies::describe(*rule);
  } else if (stream.config.mark) {
    view.rule = stream.config.mark->retention;
  }
  if (view.template_name.empty() && stream.config.mark)
    view.template_name = stream.config.mark->template_name;
  if (room == nullptr) {
    view.origin = "the stream's mark; nobody defines the room any more";
    return;
  }
  if (rule != nullptr && policies::to_text(*rule) == policies::to_text(room->settings->retention)) {
    view.origin = origin_of(*room);
    return;
  }
  view.origin = "the stream's mark: the rule last applied";
  view.wanted = policies::describe(room->settings->retention);
  view.wanted_origin = origin_of(*room);
  view.waits_for_consent = rules.waits_for_consent(stream);
}

std::optional<std::uint64_t> limit_of(std::int64_t value) {
  return value > 0 ? std::optional(static_cast<std::uint64_t>(value)) : std::nullopt;
}

void put_limits(RoomRetentionReply& view, const ObservedStream& stream, bool midnight) {
  const policies::StreamSettings& settings = stream.config.settings;
  view.max_age_seconds = seconds(stream.config.max_age);
  view.backstop = midnight && stream.config.max_age > policies::Nanoseconds::zero();
  view.max_messages = limit_of(settings.max_messages);
  view.max_bytes = limit_of(settings.max_bytes);
  view.max_messages_per_subject = limit_of(settings.max_messages_per_subject);
  view.on_full = to_string(settings.on_full);
  view.stream_retention = to_string(settings.retention);
}

void put_history(AdminContext& context, RoomRetentionReply& view, const std::string& stream) {
  const PurgeRecord* record = context.retention.history().find(stream);
  if (record == nullptr || !record->purged) return;
  view.last_purged = record->purged;
  view.last_purged_messages = record->messages;
  view.last_purged_reason = to_string(record->reason);
}

/// Why what is overdue is not gone. A rule that waits for consent is no reason: the rule in force
/// goes on.
void put_causes(AdminContext& context, RoomRetentionReply& view, const std::string& stream) {
  if (const std::string halted = context.halted(); !halted.empty())
    view.causes.push_back({.reason = "halted", .text = halted, .since = std::nullopt});
  const PassDoubt& doubt = context.retention.doubt();
  if (doubt.reason != Reason::ok) {
    view.causes.push_back({.reason = std::string(to_string(doubt.reason)),
                           .text = doubt_text(doubt),
                           .since = doubt.since});
  }
  const PurgeRecord* record = context.retention.history().find(stream);
  if (record == nullptr || !record->failing_since) return;
  std::string text(explain(record->failure));
  if (!record->detail.empty()) text += ": " + record->detail;
  view.causes.push_back({.reason = std::string(to_string(record->failure)),
                         .text = text + "; failed " + std::to_string(record->failures) +
                                 (record->failures == 1 ? " time" : " times in a row"),
                         .since = record->failing_since});
}

RoomRetentionReply view_of(AdminContext& context, const RoomVerdict& verdict) {
  const WallTime now = context.inventory.server_now();
  const RoomSpec* room = context.rooms.desired().find(verdict.room);
  const ObservedStream* stream = stream_of(context, verdict.room);
  RoomRetentionReply view;
  view.room = verdict.room.text();
  view.stream = home_of(context, verdict.room).stream;
  view.server_time = now;
  view.state = to_string(verdict.state);
  view.reason = to_string(verdict.reason);
  view.kind = "none";
  put_room(view, room);
  if (stream == nullptr || !context.retention.rules().is_ours(*stream)) {
    if (room == nullptr) return view;
    view.wanted = policies::describe(room->settings->retention);
    view.wanted_origin = origin_of(*room);
    return view;
  }
  put_rules(context, view, *stream, room);
  const RetentionRule* rule = context.retention.rule_of(*stream);
  const auto* midnight = rule == nullptr ? nullptr : std::get_if<UntilMidnight>(rule);
  if (midnight != nullptr) {
    view.days = midnight->days;
    put_deadlines(context, view, *midnight, now);
  }
  const RoomStored stored = stored_of(context, verdict.room);
  view.messages = stored.messages;
  if (stored.first) {
    view.oldest_message = stored.first;
    view.oldest_gone_at = context.retention.rules().due_at(*stream, *stored.first);
  }
  put_limits(view, *stream, midnight != nullptr);
  if (const Hold* hold = context.holds.of_room(verdict.room); hold != nullptr) {
    view.hold = std::string(to_string(hold->state)) + ", copy " + hold->copy;
    if (!hold->why.empty()) view.hold += ": " + hold->why;
  }
  put_history(context, view, stream->name);
  if (const auto oldest = oldest_overdue(context, *stream, now)) {
    view.overdue_seconds = overdue_for(context, *stream, *oldest, now);
    put_causes(context, view, stream->name);
  }
  return view;
}

}  // namespace

void admin_retention(AdminContext& context, const AdminRequest& request, const AdminReply& reply) {
  const auto wanted = api::decode<api::RetentionRequest>(request.body);
  if (!wanted) return reply(tl::unexpected(wanted.error()));
  if (!context.inventory.has_listed()) {
    return reply(
        refuse(ApiCode::not_ready, "Roomkeeper has not finished its first look at the server yet"));
  }
  if (!wanted->timezone.empty() && context.runtime.zones(wanted->timezone) == nullptr)
    return reply(refuse(ApiCode::bad_request, "timezone: no such zone '" + wanted->timezone + "'"));
  api::RetentionReply view;
  view.server_time = context.inventory.server_now();
  if (const auto skew = context.inventory.skew()) view.clock_skew_seconds = seconds(*skew);
  view.halted = context.halted();
  if (const PassDoubt& doubt = context.retention.doubt(); doubt.reason != Reason::ok) {
    view.doubt = to_string(doubt.reason);
    view.doubt_text = doubt_text(doubt);
  }
  Rows rows(context, *wanted);
  for (const ObservedStream& stream : context.inventory.streams().streams) rows.add(stream);
  view.rows = rows.take();
  reply(api::encode(view));
}

void admin_retention_room(AdminContext& context, const AdminRequest& request,
                          const AdminReply& reply) {
  const auto wanted = api::decode<api::RoomRetentionRequest>(request.body);
  if (!wanted) return reply(tl::unexpected(wanted.error()));
  const auto verdict = find_room(context, wanted->room);
  if (!verdict) return reply(tl::unexpected(verdict.error()));
  reply(api::encode(view_of(context, **verdict)));
}

}  // namespace roomkeeper::sidecar
