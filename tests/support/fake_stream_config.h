// A stream's configuration as nats-server checks, completes and prints it.
#ifndef ROOMKEEPER_TESTS_SUPPORT_FAKE_STREAM_CONFIG_H_
#define ROOMKEEPER_TESTS_SUPPORT_FAKE_STREAM_CONFIG_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "policies/time.h"
#include "tests/support/fake_api_error.h"
#include "tests/support/fake_version.h"

namespace roomkeeper::testing {

enum class FakeRetention : std::uint8_t { limits, interest, workqueue };

/// -1 is unlimited, as on the wire.
struct FakeStreamConfig {
  std::string name;
  std::vector<std::string> subjects;
  FakeRetention retention = FakeRetention::limits;
  std::int64_t max_consumers = -1;
  std::int64_t max_msgs = -1;
  std::int64_t max_bytes = -1;
  std::int64_t max_msgs_per_subject = -1;
  std::int64_t max_msg_size = -1;
  policies::Nanoseconds max_age{};
  policies::Nanoseconds duplicate_window{};
  bool discard_new = false;
  bool discard_new_per_subject = false;
  bool memory = false;
  bool no_ack = false;
  bool allow_direct = false;
  bool allow_rollup = false;
  bool allow_msg_ttl = false;
  bool sealed = false;
  bool deny_delete = false;
  bool deny_purge = false;
  bool mirror = false;
  std::string mirror_of;       ///< the stream that it mirrors
  std::string mirror_filter;   ///< the subject that it mirrors of it; empty: all
  bool mirror_direct = false;  ///< forced on where the origin allows direct gets
  bool has_sources = false;
  std::int64_t replicas = 1;
  std::uint64_t first_seq = 0;
  std::string info_json;  ///< `config` of INFO, CREATE and UPDATE
  std::string list_json;  ///< `config` of LIST: without the metadata that the server makes up; also
                          ///< the identity
};

/// Whether a stream of that name is there and allows direct gets.
using FakeDirectLookup = std::function<bool(const std::string& stream)>;

/// Checks and completes the body of STREAM.CREATE or STREAM.UPDATE. `name` is the subject's.
ApiResult<FakeStreamConfig> parse_stream_config(std::string_view body, std::string_view name,
                                                const FakeVersion& version,
                                                const FakeDirectLookup& allows_direct);
/// What cannot be changed: 10052.
ApiResult<> check_update(const FakeStreamConfig& from, const FakeStreamConfig& to,
                         const FakeVersion& version);

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_SUPPORT_FAKE_STREAM_CONFIG_H_
