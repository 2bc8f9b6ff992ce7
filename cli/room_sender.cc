#include "cli/room_sender.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "cli/backend.h"
#include "cli/format.h"
#include "cli/progress.h"

namespace roomkeeper::cli {
namespace {

/// Below the server's max_payload with room to spare.
constexpr std::size_t batch_bytes = 256U << 10U;
constexpr int batch_failures_max = 6;
constexpr auto first_batch_rest = std::chrono::milliseconds(250);
constexpr auto between_batches = std::chrono::milliseconds(1);

/// Asked again it may go well.
bool is_passing_for_rooms(api::ApiCode code) {
  using api::ApiCode;
  return code == ApiCode::timeout || code == ApiCode::busy || code == ApiCode::not_ready ||
         code == ApiCode::not_connected || code == ApiCode::conflict;
}

bool is_passing_for_rooms(const std::string& code) {
  const auto known = api::parse_api_code(code);
  return known && is_passing_for_rooms(*known);
}

}  // namespace

RoomSender::Batch RoomSender::next_batch() {
  Batch batch;
  std::size_t bytes = 0;
  while (!waiting_.empty() && batch.size() < api::bulk_rooms_max) {
    const FileRoom* room = waiting_.back();
    if (!batch.empty() && bytes + room->json.size() > batch_bytes) break;
    bytes += room->json.size();
    batch.push_back(room);
    waiting_.pop_back();
  }
  return batch;
}

/// Rooms whose write has only not been confirmed wait for the next batch.
void RoomSender::take(const Batch& batch, const api::PutReply& reply) {
  api::ApiError passing;
  for (std::size_t i = batch.size(); i-- > 0;) {
    const FileRoom& room = *batch[i];
    if (i >= reply.rooms.size() || reply.rooms[i].id != room.id) {
      result_.refused.push_back({room.line, room.id, "internal", "the daemon said nothing of it"});
      continue;
    }
    const api::PutOutcome& outcome = reply.rooms[i];
    if (outcome.outcome == api::outcome::created) ++result_.created;
    if (outcome.outcome == api::outcome::updated) ++result_.updated;
    if (outcome.outcome == api::outcome::unchanged) ++result_.unchanged;
    if (outcome.outcome != api::outcome::refused) continue;
    if (is_passing_for_rooms(outcome.code)) {
      waiting_.push_back(&room);
      passing = {*api::parse_api_code(outcome.code), outcome.message, {}};
    } else {
      result_.refused.push_back({room.line, room.id, outcome.code, outcome.message});
    }
  }
  result_.last_error = std::move(passing);
}

/// Waits longer each time; false when that is enough.
bool RoomSender::rest(const api::ApiError& error) {
  result_.last_error = error;
  if (++failures_ > batch_failures_max || !is_passing_for_rooms(error.code)) return false;
  return invocation_.backend.pause(first_batch_rest * (1 << (failures_ - 1)));
}

bool RoomSender::send_batch(const Batch& batch) {
  api::PutRequest request;
  request.dry_run = dry_run_;
  request.rooms.reserve(batch.size());
  for (const FileRoom* room : batch) request.rooms.push_back(room->json);
  const auto reply = call<api::PutReply>(invocation_.backend, api::Verb::room_put, request);
  if (!reply) {
    waiting_.insert(waiting_.end(), batch.rbegin(), batch.rend());
    return rest(reply.error());
  }
  take(batch, *reply);
  if (!result_.last_error.message.empty()) return rest(api::ApiError(result_.last_error));
  failures_ = 0;
  return true;
}

SentRooms RoomSender::send(const std::vector<FileRoom>& rooms) {
  result_ = {};
  failures_ = 0;
  waiting_.clear();
  for (auto room = rooms.rbegin(); room != rooms.rend(); ++room) waiting_.push_back(&*room);
  Progress progress(invocation_.output, invocation_.backend.clock());
  bool going = true;
  while (going && !waiting_.empty()) {
    going = send_batch(next_batch());
    progress.show(format_count(rooms.size() - waiting_.size()) + " of " +
                  counted(rooms.size(), "room") + " sent");
    if (!invocation_.backend.pause(between_batches)) {
      result_.interrupted = !waiting_.empty();
      break;
    }
  }
  progress.end();
  result_.left = waiting_.size();
  if (result_.left == 0) result_.last_error = {};
  return std::move(result_);
}

}  // namespace roomkeeper::cli
