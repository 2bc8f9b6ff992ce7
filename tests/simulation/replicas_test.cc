// Two and three replicas of one instance: who leads, what the others do, and that a leader that was
// stalled, cut off or replaced does nothing any more.
#include <chrono>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/simulation/replica_world.h"

namespace roomkeeper::testing {
namespace {

using namespace std::chrono_literals;
using metrics::MetricId;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* start = "2026-11-22T08:00:00Z";
constexpr const char* one_room = R"(
instance: seoul
rooms:
  - { id: general, title: First }
)";
constexpr const char* one_room_changed = R"(
instance: seoul
rooms:
  - { id: general, title: First, stream: { max_messages: 500 } }
)";

json max_messages(const ReplicaWorld& world) {
  const FakeStream* stream = world.nats.stream("ROOM_general");
  return stream == nullptr ? json() : json(stream->config().max_msgs);
}

class Replicas : public ::testing::Test {
 protected:
  void boot_both(const char* yaml = one_room) {
    world.boot("a", yaml);
    world.boot("b", yaml);
    world.pass(2s);
    ASSERT_EQ(world.leader(), "a");
  }
  ReplicaWorld world{start};
};

TEST_F(Replicas, TheFirstLeadsAtOnceAndTheSecondWatches) {
  world.boot("a", one_room);
  EXPECT_EQ(world.leader(), "a");
  EXPECT_NE(world.nats.stream("ROOM_general"), nullptr);
  world.boot("b", one_room);
  world.pass(30s);
  EXPECT_EQ(world.leader(), "a");
  EXPECT_TRUE(world.ready("b")) << "it can take over";
  EXPECT_EQ(world.metric("b", MetricId::leader), 0);
  EXPECT_EQ(world.metric("a", MetricId::replicas), 2);
}

TEST_F(Replicas, AfterAKillTheOtherLeadsWithinFiveSeconds) {
  boot_both();
  world.kill("a");
  EXPECT_LE(world.until_led(10s), 5s);
  EXPECT_EQ(world.leader(), "b");
  world.nats.delete_stream("ROOM_general");
  world.pass(70s);
  EXPECT_NE(world.nats.stream("ROOM_general"), nullptr) << "it acts";
  EXPECT_EQ(world.logged("b", "reason=lease_expired"), 1U);
}

TEST_F(Replicas, AfterACleanStopTheOtherLeadsWithinASecond) {
  boot_both();
  world.shut_down("a");
  EXPECT_LE(world.until_led(10s), 1s);
  EXPECT_EQ(world.leader(), "b");
  EXPECT_EQ(world.logged("b", "reason=lease_released"), 1U);
}

TEST_F(Replicas, AStalledLeaderDoesNotActOnWaking) {
  boot_both();
  world.stall("a");
  world.pass(30s);
  ASSERT_THAT(world.leaders(), ::testing::Contains("b"));
  // What the new leader has done since then must not be undone, and nothing old be done.
  ASSERT_TRUE(world.ask("room.create", R"({"room":{"id":"fresh"}})").contains("id"));
  world.pass(5s);
  world.nats.delete_stream("ROOM_general");
  world.nats.silence("$JS.API.STREAM.CREATE.>");  // so that only "a" could have asked for it
  world.nats.forget_counts();
  world.go_on("a");
  world.loop.run_until_idle();
  EXPECT_EQ(world.nats.count("$JS.API.STREAM.CREATE.ROOM_general"), 0U);
  EXPECT_EQ(world.nats.count("$JS.API.STREAM.UPDATE.>"), 0U);
  EXPECT_EQ(world.nats.count("$JS.API.STREAM.PURGE.>"), 0U);
  EXPECT_EQ(world.nats.count("$KV.roomkeeper.>"), 0U);
  EXPECT_EQ(world.leader(), "b");
  world.nats.speak();
  world.pass(70s);
  EXPECT_EQ(world.leader(), "b");
  EXPECT_EQ(world.logged("a", "lease.watching"), 1U);
  EXPECT_NE(world.nats.stream("ROOM_fresh"), nullptr);
}

TEST_F(Replicas, AStallShorterThanTheLeaseChangesNothing) {
  boot_both();
  for (int i = 0; i < 10; ++i) {
    world.stall("a");
    world.pass(2s);
    world.go_on("a");
    world.pass(5s);
    ASSERT_EQ(world.leader(), "a");
  }
  EXPECT_EQ(world.logged("a", "lease.leading"), 1U);
}

