// The model of retention: its own list of every message, and who took which away.
//
// Kept beside the fake server and brought up to date at every request of the daemon that could
// delete something, so that each message that goes is charged to whoever took it. Shares no code
// with policies/: rules are read from the mark's text, boundaries come from LocalDays. What it
// finds wrong stands in complaints(). Thread: the test's.
#ifndef ROOMKEEPER_TESTS_SIMULATION_MESSAGE_LEDGER_H_
#define ROOMKEEPER_TESTS_SIMULATION_MESSAGE_LEDGER_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "policies/time.h"
#include "tests/support/fake_nats.h"

namespace roomkeeper::testing {

/// What a room's messages are kept by.
struct KeepRule {
  enum class Kind : std::uint8_t { forever, age, midnight };
  Kind kind = Kind::forever;
  int days = 0;
  std::string zone;
  policies::Nanoseconds age{};

  /// As a mark says it; anything else keeps for ever.
  static KeepRule parse(std::string_view mark);
};

class MessageLedger {
 public:
  /// `instance`: the daemon's. `around`: an instant within a fortnight of all that happens.
  MessageLedger(const FakeNats& nats, std::string instance, policies::WallTime around);

  /// The rules of the configuration that the daemon has in force from now on, by room.
  void set_wanted(std::map<std::string, KeepRule> wanted) { wanted_ = std::move(wanted); }
  /// A request of the daemon is on its way.
  void saw(FakeMoment moment, const sidecar::Message& request);
  /// Before the test changes something: what is missing now, the server took by itself.
  void charge_server();
  /// After it did: what is missing now, nobody else took.
  void charge_test();
  /// The test deleted the stream and made it anew. Until the server's advisory is out (announced())
  /// nobody can know: purges sent before that are not held against the daemon.
  void recreated(const std::string& stream);
  void announced(const std::string& stream) { unannounced_.erase(stream); }
  /// Complains about messages that were overdue by more than `late` already.
  void demand_all_gone(policies::Nanoseconds late);
  void complain(const std::string& text) { complaints_.push_back(text); }

  const std::vector<std::string>& complaints() const { return complaints_; }
  std::uint64_t seen() const { return seen_; }          ///< messages that ever were there
  std::uint64_t purged() const { return purged_; }      ///< rightly, by the daemon
  std::uint64_t unfenced() const { return unfenced_; }  ///< taken by purges that nobody could stop

 private:
  enum class By : std::uint8_t { server, test, daemon };
  struct Copy {
    policies::WallTime created{};
    std::map<std::uint64_t, policies::WallTime> messages;
  };
  struct Purge {
    std::string stream;
    std::optional<KeepRule> wanted;  ///< of the configuration when it was sent
    policies::WallTime sent{};
    bool unfenced = false;
  };
  /// A change of a stream's rule that the server has made.
  struct RuleChange {
    KeepRule before;
    policies::WallTime heard{};  ///< when the daemon has heard of it at the latest
  };

  void charge_all(By by);
  void charge(const std::string& name, By by, const Purge* purge);
  void gone(const std::string& name, std::uint64_t seq, policies::WallTime time, By by,
            const Purge* purge);
  /// What is older may go at `now`; nullopt: nothing may.
  std::optional<policies::WallTime> limit(const KeepRule& rule, policies::WallTime now) const;
  void note_rule(const std::string& stream);
  std::optional<KeepRule> wanted_of(const std::string& stream) const;
  /// Of the stream's mark; nullopt when the stream is not the daemon's.
  std::optional<KeepRule> mark_of(const std::string& stream) const;

  const FakeNats& nats_;
  std::string instance_;
  policies::WallTime around_;
  std::map<std::string, Copy> copies_;
  std::map<std::string, KeepRule> wanted_;
  std::map<std::string, Purge> under_way_;  ///< by reply subject
  std::set<std::string> unannounced_;
  std::map<std::string, RuleChange> rule_changes_;  ///< the last of each stream
  std::vector<std::string> complaints_;
  std::uint64_t seen_ = 0;
  std::uint64_t purged_ = 0;
  std::uint64_t unfenced_ = 0;
};

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_SIMULATION_MESSAGE_LEDGER_H_
