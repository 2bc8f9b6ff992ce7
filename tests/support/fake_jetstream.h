// JetStream of one account of the fake: the streams, what is published into them, and the `$JS.API`
// requests.
//
// Same JSON as a lone nats-server. Of the API: INFO,
// STREAM.{CREATE,UPDATE,INFO,NAMES,LIST,DELETE,PURGE}, STREAM.MSG.{GET,DELETE}, DIRECT.GET,
// CONSUMER.{CREATE,DURABLE.CREATE,INFO,NAMES,DELETE,MSG.NEXT}; anything else is not answered, as
// nats-server does. Thread: the loop's.
#ifndef ROOMKEEPER_TESTS_SUPPORT_FAKE_JETSTREAM_H_
#define ROOMKEEPER_TESTS_SUPPORT_FAKE_JETSTREAM_H_

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "policies/time.h"
#include "sidecar/event_loop.h"
#include "sidecar/message_bus.h"
#include "tests/support/fake_api_error.h"
#include "tests/support/fake_consumer.h"
#include "tests/support/fake_stream.h"
#include "tests/support/fake_version.h"
#include "tests/support/subject_tree.h"

namespace roomkeeper::testing {

/// Limits of an account; -1: unlimited.
struct FakeJetStreamLimits {
  std::int64_t max_streams = -1;  ///< 0 is unlimited, too
  std::int64_t max_memory = -1;
  std::int64_t max_storage = -1;
};

/// What the account's JetStream needs of the server around it.
struct FakeJetStreamPorts {
  std::function<policies::WallTime()> now;  ///< the server's clock
  FakeSend send;                            ///< into the account
  std::function<void(policies::Nanoseconds, sidecar::Task)> later;
  /// Whether the server can reserve so many bytes more, in memory or in files.
  std::function<bool(bool memory, std::uint64_t bytes)> has_room;
};

class FakeJetStream {
 public:
  FakeJetStream(FakeVersion version, std::string server_name, FakeJetStreamLimits limits,
                FakeJetStreamPorts ports);

  /// A request to `$JS.API.<operation>`. False: nobody listens there (no responders).
  bool request(std::string_view operation, const sidecar::Message& message);
  /// `$JS.ACK.<stream>.<consumer>....`
  void acknowledge(std::string_view subject);
  /// Stores the message where a stream captures its subject and acknowledges it. `at`: another time
  /// than now (tests). False: no stream captures it.
  bool publish(const sidecar::Message& message,
               std::optional<policies::WallTime> at = std::nullopt);

  /// As STREAM.CREATE. Idempotent for the same configuration.
  ApiResult<> create(std::string_view name, std::string_view config_json);
  bool remove(const std::string& name);
  std::set<std::string> names() const;
  /// Expired messages are gone from it; null: no such stream.
  FakeStream* find(const std::string& name);
  bool captures(std::string_view subject) const;
  /// All streams and consumers are gone: the server lost its store.
  void lose_everything();

  void set_limits(FakeJetStreamLimits limits) { limits_ = limits; }
  /// What its streams have reserved by their max_bytes.
  std::uint64_t reserved(bool memory) const { return reserved_[memory ? 1 : 0]; }
  void set_version(FakeVersion version) { version_ = std::move(version); }
  /// LIST leaves these out and names them as `missing`, as a cluster does whose leaders did not
  /// answer in time.
  void set_missing(std::set<std::string> names) { missing_ = std::move(names); }
  /// fake_cluster.cc: what only a cluster of several servers does.
  void set_cluster(std::size_t servers) { servers_ = servers; }
  void set_election(policies::Nanoseconds takes) { election_ = takes; }
  /// Called after each page of LIST or NAMES that was not the last: "the world changes during
  /// paging".
  void on_page(std::function<void()> hook) { on_page_ = std::move(hook); }
  /// A mirror that is held back copies nothing until it is let go.
  void hold_back(const std::string& mirror, bool held);

