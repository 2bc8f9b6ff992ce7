// Reads a room's stream in order, from a point on: what is stored, then what comes.
//
// An ordered consumer: ephemeral, no acknowledgements. A gap in its sequence, missed heartbeats or
// a lost connection make a new one after the last message that was taken, so nothing is missed or
// shown twice. Thread: the session's.
#ifndef ROOMKEEPER_CLI_ROOM_READER_H_
#define ROOMKEEPER_CLI_ROOM_READER_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "api/types.h"
#include "cli/session.h"
#include "cli/stream_json.h"
#include "policies/time.h"
#include "sidecar/message_bus.h"

namespace roomkeeper::cli {

struct RoomMessage {
  std::uint64_t seq = 0;
  policies::WallTime time{};  ///< the server's
  std::string subject;
  std::string data;
};

/// What to read: the newest `last` messages, or everything since a time; then what comes, if
/// `follow`.
struct ReadRange {
  std::uint64_t last = 10;
  std::optional<policies::WallTime> since;
  bool follow = true;
};

class RoomReader {
 public:
  using Take = std::function<bool(const RoomMessage&)>;  ///< false: enough

  /// The session must outlive the reader. `subject`: what of the stream is the room's.
  RoomReader(Session& session, std::string stream, std::string subject);
  ~RoomReader();
  RoomReader(const RoomReader&) = delete;
  RoomReader& operator=(const RoomReader&) = delete;

  /// Returns when the range is read, `take` said enough, or the session was interrupted. Errors:
  /// not_connected, timeout, refused (the server says why), room_not_found (no such stream, also
  /// when it is removed meanwhile).
  api::ApiResult<void> read(const ReadRange& range, const Take& take);

 private:
  using Inbox = std::deque<sidecar::Message>;
  enum class Step : std::uint8_t { go_on, reopen, finished };

  api::ApiResult<StreamState> stream_state();
  api::ApiResult<void> open();
  api::ApiResult<void> reopen(bool follow);
  void close();
  Step handle(const sidecar::Message& message, const ReadRange& range, const Take& take);
  bool deliver(const Take& take);

  Session& session_;
  const std::string stream_;
  const std::string subject_;
  ConsumerStart next_;
  std::uint64_t consumer_seq_ = 0;
  std::uint64_t connections_ = 0;   ///< reconnects when the consumer was made
  std::uint64_t stored_until_ = 0;  ///< the last sequence when reading began
  std::size_t keep_ = 0;            ///< of what is stored only the newest so many; 0: all
  std::deque<RoomMessage> stored_;  ///< not taken yet
  bool past_stored_ = false;
  sidecar::SubscriptionId subscription_ = 0;
  std::shared_ptr<Inbox> inbox_;
};

}  // namespace roomkeeper::cli

#endif  // ROOMKEEPER_CLI_ROOM_READER_H_
