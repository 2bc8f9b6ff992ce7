#include "sidecar/state_import.h"

#include <algorithm>
#include <memory>
#include <utility>

#include <nlohmann/json.hpp>

#include "api/bulk.h"
#include "api/codec.h"
#include "api/jobs.h"
#include "config/room_text.h"
#include "policies/field_text.h"
#include "policies/rfc3339.h"
#include "sidecar/ban_record.h"
#include "sidecar/lowered_record.h"
#include "sidecar/removal_guard.h"
#include "sidecar/room_definitions.h"
#include "sidecar/state_record.h"

namespace roomkeeper::sidecar {
namespace {

using nlohmann::json;
using policies::Result;
using policies::RoomId;
using policies::RoomOwner;
using policies::RoomSpec;

namespace outcome = api::outcome;

void settle(ImportStep& step, std::string_view result, std::string reason = {}) {
  step.outcome.outcome = result;
  if (result == outcome::refused) step.outcome.code = to_string(api::ApiCode::bad_request);
  step.outcome.reason = std::move(reason);
}

std::string one_line(const api::ApiError& error) {
  if (error.details.empty()) return error.message;
  std::string text;
  for (const std::string& detail : error.details) text += (text.empty() ? "" : "; ") + detail;
  return text;
}

/// Nullopt: not the list of a pool's rooms.
std::optional<std::vector<RoomId>> rooms_of(const json& value) {
  const auto list = value.find("rooms");
  if (list == value.end() || !list->is_array() || list->empty()) return std::nullopt;
  std::vector<RoomId> rooms;
  for (const json& entry : *list) {
    const auto* text = entry.get_ptr<const json::string_t*>();
    if (text == nullptr) return std::nullopt;
    Result<RoomId> id = RoomId::parse(*text);
    if (!id) return std::nullopt;
    rooms.push_back(*std::move(id));
  }
  return rooms;
}

std::optional<RoomOwner> owner_of(const json& value) {
  const auto owner = value.find("owner");
  if (owner == value.end()) return std::nullopt;
  if (*owner == json("file")) return RoomOwner::file;
  if (*owner == json("api")) return RoomOwner::api;
  return std::nullopt;
}

}  // namespace

ImportJudge::ImportJudge(AdminContext& context, const api::StateImportRequest& request)
    : context_(context), request_(request) {
  for (const auto& [key, value] : context.state.others())
    bans_ += key.starts_with(ban_prefix) ? 1U : 0U;
}

ImportStep ImportJudge::judge(const StateLine& line) {
  ImportStep step;
  step.outcome.kind = to_string(line.kind);
  step.outcome.name = line.id;
  if (line.kind != StateKind::pool && !named_.insert(step.outcome.kind + " " + line.id).second) {
    settle(step, outcome::refused, "named more than once");
    return step;
  }
  switch (line.kind) {
    case StateKind::room:
      room(line, step);
      break;
    case StateKind::removal:
      removal(line, step);
      break;
    case StateKind::ban:
      ban(line, step);
      break;
    case StateKind::job:
      job(line, step);
      break;
    case StateKind::limits:
      limits(line, step);
      break;
    case StateKind::removals:
      removals(line, step);
      break;
    case StateKind::pool:
      pool(line, step);
      break;
    case StateKind::move:
      settle(step, outcome::skipped,
             "a move is not gone on with: what was copied and what was not is unknown now");
      break;
    case StateKind::hold:
      settle(step, outcome::skipped,
             "a hold is its stream, not a record: ask for it anew with `room hold` where the "
             "stream is gone");
      break;
    case StateKind::raw:
      // What it stood for is unknown from here on, and the doubt about it must stay.
      settle(step, outcome::refused, "it was not understood when it was exported");
      break;
    case StateKind::end:
      settle(step, outcome::refused, "the end stands before other lines");
      break;
  }
  return step;
}

/// True when what is there stays: it is the same, or may not be replaced.
bool ImportJudge::stays(const std::string& what, ImportStep& step) const {
  if (request_.replace) {
    settle(step, outcome::updated);
    return false;
  }
  settle(step, outcome::exists, what);
  return true;
}

void ImportJudge::room(const StateLine& line, ImportStep& step) {
  auto parsed = parse_room(context_, line.value);
  if (!parsed) return settle(step, outcome::refused, one_line(parsed.error()));
  if (parsed->id.text() != line.id)
    return settle(step, outcome::refused, "id: expected the id of the room in the line");
  if (context_.runtime.config->rooms.find(parsed->id) != nullptr) {
    return settle(step, outcome::exists,
                  "a file defines it: " + defined_where(context_, parsed->id));
  }
  const RoomSpec* before = context_.state.find_room(parsed->id);
  if (before != nullptr && config::same_definition(*parsed, *before))
    return settle(step, outcome::unchanged);
  if (const auto free = is_api_owned(context_, parsed->id); !free)
    return settle(step, outcome::refused, one_line(free.error()));
  if (context_.state.has_record(parsed->id)) {
    const bool removed = !context_.state.room_json(parsed->id);
    if (stays(removed ? "its removal is recorded" : "another definition is there", step)) return;
  } else {
    settle(step, outcome::created);
  }
  step.room = line.id;
  step.write = [this_state = &context_.state, room = std::move(*parsed), text = line.value](
                   StateKeeper::Done done) { this_state->put_room(room, text, std::move(done)); };
}

/// Recorded evidence that a room is to go: never taken over without being asked for.
void ImportJudge::removal(const StateLine& line, ImportStep& step) {
  const Result<RoomId> id = RoomId::parse(line.id);
  if (!id) return settle(step, outcome::refused, "id: " + id.error().text);
  if (context_.state.has_record(*id)) {
    return context_.state.room_json(*id)
               ? settle(step, outcome::exists, "the room is defined: `room rm` removes it")
               : settle(step, outcome::unchanged);
  }
  if (context_.runtime.config->rooms.find(*id) != nullptr)
    return settle(step, outcome::exists, "a file defines it: " + defined_where(context_, *id));
  if (!request_.removals)
    return settle(step, outcome::skipped, "it would remove the room: needs --removals");
  settle(step, outcome::created);
  step.room = line.id;
  step.write = [this_state = &context_.state, room = *id](StateKeeper::Done done) {
    this_state->record_removal(room, std::move(done));
  };
}

/// `value` under `key`, where it is not.
void ImportJudge::entry(const std::string& key, std::string value, bool may_replace,
                        ImportStep& step) {
  const auto& entries = context_.state.others();
  const auto found = entries.find(key);
  if (found == entries.end()) {
    settle(step, outcome::created);
  } else if (json::parse(found->second, nullptr, false) == json::parse(value, nullptr, false)) {
    return settle(step, outcome::unchanged);
  } else if (!may_replace) {
    return settle(step, outcome::exists, "what is there is newer, and is never replaced");
  } else if (stays("another one is there", step)) {
    return;
  }
  step.write = [this_state = &context_.state, key, text = std::move(value)](
                   StateKeeper::Done done) { this_state->put_entry(key, text, std::move(done)); };
}

void ImportJudge::ban(const StateLine& line, ImportStep& step) {
  const std::string key = std::string(ban_prefix) + line.id;
  const Result<api::BanView> ban = decode_ban(key, line.value);
  if (!ban) return settle(step, outcome::refused, ban.error().text);
  step.outcome.name = ban->user;
  if (ban->until <= context_.runtime.clock.wall())
    return settle(step, outcome::skipped, "it ended " + policies::format_rfc3339(ban->until));
  if (!context_.state.others().contains(key) && bans_ >= api::bans_max)
    return settle(step, outcome::refused, "no more bans are kept");
  entry(key, encode_ban(*ban), true, step);
  if (step.outcome.outcome == outcome::created) ++bans_;
}

/// Only as history: what a job has selected may be something else today, so none goes on.
void ImportJudge::job(const StateLine& line, ImportStep& step) {
  auto record = api::decode<api::JobRecord>(line.value);
  if (!record) return settle(step, outcome::refused, record.error().message);
  const auto state = api::parse_job_state(record->job.state);
  if (record->job.id != line.id || !state || (api::has_ended(*state) && !record->job.ended))
    return settle(step, outcome::refused, "the record contradicts itself");
  const std::string key = "job." + line.id;
  if (context_.state.others().contains(key)) return entry(key, line.value, false, step);
  const bool ended = api::has_ended(*state);
  if (!ended) {
    record->job.state = to_string(api::JobState::aborted);
    record->job.ended = context_.inventory.server_now();
    record->job.reason = to_string(policies::Reason::job_aborted);
    record->job.detail = "imported from a backup, where it had not ended: ask for it again";
  }
  entry(key, api::encode(*record), false, step);
  if (!ended) step.outcome.reason = "as aborted: it had not ended, and does not go on";
}

void ImportJudge::limits(const StateLine& line, ImportStep& step) {
  const auto entries = decode_lowered(line.value);
  if (!entries) return settle(step, outcome::refused, entries.error().text);
  entry(std::string(lowered_key), encode_lowered(*entries), true, step);
}

void ImportJudge::removals(const StateLine& line, ImportStep& step) {
  const auto newest = RemovalGuard::newest(line.value);
  if (!newest) return settle(step, outcome::refused, newest.error().text);
  constexpr auto hour = std::chrono::hours(1);
  if (*newest <= context_.inventory.server_now() - hour)
    return settle(step, outcome::skipped, "longer ago than an hour");
  entry(std::string(RemovalGuard::key), line.value, false, step);
}

// ---- pools

/// Why a room is not put into the pool; empty: it is.
std::string ImportJudge::why_not_pooled(const RoomId& room, RoomOwner owner,
                                        const std::string& pool) const {
  const RoomSpec* wanted = context_.runtime.config->rooms.find(room);
  if (wanted == nullptr) wanted = context_.state.find_room(room);
  if (wanted == nullptr) {
    return owner == RoomOwner::file && !request_.removals
               ? "no file names them any more, so their messages might go: needs --removals"
               : "";
  }
  const bool same = wanted->settings->layout == policies::Layout::pooled &&
                    wanted->settings->template_name == pool;
  return same ? "" : "they live elsewhere now";
}

void ImportJudge::pool(const StateLine& line, ImportStep& step) {
  const json value = json::parse(line.value, nullptr, false);
  const auto rooms = rooms_of(value);
  const auto owner = owner_of(value);
  if (!policies::is_name_token(line.id) || !rooms || !owner || value.size() != 2)
    return settle(step, outcome::refused, "expected owner (file or api) and rooms");
  const policies::PoolRoster& roster = context_.pools.seen().roster;
  if (!roster.known) return settle(step, outcome::refused, "the roster of the pools is not known");
  const auto pool = std::make_shared<const std::string>(line.id);
  std::size_t there = 0;
  std::size_t left = 0;
  std::string why;
  for (const RoomId& room : *rooms) {
    if (roster.find(room) != nullptr) {
      ++there;
    } else if (std::string reason = why_not_pooled(room, *owner, line.id); !reason.empty()) {
      ++left;
      why = std::move(reason);
    } else if (!pooled_.insert(room).second) {
      ++left;
      why = "named more than once";
    } else {
      step.roster.push_back({.room = room, .pool = pool, .owner = *owner});
    }
  }
  std::string text = std::to_string(step.roster.size()) + " rooms put into it";
  if (there > 0) text += ", " + std::to_string(there) + " are in a pool";
  if (left > 0) text += ", " + std::to_string(left) + " left out: " + why;
  settle(step,
         !step.roster.empty() ? outcome::created
         : left > 0           ? outcome::skipped
                              : outcome::unchanged,
         std::move(text));
}

}  // namespace roomkeeper::sidecar