 private:
  /// How a mirror is doing.
  struct Mirroring {
    bool attached = false;  ///< the origin was there when it was last looked for
    bool stuck = false;     ///< 2.10: it has met a repeated Nats-Msg-Id, or a gap after left_out
    std::uint64_t position = 0;  ///< the origin's last sequence that it has met
    std::uint64_t left_out =
        0;  ///< 2.10: it gives messages the sequences before theirs; up to here
    bool scheduled = false;
    std::optional<policies::WallTime> active;
    std::map<std::string, policies::WallTime> ids;  ///< 2.10: of the messages copied
  };
  struct Entry {
    FakeStream stream;
    std::map<std::string, FakeConsumer> consumers;
    Mirroring mirroring{};
    policies::WallTime leader_at{};  ///< before it nobody answers for the stream
  };
  using Entries = std::map<std::string, std::unique_ptr<Entry>, std::less<>>;

  // fake_jetstream.cc: the streams themselves
  Entry* entry(std::string_view name);
  void refresh(Entry& entry);
  ApiResult<> check_room_for(const FakeStreamConfig& config, const FakeStream* replaced) const;
  void release(const FakeStreamConfig& config);
  bool overlaps(const FakeStreamConfig& config) const;
  void index(const FakeStreamConfig& config);
  void unindex(const FakeStreamConfig& config);
  void serve(Entry& entry);
  void serve_later(const std::string& stream, policies::Nanoseconds delay);
  void drop_unwanted(Entry& entry);
  void advise(std::string_view what, std::string_view action, const std::string& stream);

  // fake_cluster.cc: replicas and leaders
  ApiResult<> check_replicas(const FakeStreamConfig& config) const;
  bool has_leader(const Entry& entry) const { return entry.leader_at <= ports_.now(); }
  bool stays_silent(std::string_view operation);
  policies::Nanoseconds reply_delay(std::string_view operation);

  // fake_mirror.cc: mirrors
  void add_mirror(const FakeStreamConfig& config);
  void drop_mirror(const FakeStreamConfig& config);
  void origin_gone(const std::string& origin);
  void attach_later(const std::string& mirror, policies::Nanoseconds delay);
  void copy_soon(Entry& mirror);
  void copy_to_mirrors(const std::string& origin);
  void copy_now(Entry& mirror);
  static bool is_copied(const Entry& mirror, const FakeMessage& message);
  bool copy_one(Entry& mirror, const FakeMessage& message);
  std::string describe_mirror(const Entry& found) const;
  FakeDirectLookup direct_lookup() const;

  // fake_stream_api.cc: STREAM.* and INFO
  std::optional<std::string> stream_request(std::string_view operation,
                                            const sidecar::Message& message);
  std::string account_info() const;
  std::string create_request(const std::string& name, std::string_view body);
  std::string update_request(const std::string& name, std::string_view body);
  std::string info_request(const std::string& name, std::string_view body);
  std::string delete_request(const std::string& name);
  std::string purge_request(const std::string& name, std::string_view body);
  std::string message_get(const std::string& name, std::string_view body);
  std::string message_delete(const std::string& name, std::string_view body);
  std::string names_request(std::string_view body);
  std::string list_request(std::string_view body);
  std::string describe(Entry& entry, bool listed, std::string_view state_extra = {}) const;
  ApiResult<const FakeMessage*> look_up(const FakeStream& stream, std::string_view body) const;

  // fake_consumer_api.cc: CONSUMER.* and DIRECT.GET
  std::optional<std::string> consumer_request(std::string_view operation,
                                              const sidecar::Message& message, bool& taken);
  std::string consumer_create(std::string_view rest, bool durable, std::string_view body);
  bool pull(std::string_view rest, const sidecar::Message& message);
  bool direct_get(std::string_view rest, const sidecar::Message& message);

  FakeVersion version_;
  std::string server_name_;
  FakeJetStreamLimits limits_;
  FakeJetStreamPorts ports_;
  Entries entries_;
  std::array<std::uint64_t, 2> reserved_{};  ///< in files, in memory
  SubjectTree<std::string> by_subject_;
  std::multimap<std::string, std::string> mirrors_;  ///< origin -> mirror
  std::set<std::string> held_back_;
  std::set<std::string> missing_;
  std::size_t servers_ = 1;
  policies::Nanoseconds election_{};
  std::function<void()> on_page_;
  std::uint64_t api_requests_ = 0;
  std::uint64_t api_errors_ = 0;
  std::uint64_t ephemeral_names_ = 0;
};

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_SUPPORT_FAKE_JETSTREAM_H_
