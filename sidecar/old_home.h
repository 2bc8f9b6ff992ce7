// Takes away the old home of a room that was moved: its own stream, or its messages in a pool.
//
// As guarded as any removal: the stream has to be the one that was seen, nothing of it may be newer
// than what was copied, holds are asked, and the removal of a stream is counted. Thread: the
// loop's.
#ifndef ROOMKEEPER_SIDECAR_OLD_HOME_H_
#define ROOMKEEPER_SIDECAR_OLD_HOME_H_

#include <cstdint>
#include <functional>
#include <string>

#include "policies/ids.h"
#include "policies/time.h"
#include "sidecar/applied.h"
#include "sidecar/lifetime.h"
#include "sidecar/move_parts.h"

namespace roomkeeper::sidecar {

struct OldHome {
  policies::RoomId room;
  std::string stream;
  std::string filter;  ///< the room's subject in a pool; empty: the stream is the room's own
  policies::WallTime created{};  ///< of the stream
  std::uint64_t up_to = 0;       ///< inclusive: what is newer stays
};

class OldHomeRemoval {
 public:
  using Done = std::function<void(Applied)>;

  explicit OldHomeRemoval(MoveParts& parts) : parts_(parts) {}

  /// Reasons where it was not done: not_empty (something newer has come in), removal_guard,
  /// hold_copying and hold_behind, stream_recreated, server_timeout, server_refused. A stream that
  /// is gone already is done.
  void remove(const OldHome& home, Done done);
  /// Purges what a room has in a stream up to `home.up_to`, also where the stream is its own.
  void purge(const OldHome& home, Done done);

 private:
  void look(const OldHome& home, bool once_more, Done done);
  void enter(const OldHome& home, std::uint64_t last_seq, Done done);
  void count(const OldHome& home, Done done);
  void send(const OldHome& home, Done done);
  void leave(const OldHome& home);

  MoveParts& parts_;
  Lifetime lifetime_;
};

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_OLD_HOME_H_
