// One random history of the whole daemon around a few local midnights, judged by a MessageLedger.
//
// Time jumps: what matters lies within seconds of a midnight, at requests that are under way and in
// what happened while nobody watched; the hours between pass in one step. Everything follows from
// the seed. Thread: the test's.
#ifndef ROOMKEEPER_TESTS_SIMULATION_RETENTION_HISTORY_H_
#define ROOMKEEPER_TESTS_SIMULATION_RETENTION_HISTORY_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/simulation/daemon_world.h"
#include "tests/simulation/message_ledger.h"
#include "tests/simulation/random_rooms.h"

namespace roomkeeper::testing {

class RetentionHistory {
 public:
  explicit RetentionHistory(std::uint64_t seed);

  void run();
  /// What was wrong; empty when nothing was.
  const std::vector<std::string>& complaints() const { return ledger_.complaints(); }
  /// What happened, line by line.
  const std::vector<std::string>& story() const { return story_; }
  const std::vector<std::string>& log() const { return world_.log_lines; }
  const MessageLedger& ledger() const { return ledger_; }
  std::uint64_t midnights() const { return midnights_; }

 private:
  // retention_history.cc: how time goes
  void set_up();
  void one_midnight();
  void jump_to(policies::WallTime server_time);
  void run_to(policies::WallTime server_time);
  void run_for(policies::Nanoseconds duration);
  void finish();
  policies::WallTime next_midnight() const;
  policies::WallTime first_midnight() const;
  void tell(const std::string& text);

  // history_troubles.cc: what happens to the daemon and the server
  void saw(FakeMoment moment, const std::string& user, const sidecar::Message& message);
  void watch_clock(FakeMoment moment, const sidecar::Message& message);
  void arm();
  void strike();
  void between_requests();
  void outside_of_requests();
  void trouble_ahead();
  void heal();
  void boot();
  void kill();
  void write_past();
  void speak();
  void say(const RandomRoom& room);
  void delete_some(const std::string& stream);
  void recreate(const std::string& stream);
  void drop(const std::string& stream);
  void purge_by_hand(const std::string& stream);
  void change_rules();
  void consent();
  void put_daemon_clock_off(policies::Nanoseconds by);
  void make_strangers();
  void make_consumers();

  Dice dice_;
  Scene scene_;
  RandomRooms rooms_;
  std::string file_in_force_;
  DaemonWorld world_;
  MessageLedger ledger_;
  std::unique_ptr<sidecar::MessageBus> listener_;  ///< hears advisories before the daemon does
  std::vector<std::function<void()>> todo_;        ///< what cannot be done inside of a request
  std::vector<std::string> story_;
  std::uint64_t countdown_ = 0;  ///< requests until something happens; 0: nothing does
  std::uint64_t strikes_left_ = 0;
  policies::Nanoseconds server_skew_{};
  policies::MonoTime clock_bad_since_ = policies::MonoTime::max();
  policies::MonoTime healthy_since_{};
  bool healthy_ = true;
  bool server_down_ = false;
  std::uint64_t midnights_ = 0;
};

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_SIMULATION_RETENTION_HISTORY_H_
