// The JetStream JSON that `send` and `tail` speak: stream state, an ordered consumer, a publish
// acknowledgement. Pure; thread: any; never throws. Numbers are range-checked.
#ifndef ROOMKEEPER_CLI_STREAM_JSON_H_
#define ROOMKEEPER_CLI_STREAM_JSON_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "policies/result.h"
#include "policies/time.h"

namespace roomkeeper::cli {

/// `state` of `$JS.API.STREAM.INFO.<stream>`.
struct StreamState {
  std::uint64_t messages = 0;
  std::uint64_t first_seq = 0;
  std::uint64_t last_seq = 0;
  std::uint64_t deleted = 0;  ///< sequences between first and last that hold nothing
};
/// Errors: what the server refused (server_code set), internal for anything unreadable.
policies::Result<StreamState> parse_stream_state(std::string_view json);

/// Where a consumer begins: at a sequence, or at a time.
struct ConsumerStart {
  std::uint64_t seq = 1;  ///< used when `time` is absent
  std::optional<policies::WallTime> time;
};
/// An ephemeral push consumer in memory, without acknowledgements, with heartbeats.
std::string consumer_request(const std::string& stream, const std::string& deliver_subject,
                             const std::string& filter, const ConsumerStart& start,
                             policies::Nanoseconds heartbeat);
/// Completes with what waits for the consumer (`num_pending`). Errors: as parse_stream_state.
policies::Result<std::uint64_t> parse_consumer_reply(std::string_view json);

/// What the reply subject of a delivered message says: `$JS.ACK.<stream>.<consumer>...` in both of
/// its forms.
struct Delivery {
  std::uint64_t stream_seq = 0;
  std::uint64_t consumer_seq = 0;
  std::uint64_t pending = 0;
  policies::WallTime time{};
};
std::optional<Delivery> parse_delivery(std::string_view reply_subject);

struct PublishAck {
  std::string stream;
  std::uint64_t seq = 0;
  bool duplicate = false;
};
/// Errors: as parse_stream_state.
policies::Result<PublishAck> parse_publish_ack(std::string_view json);

}  // namespace roomkeeper::cli

#endif  // ROOMKEEPER_CLI_STREAM_JSON_H_
