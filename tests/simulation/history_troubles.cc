// What happens to the daemon and the server in a random history.
#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "tests/simulation/local_days.h"
#include "tests/simulation/operator.h"
#include "tests/simulation/retention_history.h"
#include "tests/support/rfc3339.h"

namespace roomkeeper::testing {
namespace {

using policies::Nanoseconds;
using policies::WallTime;
using namespace std::chrono_literals;

constexpr const char* daemon_user = "roomkeeper";
/// A purge that was decided on before the clock went wrong may still be under way for so long: some
/// requests of a pass, each with its time-out.
constexpr Nanoseconds under_way = 40s;

std::string stranger(const std::string& room, const std::string& metadata) {
  return R"({"name":"ROOM_)" + room + R"(","subjects":["chat.)" + room +
         R"(.*"],"storage":"file","metadata":{)" + metadata + "}}";
}

}  // namespace

void RetentionHistory::saw(FakeMoment moment, const std::string& user,
                           const sidecar::Message& message) {
  if (user != daemon_user) return;
  ledger_.saw(moment, message);
  watch_clock(moment, message);
  if (moment != FakeMoment::arrived || countdown_ == 0 ||
      !message.subject.starts_with("$JS.API.STREAM."))
    return;
  if (--countdown_ == 0) strike();
}

void RetentionHistory::watch_clock(FakeMoment moment, const sidecar::Message& message) {
  const Nanoseconds off = world_.nats.now() - world_.clock.wall();
  if (off >= -60s && off <= 60s) {
    clock_bad_since_ = policies::MonoTime::max();
    return;
  }
  const policies::MonoTime now = world_.clock.mono();
  clock_bad_since_ = std::min(clock_bad_since_, now);
  if (moment == FakeMoment::sent && message.subject.starts_with("$JS.API.STREAM.PURGE.") &&
      now - clock_bad_since_ > under_way)
    ledger_.complain("purged with clocks " + std::to_string(off / 1s) +
                     " s apart: " + message.subject);
}

void RetentionHistory::arm() {
  strikes_left_ = 1 + dice_.below(4);
  countdown_ = 1 + dice_.below(12);
}

/// Just before the server looks at a request of the daemon.
void RetentionHistory::strike() {
  if (--strikes_left_ > 0) countdown_ = 1 + dice_.below(12);
  if (dice_.below(3) > 0) {
    between_requests();
  } else {
    todo_.emplace_back([this] { outside_of_requests(); });
  }
}

void RetentionHistory::between_requests() {
  const std::string stream = dice_.of(rooms_.all()).stream_name();
  switch (dice_.below(9)) {
    case 0:
    case 1:
      for (std::size_t i = 1 + dice_.below(4); i > 0; --i) speak();
      return;
    case 2:
    case 3:
      return delete_some(stream);
    case 4:
      return recreate(stream);
    case 5:
      return dice_.one_in(3) ? drop(stream) : recreate(stream);
    case 6:
      return purge_by_hand(stream);
    case 7:
      tell("replies will be lost");
      world_.nats.lose_replies(1 + dice_.below(3), "$JS.API.STREAM.>");
      healthy_since_ = world_.clock.mono();
      return;
    default:
      // As kill -9 at this request, or as a server that hangs: nothing more is answered.
      tell("the server is silent");
      world_.nats.silence("$JS.API.>");
      healthy_ = false;
      if (dice_.one_in(2)) {
        todo_.emplace_back([this] {
          kill();
          world_.nats.speak();
          boot();
        });
      }
      return;
  }
}

void RetentionHistory::outside_of_requests() {
  switch (dice_.below(6)) {
    case 0:
    case 1:
      kill();
      return dice_.one_in(3) ? static_cast<void>(healthy_ = false) : boot();
    case 2:
      tell("disconnected");
      world_.nats.disconnect("APP", daemon_user);
      healthy_since_ = world_.clock.mono();
      return;
    case 3:
      return change_rules();
    case 4:
      tell("requests will be lost");
      world_.nats.ignore_next(1 + dice_.below(3), "$JS.API.STREAM.>");
      healthy_since_ = world_.clock.mono();
      return;
    default:
      tell("the server is down");
      world_.nats.stop();
      server_down_ = true;
      healthy_ = false;
      return;
  }
}

