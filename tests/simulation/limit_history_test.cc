// Random histories of clients and servers under limits of all kinds, against a model of its own:
// nobody within every limit is ever kicked, and after a quiet time every limit holds.
#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/simulation/clients.h"

namespace roomkeeper::testing {
namespace {

using metrics::MetricId;
using namespace std::chrono_literals;

constexpr int user_max = 3;
constexpr int account_max = 14;
constexpr int account_reserved = 2;
constexpr int server_max = 7;
constexpr std::string_view config = R"(instance: seoul
limits:
  connections_per_user: { max: 3, on_limit: reject_new }
  users: { "bot-*": { connections: unlimited } }
  account_connections: { max: 14, reserved_for_admins: 2 }
  server_connections: { max: 7 }
  exempt_users: [APP/roomkeeper, APP/operator, APP/admin, APP/robot]
  shared_users: [APP/kiosk]
  admin_users: [APP/ops]
templates:
  lobby: { layout: pooled, room_connections: { max: 3 } }
rooms: [ {id: general, room_connections: { max: 4 }}, {id: hall, template: lobby} ]
)";
const std::map<std::string, int> room_max{{"general", 4}, {"hall", 3}};

struct Member {
  FakeClientId id = 0;
  std::string user;
  std::size_t server = 0;
  policies::WallTime came{};
  std::set<std::string> rooms;
};

/// A limit of the model: who is counted, how many may stay, and places for administrators on top.
struct ModelGroup {
  std::function<bool(const Member&)> counts;
  int max = 0;
  int reserved = 0;
};

/// All limits in the order in which they are applied.
std::vector<ModelGroup> groups_of(const std::vector<Member>& members) {
  std::vector<ModelGroup> groups;
  std::set<std::string> users;
  std::set<std::size_t> servers;
  for (const Member& one : members) {
    users.insert(one.user);
    servers.insert(one.server);
  }
  for (const std::string& user : users) {
    if (user == "kiosk" || user.starts_with("bot-")) continue;
    groups.push_back({[user](const Member& one) { return one.user == user; }, user_max});
  }
  for (const auto& [room, max] : room_max) {
    groups.push_back({[room = room](const Member& one) { return one.rooms.contains(room); }, max});
  }
  groups.push_back({[](const Member&) { return true; }, account_max, account_reserved});
  for (const std::size_t server : servers)
    groups.push_back({[server](const Member& one) { return one.server == server; }, server_max});
  return groups;
}

/// Who has to go: in each group whoever came when it was full.
std::set<FakeClientId> too_many(std::vector<Member> members) {
  std::sort(members.begin(), members.end(), [](const Member& a, const Member& b) {
    return std::tie(a.came, a.id) < std::tie(b.came, b.id);
  });
  std::set<FakeClientId> going;
  for (const ModelGroup& group : groups_of(members)) {
    int inside = 0;
    int reserved = group.reserved;
    for (const Member& one : members) {
      if (going.contains(one.id) || !group.counts(one)) continue;
      if (one.user == "ops" && reserved > 0) {
        --reserved;
      } else if (++inside > group.max) {
        going.insert(one.id);
      }
    }
  }
  return going;
}

/// Whether some group may have been full without it, whatever the order of those that came at the
/// same time and whoever of those who have just left was still there.
bool may_be_too_many(const Member& judged, const std::vector<Member>& others) {
  for (const ModelGroup& group : groups_of({judged})) {
    if (!group.counts(judged)) continue;
    const auto before = std::count_if(others.begin(), others.end(), [&](const Member& one) {
      return one.id != judged.id && one.came <= judged.came && group.counts(one);
    });
    if (before >= group.max) return true;
  }
  return false;
}

class LimitHistory {
 public:
  explicit LimitHistory(std::uint32_t seed) : random_(seed) {
    world_.nats.add_server("second");
    world_.nats.add_server("third");
    dead_.assign(3, false);
    world_.boot();
    world_.pass(5s);
    world_.nats.on_kick([this](const FakeConnection& connection) { judge(connection); });
  }
  ~LimitHistory() {
    world_.nats.on_kick({});
    world_.nats.on_connz_page({});
  }
  LimitHistory(const LimitHistory&) = delete;
  LimitHistory& operator=(const LimitHistory&) = delete;

