// One stored message with its headers, to be copied; and the deletion of one message.
//
// Thread: the loop's.
#ifndef ROOMKEEPER_SIDECAR_NATS_WHOLE_MESSAGE_H_
#define ROOMKEEPER_SIDECAR_NATS_WHOLE_MESSAGE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "policies/time.h"
#include "sidecar/message_bus.h"
#include "sidecar/nats/jetstream.h"

namespace roomkeeper::sidecar::nats {

struct WholeMessage {
  std::uint64_t seq = 0;
  std::string subject;
  policies::WallTime time{};
  std::string data;
  Headers headers;  ///< in their order
};

/// `NATS/1.0\r\nKey: value\r\n...`; what is no header is left out. Exposed for its test.
Headers parse_headers(std::string_view wire);

/// The first stored message of `subject` (which may have wildcards) with sequence >= seq; nullopt
/// when there is none.
void whole_message_from(JetStream& js, Priority priority, const std::string& stream,
                        std::uint64_t seq, const std::string& subject,
                        Done<std::optional<WholeMessage>> done);

/// Deletes one message. Completes with false when it was not there (any more).
void delete_message(JetStream& js, Priority priority, const std::string& stream, std::uint64_t seq,
                    Done<bool> done);

/// What a stream answers to a message that was published into it.
struct PubAck {
  std::string stream;
  std::uint64_t seq = 0;
  bool duplicate = false;  ///< the stream had a message of that Nats-Msg-Id: `seq` is its
};
/// Errors: the server's; internal, when it is no acknowledgement.
policies::Result<PubAck> parse_puback(const policies::Result<Message>& reply);

}  // namespace roomkeeper::sidecar::nats

#endif  // ROOMKEEPER_SIDECAR_NATS_WHOLE_MESSAGE_H_