TEST_F(Replicas, OnlyTheLeaderAnswersAndAnotherOneWhenItIsNamed) {
  boot_both();
  world.pass(2s);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(world.ask("status").value("replica", ""), "a");
  const json of_b = world.ask("replica.b.status");
  EXPECT_EQ(of_b.value("replica", ""), "b");
  EXPECT_EQ(of_b["leader"], json(false));
  EXPECT_THAT(of_b.value("leader_note", ""), HasSubstr("'a'"));
  EXPECT_EQ(of_b["ready"], json(true));
  EXPECT_EQ(world.ask("replica.b.room.show", R"({"room":"general"})")["state"], json("ready"));
  const json refused = world.ask("replica.b.room.create", R"({"room":{"id":"x"}})");
  EXPECT_EQ(refused["error"]["code"], json("not_leader")) << refused;
}

TEST_F(Replicas, StatusShowsAllOfThem) {
  boot_both();
  world.pass(2s);
  const json replicas = world.ask("status")["replicas"];
  ASSERT_EQ(replicas.size(), 2U);
  EXPECT_EQ(replicas[0]["name"], json("a"));
  EXPECT_EQ(replicas[0]["leader"], json(true));
  EXPECT_EQ(replicas[1]["name"], json("b"));
  EXPECT_EQ(replicas[1]["leader"], json(false));
  EXPECT_LE(replicas[1]["heard_seconds_ago"].get<double>(), 1.5);
  world.kill("b");
  world.pass(10s);
  EXPECT_EQ(world.ask("status")["replicas"].size(), 1U);
}

TEST_F(Replicas, WhileNobodyLeadsAWatcherAnswersReadsAndRefusesTheRest) {
  boot_both();
  world.kill("a");
  world.pass(3s);
  ASSERT_THAT(world.leaders(), IsEmpty());
  EXPECT_EQ(world.ask("room.show", R"({"room":"general"})")["state"], json("ready"));
  EXPECT_EQ(world.ask("room.create", R"({"room":{"id":"x"}})")["error"]["code"],
            json("not_leader"));
}

TEST_F(Replicas, AWatcherSeesWhatTheLeaderMade) {
  boot_both();
  ASSERT_TRUE(world.ask("room.create", R"({"room":{"id":"fresh"}})").contains("id"));
  world.pass(20s);
  EXPECT_EQ(world.ask("replica.b.room.show", R"({"room":"fresh"})")["state"], json("ready"));
}

TEST_F(Replicas, AStepDownHandsOverAndTheOldLeaderWatches) {
  boot_both();
  world.pass(2s);
  const json reply = world.ask("leader.stepdown");
  EXPECT_EQ(reply["replica"], json("a"));
  EXPECT_EQ(reply["others"], json::array({"b"}));
  EXPECT_LE(world.until_led(10s), 1s);
  EXPECT_EQ(world.leader(), "b");
  world.pass(60s);
  EXPECT_EQ(world.leader(), "b");
  EXPECT_EQ(world.logged("a", "lease.leading"), 1U);
}

TEST_F(Replicas, APassThatTheFormerLeaderPromisedIsNotTakenForOneOfTheNewOne) {
  boot_both();
  world.pass(2s);
  const json promised = world.ask("apply");
  ASSERT_TRUE(promised.contains("pass")) << promised;
  ASSERT_TRUE(world.ask("leader.stepdown").contains("replica"));
  world.until_led(10s);
  // The other has looked about as often, so that it has a pass of that number of its own.
  world.pass(300s);
  const std::string body = json{{"pass", promised["pass"]}}.dump();
  EXPECT_EQ(world.ask("pass", body)["error"]["code"], json("pass_not_found"));
  const json own = world.ask("apply");
  world.pass(10s);
  EXPECT_EQ(world.ask("pass", json{{"pass", own["pass"]}}.dump())["done"], json(true));
}

TEST_F(Replicas, WithoutAnybodyElseTheOneThatSteppedDownLeadsAgain) {
  world.boot("a", one_room);
  world.pass(2s);
  EXPECT_EQ(world.ask("leader.stepdown")["others"], json::array());
  world.pass(1s);
  EXPECT_THAT(world.leaders(), IsEmpty());
  world.pass(10s);
  EXPECT_EQ(world.leader(), "a");
}

TEST_F(Replicas, ARollingUpdateWithAChangedConfigurationIsNeverReverted) {
  boot_both();
  // "b" comes back with the new one, then "a".
  world.shut_down("b");
  world.boot("b", one_room_changed);
  world.pass(30s);
  EXPECT_EQ(world.leader(), "a");
  EXPECT_NE(max_messages(world), json(500)) << "the old leader goes by the old one";
  world.shut_down("a");
  world.pass(2s);
  ASSERT_EQ(world.leader(), "b");
  world.pass(70s);
  ASSERT_EQ(max_messages(world), json(500));
  world.boot("a", one_room_changed);
  for (int i = 0; i < 30; ++i) {
    world.pass(10s);
    ASSERT_EQ(world.leader(), "b") << "no flapping";
    ASSERT_EQ(max_messages(world), json(500)) << "no revert";
  }
}

