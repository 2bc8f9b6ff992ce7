#include "sidecar/hold_look.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <utility>

#include "sidecar/nats/message_count.h"

namespace roomkeeper::sidecar {

namespace {

using nats::StoredMessage;
using nats::StreamSight;
using policies::Result;

using OptionalMessage = std::optional<StoredMessage>;

struct Walk {
  nats::JetStream& js;
  nats::Priority priority;
  HeldPlace place;
  nats::Done<HoldLook> done;
  HoldLook look;
};
using SharedWalk = std::shared_ptr<Walk>;

bool is_gone(const policies::Error& error) {
  return error.server_code == nats::server_code::stream_not_found;
}

void fail(const SharedWalk& walk, const policies::Error& error) {
  walk->done(policies::pass(error));
}

/// The message with this very sequence. What is not there, the stream included, is no error.
void ask_exactly(const SharedWalk& walk, const std::string& stream, std::uint64_t seq,
                 std::function<void(const OptionalMessage&)> then) {
  walk->js.message_from(
      walk->priority, stream, seq,
      [walk, seq, then = std::move(then)](const Result<OptionalMessage>& message) {
        if (!message && !is_gone(message.error())) return fail(walk, message.error());
        const bool there = message && *message && (*message)->seq == seq;
        then(there ? *message : std::nullopt);
      });
}

void count(const SharedWalk& walk, const std::string& stream, const std::string& filter,
           std::uint64_t from, std::function<void(std::uint64_t)> then) {
  nats::count_messages(walk->js, walk->priority, stream, filter, from,
                       [walk, then = std::move(then)](const Result<std::uint64_t>& messages) {
                         if (!messages) return fail(walk, messages.error());
                         then(*messages);
                       });
}

// ---- a room with a stream of its own

/// Both streams' message with the copy's last sequence.
void compare_last(const SharedWalk& walk) {
  const policies::SequenceSet& origin = walk->look.origin->stored;
  const std::uint64_t last = walk->look.copy->stored.last_seq;
  if (last < origin.first_seq || last > origin.last_seq) return walk->done(walk->look);
  ask_exactly(walk, walk->place.copy, last, [walk, last](const OptionalMessage& in_copy) {
    if (!in_copy) return walk->done(walk->look);
    walk->look.copy->stored.last_time = in_copy->time;
    ask_exactly(walk, walk->place.stream, last, [walk](const OptionalMessage& in_room) {
      if (in_room) walk->look.same_last = in_room->time;
      walk->done(walk->look);
    });
  });
}

void compare_first(const SharedWalk& walk) {
  const HoldLook& look = walk->look;
  const bool comparable = look.origin && look.copy && look.origin->stored.messages > 0 &&
                          look.copy->stored.messages > 0 &&
                          look.copy->stored.last_seq >= look.origin->stored.first_seq;
  if (!comparable) return walk->done(walk->look);
  ask_exactly(walk, walk->place.copy, look.origin->stored.first_seq,
              [walk](const OptionalMessage& message) {
                if (message) walk->look.same_first = message->time;
                compare_last(walk);
              });
}

// ---- a room in a pool

/// Which of the messages that were deleted from the pool one by one the copy has.
void look_for_deleted(const SharedWalk& walk) {
  const policies::RoomInPool& room = *walk->look.room;
  const std::vector<std::uint64_t>& deleted = walk->look.origin->stored.deleted;
  const auto begin = std::lower_bound(deleted.begin(), deleted.end(), room.first_seq);
  const auto end = std::upper_bound(begin, deleted.end(), room.last_seq);
  if (deleted.size() != walk->look.origin->stored.deleted_count) return walk->done(walk->look);
  const SearchedCopy copy{.stream = walk->place.copy,
                          .created = walk->look.copy->stream.stored.created,
                          .last_seq = walk->look.copy->stored.last_seq,
                          .known = walk->place.known};
  count_stored(walk->js, walk->priority, copy, {begin, end},
               [walk](const Result<std::optional<std::uint64_t>>& stored) {
                 if (!stored) return fail(walk, stored.error());
                 walk->look.in_copy.knows_only_here = stored->has_value();
                 walk->look.in_copy.only_here = stored->value_or(0);
                 walk->done(walk->look);
               });
}

/// From the room's first message to its last one. What comes in meanwhile can only make it fewer.
void count_copied(const SharedWalk& walk) {
  const policies::RoomInPool& room = *walk->look.room;
  count(walk, walk->place.copy, {}, room.first_seq, [walk](std::uint64_t from_first) {
    const std::uint64_t behind_last = walk->look.room->last_seq + 1;
    count(walk, walk->place.copy, {}, behind_last, [walk, from_first](std::uint64_t behind) {
      walk->look.in_copy.messages = from_first - std::min(from_first, behind);
      look_for_deleted(walk);
    });
  });
}

void compare_ends(const SharedWalk& walk) {
  const policies::RoomInPool& room = *walk->look.room;
  HoldLook& look = walk->look;
  look.in_copy.last_seq = look.copy->stored.last_seq;
  const bool nothing_copied =
      look.copy->stored.messages == 0 || look.in_copy.last_seq < room.first_seq;
  if (room.first_seq == 0 || nothing_copied) return walk->done(look);
  ask_exactly(walk, walk->place.copy, room.first_seq, [walk](const OptionalMessage& first) {
    if (first) walk->look.in_copy.same_first = first->time;
    ask_exactly(walk, walk->place.copy, walk->look.room->last_seq,
                [walk](const OptionalMessage& last) {
                  if (last) walk->look.in_copy.same_last = last->time;
                  count_copied(walk);
                });
  });
}

// ---- both

void see_copy(const SharedWalk& walk) {
  const bool pooled = !walk->place.filter.empty();
  nats::look_at_stream(walk->js, walk->priority, walk->place.copy,
                       pooled ? nats::Holes::only_counted : nats::Holes::listed,
                       [walk, pooled](Result<StreamSight> seen) {
                         if (!seen && !is_gone(seen.error())) return fail(walk, seen.error());
                         if (seen) walk->look.copy = std::move(*seen);
                         if (!pooled) return compare_first(walk);
                         if (!walk->look.copy || !walk->look.room) return walk->done(walk->look);
                         compare_ends(walk);
                       });
}

void see_origin(const SharedWalk& walk) {
  nats::look_at_stream(walk->js, walk->priority, walk->place.stream,
                       [walk](Result<StreamSight> seen) {
                         if (!seen && !is_gone(seen.error())) return fail(walk, seen.error());
                         if (seen) walk->look.origin = std::move(*seen);
                         if (!seen) walk->look.room.reset();
                         if (walk->look.room)
                           walk->look.room->pool_first_seq = walk->look.origin->stored.first_seq;
                         see_copy(walk);
                       });
}

void see_first(const SharedWalk& walk) {
  walk->js.message_from(walk->priority, walk->place.stream, 1, walk->place.filter,
                        [walk](const Result<OptionalMessage>& first) {
                          if (!first)
                            return is_gone(first.error()) ? see_origin(walk)
                                                          : fail(walk, first.error());
                          if (!*first)
                            return see_origin(walk);  // gone since its last message was asked for
                          policies::RoomInPool& room = *walk->look.room;
                          room.first_seq = (*first)->seq;
                          room.first_time = (*first)->time;
                          count(walk, walk->place.stream, walk->place.filter, room.first_seq,
                                [walk](std::uint64_t messages) {
                                  walk->look.room->messages = messages;
                                  see_origin(walk);
                                });
                        });
}

/// The last message first: what comes in later is not waited for. The pool's deleted sequences come
/// last, so that none of them is missed.
void see_room(const SharedWalk& walk) {
  walk->look.room.emplace();
  walk->js.last_of_subject(walk->priority, walk->place.stream, walk->place.filter,
                           [walk](const Result<OptionalMessage>& last) {
                             if (!last)
                               return is_gone(last.error()) ? see_origin(walk)
                                                            : fail(walk, last.error());
                             if (!*last) return see_origin(walk);
                             walk->look.room->last_seq = (*last)->seq;
                             walk->look.room->last_time = (*last)->time;
                             see_first(walk);
                           });
}

}  // namespace

policies::CoverVerdict HoldLook::cover(std::uint64_t up_to) const {
  if (!copy) return {.coverage = policies::Coverage::behind, .missing = 0, .why = "no copy"};
  if (!origin) return {.coverage = policies::Coverage::complete, .missing = 0, .why = {}};
  policies::CoverVerdict verdict =
      room ? policies::check_filtered_cover(*room, in_copy, up_to)
           : policies::check_cover(origin->stored, copy->stored, same_first, up_to, same_last);
  if (verdict.coverage != policies::Coverage::complete && !copy->mirror_error.empty())
    verdict.why += "; the server says: " + copy->mirror_error;
  return verdict;
}

std::uint64_t HoldLook::messages() const {
  if (room) return room->messages;
  return origin ? origin->stored.messages : 0;
}

bool HoldLook::waits_for_copy() const {
  return room && copy && room->first_seq != 0 && in_copy.last_seq < room->last_seq;
}

void look_at_hold(nats::JetStream& js, nats::Priority priority, const HeldPlace& place,
                  const HoldLook* room, nats::Done<HoldLook> done) {
  const auto walk = std::make_shared<Walk>(Walk{js, priority, place, std::move(done), {}});
  if (room != nullptr && room->room) {
    walk->look.origin = room->origin;
    walk->look.room = room->room;
    return see_copy(walk);
  }
  place.filter.empty() ? see_origin(walk) : see_room(walk);
}

}  // namespace roomkeeper::sidecar
