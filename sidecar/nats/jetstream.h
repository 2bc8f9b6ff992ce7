// JetStream's API as JSON over a RequestQueue (subjects `$JS.API.*`, nats-server 2.10 to 2.15).
//
// JSON and not nats.c's structs, so that no server feature waits for one and an update never erases
// fields of others. Thread: the loop's. Ownership: the queue must outlive this; completions may
// come after it is gone.
#ifndef ROOMKEEPER_SIDECAR_NATS_JETSTREAM_H_
#define ROOMKEEPER_SIDECAR_NATS_JETSTREAM_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policies/capacity.h"
#include "policies/observed.h"
#include "policies/plan.h"
#include "policies/result.h"
#include "policies/time.h"
#include "sidecar/nats/request_queue.h"

namespace roomkeeper::sidecar::nats {

template <class T>
using Done = std::function<void(policies::Result<T>)>;

/// JetStream error codes that are acted upon (nats-server/server/errors.json).
namespace server_code {
inline constexpr int bad_request = 10003;
inline constexpr int stream_not_found = 10059;
inline constexpr int stream_name_in_use = 10058;
inline constexpr int subjects_overlap = 10065;
inline constexpr int message_not_found = 10037;
inline constexpr int sequence_not_found = 10043;
inline constexpr int message_delete_failed = 10057;  ///< the store's words say why
inline constexpr int max_consumers = 10026;
inline constexpr int workqueue_needs_ack = 10101;
inline constexpr int wrong_last_sequence = 10071;
inline constexpr int wrong_last_sequence_constant = 10164;
inline constexpr int js_not_enabled = 10039;
// What passes: nobody leads the cluster, or it has too much to do.
inline constexpr int no_meta_leader = 10008;
inline constexpr int too_many_requests = 10167;
// What needs more servers, or another setting.
inline constexpr int replicas_need_cluster = 10074;
// What does not fit, by its limit.
inline constexpr int account_resources = 10002;
inline constexpr int no_suitable_peers = 10005;
inline constexpr int insufficient_resources = 10023;
inline constexpr int max_streams = 10027;
inline constexpr int memory_resources = 10028;
inline constexpr int storage_resources = 10047;
inline constexpr int no_limits_of_tier = 10120;
inline constexpr int max_stream_bytes = 10122;
}  // namespace server_code

/// The server refused because a limit is reached, its own or the account's.
bool lacks_capacity(const policies::Error& error);

struct AccountInfo {
  int api_level = 0;  ///< absent before 2.11: 0
  std::uint64_t streams = 0;
  std::int64_t max_streams = -1;
  std::uint64_t memory_used = 0;
  std::uint64_t storage_used = 0;
  std::int64_t memory_limit = -1;  ///< -1: unlimited
  std::int64_t storage_limit = -1;
  std::string domain{};  ///< of the account's JetStream; empty: none
  /// The same limits as a list; those of each tier (at most tiers_max) where the account has tiers.
  std::vector<policies::TierLimits> limits{};
  static constexpr std::size_t tiers_max = 8;
};

struct NamesPage {
  std::vector<std::string> names;
  std::uint64_t total = 0;
  std::uint64_t offset = 0;
};

struct ListPage {
  std::vector<policies::ObservedStream> streams;
  std::vector<std::string> missing;
  std::uint64_t total = 0;
  std::uint64_t offset = 0;
  std::uint64_t limit = 0;
  policies::WallTime
      server_time{};  ///< `ts` of the page's first stream; epoch when the page is empty
};

struct StreamInfo {
  policies::ObservedStream stream;
  policies::WallTime server_time{};
  std::string raw_config;  ///< the server's own JSON of `config`, for read-modify-write
};

struct StoredMessage {
  std::uint64_t seq = 0;
  std::string subject;
  policies::WallTime time{};
  std::string data;  ///< decoded
};

struct PurgeRequest {
  std::string filter;       ///< empty: the whole stream
  std::uint64_t up_to = 0;  ///< exclusive; 0 means "not set": then the request purges everything
                            ///< that `filter` matches
  std::uint64_t keep = 0;   ///< 0: not set; never together with up_to
  /// Asked when the request's turn has come; false: it is not sent and completes with `conflict`.
  RequestQueue::StillWanted still_wanted{};
};

/// Parses a page of STREAM.LIST by SAX, without a tree. Exposed for its test and its benchmark.
policies::Result<ListPage> parse_list_page(std::string_view json);

class JetStream {
 public:
  JetStream(RequestQueue& queue, const std::string& domain = {});

  /// `$JS.API`, or `$JS.<domain>.API`.
  const std::string& prefix() const { return prefix_; }

