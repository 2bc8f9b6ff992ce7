// Random histories of the whole daemon, against a brute-force model: nothing newer than the
// boundary is ever deleted, and everything older is gone within 60 s of a healthy server.
#include <algorithm>
#include <array>
#include <iostream>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "policies/retention.h"
#include "policies/rfc3339.h"
#include "tests/simulation/operator.h"

namespace roomkeeper::testing {
namespace {

using policies::Nanoseconds;
using policies::UntilMidnight;
using policies::WallTime;
using namespace std::chrono_literals;

/// Zones whose midnights differ, with odd ones: half hours, 45 minutes, midnights that do not exist
/// or happen twice.
constexpr std::array<const char*, 12> zones = {
    "Asia/Seoul",   "America/New_York", "Europe/Berlin",      "Asia/Kathmandu",
    "Africa/Cairo", "America/Havana",   "America/Santiago",   "Australia/Lord_Howe",
    "Asia/Beirut",  "Atlantic/Azores",  "Pacific/Kiritimati", "UTC"};
/// Starts shortly before clocks change somewhere in them, and an ordinary day.
constexpr std::array<const char*, 6> starts = {"2026-03-28T05:00:00Z", "2026-10-24T20:00:00Z",
                                               "2026-03-07T10:00:00Z", "2026-10-31T18:00:00Z",
                                               "2026-09-05T12:00:00Z", "2026-06-15T00:00:00Z"};
constexpr Nanoseconds grace = 60s;
constexpr int room_count = 5;

std::string room_name(int room) {
  return "room-" + std::to_string(room);
}

struct Rule {
  int days = 0;
  std::string zone;
  UntilMidnight parsed() const { return {days, config::find_zone(zone)}; }
};

/// What is known of one room without asking the daemon.
struct RoomModel {
  Rule wanted;
  std::map<std::string, WallTime>
      ruled;  ///< rule of the mark as text -> the last server time at which it may have ruled
  std::string mark;  ///< at the last look
  std::map<std::uint64_t, WallTime>
      said;  ///< sequence -> server time; what may be gone is taken out
};

class History {
 public:
  explicit History(std::uint32_t seed)
      : random_(seed),
        rooms_(room_count),
        world_(first_config(), starts[pick(starts.size())], options()) {}

  void run(int steps) {
    world_.boot();
    healthy_since_ = world_.clock.mono();
    for (int step = 0; step < steps && !::testing::Test::HasFailure(); ++step) {
      act();
      let_time_pass();
      check();
    }
    heal();
    world_.pass(3min);
    check();
    check_all_gone();
  }
  const std::vector<std::string>& told() const { return told_; }
  std::uint64_t messages_said() const { return said_; }
  std::uint64_t messages_gone() const { return gone_; }

 private:
  std::size_t pick(std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_);
  }
  FakeNatsOptions options() { return {.version = pick(3) == 0 ? "2.10.29" : "2.15.2"}; }

  std::string config() const {
    std::string text = "instance: seoul\nrooms:\n";
    for (int room = 0; room < room_count; ++room) {
      const Rule& rule = rooms_[static_cast<std::size_t>(room)].wanted;
      text += "  - { id: " + room_name(room) +
              ", retention: { until: midnight, days: " + std::to_string(rule.days) +
              ", timezone: " + rule.zone + " } }\n";
    }
    return text;
  }
  Rule any_rule() { return {static_cast<int>(pick(3)), zones[pick(zones.size())]}; }
  std::string first_config() {
    for (RoomModel& room : rooms_) room.wanted = any_rule();
    return config();
  }
  void tell(const std::string& text) {
    told_.push_back(policies::format_rfc3339(world_.nats.now()) + " " + text);
  }

