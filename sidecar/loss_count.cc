#include "sidecar/loss_count.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "sidecar/room_view.h"

namespace roomkeeper::sidecar {
namespace {

using policies::ObservedStream;
using policies::RetentionRule;
using policies::RoomSpec;
using policies::StreamSettings;
using policies::WallTime;

constexpr std::size_t asked_max = 100;

/// Messages above a count limit; 0 when it does not bind.
std::uint64_t above(std::uint64_t stored, std::int64_t limit) {
  return limit > 0 && stored > static_cast<std::uint64_t>(limit)
             ? stored - static_cast<std::uint64_t>(limit)
             : 0;
}

/// By messages and bytes; bytes as if all messages were of the same size.
std::uint64_t by_limits(const ObservedStream& stream, const StreamSettings& wanted) {
  std::uint64_t gone = above(stream.stored.messages, wanted.max_messages);
  const std::uint64_t bytes = above(stream.bytes, wanted.max_bytes);
  if (bytes > 0 && stream.bytes > 0) {
    const double share = static_cast<double>(bytes) / static_cast<double>(stream.bytes);
    gone = std::max(
        gone, static_cast<std::uint64_t>(share * static_cast<double>(stream.stored.messages)));
  }
  return std::min(gone, stream.stored.messages);
}

/// What is older than this goes under the new rule, at once.
std::optional<WallTime> end_of(const RetentionRule& rule, WallTime now) {
  if (const auto* midnight = std::get_if<policies::UntilMidnight>(&rule))
    return policies::boundary(*midnight, now);
  if (const auto* age = std::get_if<policies::KeepFor>(&rule)) return now - age->age;
  return std::nullopt;
}

bool is_lossy(const api::PlanEntry& entry) {
  return std::any_of(entry.fields.begin(), entry.fields.end(),
                     [](const api::PlanField& field) { return field.lossy; });
}

/// Counts down to `done`.
struct Round {
  std::size_t open = 1;
  std::function<void()> done;
  void finish() {
    if (--open == 0) done();
  }
};

void count_one(AdminContext& context, const std::shared_ptr<api::PlanReply>& page,
               std::size_t index, const std::shared_ptr<Round>& round) {
  api::PlanEntry& entry = page->entries[index];
  const policies::Result<policies::RoomId> id = policies::RoomId::parse(entry.room);
  const RoomSpec* room = id ? context.rooms.desired().find(*id) : nullptr;
  const ObservedStream* stream = id ? stream_of(context, *id) : nullptr;
  if (room == nullptr || stream == nullptr) return;
  const std::uint64_t by_count = by_limits(*stream, room->settings->stream);
  entry.would_go = by_count;
  const std::optional<WallTime> end =
      end_of(room->settings->retention, context.inventory.server_now());
  if (!end || stream->stored.messages == 0 || stream->stored.first_ts >= *end) return;
  if (stream->stored.last_ts < *end) {
    entry.would_go = stream->stored.messages;
    return;
  }
  ++round->open;
  nats::find_cut(
      context.js, nats::Priority::admin, stream->name, stream->stored, *end,
      [page, index, by_count, stored = stream->stored,
       round](const policies::Result<nats::Cut>& cut) {
        if (cut) {
          // Deleted messages below the cut make this an upper bound; it never exceeds what is
          // stored.
          const std::uint64_t below = cut->seq > stored.first_seq ? cut->seq - stored.first_seq : 0;
          page->entries[index].would_go = std::max(by_count, std::min(below, stored.messages));
        } else {
          page->entries[index].would_go.reset();
        }
        round->finish();
      });
}

}  // namespace

void count_losses(AdminContext& context, const std::shared_ptr<api::PlanReply>& page,
                  std::function<void()> done) {
  auto round = std::make_shared<Round>();
  round->done = std::move(done);
  std::size_t asked = 0;
  for (std::size_t index = 0; index < page->entries.size() && asked < asked_max; ++index) {
    if (!is_lossy(page->entries[index])) continue;
    ++asked;
    count_one(context, page, index, round);
  }
  round->finish();
}

}  // namespace roomkeeper::sidecar
