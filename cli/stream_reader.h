// Reads a stream in order, from a point on: what is stored, then what comes. For rooms and the
// audit.
//
// An ordered consumer: ephemeral, no acknowledgements. A gap in its sequence, missed heartbeats or
// a lost connection make a new one after the last message that was taken, so nothing is missed or
// shown twice. Thread: the session's.
#ifndef ROOMKEEPER_CLI_STREAM_READER_H_
#define ROOMKEEPER_CLI_STREAM_READER_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "api/types.h"
#include "cli/read_range.h"
#include "cli/session.h"
#include "cli/stream_json.h"
#include "policies/time.h"
#include "sidecar/message_bus.h"

namespace roomkeeper::cli {

struct StreamMessage {
  std::uint64_t seq = 0;
  policies::WallTime time{};  ///< the server's
  std::string subject;
  std::string data;
  std::string id;  ///< the header Nats-Msg-Id; empty: none
};

class StreamReader {
 public:
  using Take = std::function<bool(const StreamMessage&)>;  ///< false: enough
  using Wanted = std::function<bool(const StreamMessage&)>;

  /// The session must outlive the reader. `subject`: what of the stream is read. `wanted`: which
  /// messages count for `last` and are taken; empty: all, and then `subject` must match all or
  /// nearly all that is stored.
  StreamReader(Session& session, std::string stream, std::string subject, Wanted wanted = {});
  ~StreamReader();
  StreamReader(const StreamReader&) = delete;
  StreamReader& operator=(const StreamReader&) = delete;

  /// Returns when the range is read, `take` said enough, or the session was interrupted. Errors:
  /// not_connected, timeout, refused (the server says why), room_not_found (no
  /// such stream, also when it is removed meanwhile).
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
  const Wanted wanted_;
  ConsumerStart next_;
  std::uint64_t consumer_seq_ = 0;
  std::uint64_t connections_ = 0;     ///< reconnects when the consumer was made
  std::uint64_t stored_until_ = 0;    ///< the last sequence when reading began
  std::size_t keep_ = 0;              ///< of what is stored only the newest so many; 0: all
  std::deque<StreamMessage> stored_;  ///< not taken yet
  bool past_stored_ = false;
  sidecar::SubscriptionId subscription_ = 0;
  std::shared_ptr<Inbox> inbox_;
};

}  // namespace roomkeeper::cli

#endif  // ROOMKEEPER_CLI_STREAM_READER_H_
