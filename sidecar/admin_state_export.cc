// Verb state.export: everything that Roomkeeper knows, as lines of JSON; page by page from memory.
#include <array>
#include <charconv>
#include <utility>

#include <nlohmann/json.hpp>

#include "api/codec.h"
#include "api/state.h"
#include "policies/rfc3339.h"
#include "sidecar/admin_leader.h"
#include "sidecar/admin_state.h"
#include "sidecar/ban_record.h"
#include "sidecar/lease_keeper.h"
#include "sidecar/lowered_record.h"
#include "sidecar/move_record.h"
#include "sidecar/removal_guard.h"
#include "sidecar/state_line.h"
#include "sidecar/state_record.h"

namespace roomkeeper::sidecar {
namespace {

using api::ApiCode;
using api::ApiResult;
using nlohmann::json;

/// A page ends here: as texts in a JSON text its lines may double, and a message has its limit.
constexpr std::size_t page_bytes = 200U << 10U;
constexpr std::size_t rooms_of_a_line = 200;
/// Clocks of servers of a cluster may differ by so much.
constexpr auto clocks_apart = std::chrono::seconds(10);

enum class Section : unsigned { rooms, others, pools, holds, end };

/// Where a page begins: what was written before it, and behind which key it goes on.
struct Cursor {
  std::uint64_t sequence = 0;  ///< of the state, when the export was begun
  std::uint64_t records = 0;
  Section section = Section::rooms;
  std::string key;  ///< empty: the section's beginning
};

std::string to_text(const Cursor& cursor) {
  return std::to_string(cursor.sequence) + ":" + std::to_string(cursor.records) + ":" +
         std::to_string(static_cast<unsigned>(cursor.section)) + ":" + cursor.key;
}

bool parse_cursor(std::string_view text, Cursor& cursor) {
  std::array<std::uint64_t, 3> numbers{};
  for (std::uint64_t& number : numbers) {
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || rest == text.data() + text.size() || *rest != ':') return false;
    text.remove_prefix(static_cast<std::size_t>(rest - text.data()) + 1);
  }
  if (numbers[2] > static_cast<unsigned>(Section::end)) return false;
  cursor = {.sequence = numbers[0],
            .records = numbers[1],
            .section = static_cast<Section>(numbers[2]),
            .key = std::string(text)};
  return true;
}

bool is_object(const std::string& value) {
  return json::parse(value, nullptr, false).is_object();
}

StateLine raw_line(const std::string& key, const std::string& value) {
  return {.kind = StateKind::raw,
          .id = key,
          .value = json{{"value", value}}.dump(-1, ' ', false, json::error_handler_t::replace)};
}

StateLine room_line(const std::string& room, const std::string& value) {
  const auto record = decode_room(value);
  if (!record || !policies::RoomId::parse(room)) return raw_line("room." + room, value);
  if (record->removed) return {.kind = StateKind::removal, .id = room, .value = "{}"};
  return {.kind = StateKind::room, .id = room, .value = record->room_json};
}

/// A key that is neither a room's nor a pool's.
StateLine entry_line(const std::string& key, const std::string& value) {
  constexpr std::string_view job_prefix = "job.";
  if (!is_object(value)) return raw_line(key, value);
  if (key.starts_with(ban_prefix) && decode_ban(key, value))
    return {.kind = StateKind::ban, .id = key.substr(ban_prefix.size()), .value = value};
  if (key.starts_with(job_prefix))
    return {.kind = StateKind::job, .id = key.substr(job_prefix.size()), .value = value};
  if (key.starts_with(move_key_prefix))
    return {.kind = StateKind::move, .id = key.substr(move_key_prefix.size()), .value = value};
  if (key == lowered_key && decode_lowered(value))
    return {.kind = StateKind::limits, .id = {}, .value = value};
  if (key == RemovalGuard::key) return {.kind = StateKind::removals, .id = {}, .value = value};
  return raw_line(key, value);
}

StateLine hold_line(const Hold& hold) {
  json value{{"stream", hold.stream}, {"copy", hold.copy}, {"messages", hold.messages}};
  if (hold.mark) {
    value["by"] = hold.mark->by;
    value["note"] = hold.mark->note;
    value["at"] = policies::format_rfc3339(hold.mark->at);
  }
  return {.kind = StateKind::hold,
          .id = hold.room,
          .value = value.dump(-1, ' ', false, json::error_handler_t::replace)};
}

class Page {
 public:
  Page(AdminContext& context, Cursor cursor, std::uint64_t limit)
      : context_(context), cursor_(std::move(cursor)), limit_(limit) {}

  void begin(policies::WallTime now) {
    cursor_.sequence = context_.state.sequence();
    add(encode_state_header({.instance = context_.runtime.config->instance,
                             .version = ROOMKEEPER_VERSION,
                             .exported_at = now,
                             .sequence = cursor_.sequence,
                             .known = known_until(context_, now)}));
  }

  /// False: the page is full, or a line is too long.
  bool fill() {
    return section(Section::rooms, [this] { return rooms(); }) &&
           section(Section::others, [this] { return others(); }) &&
           section(Section::pools, [this] { return pools(); }) &&
           section(Section::holds, [this] { return holds(); }) && !is_full();
  }

  ApiResult<std::string> finish(bool whole) {
    if (!too_long_.empty()) {
      return refuse(ApiCode::refused, "key '" + too_long_ +
                                          "' of the state is longer than 128 KiB: nothing that "
                                          "reads it back would take it");
    }
    if (whole) {
      add(encode_state_end({.records = cursor_.records,
                            .sequence_before = cursor_.sequence,
                            .sequence = context_.state.sequence()}));
    } else {
      page_.next = to_text(cursor_);
    }
    return api::encode(page_);
  }

