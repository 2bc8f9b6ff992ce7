// What was last seen on the server: the account's streams, the highest sequences ever seen, the
// server's time.
//
// A full refresh reads STREAM.LIST; a cheap one reads STREAM.NAMES and asks only for streams that
// are new or marked dirty. Between refreshes the replies to our own changes are put in, so that
// status is the truth. Thread: the loop's.
#ifndef ROOMKEEPER_SIDECAR_INVENTORY_H_
#define ROOMKEEPER_SIDECAR_INVENTORY_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "policies/observed.h"
#include "policies/plan.h"
#include "sidecar/lifetime.h"
#include "sidecar/nats/jetstream.h"
#include "sidecar/runtime.h"

namespace roomkeeper::sidecar {

class Inventory {
 public:
  using Done = std::function<void(policies::Result<>)>;

  Inventory(Runtime& runtime, nats::JetStream& js);

  /// Reads every page. On an error what was known stays and is no longer complete.
  void refresh_full(nats::Priority priority, Done done);
  /// STREAM.NAMES and the dirty ones; falls back to a full refresh when too much is new.
  void refresh_cheap(nats::Priority priority, Done done);

  /// A listing that somebody else has just read.
  void take_listing(policies::ObservedStreams listing);
  /// The stream may have changed behind our back: the next cheap refresh asks for it.
  void mark_dirty(const std::string& stream);
  /// A reply to a change of ours showed the stream as it is now.
  void put(policies::ObservedStream stream, policies::WallTime server_time);
  /// The server said that it is gone.
  void erase(const std::string& stream);
  /// Nothing that was seen can be trusted any longer (the connection was lost, the server may have
  /// lost its store).
  void distrust();

  const policies::ObservedStreams& streams() const;
  const policies::SeenStreams& seen() const { return seen_; }
  /// Names of the streams that begin as copies of rooms do (policies/hold.h).
  const std::set<std::string>& copies() const { return copies_; }
  /// The last look showed all streams, so that a copy which is not in copies() was not there then.
  bool knows_all_copies() const { return listed_ && streams_.complete; }
  bool has_listed() const { return listed_; }  ///< at least one full refresh has succeeded
  std::uint64_t missing() const {
    return missing_;
  }  ///< 1 when the last listing could not show all streams
  std::size_t dirty() const { return dirty_.size(); }

  /// The server's clock less ours, from the last reply that carried `ts`.
  std::optional<policies::Nanoseconds> skew() const { return skew_; }
  /// Our best idea of the server's time now: ours plus the skew.
  policies::WallTime server_now() const;

 private:
  void after_names(nats::Priority priority, nats::JetStream::AllNames names, Done done);
  void ask_for(nats::Priority priority, std::vector<std::string> wanted, Done done);
  void note_time(policies::WallTime server_time);
  void note_seen(const policies::ObservedStream& stream);
  void note_copy(const policies::ObservedStream& stream);
  void settle() const;

  Runtime& runtime_;
  nats::JetStream& js_;
  mutable policies::ObservedStreams streams_;
  mutable std::vector<policies::ObservedStream> fresh_;  ///< put() since the last settle
  mutable std::set<std::string> gone_;                   ///< erased since the last settle
  policies::SeenStreams seen_;
  std::set<std::string> copies_;
  std::set<std::string> dirty_;
  std::optional<policies::Nanoseconds> skew_;
  std::uint64_t missing_ = 0;
  bool listed_ = false;
  Lifetime lifetime_;
};

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_INVENTORY_H_