TEST_F(Replicas, AReplicaWithTheOlderConfigurationDoesNotTakeOver) {
  boot_both();
  world.pass(5s);
  world.shut_down("b");
  world.boot("b", one_room_changed);
  world.boot("c", one_room);  // read later than "b", but of the same text as "a"
  world.pass(5s);
  world.shut_down("c");
  world.shut_down("a");
  world.pass(2s);
  ASSERT_EQ(world.leader(), "b");
  world.kill("b");
  world.boot("old", std::string("replica: { configuration_revision: 0 }\n") + one_room);
  world.pass(60s);
  EXPECT_EQ(world.leader(), "old") << "read later: as far as anybody knows it is the newer one";
}

TEST_F(Replicas, ALowerRevisionLeadsAfterAHigherOneOnlyWhenNobodyElseCame) {
  const auto with_revision = [](int revision, const char* yaml) {
    return "replica: { configuration_revision: " + std::to_string(revision) + " }\n" + yaml;
  };
  world.boot("new", with_revision(2, one_room_changed));
  world.pass(2s);
  world.boot("old", with_revision(1, one_room));
  world.pass(5s);
  world.kill("new");
  world.pass(60s);
  EXPECT_THAT(world.leaders(), IsEmpty());
  EXPECT_EQ(max_messages(world), json(500));
  EXPECT_THAT(world.ask("status").value("leader_note", ""), HasSubstr("newer configuration"));
  world.boot("newer", with_revision(3, one_room));
  world.pass(6s);
  EXPECT_EQ(world.leader(), "newer") << "a roll back is a new revision";

  world.kill("newer");
  world.pass(250s);
  EXPECT_THAT(world.leaders(), IsEmpty());
  world.pass(60s);
  EXPECT_EQ(world.leader(), "old") << "rather an old configuration than no midnight";
}

TEST_F(Replicas, AReloadOfTheLeaderIsKnownToTheOthers) {
  boot_both();
  world.write_config("a", one_room_changed);
  world.pass(10s);
  ASSERT_EQ(max_messages(world), json(500));
  world.kill("a");
  world.pass(30s);
  EXPECT_THAT(world.leaders(), IsEmpty()) << "b has not read the new one yet";
  world.write_config("b", one_room_changed);
  world.pass(10s);
  EXPECT_EQ(world.leader(), "b");
  EXPECT_EQ(max_messages(world), json(500));
}

TEST_F(Replicas, AfterALossOfTheConnectionTheOtherLeadsAndThereIsNeverASecondOne) {
  boot_both();
  world.nats.stop();
  world.pass(20s);
  EXPECT_THAT(world.leaders(), IsEmpty());
  world.nats.start();
  for (int i = 0; i < 400; ++i) {
    world.pass(50ms);
    ASSERT_LE(world.leaders().size(), 1U);
  }
  EXPECT_NE(world.leader(), "");
}

TEST_F(Replicas, ALeaderWhoseRenewalsAreLostStopsBeforeTheOtherBegins) {
  boot_both();
  world.stall("b");  // it sees nothing meanwhile
  world.nats.silence("$KV.roomkeeper_lease.>");
  bool stopped = false;
  for (int i = 0; i < 100 && !stopped; ++i) {
    world.pass(50ms);
    stopped = world.leaders().empty();
  }
  ASSERT_TRUE(stopped);
  world.nats.speak();
  world.go_on("b");
  for (int i = 0; i < 200; ++i) {
    world.pass(50ms);
    ASSERT_LE(world.leaders().size(), 1U);
  }
  EXPECT_NE(world.leader(), "");
}

TEST_F(Replicas, TheLeadersKeyCanBeLostAndIsWrittenAnew) {
  boot_both();
  world.nats.delete_stream("KV_roomkeeper_lease");
  world.pass(60s);
  EXPECT_EQ(world.leader(), "a") << "nobody else was there to take it";
  EXPECT_EQ(world.logged("a", "lease.leading"), 1U);
  EXPECT_NE(world.nats.stream("KV_roomkeeper_lease"), nullptr);
}

TEST_F(Replicas, WithoutTheLeasesBucketANewProcessRisesAboveTheOldFence) {
  boot_both();
  world.shut_down("a");
  world.pass(5s);
  ASSERT_EQ(world.leader(), "b") << "the second generation";
  world.kill("b");
  world.nats.delete_stream("KV_roomkeeper_lease");
  world.boot("c", one_room);
  world.pass(5s);
  EXPECT_EQ(world.leader(), "c");
  EXPECT_TRUE(world.ask("room.create", R"({"room":{"id":"fresh"}})").contains("id"));
}

TEST_F(Replicas, GarbageInTheKeyOfTheLeaseOnlyCostsTime) {
  boot_both();
  for (const char* garbage : {"", "{", "[]", R"({"process":7})", "\xff\xfe"}) {
    world.nats.publish("$KV.roomkeeper_lease.leader", garbage);
    world.pass(20s);
    EXPECT_NE(world.leader(), "") << garbage;
  }
}