 private:
  bool is_full() const { return page_.lines.size() + 1 >= limit_ || bytes_ >= page_bytes; }

  void add(std::string line) {
    bytes_ += line.size();
    page_.lines.push_back(std::move(line));
  }

  /// Runs a section that is not done yet, and goes on with the next one.
  template <class Run>
  bool section(Section which, Run run) {
    if (cursor_.section != which) return true;
    if (!run()) return false;
    cursor_.section = static_cast<Section>(static_cast<unsigned>(which) + 1);
    cursor_.key.clear();
    return true;
  }

  bool record(const StateLine& line, const std::string& key) {
    std::string text = encode_state_line(line);
    if (text.size() > api::state_line_bytes && line.kind == StateKind::move) {
      // It would not be gone on with anyway.
      text = encode_state_line(
          {.kind = StateKind::move, .id = line.id, .value = R"({"left_out":"too long"})"});
    }
    if (text.size() > api::state_line_bytes) {
      too_long_ = key;
      return false;
    }
    add(std::move(text));
    ++cursor_.records;
    cursor_.key = key;
    return true;
  }

  bool rooms() {
    const auto& records = context_.state.room_records();
    for (auto at = records.upper_bound(cursor_.key); at != records.end(); ++at) {
      if (is_full() || !record(room_line(at->first, at->second), at->first)) return false;
    }
    return true;
  }

  bool others() {
    const bool roster_is_raw = !context_.pools.roster().doubt().empty();
    const auto& entries = context_.state.others();
    for (auto at = entries.upper_bound(cursor_.key); at != entries.end(); ++at) {
      const std::string& key = at->first;
      if (key == provenance_key || (key.starts_with("pool.") && !roster_is_raw)) continue;
      if (is_full()) return false;
      const StateLine line =
          key.starts_with("pool.") ? raw_line(key, at->second) : entry_line(key, at->second);
      if (!record(line, key)) return false;
    }
    return true;
  }

  /// Rooms that follow each other and live in the same pool are one line.
  bool pools() {
    if (!context_.pools.roster().doubt().empty()) return true;
    const auto& rooms = context_.pools.seen().roster.rooms;
    auto at = rooms.begin();
    if (!cursor_.key.empty()) {
      at = std::upper_bound(rooms.begin(), rooms.end(), cursor_.key,
                            [](const std::string& key, const policies::PooledRoom& room) {
                              return key < room.id.text();
                            });
    }
    while (at != rooms.end()) {
      if (is_full()) return false;
      json ids = json::array();
      const policies::PooledRoom& first = *at;
      const std::string* last = nullptr;
      for (; at != rooms.end() && ids.size() < rooms_of_a_line && *at->pool == *first.pool &&
             at->owner == first.owner;
           ++at) {
        ids.push_back(at->id.text());
        last = &at->id.text();
      }
      const json value{{"owner", first.owner == policies::RoomOwner::file ? "file" : "api"},
                       {"rooms", std::move(ids)}};
      if (!record({.kind = StateKind::pool,
                   .id = *first.pool,
                   .value = value.dump(-1, ' ', false, json::error_handler_t::replace)},
                  *last))
        return false;
    }
    return true;
  }

  bool holds() {
    const auto& all = context_.holds.holds();
    for (auto at = all.upper_bound(cursor_.key); at != all.end(); ++at) {
      if (is_full() || !record(hold_line(at->second), at->first)) return false;
    }
    return true;
  }

  AdminContext& context_;
  Cursor cursor_;
  std::uint64_t limit_;
  api::StateExportReply page_;
  std::size_t bytes_ = 0;
  std::string too_long_;
};

}  // namespace

KnownSpans known_until(const AdminContext& context, policies::WallTime now) {
  KnownSpans spans;
  const auto found = context.state.others().find(provenance_key);
  if (found != context.state.others().end()) {
    if (auto earlier = decode_provenance(found->second)) spans = *std::move(earlier);
  }
  const policies::WallTime until = now - clocks_apart;
  const policies::WallTime from = context.state.bucket_created();
  if (from < until) spans.push_back({.from = from, .to = until});
  std::erase_if(spans, [until](const KnownSpan& span) { return span.to > until; });
  return joined(std::move(spans));
}

void admin_state_export(AdminContext& context, const AdminRequest& request,
                        const AdminReply& reply) {
  const auto wanted = api::decode<api::StateExportRequest>(request.body);
  if (!wanted) return reply(tl::unexpected(wanted.error()));
  // Holds are known to the leader alone, and what others have read is some seconds old.
  if (context.lease.role() == LeaseKeeper::Role::watching) return reply(not_leading(context));
  if (const std::string halted = context.halted(); !halted.empty())
    return reply(refuse(ApiCode::not_ready, halted));
  const bool roster_read =
      context.pools.seen().roster.known || !context.pools.roster().doubt().empty();
  if (!context.state.loaded() || !roster_read)
    return reply(refuse(ApiCode::not_ready, "the state has not been read yet; try again"));
  Cursor cursor;
  if (!wanted->after.empty() && !parse_cursor(wanted->after, cursor))
    return reply(refuse(ApiCode::bad_request, "after: expected `next` of the page before"));
  Page page(context, std::move(cursor), std::max<std::uint64_t>(wanted->limit, 3));
  if (wanted->after.empty()) page.begin(context.inventory.server_now());
  const bool whole = page.fill();
  reply(page.finish(whole));
}

}  // namespace roomkeeper::sidecar
