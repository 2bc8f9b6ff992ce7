// How many listen to a room, as `room show` and the metrics tell it.
#include <string>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/simulation/clients.h"
#include "tests/simulation/operator.h"
#include "tests/simulation/start_time.h"

namespace roomkeeper::testing {
namespace {

using metrics::MetricId;
using nlohmann::json;
using namespace std::chrono_literals;

constexpr std::string_view house = R"(
instance: seoul
limits: { exempt_users: [APP/roomkeeper, APP/operator, APP/admin] }
templates:
  lobby: { layout: pooled, room_connections: { max: 10 } }
rooms:
  - { id: general }
  - { id: hall, template: lobby }
  - { id: yard, template: lobby }
)";

json shown(DaemonWorld& world, const std::string& room) {
  return ask(world, "room.show", json{{"room", room}}.dump());
}

TEST(RoomListeners, AreShownWithTheRoomAndInTheMetrics) {
  DaemonWorld world(house, start);
  world.boot();
  world.pass(5s);
  arrive_many(world, "g", 4, staying_away({}, {"chat.general.*"}));
  const Ids hall = arrive_many(world, "h", 9, staying_away({}, {"chat.lobby.hall.*"}));
  world.pass(2min);
  const json general = shown(world, "general");
  EXPECT_EQ(general.value("connections", -1), 4) << general;
  EXPECT_FALSE(general.contains("connections_max")) << "unlimited";
  EXPECT_EQ(shown(world, "hall").value("connections", -1), 9);
  EXPECT_EQ(shown(world, "hall").value("connections_max", -1), 10);
  EXPECT_EQ(shown(world, "yard").value("connections", -1), 0);
  EXPECT_EQ(world.metric(MetricId::room_top_connections, {"hall"}), 9);
  EXPECT_EQ(world.metric(MetricId::room_top_connections, {"general"}), 4);
  EXPECT_EQ(world.metric(MetricId::rooms_near_limit, {"connections"}), 1);
  // They leave: the next look sees it, and the metrics of rooms with the next pass.
  for (const FakeClientId id : hall) world.nats.remove_client(id);
  world.pass(2min);
  EXPECT_EQ(shown(world, "hall").value("connections", -1), 0);
  EXPECT_EQ(world.metric(MetricId::rooms_near_limit, {"connections"}), 0);
}

TEST(RoomListeners, AreNotToldWhereNobodyCountsThem) {
  DaemonWorld world(house, start);
  world.with_system = false;
  world.boot();
  arrive_many(world, "g", 4, staying_away({}, {"chat.general.*"}));
  world.pass(2min);
  const json general = shown(world, "general");
  EXPECT_FALSE(general.contains("connections")) << general;
  EXPECT_EQ(world.metric(MetricId::room_top_connections, {"general"}), 0);
  EXPECT_EQ(shown(world, "hall").value("connections_max", -1), 10) << "what is wanted is known";
}

}  // namespace
}  // namespace roomkeeper::testing
