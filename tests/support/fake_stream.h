// One stream of the fake: its messages, limits, expiry, purges. Knows nothing of JSON, consumers or
// the network.
//
// Sequences, byte counts and what first_seq and last_seq become follow nats-server 2.10 and 2.15.
// Time is the server's and an argument. Messages expire when somebody looks: call expire(now)
// before reading.
#ifndef ROOMKEEPER_TESTS_SUPPORT_FAKE_STREAM_H_
#define ROOMKEEPER_TESTS_SUPPORT_FAKE_STREAM_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "policies/time.h"
#include "sidecar/message_bus.h"
#include "tests/support/fake_api_error.h"
#include "tests/support/fake_stream_config.h"

namespace roomkeeper::testing {

struct FakeMessage {
  std::uint64_t seq = 0;
  std::string subject;
  sidecar::Headers headers;
  std::string data;
  policies::WallTime time{};
};

/// As on the wire: `NATS/1.0\r\nKey: value\r\n\r\n`; empty without headers.
std::string wire_headers(const sidecar::Headers& headers);

struct FakeStored {
  std::uint64_t seq = 0;
  bool duplicate = false;
};

class FakeStream {
 public:
  using Messages = std::map<std::uint64_t, FakeMessage>;

  FakeStream(FakeStreamConfig config, policies::WallTime created);

  const FakeStreamConfig& config() const { return config_; }
  policies::WallTime created() const { return created_; }
  const Messages& messages() const { return messages_; }
  std::uint64_t bytes() const { return bytes_; }
  std::uint64_t first_seq() const { return first_seq_; }
  std::uint64_t last_seq() const { return last_seq_; }
  std::optional<policies::WallTime> first_time() const;  ///< of the first stored message
  std::optional<policies::WallTime> last_time()
      const;                      ///< of the last one ever stored, purged or not
  std::uint64_t deleted() const;  ///< holes between first_seq and last_seq
  std::set<std::uint64_t> deleted_sequences() const;
  std::map<std::string, std::uint64_t> subjects(
      std::string_view filter) const;  ///< messages by subject
  std::uint64_t subject_count() const { return by_subject_.size(); }

  /// Publishes: deduplication, expected sequences and limits, in nats-server's order.
  ApiResult<FakeStored> store(const std::string& subject, const sidecar::Headers& headers,
                              std::string_view data, policies::WallTime now);
  /// A message of the stream that this one mirrors: sequence, time and headers are kept. REQUIRES:
  /// its sequence is higher than last_seq().
  void copy(const FakeMessage& message);
  void expire(policies::WallTime now);
  /// A checked new configuration; its limits hold at once. nats-server 2.10 does not apply a limit
  /// per subject where there was none before (`all_limits` false) until the next message of the
  /// subject.
  void reconfigure(FakeStreamConfig config, policies::WallTime now, bool all_limits);

  const FakeMessage* at(std::uint64_t seq) const;
  /// The first message with sequence >= seq that matches; an empty filter matches all.
  const FakeMessage* from(std::uint64_t seq, std::string_view filter = {}) const;
  const FakeMessage* from_time(policies::WallTime time, std::string_view filter = {}) const;
  const FakeMessage* last_of(std::string_view filter) const;
  /// The last sequence of each subject that matches.
  std::set<std::uint64_t> last_per_subject(std::string_view filter) const;

  bool erase(std::uint64_t seq);
  /// Purges what matches `filter` (empty: all) with sequence < up_to (0: no bound), but the last
  /// `keep`.
  std::uint64_t purge(std::string_view filter, std::uint64_t up_to, std::uint64_t keep);

 private:
  ApiResult<> check_expected(const std::string& subject, const sidecar::Headers& headers) const;
  ApiResult<> check_limits(const std::string& subject, std::uint64_t size,
                           std::string_view data) const;
  void roll_up(const std::string& subject, const sidecar::Headers& headers);
  void enforce_limits(policies::WallTime now);
  void enforce_subject_limit(const std::string& subject);
  void add(FakeMessage message);
  std::uint64_t size_of(const FakeMessage& message) const;
  std::optional<std::uint64_t> duplicate_of(std::string_view id, policies::WallTime now);
  void settle_first();  ///< after removals: first_seq_ is the first stored, or last_seq_ + 1

  FakeStreamConfig config_;
  policies::WallTime created_;
  Messages messages_;
  std::map<std::string, std::set<std::uint64_t>, std::less<>> by_subject_;
  std::unordered_map<std::string, std::uint64_t> message_ids_;
  std::deque<std::pair<policies::WallTime, std::string>> message_id_ages_;
  std::optional<policies::WallTime> last_time_;
  std::string last_message_id_;
  std::uint64_t bytes_ = 0;
  std::uint64_t first_seq_ = 0;
  std::uint64_t last_seq_ = 0;
};

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_SUPPORT_FAKE_STREAM_H_
