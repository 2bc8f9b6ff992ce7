// Counts the removals of streams in a sliding hour, so that a restart does not begin anew.
//
// The count is kept in the state bucket, key `removals`:
// {"removals":[{"at":"2026-11-22T10:00:10Z","count":2}]}, times by the server's clock, rounded up
// to ten seconds, so that an hour of any number of removals is a few hundred entries. A removal is
// counted before it is sent: what ends in between counts one too many rather than one too few.
// Thread: the loop's.
#ifndef ROOMKEEPER_SIDECAR_REMOVAL_GUARD_H_
#define ROOMKEEPER_SIDECAR_REMOVAL_GUARD_H_

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "policies/result.h"
#include "policies/time.h"
#include "sidecar/inventory.h"
#include "sidecar/lifetime.h"
#include "sidecar/runtime.h"
#include "sidecar/state_keeper.h"

namespace roomkeeper::sidecar {

class RemovalGuard {
 public:
  using Counted = std::function<void(policies::Result<>)>;
  /// A stream by its name and `created`: it can go only once.
  using Stream = std::pair<std::string, policies::WallTime>;

  /// Of the state bucket.
  static constexpr std::string_view key = "removals";

  RemovalGuard(Runtime& runtime, Inventory& inventory, StateKeeper& state);

  /// The latest removal in a value of that key; the epoch: it names none. Errors: invalid.
  static policies::Result<policies::WallTime> newest(const std::string& value);

  /// Takes in what the bucket has; forgets what is older than an hour. Called before each pass.
  void look();
  /// A pass has planned so many removals: from now on no more than these are counted.
  void allow(std::size_t planned);
  /// A removal that no pass has planned: of the old home of a room that was moved. REQUIRES: the
  /// hour has room for it (policies::removals_allowed).
  void allow_one_more() { ++allowed_; }
  /// Of the last hour, without those of streams that are still there: their removal is on its way
  /// or was not answered, and planning it again costs nothing. While there is a doubt, at least
  /// `max_removals`: nothing more may go.
  int removals_in_last_hour() const;
  /// Why the count cannot be trusted, for status; empty: it can.
  std::string doubt() const;

  /// Counts one removal and writes the count. Only when that has succeeded may it be sent. Errors:
  /// limit when the hour has no room left or there is a doubt; else the bucket's: nothing is
  /// counted then, and it may be tried again. A stream whose removal was not answered is counted
  /// already.
  void count(const Stream& stream, const Counted& done);
  /// The removal that was counted is sent now.
  void sending(const Stream& stream);
  void removed(const Stream& stream) { open_.erase(stream); }
  /// The server said that it did not do what was sent; or nothing was sent. The bucket follows with
  /// the next count.
  void refused(const Stream& stream);
  void not_removed(const Stream& stream);

 private:
  void take();
  void sweep();
  void forget_open();
  void doubt_for_an_hour(std::string why);
  bool in_doubt() const;
  int sum() const;

  Runtime& runtime_;
  Inventory& inventory_;
  StateKeeper& state_;
  std::map<policies::WallTime, int> removals_;  ///< by the server's clock, rounded up
  /// Counted, and not known to be gone.
  struct Open {
    policies::WallTime at{};
    int unanswered = 0;  ///< requests sent and not refused
  };
  std::map<Stream, Open> open_;
  int allowed_ = 0;                  ///< the highest sum that count() may reach
  std::optional<std::string> seen_;  ///< the bucket's value that was taken in last
  bool unreadable_ = false;          ///< that value was not understood
  std::string doubt_;
  policies::MonoTime doubt_ends_{};
  Lifetime lifetime_;
};

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_REMOVAL_GUARD_H_