/// Set before a midnight, in force during it.
void RetentionHistory::trouble_ahead() {
  switch (dice_.below(6)) {
    case 0:
      return put_daemon_clock_off(dice_.one_in(2) ? 10s : -10s);
    case 1:
      return put_daemon_clock_off(dice_.one_in(2) ? 24h : -24h);
    case 2: {
      const Nanoseconds forward = dice_.one_in(3) ? 24h : 1s + dice_.within(58s);
      tell("the server's clock jumps forward");
      server_skew_ += forward;
      world_.nats.set_skew(server_skew_);
      healthy_ = healthy_ && forward < 60s;
      healthy_since_ = world_.clock.mono();
      return;
    }
    case 3:
      tell("purges are not answered");
      world_.nats.silence("$JS.API.STREAM.PURGE.>");
      healthy_ = false;
      return;
    case 4:
      tell("some replies will be lost");
      world_.nats.lose_replies(1 + dice_.below(3), "$JS.API.STREAM.>");
      healthy_since_ = world_.clock.mono();
      return;
    default:
      tell("latency");
      world_.nats.set_latency(std::chrono::microseconds(dice_.below(60'000)));
      return;
  }
}

void RetentionHistory::put_daemon_clock_off(Nanoseconds by) {
  tell("the daemon's clock is off by " + std::to_string(by / 1s) + " s");
  world_.clock.set_wall(world_.clock.wall() + by);
  server_skew_ -= by;
  world_.nats.set_skew(server_skew_);
  healthy_ = healthy_ && by > -60s && by < 60s;
  healthy_since_ = world_.clock.mono();
}

/// The server is well, the daemon runs, and its clock is the server's.
void RetentionHistory::heal() {
  world_.nats.heal();
  if (server_skew_ != 0s) world_.clock.set_wall(world_.clock.wall() + server_skew_);
  server_skew_ = {};
  if (std::exchange(server_down_, false)) world_.nats.start();
  if (!world_.running()) boot();
  tell("all is well");
  healthy_ = true;
  healthy_since_ = world_.clock.mono();
}

void RetentionHistory::boot() {
  tell("the daemon starts");
  ledger_.set_wanted(rooms_.wanted());
  world_.boot();
  healthy_since_ = world_.clock.mono();
}

void RetentionHistory::kill() {
  if (!world_.running()) return;
  tell("the daemon is killed");
  world_.kill();
}

void RetentionHistory::say(const RandomRoom& room) {
  world_.nats.publish("chat." + room.id + (dice_.one_in(2) ? ".bob" : ".eve"), "x");
}

void RetentionHistory::speak() {
  ledger_.charge_server();
  for (const RandomRoom& room : rooms_.all()) {
    if (dice_.below(3) > 0) say(room);
  }
  ledger_.charge_test();
}

/// Messages of the last days, many of them beside a boundary.
void RetentionHistory::write_past() {
  ledger_.charge_server();
  const WallTime now = world_.nats.now();
  constexpr std::array<Nanoseconds, 8> beside = {-1h, -1s, -1ms, -1ns, 0ns, 1ns, 1ms, 2h};
  std::vector<WallTime> moments;
  for (const std::string& zone : scene_.zones) {
    const LocalDays& days = LocalDays::of(zone, scene_.around);
    for (int back = 0; back <= 3; ++back) {
      for (const Nanoseconds off : beside) moments.push_back(days.boundary(back, now) + off);
    }
  }
  std::sort(moments.begin(), moments.end());
  for (const RandomRoom& room : rooms_.all()) {
    const std::size_t sparse = 1 + dice_.below(12);
    for (const WallTime moment : moments) {
      if (moment >= now || !dice_.one_in(sparse)) continue;
      world_.nats.publish_at("chat." + room.id + ".bob", "x", moment);
    }
    if (dice_.one_in(3)) delete_some(room.stream_name());
  }
  ledger_.charge_test();
}

/// Messages around the cut, the oldest, or the newest, one by one.
void RetentionHistory::delete_some(const std::string& stream) {
  ledger_.charge_server();
  const FakeStream* found = world_.nats.stream(stream);
  if (found == nullptr || found->messages().empty()) return;
  tell("messages of " + stream + " are deleted");
  const std::string& zone = dice_.of(scene_.zones);
  const LocalDays& days = LocalDays::of(zone, scene_.around);
  const WallTime cut = days.boundary(static_cast<int>(dice_.below(4)), world_.nats.now());
  std::vector<std::uint64_t> near;
  const std::size_t where = dice_.below(3);
  for (const auto& [seq, message] : found->messages()) {
    const bool at_cut = message.time >= cut - 2h && message.time < cut + 3h;
    const bool newest = seq + 3 > found->last_seq();
    const bool oldest = seq < found->first_seq() + 3;
    const bool chosen = where == 0 ? at_cut : where == 1 ? newest : oldest;
    if (chosen && dice_.below(4) > 0) near.push_back(seq);
  }
  for (const std::uint64_t seq : near) world_.nats.delete_message(stream, seq);
  ledger_.charge_test();
}

/// By somebody else, with the same configuration and mark, and with sequences from 1 on.
void RetentionHistory::recreate(const std::string& stream) {
  ledger_.charge_server();
  const FakeStream* found = world_.nats.stream(stream);
  if (found == nullptr) return;
  tell(stream + " is deleted and made anew");
  const std::string config = found->config().info_json;
  world_.clock.advance(1us);
  world_.nats.delete_stream(stream);
  static_cast<void>(world_.nats.create_stream(stream, config));
  ledger_.recreated(stream);
  for (std::size_t i = dice_.below(30); i > 0; --i)
    world_.nats.publish("chat." + stream.substr(5) + ".bob", "after the deletion");
  ledger_.charge_test();
}

void RetentionHistory::drop(const std::string& stream) {
  ledger_.charge_server();
  tell(stream + " is deleted");
  world_.nats.delete_stream(stream);
  ledger_.recreated(stream);
  ledger_.charge_test();
}

void RetentionHistory::purge_by_hand(const std::string& stream) {
  ledger_.charge_server();
  const FakeStream* found = world_.nats.stream(stream);
  if (found == nullptr) return;
  tell(stream + " is purged by hand");
  const std::string filter = dice_.one_in(2) ? "chat." + stream.substr(5) + ".bob" : "";
  const std::uint64_t up_to =
      dice_.one_in(2) ? found->first_seq() + dice_.below(found->messages().size() + 1) : 0;
  world_.nats.purge_stream(stream, filter, up_to, up_to == 0 ? dice_.below(4) : 0);
  ledger_.charge_test();
}

/// The file changes, and the daemon reads it now.
void RetentionHistory::change_rules() {
  tell(rooms_.change_one());
  world_.write_config(rooms_.file());
  if (!world_.running()) return;
  ledger_.set_wanted(rooms_.wanted());
  world_.reload();
}

void RetentionHistory::consent() {
  if (!world_.running() || !healthy_ || !todo_.empty()) return;
  tell("lossy changes are agreed to");
  world_.ask("apply", R"({"allow_lossy": true})");
}

/// Streams that are none of the daemon's business, though they look like it.
void RetentionHistory::make_strangers() {
  static_cast<void>(world_.nats.create_stream("ROOM_unmarked", stranger("unmarked", "")));
  static_cast<void>(world_.nats.create_stream(
      "ROOM_theirs",
      stranger("theirs", R"("roomkeeper.instance":"busan","roomkeeper.room":"theirs",)"
                         R"("roomkeeper.owner":"file","roomkeeper.template":"default",)"
                         R"("roomkeeper.retention":"midnight:0:UTC")")));
  static_cast<void>(
      world_.nats.create_stream("ORDERS", R"({"name":"ORDERS","subjects":["orders.*"]})"));
  const WallTime start = world_.nats.now() - 80h;
  for (int i = 0; i < 6; ++i) {
    for (const char* subject : {"chat.unmarked.bob", "chat.theirs.bob", "orders.bob"})
      world_.nats.publish_at(subject, "x", start + i * 13h);
  }
  ledger_.charge_test();
}

void RetentionHistory::make_consumers() {
  std::optional<Operator> somebody;
  for (const RandomRoom& room : rooms_.all()) {
    if (!room.has_consumer()) continue;
    if (!somebody) somebody.emplace(world_);
    somebody->request("$JS.API.CONSUMER.DURABLE.CREATE." + room.stream_name() + ".only",
                      R"({"stream_name":")" + room.stream_name() +
                          R"(","config":{"durable_name":"only","ack_policy":"explicit"}})");
  }
}

}  // namespace roomkeeper::testing
