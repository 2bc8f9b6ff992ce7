#include "policies/hold.h"

#include <algorithm>
#include <array>

namespace roomkeeper::policies {

namespace {

constexpr std::array<std::string_view, hold_state_count> hold_state_names = {
    "copying", "held", "lagging", "orphaned", "broken"};

/// How many messages `set` stores with from <= sequence <= to.
std::uint64_t stored_between(const SequenceSet& set, std::uint64_t from, std::uint64_t to) {
  if (set.messages == 0) return 0;
  const std::uint64_t low = std::max(from, set.first_seq);
  const std::uint64_t high = std::min(to, set.last_seq);
  if (low > high) return 0;
  const auto begin = std::lower_bound(set.deleted.begin(), set.deleted.end(), low);
  const auto end = std::upper_bound(begin, set.deleted.end(), high);
  const std::uint64_t span = high - low + 1;
  const auto holes = static_cast<std::uint64_t>(end - begin);
  return holes >= span ? 0 : span - holes;
}

/// Holes of the copy in [from, to] that are none in the origin.
std::uint64_t holes_of_its_own(const SequenceSet& origin, const SequenceSet& copy,
                               std::uint64_t from, std::uint64_t to) {
  const auto begin = std::lower_bound(copy.deleted.begin(), copy.deleted.end(), from);
  const auto end = std::upper_bound(begin, copy.deleted.end(), to);
  return static_cast<std::uint64_t>(std::count_if(begin, end, [&](std::uint64_t seq) {
    return !std::binary_search(origin.deleted.begin(), origin.deleted.end(), seq);
  }));
}

bool shows_all_holes(const SequenceSet& set) {
  return set.deleted.size() == set.deleted_count;
}

CoverVerdict behind(std::uint64_t missing, std::string why) {
  return {.coverage = Coverage::behind, .missing = missing, .why = std::move(why)};
}

CoverVerdict damaged(std::string why) {
  return {.coverage = Coverage::damaged, .missing = 0, .why = std::move(why)};
}

std::uint64_t count_missing(const SequenceSet& origin, const SequenceSet& copy,
                            std::uint64_t last) {
  if (copy.messages == 0) return stored_between(origin, origin.first_seq, last);
  std::uint64_t missing = 0;
  if (copy.first_seq > origin.first_seq)
    missing += stored_between(origin, origin.first_seq, std::min(copy.first_seq - 1, last));
  if (copy.last_seq < last) missing += stored_between(origin, copy.last_seq + 1, last);
  const std::uint64_t from = std::max(origin.first_seq, copy.first_seq);
  return missing + holes_of_its_own(origin, copy, from, std::min(last, copy.last_seq));
}

constexpr const char* not_caught_up = "the copy has not caught up";
constexpr const char* left_out =
    "the server left messages out of the copy (nats-server 2.10 does not copy messages with "
    "Nats-Expected headers)";
constexpr const char* renumbered =
    "the copy has another message with one of the room's sequences: nats-server 2.10 left a "
    "message with Nats-Expected headers out and renumbered the following ones, or the stream was "
    "made anew with sequences that had been used";

}  // namespace

std::string hold_stream_name(std::string_view room) {
  return std::string(hold_prefix).append(room);
}

CoverVerdict check_cover(const SequenceSet& origin, const SequenceSet& copy,
                         std::optional<WallTime> same_first, std::uint64_t up_to,
                         std::optional<WallTime> same_last) {
  const CoverVerdict complete{.coverage = Coverage::complete, .missing = 0, .why = {}};
  if (origin.messages == 0 || up_to <= origin.first_seq) return complete;
  if (!shows_all_holes(origin) || !shows_all_holes(copy))
    return {.coverage = Coverage::behind,
            .missing = 0,
            .why = "the server did not list the deleted sequences, so nothing is proven"};
  if (copy.messages > 0 &&
      (copy.first_seq > copy.last_seq || copy.messages > copy.last_seq - copy.first_seq + 1))
    return damaged("the copy's sequences went back: the room's stream was made anew from 1");
  if (same_first && *same_first != origin.first_time)
    return damaged(
        "the copy has another message with the room's first sequence: the room's stream "
        "was made anew with sequences that had been used");
  if (same_last && *same_last != copy.last_time) return damaged(renumbered);
  const std::uint64_t missing = count_missing(origin, copy, std::min(up_to - 1, origin.last_seq));
  if (missing == 0) return complete;
  const bool holes = copy.messages > 0 && copy.last_seq >= std::min(up_to - 1, origin.last_seq);
  return {
      .coverage = Coverage::behind, .missing = missing, .why = holes ? left_out : not_caught_up};
}

CoverVerdict check_filtered_cover(const RoomInPool& room, const CopyOfRoom& copy,
                                  std::uint64_t up_to) {
  const CoverVerdict complete{.coverage = Coverage::complete, .missing = 0, .why = {}};
  if (room.first_seq == 0 || up_to <= room.first_seq) return complete;
  if ((copy.same_first && *copy.same_first != room.first_time) ||
      (copy.same_last && *copy.same_last != room.last_time))
    return damaged(renumbered);
  if (room.last_seq < room.first_seq || room.pool_first_seq > room.first_seq)
    return behind(0, "the room changed while it was looked at");
  // What the pool has not any more fills no gap: of the room's own messages the copy has the rest.
  const std::uint64_t of_room = copy.messages - std::min(copy.messages, copy.only_here);
  const std::uint64_t missing = room.messages - std::min(room.messages, of_room);
  if (copy.last_seq < room.last_seq)
    return behind(std::max<std::uint64_t>(1, missing), not_caught_up);
  if (missing > 0) return behind(missing, left_out);
  if (!copy.same_first || !copy.same_last) return behind(1, left_out);
  if (!copy.knows_only_here) {
    return behind(0,
                  "too many messages were deleted one by one from the pool to tell which of them "
                  "the copy has, so nothing is proven");
  }
  return complete;
}

std::string_view to_string(HoldState state) {
  return hold_state_names.at(static_cast<std::size_t>(state));
}

std::optional<HoldState> parse_hold_state(std::string_view name) {
  const auto found = std::find(hold_state_names.begin(), hold_state_names.end(), name);
  if (found == hold_state_names.end()) return std::nullopt;
  return static_cast<HoldState>(found - hold_state_names.begin());
}

std::string copy_defect(const CopyTraits& traits, std::string_view origin,
                        std::string_view filter) {
  if (traits.origin.empty()) return "it is no copy any more: its mirror was removed";
  if (traits.origin != origin) return "it is a copy of " + traits.origin;
  if (traits.filter != filter || traits.filtered) return "it copies only a part of the room";
  if (!traits.deny_purge || !traits.deny_delete) return "its messages can be deleted";
  if (traits.limited) return "it has a limit, so that the server removes messages of it";
  if (traits.memory) return "it is kept in memory";
  if (traits.mirror_direct)
    return "it answers direct gets for the room, so that purged messages can still be read there "
           "(mirror_direct)";
  return {};
}

}  // namespace roomkeeper::policies
