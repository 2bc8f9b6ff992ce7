#include "tests/simulation/held_pool.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "tests/simulation/operator.h"

namespace roomkeeper::testing {

namespace {

using nlohmann::json;
using namespace std::chrono_literals;

constexpr std::string_view rooms = R"(
instance: seoul
reconcile: { on_removal: delete }
templates:
  default: { retention: { until: midnight, days: 0, timezone: Asia/Seoul } }
  lobby: { layout: pooled, retention: { until: midnight, days: 0, timezone: Asia/Seoul } }
  games: { layout: pooled, retention: { max_age: 30d } }
rooms:
  - { id: general }
  - { id: a, template: lobby }
  - { id: b, template: lobby }
  - { id: c, template: lobby }
  - { id: chess, template: games }
)";

}  // namespace

HeldPool::HeldPool(FakeNatsOptions options)
    : world_(rooms, "2026-11-22T14:50:00Z", std::move(options)) {
  world_.boot();
  world_.pass(5s);
}

void HeldPool::tell(const std::string& room, const std::string& user, const std::string& text,
                    const sidecar::Headers& more) {
  sidecar::Headers headers{{"X-Kind", "text"}};
  headers.insert(headers.end(), more.begin(), more.end());
  world_.nats.publish("chat.lobby." + room + "." + user, text, headers);
  const FakeStream* pool = world_.nats.stream("POOL_lobby");
  ASSERT_NE(pool, nullptr);
  ASSERT_FALSE(pool->messages().empty());
  const FakeMessage& message = pool->messages().rbegin()->second;
  told_[room].emplace_back(message.seq, message.subject, wire_headers(message.headers),
                           message.data, message.time);
  world_.loop.run_until_idle();
}

std::vector<HeldPool::Told> HeldPool::copied(const std::string& room) const {
  std::vector<Told> result;
  const FakeStream* copy = world_.nats.stream("HOLD_" + room);
  if (copy == nullptr) return result;
  for (const auto& [seq, message] : copy->messages()) {
    result.emplace_back(seq, message.subject, wire_headers(message.headers), message.data,
                        message.time);
  }
  return result;
}

std::uint64_t HeldPool::messages(const std::string& room) const {
  const FakeStream* pool = world_.nats.stream("POOL_lobby");
  if (pool == nullptr) return 0;
  const std::string prefix = "chat.lobby." + room + ".";
  return static_cast<std::uint64_t>(
      std::count_if(pool->messages().begin(), pool->messages().end(),
                    [&](const auto& item) { return item.second.subject.starts_with(prefix); }));
}

std::uint64_t HeldPool::messages_of_pool() const {
  const FakeStream* pool = world_.nats.stream("POOL_lobby");
  return pool == nullptr ? 0 : pool->messages().size();
}

std::string HeldPool::hold(const std::string& room) {
  const json reply = ask(world_, "room.hold", json{{"room", room}, {"note", "case 7"}}.dump());
  if (reply.contains("error")) return reply["error"].value("code", "?");
  return reply.value("state", "?");
}

json HeldPool::held(const std::string& room) {
  const json reply = ask(world_, "room.holds");
  for (const json& hold : reply.value("holds", json::array())) {
    if (hold.value("room", "") == room) return hold;
  }
  return nullptr;
}

std::string HeldPool::state(const std::string& room) {
  const json hold = held(room);
  return hold.is_null() ? "none" : hold.value("state", "?");
}

std::vector<std::string> HeldPool::blocking() {
  std::vector<std::string> rooms;
  const json reply = ask(world_, "room.holds");
  for (const json& room : reply.value("blocked", json::array()))
    rooms.push_back(room.get<std::string>());
  return rooms;
}

void HeldPool::make(const std::string& room) {
  const json body{{"room", {{"id", room}, {"template", "lobby"}}}};
  ASSERT_EQ(ask(world_, "room.create", body.dump()).value("id", ""), room);
  world_.pass(5s);
}

}  // namespace roomkeeper::testing