  void heal() {
    world_.nats.heal();
    set_skew(0s);
    if (down_) world_.nats.start();
    down_ = false;
    if (!world_.running()) world_.boot();
    healthy_since_ = world_.clock.mono();
    tell("all is well");
  }
  void disturbed() { healthy_since_.reset(); }
  /// Something changed that the daemon may take its time for, but nothing is in its way.
  void restarted() {
    if (healthy_since_) healthy_since_ = world_.clock.mono();
  }

  /// The server's clock never goes back behind a message: the fake, like nats-server, keeps
  /// messages in order of time.
  void set_skew(Nanoseconds skew) {
    const Nanoseconds back = skew_ - skew;
    world_.nats.set_skew(skew);
    skew_ = skew;
    if (back > 0s) world_.pass(back);
  }

  void act() {
    switch (pick(14)) {
      case 0:
        if (world_.running()) world_.kill();
        tell("the daemon is killed");
        return disturbed();
      case 1:
        world_.nats.silence(pick(2) == 0 ? "$JS.API.STREAM.PURGE.>" : "$JS.API.>");
        tell("the server is silent");
        return disturbed();
      case 2:
        world_.nats.stop();
        down_ = true;
        tell("the server is down");
        return disturbed();
      case 3:
        world_.nats.lose_replies(1 + pick(3), "$JS.API.>");
        tell("replies will be lost");
        return restarted();
      case 4:
        world_.nats.ignore_next(1 + pick(2), "$JS.API.STREAM.>");
        tell("requests will be lost");
        return restarted();
      case 5:
        world_.nats.disconnect("APP", "roomkeeper");
        tell("disconnected");
        return restarted();
      case 6:
        set_skew(std::chrono::seconds(static_cast<int>(pick(119)) - 59));
        tell("skew");
        return restarted();
      case 7:
        world_.nats.set_latency(std::chrono::milliseconds(pick(80)));
        tell("latency");
        return restarted();
      case 8: {
        const auto room = pick(room_count);
        rooms_[room].wanted = any_rule();
        world_.write_config(config());
        tell(room_name(static_cast<int>(room)) + " shall have " +
             policies::to_text(rooms_[room].wanted.parsed()));
        return restarted();
      }
      case 9:
        if (world_.running()) world_.ask("apply", R"({"allow_lossy": true})");
        tell("lossy changes are agreed to");
        return restarted();
      default:
        return heal();
    }
  }

  void speak() {
    for (int i = 0; i < 3; ++i) {
      const int room = static_cast<int>(pick(room_count));
      const FakeStream* stream = world_.nats.stream("ROOM_" + room_name(room));
      if (stream == nullptr) continue;
      const std::uint64_t before = stream->last_seq();
      world_.nats.publish("chat." + room_name(room) + ".bob", "hello");
      const FakeStream* after = world_.nats.stream("ROOM_" + room_name(room));
      ASSERT_EQ(after->last_seq(), before + 1);
      rooms_[static_cast<std::size_t>(room)].said[before + 1] = world_.nats.now();
      ++said_;
    }
  }

  /// A few hops, most of them short and close to somebody's midnight.
  void let_time_pass() {
    for (int hop = 0; hop < 4; ++hop) {
      speak();
      look();
      if (pick(3) == 0) {
        const auto zone = config::find_zone(zones[pick(zones.size())]);
        const WallTime next = policies::next_deadline(*zone, world_.nats.now());
        const Nanoseconds until = next - world_.nats.now() - 500ms;
        if (until > 0s && until < 3h) world_.pass(until);
        speak();
        world_.pass(std::chrono::milliseconds(pick(3000)));
      } else {
        world_.pass(std::chrono::seconds(1 + pick(2400)));
      }
      look();
    }
  }

  /// Notes which rules ruled, and takes out of the model what they may have taken.
  void look() {
    const WallTime now = world_.nats.now();
    newest_ = std::max(newest_, now);
    for (int index = 0; index < room_count; ++index) {
      RoomModel& room = rooms_[static_cast<std::size_t>(index)];
      const std::string mark =
          metadata_of(world_, "ROOM_" + room_name(index), "roomkeeper.retention");
      if (mark == "(none)") continue;
      // It may have changed at any moment since the last look.
      if (!room.mark.empty()) room.ruled[room.mark] = newest_;
      room.ruled[mark] = newest_;
      room.mark = mark;
    }
  }

