// Purges copies when their originals had to go: one ledger, of one room in one home.
//
// Thread: the loop's.
#ifndef ROOMKEEPER_SIDECAR_LEDGER_PURGER_H_
#define ROOMKEEPER_SIDECAR_LEDGER_PURGER_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "policies/move.h"
#include "policies/retention.h"
#include "sidecar/lifetime.h"
#include "sidecar/move_parts.h"
#include "sidecar/nats/whole_message.h"

namespace roomkeeper::sidecar {

class LedgerPurger {
 public:
  struct Tellers {
    /// Before anything is sent: must complete, with true when it may be.
    std::function<void(std::function<void()>)> before;
    /// So many copies have gone, or nothing was done; the ledger is up to date.
    std::function<void(std::uint64_t messages)> after;
  };

  /// `ledger` must outlive this.
  LedgerPurger(MoveParts& parts, policies::MoveLedger& ledger, Tellers tellers)
      : parts_(parts), ledger_(ledger), tellers_(std::move(tellers)) {}

  /// `filter`: the room's subject, with a wildcard for its users.
  void set_home(std::string stream, std::string filter);
  /// The stream that the ledger's sequences are of; one made anew has other messages. The epoch:
  /// not known yet, and nothing is purged.
  void set_created(policies::WallTime created) { created_ = created; }
  const std::string& stream() const { return stream_; }
  const std::string& filter() const { return filter_; }

  /// Begins what is due; to be called about once a second.
  void tick();
  /// What is under way is not told of any more; to be called when the connection was lost.
  void suspend();
  bool busy() const { return busy_; }

  /// By every rule that may be in force for the stream now: the one applied and, while it waits to
  /// be applied, a longer one.
  std::vector<policies::RetentionRule> rules() const;
  std::optional<policies::WallTime> next_due() const;
  /// True: a message of that time must be gone at the server's time now.
  bool is_gone(policies::WallTime original) const;

 private:
  std::uint64_t last_known() const;
  void look();
  void due(const nats::StreamInfo& info, std::uint64_t mark);
  std::uint64_t due_up_to(policies::WallTime now) const;
  std::optional<std::uint64_t> due_single(policies::WallTime now) const;
  void purge(const nats::StreamInfo& info, std::uint64_t mark, std::uint64_t up_to);
  void remove_single(std::uint64_t seq);
  void look_at_first();
  void end(policies::Nanoseconds pause, std::uint64_t messages);

  MoveParts& parts_;
  policies::MoveLedger& ledger_;
  Tellers tellers_;
  std::string stream_;
  std::string filter_;
  policies::WallTime created_{};
  bool busy_ = false;
  std::uint64_t epoch_ = 0;
  policies::MonoTime not_before_{};
  policies::MonoTime first_looked_{};  ///< when it was asked what is left
  Lifetime lifetime_;
};

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_LEDGER_PURGER_H_