  void run(int steps) {
    for (int i = 0; i < steps; ++i) {
      step();
      // Mostly while much is under way, sometimes long enough for all of it to end.
      const std::int64_t most = roll(10) == 0 ? 20'000 : 700;
      world_.pass(std::chrono::milliseconds(1 + pick(most)));
      recover();
    }
    world_.nats.heal();
    silent_until_.clear();
    world_.pass(3min);
  }
  void check() {
    const std::vector<Member> members = present();
    const std::set<FakeClientId> going = too_many(members);
    for (const FakeClientId id : going) {
      // Whoever comes back at once is let in for an interval that grows to a minute.
      const FakeClient& client = world_.nats.client(id);
      EXPECT_TRUE(client.options.auto_reconnect) << client.user;
      EXPECT_LE(world_.nats.now() - client.connected_at, 65s) << client.user;
    }
    // One that was kicked a moment ago was still counted in the last look.
    const bool all_at_rest =
        going.empty() && std::all_of(ids_.begin(), ids_.end(), [&](auto id) {
          const FakeClient& client = world_.nats.client(id);
          return client.connected() || client.gone || !client.options.auto_reconnect;
        });
    if (!all_at_rest) return;
    EXPECT_EQ(world_.metric(MetricId::limit_used, {"account_connections"}),
              static_cast<double>(members.size()));
  }
  const std::vector<std::string>& wrong() const { return wrong_; }
  int kicks() const { return kicks_; }
  int doubtful() const { return doubtful_; }

 private:
  std::int64_t pick(std::int64_t below) {
    return std::uniform_int_distribution<std::int64_t>(0, below - 1)(random_);
  }
  std::int64_t roll(std::int64_t sides) { return pick(sides); }

  /// Those that any limit counts.
  std::vector<Member> present() const {
    std::vector<Member> members;
    for (const FakeClientId id : ids_) {
      const FakeClient& client = world_.nats.client(id);
      if (client.connected() && client.user != "robot") members.push_back(member_of(id));
    }
    return members;
  }
  Member member_of(FakeClientId id) const {
    const FakeClient& client = world_.nats.client(id);
    Member member{id, client.user, client.server, client.connected_at, {}};
    for (const std::string& subject : client.options.subscriptions) {
      if (subject.starts_with("chat.general.")) member.rooms.insert("general");
      if (subject.starts_with("chat.lobby.hall.")) member.rooms.insert("hall");
    }
    return member;
  }

  void judge(const FakeConnection& connection) {
    ++kicks_;
    const auto found = std::find_if(ids_.begin(), ids_.end(), [&](FakeClientId id) {
      return world_.nats.client(id).connection == connection.id;
    });
    if (found == ids_.end() || connection.user == "robot") {
      wrong_.push_back(connection.user + " is no client to kick");
      return;
    }
    std::vector<Member> members = present();
    if (too_many(members).contains(*found)) return;
    // The look may have seen those who have left since, and put in another order who came at once.
    for (const auto& [left, when] : departed_) {
      if (world_.clock.mono() - when <= 1s) members.push_back(left);
    }
    if (may_be_too_many(member_of(*found), members)) {
      ++doubtful_;
      return;
    }
    wrong_.push_back(connection.user + " cid " + std::to_string(connection.cid) + " on server " +
                     std::to_string(connection.server));
  }

  void connect() {
    static const std::vector<std::string> users{"ann",   "bob",   "cid",   "dan", "bot-1",
                                                "bot-2", "kiosk", "kiosk", "ops", "robot"};
    static const std::vector<std::vector<std::string>> heard{
        {},
        {},
        {"chat.general.*"},
        {"chat.lobby.hall.*"},
        {"chat.general.>", "chat.lobby.hall.>"},
        {"chat.>"}};
    static const std::vector<std::string> kinds{"nats", "nats", "websocket", "mqtt"};
    FakeClientOptions options = staying_away(
        names_[static_cast<std::size_t>(pick(static_cast<std::int64_t>(names_.size())))],
        heard[static_cast<std::size_t>(pick(6))]);
    options.kind = kinds[static_cast<std::size_t>(pick(4))];
    // Some have a library that brings them back, wherever.
    options.auto_reconnect = roll(8) == 0;
    options.roams = true;
    ids_.push_back(
        world_.nats.add_client("APP", users[static_cast<std::size_t>(pick(10))], options));
  }
  void leave() {
    const std::vector<Member> members = present();
    if (members.empty()) return;
    const Member& one =
        members[static_cast<std::size_t>(pick(static_cast<std::int64_t>(members.size())))];
    departed_.emplace_back(one, world_.clock.mono());
    world_.nats.remove_client(one.id);
  }
  void depart_from(std::size_t server) {
    for (const Member& one : present()) {
      if (one.server == server) departed_.emplace_back(one, world_.clock.mono());
    }
  }
  std::vector<std::size_t> living() const {
    std::vector<std::size_t> servers;
    for (std::size_t i = 1; i < dead_.size(); ++i) {
      if (!dead_[i]) servers.push_back(i);
    }
    return servers;
  }

