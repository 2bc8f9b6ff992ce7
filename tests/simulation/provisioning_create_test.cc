// Provisioning by the whole daemon: how streams of rooms come into being, and come back.
#include <string>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/simulation/operator.h"
#include "tests/simulation/start_time.h"

namespace roomkeeper::testing {
namespace {

using metrics::MetricId;
using nlohmann::json;
using namespace std::chrono_literals;

constexpr std::string_view two_rooms = R"(
instance: seoul
templates:
  default: { retention: { until: midnight, days: 0, timezone: Asia/Seoul } }
rooms:
  - { id: general }
  - { id: lobby }
)";

TEST(ProvisioningCreate, AStreamHasExactlyTheRoomsConfigurationAndMark) {
  DaemonWorld world(R"(
instance: seoul
templates:
  default:
    storage: memory
    retention: { max_age: 30d }
    stream:
      max_messages: 100000
      max_bytes: 64MiB
      max_message_size: 64KiB
      max_messages_per_subject: 500
      max_consumers: 20
      on_full: reject_new
      retention: interest
      duplicate_window: 1m
      compression: s2
      placement: { cluster: kr, tags: [ssd] }
rooms:
  - { id: general, title: 자유 대화방 }
)",
                    start);
  world.boot();
  const json expected = json::parse(R"({
    "name": "ROOM_general", "subjects": ["chat.general.*"], "retention": "interest", "max_consumers": 20,
    "max_msgs": 100000, "max_bytes": 67108864, "max_age": 2592000000000000, "max_msgs_per_subject": 500,
    "max_msg_size": 65536, "discard": "new", "storage": "memory", "num_replicas": 1, "duplicate_window": 60000000000,
    "compression": "s2", "sealed": false, "deny_delete": false, "deny_purge": false, "allow_rollup_hdrs": false,
    "allow_msg_ttl": false})");
  const json config = config_of(world, "ROOM_general");
  ASSERT_TRUE(config.is_object());
  for (const auto& [key, value] : expected.items())
    EXPECT_EQ(config.value(key, json()), value) << key;
  EXPECT_EQ(config["placement"], json::parse(R"({"cluster": "kr", "tags": ["ssd"]})"));
  EXPECT_FALSE(config.contains("first_seq"));
  EXPECT_EQ(metadata_of(world, "ROOM_general", "roomkeeper.instance"), "seoul");
  EXPECT_EQ(metadata_of(world, "ROOM_general", "roomkeeper.room"), "general");
  EXPECT_EQ(metadata_of(world, "ROOM_general", "roomkeeper.owner"), "file");
  EXPECT_EQ(metadata_of(world, "ROOM_general", "roomkeeper.template"), "default");
  EXPECT_EQ(metadata_of(world, "ROOM_general", "roomkeeper.retention"), "for:2592000000000000");
  EXPECT_EQ(verdict(world, "general"), "ready/ok");
  EXPECT_EQ(world.logged(
                "room.changed room=general stream=ROOM_general change=create reason=room_missing"),
            1U);
}

TEST(ProvisioningCreate, AMidnightRoomHasTheLongestDayAndAnHourAsBackstop) {
  DaemonWorld world(two_rooms, start);
  world.boot();
  // Seoul had a day of 25 hours when its summer time of 1988 ended.
  EXPECT_EQ(config_of(world, "ROOM_general")["max_age"],
            json(std::chrono::nanoseconds(26h).count()));
  EXPECT_EQ(metadata_of(world, "ROOM_general", "roomkeeper.retention"), "midnight:0:Asia/Seoul");
}

TEST(ProvisioningCreate, TwoPointTenGetsTheSameRooms) {
  DaemonWorld world(two_rooms, start, {.version = "2.10.29"});
  world.boot();
  EXPECT_EQ(verdict(world, "general"), "ready/ok");
  EXPECT_EQ(verdict(world, "lobby"), "ready/ok");
  world.nats.forget_counts();
  world.pass(1h);
  EXPECT_EQ(writes(world), 0U);
}

TEST(ProvisioningCreate, WithTheServerDownAtStartTheRoomsAreMadeOnceItComes) {
  DaemonWorld world(two_rooms, start);
  world.nats.stop();
  world.boot();
  world.pass(5min);
  EXPECT_FALSE(world.ready());
  EXPECT_TRUE(world.nats.streams().empty());
  world.nats.start();
  world.pass(5s);
  EXPECT_TRUE(world.ready());
  EXPECT_TRUE(world.has_stream("general"));
  EXPECT_TRUE(world.has_stream("lobby"));
}