TEST_F(Replicas, AnotherLeadersWriteFencesTheFormerOne) {
  boot_both();
  world.stall("a");
  world.pass(10s);
  ASSERT_THAT(world.leaders(), ::testing::Contains("b"));
  const FakeStream* bucket = world.nats.stream("KV_roomkeeper");
  ASSERT_NE(bucket, nullptr);
  world.go_on("a");
  world.pass(1s);
  EXPECT_EQ(world.leader(), "b");
  EXPECT_EQ(world.ask("status").value("replica", ""), "b");
}

// What the other one did to a job is in the bucket; what a former leader remembers is not true.
TEST_F(Replicas, AJobThatWasAbortedUnderAnotherLeaderStaysAborted) {
  boot_both("instance: seoul\nrooms:\n  - { range: \"r{1..60}\" }\n");
  for (int i = 1; i <= 60; ++i)
    world.nats.publish("chat.r" + std::to_string(i) + ".bob", "keep me");
  const auto kept = [this] {
    std::size_t rooms = 0;
    for (int i = 1; i <= 60; ++i)
      rooms += world.nats.stream("ROOM_r" + std::to_string(i))->messages().size();
    return rooms;
  };
  const json asked = world.ask("purge", R"({"match":"*","all":true,"rate":1,"dry_run":false})");
  const std::string id = asked.value("id", "");
  ASSERT_NE(id, "") << asked;
  world.pass(3s);
  world.stall("a");
  world.pass(10s);
  const json aborted = world.ask("job.abort", "{\"job\":\"" + id + "\"}");
  ASSERT_FALSE(aborted.contains("error")) << aborted;
  world.pass(5s);
  const std::size_t left = kept();
  ASSERT_GT(left, 20U);
  world.go_on("a");
  world.pass(2s);
  ASSERT_EQ(world.leader(), "b");
  world.ask("leader.stepdown");
  world.pass(5s);
  ASSERT_EQ(world.leader(), "a");
  world.pass(2min);
  const json shown = world.ask("job.show", "{\"job\":\"" + id + "\"}");
  EXPECT_EQ(shown["job"].value("state", ""), "aborted") << shown;
  EXPECT_EQ(kept(), left);
}

TEST_F(Replicas, AnotherInstanceLetsTheOwnerOfTheAccountLead) {
  constexpr const char* foreign = "instance: busan\nrooms: [ {id: harbour} ]\n";
  world.boot("a", one_room);
  world.boot("x", foreign);
  world.pass(5s);
  world.shut_down("a");
  world.pass(60s);
  EXPECT_THAT(world.leaders(), IsEmpty());
  EXPECT_EQ(world.nats.stream("ROOM_harbour"), nullptr);
  world.boot("a2", one_room);
  world.pass(10s);
  EXPECT_EQ(world.leader(), "a2");
}

TEST_F(Replicas, AFormerLeaderDropsTheRestOfItsPlan) {
  world.boot("a", one_room);
  world.boot("b", one_room);
  world.pass(2s);
  world.nats.silence("$JS.API.STREAM.CREATE.>");
  std::string many = "instance: seoul\nrooms:\n";
  for (int i = 0; i < 300; ++i) many += "  - { id: r" + std::to_string(i) + " }\n";
  world.write_config("a", many);
  world.pass(2s);
  world.stall("a");
  world.pass(10s);
  world.go_on("a");
  world.pass(10s);
  EXPECT_LT(world.logged("a", "room.not_changed"), 40U) << "not one line a room";
}

TEST_F(Replicas, NoReplicaKicksAnotherOne) {
  const std::string yaml = std::string("limits: { account_connections: { max: 1 } }\n") + one_room;
  world.boot("a", yaml);
  world.boot("b", yaml);
  world.boot("c", yaml);
  world.pass(2min);
  EXPECT_EQ(world.leader(), "a");
  EXPECT_EQ(world.metric("a", MetricId::kicks_total, {"account_connections", "reject_new"}), 0);
  EXPECT_EQ(world.logged("b", "nats.disconnected"), 0U);
  EXPECT_EQ(world.logged("c", "nats.disconnected"), 0U);
}

TEST_F(Replicas, AFormerLeaderTakesItsFiguresBack) {
  boot_both();
  world.pass(5s);
  EXPECT_GT(world.metric("a", MetricId::leader_changes_total), 0);
  world.stall("a");
  world.pass(10s);
  world.go_on("a");
  world.pass(1s);
  EXPECT_EQ(world.metric("a", MetricId::leader), 0);
  EXPECT_EQ(world.metric("a", MetricId::holds_blocking_rooms), 0);
}

}  // namespace
}  // namespace roomkeeper::testing