  void step() {
    const std::int64_t what = roll(100);
    if (what < 45) {
      connect();
    } else if (what < 50) {
      for (std::int64_t i = 0, count = 2 + pick(12); i < count; ++i) {
        connect();
        world_.pass(1ms);
      }
    } else if (what < 75) {
      leave();
    } else if (what < 81) {
      world_.nats.lose_events(roll(2) == 0);
    } else if (what < 87) {
      world_.nats.delay_events(std::chrono::milliseconds(pick(2) * pick(5'000)));
    } else if (what < 95) {
      change_a_page();
    } else {
      trouble_a_server(what);
    }
  }
  void change_a_page() {
    world_.nats.on_connz_page([this, left = 1 + pick(4)]() mutable {
      if (left-- <= 0) return;
      if (roll(2) == 0) {
        leave();
      } else {
        connect();
      }
    });
  }
  void trouble_a_server(std::int64_t what) {
    const std::vector<std::size_t> servers = living();
    const std::size_t server =
        servers[static_cast<std::size_t>(pick(static_cast<std::int64_t>(servers.size())))];
    if (what < 97) {
      depart_from(server);
      world_.nats.restart_server(server);
    } else if (what == 97 && silent_until_.empty()) {
      // Our own connections end with it: who is silent then would not be missed.
      depart_from(0);
      world_.nats.restart_server(0);
    } else if (what == 98) {
      world_.nats.set_silent(server, true);
      silent_until_[server] = world_.clock.mono() + std::chrono::milliseconds(1 + pick(15'000));
    } else if (what == 99 && servers.size() > 1) {
      depart_from(server);
      world_.nats.kill_server(server);
      dead_[server] = true;
      std::erase(names_, server_names_[server]);
      join();
    }
  }
  void join() {
    const std::string name = "joined-" + std::to_string(dead_.size());
    world_.nats.add_server(name);
    dead_.push_back(false);
    names_.push_back(name);
    server_names_.push_back(name);
  }
  /// Ends the silence of servers: longer than half a minute they would be given up.
  void recover() {
    std::erase_if(silent_until_, [this](const auto& entry) {
      if (world_.clock.mono() < entry.second) return false;
      world_.nats.set_silent(entry.first, false);
      return true;
    });
    std::erase_if(departed_,
                  [this](const auto& entry) { return world_.clock.mono() - entry.second > 1min; });
  }

  DaemonWorld world_{config, "2026-11-22T10:00:00Z"};
  std::mt19937 random_;
  Ids ids_;
  std::vector<std::string> names_{"fake", "second", "third"};
  std::vector<std::string> server_names_{"fake", "second", "third"};
  std::vector<bool> dead_;
  std::map<std::size_t, policies::MonoTime> silent_until_;
  std::vector<std::pair<Member, policies::MonoTime>> departed_;
  std::vector<std::string> wrong_;
  int kicks_ = 0;
  int doubtful_ = 0;
};

TEST(LimitHistories, NobodyWithinIsKickedAndEveryLimitHoldsInTheEnd) {
  constexpr int histories = 8;
  int kicks = 0;
  int doubtful = 0;
  for (std::uint32_t seed = 1; seed <= std::uint32_t{histories}; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    LimitHistory history(seed);
    history.run(250);
    history.check();
    ASSERT_EQ(history.wrong(), std::vector<std::string>{});
    if (::testing::Test::HasFailure()) return;
    kicks += history.kicks();
    doubtful += history.doubtful();
  }
  EXPECT_GT(kicks, histories * 20) << "histories without any surplus prove nothing";
  EXPECT_LT(doubtful, kicks / 2) << "the model says little";
}

}  // namespace
}  // namespace roomkeeper::testing