  void account(Priority priority, Done<AccountInfo> done);
  void names(Priority priority, std::uint64_t offset, const std::string& subject_filter,
             Done<NamesPage> done);
  void list(Priority priority, std::uint64_t offset, Done<ListPage> done);
  /// All pages. `complete` false when streams were missing or the total changed meanwhile; an error
  /// when a page failed.
  void list_all(Priority priority, Done<policies::ObservedStreams> done);
  /// All names, sorted, and whether the listing was stable.
  struct AllNames {
    std::vector<std::string> names;
    bool complete = false;
  };
  void names_all(Priority priority, Done<AllNames> done);
  void info(Priority priority, const std::string& stream, Done<StreamInfo> done);
  /// `first_seq` 0: not set. Errors: conflict (name in use, overlap), limit, denied, ...
  void create(Priority priority, const std::string& stream, const policies::StreamConfig& config,
              std::uint64_t first_seq, Done<StreamInfo> done);
  /// Read-modify-write: `raw_config` as the server just gave it, with the managed fields of
  /// `config` put in.
  void update(Priority priority, const std::string& stream, std::string_view raw_config,
              const policies::StreamConfig& config, Done<StreamInfo> done);
  /// Takes our mark out of the metadata of `raw_config`, as the server just gave it, and changes
  /// nothing else.
  void release(Priority priority, const std::string& stream, std::string_view raw_config,
               Done<StreamInfo> done);
  void remove(Priority priority, const std::string& stream, Done<bool> done);
  /// REQUIRES: the checks of policies/retention.h were made. Completes with the number of messages
  /// purged.
  void purge(Priority priority, const std::string& stream, const PurgeRequest& request,
             Done<std::uint64_t> done);
  /// The first stored message with sequence >= seq (`next_by_subj` with ">"), nullopt when there is
  /// none.
  void message_from(Priority priority, const std::string& stream, std::uint64_t seq,
                    Done<std::optional<StoredMessage>> done);
  /// The same of a subject, which may have wildcards.
  void message_from(Priority priority, const std::string& stream, std::uint64_t seq,
                    const std::string& subject, Done<std::optional<StoredMessage>> done);
  /// The last stored message of a subject, which may have wildcards but is not ">"; nullopt when
  /// there is none.
  void last_of_subject(Priority priority, const std::string& stream, const std::string& subject,
                       Done<std::optional<StoredMessage>> done);
  /// The last stored message, nullopt when there is none. Two requests: see the .cc.
  void last_message(Priority priority, const std::string& stream,
                    Done<std::optional<StoredMessage>> done);
  /// The first stored message at or after `time` (2.11+; 2.10 answers `bad_request`), nullopt when
  /// there is none.
  void message_at(Priority priority, const std::string& stream, policies::WallTime time,
                  Done<std::optional<StoredMessage>> done);
  /// An ephemeral consumer that nobody reads, gone by itself after a few seconds. Completes with
  /// where it starts.
  struct Consumer {
    std::string name;
    std::uint64_t before_first =
        0;  ///< `delivered.stream_seq`: the first sequence it would deliver, less 1
    std::uint64_t pending = 0;  ///< messages it would deliver
  };
  /// `from` empty: from the first message on. Errors: limit (max_consumers), invalid (10101:
  /// workqueue), ...
  void create_consumer(Priority priority, const std::string& stream,
                       std::optional<policies::WallTime> from, Done<Consumer> done);
  void remove_consumer(Priority priority, const std::string& stream, const std::string& consumer,
                       Done<bool> done);

  /// False once this server has refused message_at() as unknown (10003): then it is not asked
  /// again.
  bool knows_message_at() const { return *knows_message_at_; }
  RequestQueue& queue() { return link_.queue; }

  /// What failed and why, for metrics; completions get the same error.
  using ErrorObserver = std::function<void(std::string_view operation, const policies::Error&)>;
  void set_error_observer(ErrorObserver observer);

  /// What a request needs; its errors outlive this with the replies that are still on their way.
  struct Link {
    RequestQueue& queue;
    std::shared_ptr<ErrorObserver> errors;
  };

 private:
  Link link_;
  std::string prefix_;
  std::shared_ptr<bool> knows_message_at_;  ///< shared with replies that are still on their way
};

/// Where a stream straddles a boundary: the first sequence at or after it (design.md, "Retention").
/// Tries, in this order: MSG.GET start_time (2.11+), an ephemeral consumer with by_start_time
/// (2.10), binary search by MSG.GET (workqueue, max_consumers reached).
struct Cut {
  std::uint64_t seq = 0;  ///< purge up to it, exclusive
  std::optional<policies::WallTime>
      ts;  ///< of the message at the cut; empty: nothing is stored from there on
};
void find_cut(JetStream& js, Priority priority, const std::string& stream,
              const policies::StoredRange& stored, policies::WallTime limit, Done<Cut> done);

}  // namespace roomkeeper::sidecar::nats

#endif  // ROOMKEEPER_SIDECAR_NATS_JETSTREAM_H_