TEST(ProvisioningCreate, AStreamDeletedByHandComesBackWithinSecondsBehindItsHighestSequence) {
  DaemonWorld world(two_rooms, start);
  world.boot();
  for (int i = 0; i < 5; ++i) world.say("general", "bob", "old");
  world.pass(70s);  // a pass has seen sequence 5
  ASSERT_TRUE(world.nats.delete_stream("ROOM_general"));
  world.pass(2s);
  ASSERT_TRUE(world.has_stream("general"));
  EXPECT_EQ(config_of(world, "ROOM_general")["first_seq"], json(6));
  EXPECT_EQ(world.logged("room=general stream=ROOM_general change=create reason=room_lost"), 1U);
  world.say("general", "bob", "new");
  EXPECT_EQ(world.nats.stream("ROOM_general")->messages().begin()->first, 6U)
      << "5 is the old message for ever";
  EXPECT_EQ(verdict(world, "general"), "ready/ok");
}

TEST(ProvisioningCreate, FirstSeqOfARecreatedStreamIsNoDrift) {
  DaemonWorld world(two_rooms, start);
  world.boot();
  for (int i = 0; i < 3; ++i) world.say("general", "bob", "old");
  world.pass(70s);
  world.nats.delete_stream("ROOM_general");
  world.pass(5s);
  ASSERT_TRUE(world.has_stream("general"));
  world.nats.forget_counts();
  world.pass(1h);
  EXPECT_EQ(writes(world), 0U);
}

TEST(ProvisioningCreate, AfterTheServerLostItsStoreEveryRoomIsBackAndNoSequenceComesTwice) {
  DaemonWorld world(two_rooms, start);
  world.boot();
  ASSERT_EQ(refusal(world, "room.create", R"({"room": {"id": "team"}})"), "");
  world.pass(2s);
  for (int i = 0; i < 4; ++i) world.say("lobby", "bob", "old");
  world.pass(70s);
  world.nats.lose_everything();
  world.pass(70s);
  EXPECT_EQ(verdict(world, "general"), "ready/ok");
  EXPECT_EQ(verdict(world, "lobby"), "ready/ok");
  EXPECT_EQ(verdict(world, "team"), "ready/ok") << "remembered by the running daemon";
  EXPECT_EQ(config_of(world, "ROOM_lobby")["first_seq"], json(5));
}

TEST(ProvisioningCreate, ASubjectThatAnotherStreamHoldsIsLeftToItAndNotTriedOverAndOver) {
  DaemonWorld world(two_rooms, start);
  ASSERT_TRUE(
      world.nats.create_stream("ARCHIVE", R"({"name":"ARCHIVE","subjects":["chat.general.>"]})"));
  world.boot();
  world.pass(1h);
  EXPECT_EQ(verdict(world, "general"), "blocked/subject_overlap");
  EXPECT_EQ(ask(world, "room.show", R"({"room":"general"})")["detail"], json("stream \"ARCHIVE\""));
  EXPECT_EQ(verdict(world, "lobby"), "ready/ok");
  EXPECT_EQ(world.nats.count("$JS.API.STREAM.CREATE.ROOM_general"), 0U);
  world.nats.delete_stream("ARCHIVE");
  world.pass(70s);
  EXPECT_EQ(verdict(world, "general"), "ready/ok");
}

TEST(ProvisioningCreate, ALostReplyToACreationMakesOneStreamAndAReadyRoom) {
  DaemonWorld world(two_rooms, start);
  world.nats.lose_replies(1, "$JS.API.STREAM.CREATE.ROOM_general");
  world.boot();
  world.pass(10s);
  EXPECT_EQ(verdict(world, "general"), "ready/ok");
  EXPECT_EQ(world.nats.streams(),
            (std::set<std::string>{"KV_roomkeeper", "KV_roomkeeper_lease", "ROOMKEEPER_AUDIT",
                                   "ROOM_general", "ROOM_lobby"}));
}

