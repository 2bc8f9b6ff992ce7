// Names on the wire (design.md, "Names on the wire") and what may be matched by what.
//
// Prefixes are configurable; the defaults stand here. Thread: any; immutable after construction.
#ifndef ROOMKEEPER_POLICIES_SUBJECTS_H_
#define ROOMKEEPER_POLICIES_SUBJECTS_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policies/ids.h"

namespace roomkeeper::policies {

struct Names {
  std::string chat_prefix = "chat";               ///< `chat.<room>.<user>`
  std::string stream_prefix = "ROOM_";            ///< stream `ROOM_<room>`
  std::string pool_prefix = "POOL_";              ///< stream `POOL_<pool>`
  std::string admin_prefix = "roomkeeper.admin";  ///< admin API `roomkeeper.admin.<verb>`
  std::string user_prefix = "rooms";              ///< user API and notices `rooms.<user>.<verb>`
  std::string state_bucket = "roomkeeper";        ///< KV bucket, stream `KV_roomkeeper`
  std::vector<std::string> inbox_prefixes = {"_INBOX.", "_INBOX_", "_R_."};

  std::string stream_of(const RoomId& room) const;       ///< ROOM_general
  std::string stream_subject(const RoomId& room) const;  ///< chat.general.*
  std::string publish_subject(const RoomId& room,
                              std::string_view user) const;  ///< chat.general.bob
  std::string publish_pattern(const RoomId& room) const;     ///< chat.general.{user}
  std::string subscribe_subject(const RoomId& room) const;   ///< chat.general.*

  // The same for the rooms of a pool; an empty `pool` is a dedicated room.
  std::string pool_stream(std::string_view pool) const;   ///< POOL_lobby
  std::string pool_subject(std::string_view pool) const;  ///< chat.lobby.*.*
  std::string stream_of(const RoomId& room, std::string_view pool) const;
  std::string publish_subject(const RoomId& room, std::string_view pool,
                              std::string_view user) const;  ///< chat.lobby.general.bob
  std::string publish_pattern(const RoomId& room, std::string_view pool) const;
  std::string subscribe_subject(const RoomId& room, std::string_view pool) const;
  /// The pool of a stream name of ours; empty when the name is none of a pool.
  std::optional<std::string> pool_of_stream(std::string_view stream) const;
  /// The room of a subject `chat.<pool>.<room>.<user>`; empty: the subject is not of that pool.
  std::string_view room_in_pool(std::string_view subject, std::string_view pool) const;

  std::string notice_subject(const UserId& user) const;  ///< rooms.bob.notice
  std::string state_stream() const;                      ///< KV_roomkeeper
  /// The room of a stream name of ours; empty when the name is none of ours.
  std::optional<RoomId> room_of_stream(std::string_view stream) const;
  /// True when `reply` lies under one of inbox_prefixes and has no wildcard: only such a request is
  /// answered (design.md, "Trust").
  bool is_trusted_reply(std::string_view reply) const;
};

/// NATS subject syntax: tokens are not empty, no spaces; wildcards only as whole tokens, '>' last.
bool is_valid_subject(std::string_view subject, bool allow_wildcards);
/// True when at least one literal subject matches both patterns.
bool subjects_overlap(std::string_view a, std::string_view b);
/// True when every subject matched by `inner` is matched by `outer`.
bool subject_contains(std::string_view outer, std::string_view inner);
/// Shell-like glob for ids and names of users: `*`, and `?` for one character of UTF-8;
/// case-sensitive. Bounded time for any pattern.
bool glob_matches(std::string_view pattern, std::string_view text);

}  // namespace roomkeeper::policies

#endif  // ROOMKEEPER_POLICIES_SUBJECTS_H_