  static WallTime boundary_of(const std::string& mark, WallTime now) {
    const auto rule = policies::parse_retention(mark, config::find_zone);
    return rule ? policies::boundary(std::get<UntilMidnight>(*rule), now) : WallTime{};
  }

  void check() {
    look();
    for (int index = 0; index < room_count; ++index) check(index);
  }

  void check(int index) {
    RoomModel& room = rooms_[static_cast<std::size_t>(index)];
    const FakeStream* stream = world_.nats.stream("ROOM_" + room_name(index));
    if (stream == nullptr) {
      EXPECT_TRUE(room.said.empty()) << room_name(index) << " has lost its stream";
      return;
    }
    WallTime may_be_gone{};
    for (const auto& [mark, until] : room.ruled)
      may_be_gone = std::max(may_be_gone, boundary_of(mark, until));
    for (auto it = room.said.begin(); it != room.said.end();) {
      const auto& [seq, time] = *it;
      const bool there = stream->at(seq) != nullptr;
      EXPECT_TRUE(there || time < may_be_gone)
          << room_name(index) << " lost sequence " << seq << " of "
          << policies::format_rfc3339(time)
          << ", newer than every boundary that ruled: " << policies::format_rfc3339(may_be_gone);
      if (!there) ++gone_;
      it = there ? std::next(it) : room.said.erase(it);
    }
    if (healthy_since_ && world_.clock.mono() - *healthy_since_ > grace) check_gone(index, *stream);
  }

  /// The server has been well for longer than the grace: what was overdue by then is gone.
  void check_gone(int index, const FakeStream& stream) {
    const RoomModel& room = rooms_[static_cast<std::size_t>(index)];
    const WallTime since = world_.nats.now() - grace;
    const WallTime limit =
        std::min(boundary_of(room.mark, since), policies::boundary(room.wanted.parsed(), since));
    for (const auto& [seq, message] : stream.messages()) {
      EXPECT_GE(message.time, limit)
          << room_name(index) << " still has sequence " << seq << " of "
          << policies::format_rfc3339(message.time) << " more than a minute after it was overdue";
    }
  }

  void check_all_gone() {
    for (int index = 0; index < room_count; ++index) {
      if (const FakeStream* stream = world_.nats.stream("ROOM_" + room_name(index)))
        check_gone(index, *stream);
    }
  }

  std::mt19937 random_;
  std::vector<RoomModel> rooms_;
  DaemonWorld world_;
  std::vector<std::string> told_;
  std::optional<policies::MonoTime> healthy_since_;
  WallTime newest_{};  ///< the latest server time so far
  Nanoseconds skew_{};
  bool down_ = false;
  std::uint64_t said_ = 0;
  std::uint64_t gone_ = 0;
};

TEST(RetentionHistory, NothingNewIsEverDeletedAndEverythingOldIsGoneInTime) {
  constexpr std::uint32_t histories = 60;
  constexpr int steps = 30;
  std::uint64_t said = 0;
  std::uint64_t gone = 0;
  for (std::uint32_t seed = 1; seed <= histories; ++seed) {
    History history(seed);
    history.run(steps);
    said += history.messages_said();
    gone += history.messages_gone();
    if (::testing::Test::HasFailure()) {
      std::string story;
      for (const std::string& line : history.told()) story += "\n  " + line;
      FAIL() << "seed " << seed << story;
    }
  }
  std::cout << histories << " histories, seeds 1 to " << histories << ": " << said
            << " messages said, " << gone << " gone\n";
  EXPECT_GT(said, 10'000U);
  EXPECT_GT(gone, said / 8) << "the histories are long enough to see purges";
}

}  // namespace
}  // namespace roomkeeper::testing
