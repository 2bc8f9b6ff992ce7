// What is published of rooms, wherever their messages are.
#include "sidecar/room_metrics.h"

#include <memory>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/load.h"
#include "sidecar/nats/request_queue.h"
#include "tests/sidecar/room_ids.h"
#include "tests/support/fake_nats.h"
#include "tests/support/manual_clock.h"
#include "tests/support/manual_loop.h"

namespace roomkeeper::sidecar {
namespace {

using metrics::MetricId;
using policies::ObservedStream;
using policies::RoomState;
using policies::WallTime;
using ::testing::HasSubstr;
using ::testing::Not;

WallTime at(std::int64_t seconds) {
  return WallTime{std::chrono::seconds(seconds)};
}

/// Room `own` in a stream of its own, `p1` and `p2` in pool `lobby`, where `stranger` has messages.
class RoomMetrics : public ::testing::Test {
 protected:
  RoomMetrics() {
    policies::ObservedStreams listing;
    listing.complete = true;
    listing.streams = {stream("POOL_lobby", "*", "lobby", 10, 1000),
                       stream("ROOM_gone", "gone", "old", 2, 20),
                       stream("ROOM_own", "own", "default", 3, 300)};
    inventory_.take_listing(std::move(listing));
    policies::DesiredRooms desired;
    desired.rooms = {room("own", default_), room("p1", lobby_), room("p2", lobby_)};
    rooms_.set_desired(std::move(desired));
    rooms_.set_verdicts({{.room = id("gone"), .state = RoomState::orphaned},
                         {.room = id("own"), .state = RoomState::ready},
                         {.room = id("p1"), .state = RoomState::ready},
                         {.room = id("p2"), .state = RoomState::pending}});
    pools_.roster.known = true;
    const auto lobby = std::make_shared<const std::string>("lobby");
    pools_.roster.rooms = {{.id = id("p1"), .pool = lobby}, {.id = id("p2"), .pool = lobby}};
    policies::PoolContents& contents = pools_.contents["POOL_lobby"];
    contents.rooms = {{.room = "p1", .messages = 4, .last_ts = at(1'700'000'500)},
                      {.room = "stranger", .messages = 6}};
    contents.looked = at(1'700'000'600);
    contents.messages = 10;
    contents.bytes = 1000;
  }

  static ObservedStream stream(const std::string& name, const std::string& of,
                               const std::string& template_name, std::uint64_t messages,
                               std::uint64_t bytes) {
    ObservedStream stream;
    stream.name = name;
    stream.config.mark = policies::Mark{.instance = "seoul",
                                        .room = of,
                                        .owner = "file",
                                        .template_name = template_name,
                                        .retention = "forever"};
    stream.config.settings.max_bytes = 1000;
    stream.stored.messages = messages;
    stream.stored.first_ts = at(1'700'000'000);
    stream.stored.last_ts = at(1'700'000'100);
    stream.bytes = bytes;
    stream.consumers = 5;
    return stream;
  }
  static std::shared_ptr<const policies::RoomSettings> settings(const std::string& name) {
    auto settings = std::make_shared<policies::RoomSettings>();
    settings->template_name = name;
    return settings;
  }
  static policies::RoomSpec room(const std::string& name,
                                 std::shared_ptr<const policies::RoomSettings> settings) {
    return {.id = id(name),
            .owner = policies::RoomOwner::file,
            .title = {},
            .topic = {},
            .tags = {},
            .settings = std::move(settings),
            .place = {}};
  }
  static std::shared_ptr<const config::Config> config() {
    auto config = std::make_shared<config::Config>();
    config->instance = "seoul";
    return config;
  }

  double value(MetricId id, const metrics::LabelValues& labels) const {
    return metrics_.value(id, labels);
  }

  testing::ManualClock clock_;
  testing::ManualLoop loop_{clock_};
  testing::FakeNats nats_{loop_};
  std::unique_ptr<MessageBus> bus_ = nats_.connect("APP", "roomkeeper");
  metrics::Metrics metrics_;
  Log log_{clock_, {}, [](config::LogLevel, const std::string&) {}};
  Runtime runtime_{.loop = loop_,
                   .clock = clock_,
                   .log = log_,
                   .metrics = metrics_,
                   .config = config(),
                   .zones = config::find_zone};
  nats::RequestQueue queue_{*bus_, loop_, clock_, {}};
  nats::JetStream js_{queue_, ""};
  Inventory inventory_{runtime_, js_};
  RoomDirectory rooms_;
  policies::PoolsSeen pools_;
  std::shared_ptr<const policies::RoomSettings> default_ = settings("default");
  std::shared_ptr<const policies::RoomSettings> lobby_ = settings("lobby");
};

TEST_F(RoomMetrics, APoolCountsOnceAndExactly) {
  publish_room_metrics(runtime_, inventory_, rooms_, &pools_);
  EXPECT_EQ(value(MetricId::messages, {"lobby"}), 10) << "the stream's, strangers and all";
  EXPECT_EQ(value(MetricId::stored_bytes, {"lobby"}), 1000);
  EXPECT_EQ(value(MetricId::messages, {"default"}), 3);
  EXPECT_EQ(value(MetricId::messages, {"old"}), 2);
  EXPECT_EQ(value(MetricId::rooms, {"lobby", "ready"}), 1);
  EXPECT_EQ(value(MetricId::rooms, {"lobby", "pending"}), 1);
  EXPECT_EQ(value(MetricId::rooms, {"old", "orphaned"}), 1);
  EXPECT_EQ(value(MetricId::rooms_near_limit, {"bytes"}), 1) << "the pool is full";
}

TEST_F(RoomMetrics, PoolsHaveFamiliesOfTheirOwn) {
  publish_room_metrics(runtime_, inventory_, rooms_, &pools_);
  EXPECT_EQ(value(MetricId::pool_rooms, {"lobby"}), 2);
  EXPECT_EQ(value(MetricId::pool_stray_rooms, {"lobby"}), 1);
  EXPECT_EQ(value(MetricId::pool_looked_timestamp_seconds, {"lobby"}), 1'700'000'600);
  pools_.roster.known = false;
  publish_room_metrics(runtime_, inventory_, rooms_, &pools_);
  EXPECT_THAT(metrics_.text(), Not(HasSubstr("roomkeeper_pool_stray_rooms{")))
      << "nobody knows who is a stranger";
}

TEST_F(RoomMetrics, ARoomOfAPoolIsOnTheRoomsPage) {
  publish_room_metrics(runtime_, inventory_, rooms_, &pools_);
  const std::string page = metrics_.rooms_text("p*", "lobby", 10);
  for (const char* line :
       {"roomkeeper_room_info{room=\"p1\",stream=\"POOL_lobby\",template=\"lobby\"",
        "roomkeeper_room_messages{room=\"p1\"} 4\n", "roomkeeper_room_messages{room=\"p2\"} 0\n",
        "roomkeeper_room_stored_bytes{room=\"p1\"} 400\n",
        "roomkeeper_room_consumers{room=\"p1\"} 0\n",
        "roomkeeper_room_last_message_timestamp_seconds{room=\"p1\"} 1700000500\n"}) {
    EXPECT_THAT(page, HasSubstr(line));
  }
  EXPECT_THAT(page, Not(HasSubstr("first_message_timestamp_seconds{")));
  const std::string own = metrics_.rooms_text("own", "", 10);
  EXPECT_THAT(own, HasSubstr("roomkeeper_room_info{room=\"own\",stream=\"ROOM_own\""));
  EXPECT_THAT(own, HasSubstr("roomkeeper_room_consumers{room=\"own\"} 5\n"));
  EXPECT_THAT(own, HasSubstr("first_message_timestamp_seconds{room=\"own\"} 1700000000\n"));
}

TEST_F(RoomMetrics, ARoomShowsItsListenersAndItsLimit) {
  auto limited = std::make_shared<policies::RoomSettings>();
  limited->template_name = "lobby";
  limited->connections.max = 10;
  policies::DesiredRooms desired;
  desired.rooms = {room("own", default_), room("p1", limited), room("p2", limited),
                   room("waits", limited)};
  rooms_.set_desired(std::move(desired));
  rooms_.set_verdicts({{.room = id("gone"), .state = RoomState::orphaned},
                       {.room = id("own"), .state = RoomState::ready},
                       {.room = id("p1"), .state = RoomState::ready},
                       {.room = id("p2"), .state = RoomState::ready},
                       {.room = id("waits"), .state = RoomState::pending}});
  rooms_.set_listeners({{.room = id("elsewhere"), .used = 99, .max = {}},
                        {.room = id("own"), .used = 5000, .max = {}},
                        {.room = id("p1"), .used = 9, .max = 10},
                        {.room = id("waits"), .used = 11, .max = 10}});
  publish_room_metrics(runtime_, inventory_, rooms_, &pools_);
  EXPECT_EQ(value(MetricId::rooms_near_limit, {"connections"}), 2) << "p1 and waits";
  EXPECT_EQ(value(MetricId::room_top_connections, {"own"}), 5000);
  EXPECT_EQ(value(MetricId::room_top_connections, {"p1"}), 9);
  const std::string page = metrics_.rooms_text("", "", 10);
  for (const char* line : {"roomkeeper_room_connections{room=\"own\"} 5000\n",
                           "roomkeeper_room_connections{room=\"p1\"} 9\n",
                           "roomkeeper_room_connections{room=\"p2\"} 0\n",
                           "roomkeeper_room_connections{room=\"gone\"} 0\n",
                           "roomkeeper_room_connections_limit{room=\"p1\"} 10\n",
                           "roomkeeper_room_connections_limit{room=\"p2\"} 10\n"}) {
    EXPECT_THAT(page, HasSubstr(line));
  }
  EXPECT_THAT(page, Not(HasSubstr("roomkeeper_room_connections_limit{room=\"own\"")));
  EXPECT_THAT(page, Not(HasSubstr("room=\"elsewhere\"")));
}

TEST_F(RoomMetrics, WhileNobodyCountsConnectionsNoneAreShown) {
  publish_room_metrics(runtime_, inventory_, rooms_, &pools_);
  EXPECT_THAT(metrics_.rooms_text("", "", 10), Not(HasSubstr("roomkeeper_room_connections{")));
  EXPECT_EQ(value(MetricId::rooms_near_limit, {"connections"}), 0);
}

TEST_F(RoomMetrics, ARoomThatIsShutIsNotNearItsLimitUntilSomebodyIsIn) {
  auto shut = std::make_shared<policies::RoomSettings>();
  shut->template_name = "default";
  shut->connections.max = 0;
  policies::DesiredRooms desired;
  desired.rooms = {room("own", shut)};
  rooms_.set_desired(std::move(desired));
  rooms_.set_listeners({});
  publish_room_metrics(runtime_, inventory_, rooms_, &pools_);
  EXPECT_EQ(value(MetricId::rooms_near_limit, {"connections"}), 0);
  EXPECT_THAT(metrics_.rooms_text("", "", 10),
              HasSubstr("roomkeeper_room_connections_limit{room=\"own\"} 0\n"));
  rooms_.set_listeners({{.room = id("own"), .used = 1, .max = 0}});
  publish_room_metrics(runtime_, inventory_, rooms_, &pools_);
  EXPECT_EQ(value(MetricId::rooms_near_limit, {"connections"}), 1);
}

TEST_F(RoomMetrics, APoolOfAnotherInstanceIsNotOurs) {
  ObservedStream other = stream("POOL_other", "*", "other", 7, 70);
  other.config.mark->instance = "busan";
  inventory_.put(other, at(1'700'000'700));
  publish_room_metrics(runtime_, inventory_, rooms_, &pools_);
  EXPECT_THAT(metrics_.text(), Not(HasSubstr("template=\"other\"")));
}

}  // namespace
}  // namespace roomkeeper::sidecar
