// Sends the rooms of a file to the daemon: one bounded batch at a time, again where that may help,
// until all have an outcome or the user has enough.
//
// What was defined stays: sent again it is `unchanged`, so that a run that ended early is gone on
// with by running it again. Thread: the program's only one.
#ifndef ROOMKEEPER_CLI_ROOM_SENDER_H_
#define ROOMKEEPER_CLI_ROOM_SENDER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "api/bulk.h"
#include "cli/command.h"
#include "cli/room_file.h"

namespace roomkeeper::cli {

struct SentRooms {
  std::uint64_t created = 0, updated = 0, unchanged = 0;
  std::vector<RefusedRoom> refused;
  std::uint64_t left = 0;      ///< without an outcome
  bool interrupted = false;    ///< by the user
  api::ApiError last_error{};  ///< why the rest was given up; its message is empty when it was not
};

class RoomSender {
 public:
  RoomSender(const Invocation& invocation, bool dry_run)
      : invocation_(invocation), dry_run_(dry_run) {}

  SentRooms send(const std::vector<FileRoom>& rooms);

 private:
  using Batch = std::vector<const FileRoom*>;

  Batch next_batch();
  bool send_batch(const Batch& batch);
  void take(const Batch& batch, const api::PutReply& reply);
  bool rest(const api::ApiError& error);

  const Invocation& invocation_;
  bool dry_run_;
  std::vector<const FileRoom*> waiting_;  ///< the next one last
  int failures_ = 0;                      ///< in a row
  SentRooms result_;
};

}  // namespace roomkeeper::cli

#endif  // ROOMKEEPER_CLI_ROOM_SENDER_H_