TEST(ProvisioningCreate, WhileTheServerDoesNotAnswerARoomIsFailedAndSaysWhy) {
  DaemonWorld world(two_rooms, start);
  world.nats.silence("$JS.API.STREAM.CREATE.ROOM_general");
  world.boot();
  world.pass(30s);
  EXPECT_EQ(verdict(world, "general"), "failed/server_timeout");
  EXPECT_EQ(verdict(world, "lobby"), "ready/ok");
  EXPECT_GE(world.metric(MetricId::room_provision_errors_total, {"server_timeout"}), 1);
  world.nats.speak();
  world.pass(70s);
  EXPECT_EQ(verdict(world, "general"), "ready/ok");
}

TEST(ProvisioningCreate, ARefusalIsReportedInTheServersWordsAndTriedAgain) {
  DaemonWorld world(two_rooms, start);
  world.nats.fail_next(
      "$JS.API.STREAM.CREATE.ROOM_general",
      {.code = 500, .err_code = 10049, .description = "the store could not be opened"});
  world.boot();
  const json room = ask(world, "room.show", R"({"room":"general"})");
  EXPECT_EQ(room["state"], json("failed"));
  EXPECT_EQ(room["reason"], json("server_refused"));
  EXPECT_NE(room.value("detail", "").find("the store could not be opened"), std::string::npos)
      << room["detail"];
  world.pass(70s);
  EXPECT_EQ(verdict(world, "general"), "ready/ok");
}

TEST(ProvisioningCreate, WhenTheServerDropsItsQueueNothingIsSentForAWhile) {
  DaemonWorld world(two_rooms, start);
  world.boot();
  world.pass(1s);
  world.nats.announce_api_limit(5000, "SYS");
  world.loop.run_until_idle();
  world.nats.delete_stream("ROOM_general");
  world.nats.forget_counts();
  world.pass(1500ms);
  EXPECT_EQ(world.nats.count("$JS.API.>"), 0U);
  EXPECT_FALSE(world.has_stream("general"));
  EXPECT_EQ(world.metric(MetricId::jetstream_api_pauses_total), 1);
  world.pass(3s);
  EXPECT_TRUE(world.has_stream("general"));
}

TEST(ProvisioningCreate, WithNothingToDoNothingIsWritten) {
  DaemonWorld world(two_rooms, start);
  world.boot();
  world.say("general", "bob", "hello");
  world.pass(10s);
  world.nats.forget_counts();
  world.pass(1h);
  EXPECT_EQ(writes(world), 0U);
  EXPECT_GE(world.nats.count("$JS.API.STREAM.LIST"), 50U) << "it has looked all the same";
}

TEST(ProvisioningCreate, NoMoreRequestsAreUnderWayThanTheBudgetAllows) {
  DaemonWorld world(
      "instance: seoul\nreconcile: { in_flight: 4 }\nrooms:\n  - { range: \"game-{1..200}\" }\n",
      start);
  world.nats.set_latency(10ms);
  world.boot();
  // 200 creations of 20 ms, four at a time, take a second and not less.
  world.pass(800ms);
  EXPECT_LT(world.nats.streams().size(), 180U);
  world.pass(2s);
  EXPECT_EQ(world.nats.streams().size(), 203U) << "state, lease and audit beside the rooms";
}

TEST(ProvisioningCreate, ASecondInstanceOnTheSameAccountIsRefusedAndTouchesNothing) {
  DaemonWorld world(two_rooms, start);
  world.boot();
  world.say("general", "bob", "hello");
  world.kill();
  std::string other(two_rooms);
  other.replace(other.find("seoul"), 5, "busan");
  world.write_config(other + "  - { id: harbour }\n");
  world.nats.forget_counts();
  world.boot();
  world.pass_until("2026-11-22T16:00:00Z");  // past Seoul's midnight
  EXPECT_FALSE(world.ready());
  EXPECT_EQ(writes(world), 0U);
  EXPECT_EQ(world.messages("general"), 1U);
  EXPECT_FALSE(world.has_stream("harbour"));
  const json status = ask(world, "status");
  EXPECT_NE(status.value("nats_error", "").find("belongs to instance 'seoul'"), std::string::npos)
      << status;
  EXPECT_EQ(status["ready"], json(false));
  EXPECT_EQ(refusal(world, "room.create", R"({"room": {"id": "team"}})"), "not_ready");
}

}  // namespace
}  // namespace roomkeeper::testing
