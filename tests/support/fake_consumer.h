// One consumer of a fake stream: pull or push, ack none or explicit. Not there: redelivery, flow
// control, pausing.
#ifndef ROOMKEEPER_TESTS_SUPPORT_FAKE_CONSUMER_H_
#define ROOMKEEPER_TESTS_SUPPORT_FAKE_CONSUMER_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "policies/time.h"
#include "sidecar/message_bus.h"
#include "tests/support/fake_api_error.h"
#include "tests/support/fake_stream.h"
#include "tests/support/fake_version.h"

namespace roomkeeper::testing {

/// Sends to whoever listens on `to`. What a consumer delivers carries the stored message's subject,
/// not `to`.
using FakeSend = std::function<void(const std::string& to, sidecar::Message message)>;

struct FakeConsumerConfig {
  std::string name;
  bool durable = false;
  std::string deliver_policy = "all";
  std::uint64_t start_seq = 0;
  std::optional<policies::WallTime> start_time;
  bool ack_explicit = false;
  bool ack_none = true;
  std::vector<std::string> filters;            ///< empty: everything
  std::string deliver_subject;                 ///< not empty: push
  policies::Nanoseconds inactive_threshold{};  ///< 0: never
  std::string json;                            ///< `config` as INFO prints it
};

/// Checks the body of CONSUMER.CREATE against the stream. `filter`: from the subject, empty when it
/// has none.
ApiResult<FakeConsumerConfig> parse_consumer_config(std::string_view body, std::string_view name,
                                                    std::string_view filter,
                                                    const FakeStream& stream);

/// A pull request that waits, or the standing one of a push consumer.
struct FakePull {
  std::string reply;
  std::uint64_t wanted = 1;
  std::uint64_t given = 0;
  std::optional<policies::WallTime> expires;
  bool no_wait = false;
  bool push = false;
};

class FakeConsumer {
 public:
  FakeConsumer(FakeConsumerConfig config, const FakeStream& stream, policies::WallTime now);

  const FakeConsumerConfig& config() const { return config_; }
  std::uint64_t pending(const FakeStream& stream) const;  ///< matching messages not yet delivered
  bool wants(std::string_view subject) const;
  /// True while the message must stay in an interest stream for this consumer.
  bool holds(const FakeMessage& message) const;
  bool expired(policies::WallTime now) const;
  void touch(policies::WallTime now) { last_active_ = now; }

  void add(FakePull pull) { pulls_.push_back(std::move(pull)); }
  /// Gives what is stored to whoever waits, then ends requests that will not wait (404, 408) or
  /// have expired.
  void serve(const FakeStream& stream, policies::WallTime now, const FakeVersion& version,
             const FakeSend& send);
  /// True when the sequence was outstanding.
  bool acknowledge(std::uint64_t seq) { return unacknowledged_.erase(seq) > 0; }

  std::string info_json(const FakeStream& stream,
                        policies::WallTime now) const;  ///< members, without braces

 private:
  const FakeMessage* next(const FakeStream& stream) const;
  void deliver(const FakeMessage& message, FakePull& pull, const std::string& stream,
               std::uint64_t left, const FakeSend& send);

  FakeConsumerConfig config_;
  policies::WallTime created_;
  policies::WallTime last_active_;
  std::uint64_t next_seq_ = 1;
  std::uint64_t delivered_ = 0;         ///< consumer sequence
  std::uint64_t delivered_stream_ = 0;  ///< stream sequence
  std::optional<std::set<std::uint64_t>>
      only_;  ///< last_per_subject: what remains of the first listing
  std::uint64_t only_until_ = 0;
  std::set<std::uint64_t> unacknowledged_;
  std::deque<FakePull> pulls_;
};

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_SUPPORT_FAKE_CONSUMER_H_
