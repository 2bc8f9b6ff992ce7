// Every command of roomctl as a person types it: the real program against a real daemon and server.
#include <chrono>
#include <csignal>
#include <regex>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/integration/installation.h"
#include "tests/integration/waiting.h"

namespace roomkeeper::testing {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;

constexpr const char* example = R"(
limits: { exempt_users: [APP/roomkeeper, APP/admin], connections_per_user: { max: 3 } }
templates:
  default: { retention: { until: midnight, days: 0, timezone: Asia/Seoul }, stream: { max_bytes: 8MiB } }
  archive: { extends: default, retention: { max_age: 30d } }
rooms:
  - { id: general, title: 자유 대화방, tags: [공지, seoul] }
  - { id: support, template: archive }
  - { range: "game-{1..3}" }
)";

class RoomctlTest : public ::testing::Test {
 protected:
  RoomctlTest() : installed({.yaml = example}) {}
  void SetUp() override { ASSERT_TRUE(installed.ready()); }

  std::string good(std::vector<std::string> arguments) {
    const ChildResult result = installed.roomctl(arguments);
    EXPECT_EQ(result.exit_code, 0) << arguments[0] << ": " << result.out << result.err;
    return result.out;
  }
  std::string bad(std::vector<std::string> arguments) {
    const ChildResult result = installed.roomctl(arguments);
    EXPECT_EQ(result.exit_code, 1) << arguments[0] << ": " << result.out;
    EXPECT_EQ(result.out, "") << arguments[0];
    return result.err;
  }

  Installation installed;
};

TEST_F(RoomctlTest, TellsWhatIsThere) {
  EXPECT_THAT(good({"status"}), AllOf(HasSubstr("instance test"), HasSubstr("Ready           yes"),
                                      HasSubstr("5 ready"), HasSubstr("Asia/Seoul")));
  const json status = installed.roomctl_json({"status"});
  EXPECT_EQ(status["ready"], true);
  EXPECT_EQ(status["rooms"], (json{{{"state", "ready"}, {"rooms", 5}}})) << status;
  EXPECT_THAT(good({"doctor"}), HasSubstr("Nothing is wrong."));
  EXPECT_TRUE(installed.roomctl_json({"doctor"})["findings"].is_array());
  EXPECT_THAT(good({"version"}), AllOf(HasSubstr("roomctl "), HasSubstr("roomkeeper "),
                                       HasSubstr("nats-server 2.15.")));
  EXPECT_THAT(installed.roomctl_json({"version", "--client"}).size(), 1U);

  const std::string table = good({"room", "ls"});
  EXPECT_THAT(table, AllOf(HasSubstr("자유 대화방"), HasSubstr("game-3")));
  EXPECT_EQ(installed.roomctl_json({"room", "ls"})["total"], 5);
  EXPECT_EQ(installed.roomctl_json({"room", "ls", "--match", "game-*"})["total"], 3);
  EXPECT_EQ(installed.roomctl_json({"room", "ls", "--match", "대화"})["total"], 1) << "by title";
  EXPECT_EQ(installed.roomctl_json({"room", "ls", "--tag", "공지"})["rooms"][0]["id"], "general");
  EXPECT_EQ(installed.roomctl_json({"room", "ls", "--template", "archive"})["total"], 1);
  EXPECT_EQ(installed.roomctl_json({"room", "ls", "--state", "blocked"})["total"], 0);
  EXPECT_EQ(installed.roomctl_json({"room", "ls", "--limit", "2"})["rooms"].size(), 2U);
}

TEST_F(RoomctlTest, ShowsOneRoomWholly) {
  ASSERT_TRUE(installed.client("bob")->store("chat.general.bob", "hello"));
  ASSERT_EQ(installed.roomctl({"apply"}).exit_code, 0);
  const json room = installed.roomctl_json({"room", "show", "general"});
  EXPECT_EQ(room["id"], "general");
  EXPECT_EQ(room["title"], "자유 대화방");
  EXPECT_EQ(room["tags"], (json{"공지", "seoul"}));
  EXPECT_EQ(room["template"], "default");
  EXPECT_EQ(room["layout"], "dedicated");
  EXPECT_EQ(room["stream"], "ROOM_general");
  EXPECT_EQ(room["state"], "ready");
  EXPECT_EQ(room["reason"], "ok");
  EXPECT_EQ(room["messages"], 1);
  EXPECT_GT(room["bytes"].get<int>(), 0);
  EXPECT_EQ(room["publish_subject"], "chat.general.{user}");
  EXPECT_EQ(room["subscribe_subject"], "chat.general.*");
  EXPECT_THAT(good({"room", "show", "general"}), HasSubstr("chat.general.{user}"));
  EXPECT_THAT(good({"room", "explain", "support"}),
              AllOf(HasSubstr("8MiB"), HasSubstr("template default"), HasSubstr("template archive"),
                    HasSubstr("built-in")));
  EXPECT_EQ(installed.roomctl_json({"room", "explain", "general"})["room"]["id"], "general");
  EXPECT_THAT(bad({"room", "show", "genral"}), HasSubstr("genral"));
  const ChildResult missing = installed.roomctl({"room", "show", "genral", "--json"});
  EXPECT_EQ(missing.exit_code, 1);
  EXPECT_EQ(json::parse(missing.out)["error"]["code"], "room_not_found");
}

TEST_F(RoomctlTest, MakesChangesAndRemovesARoom) {
  const json created = installed.roomctl_json({"room", "create", "lobby", "--title", "로비",
                                               "--tag", "new", "--set", "stream.max_messages=50"});
  EXPECT_EQ(created["id"], "lobby");
  EXPECT_EQ(created["owner"], "api");
  ASSERT_TRUE(becomes_true(
      [&] { return installed.roomctl_json({"room", "show", "lobby"})["state"] == "ready"; }));
  EXPECT_EQ(installed.stream_info("lobby")["config"]["max_msgs"], 50);
  EXPECT_THAT(bad({"room", "create", "lobby"}), HasSubstr("lobby"));
  EXPECT_THAT(bad({"room", "create", "bad.id"}), HasSubstr("bad.id"));
  EXPECT_THAT(bad({"room", "create", "other", "--template", "archiv"}), HasSubstr("archive"));

  good({"room", "update", "lobby", "--title", "Lobby", "--set", "stream.max_messages=60"});
  ASSERT_TRUE(
      becomes_true([&] { return installed.stream_info("lobby")["config"]["max_msgs"] == 60; }));
  EXPECT_EQ(installed.roomctl_json({"room", "show", "lobby"})["title"], "Lobby");
  EXPECT_THAT(bad({"room", "update", "general", "--title", "x"}), HasSubstr("general"))
      << "a room of a file is changed in the file";

  // What the API made outlives the daemon.
  EXPECT_EQ(installed.stop_daemon(SIGTERM), 0);
  ASSERT_TRUE(installed.start_daemon());
  ASSERT_TRUE(installed.ready());
  EXPECT_EQ(installed.roomctl_json({"room", "show", "lobby"})["title"], "Lobby");

  EXPECT_THAT(bad({"room", "rm", "lobby"}), HasSubstr("--yes"));
  good({"room", "rm", "lobby", "--yes"});
  ASSERT_TRUE(becomes_true([&] {
    const json room = installed.roomctl_json({"room", "show", "lobby"});
    return room.contains("error") || room["state"] == "orphaned";
  }));
  EXPECT_TRUE(installed.stream_info("lobby").contains("config")) << "on_removal is orphan";
  EXPECT_THAT(bad({"room", "rm", "general", "--yes"}), HasSubstr("general"));
}

TEST_F(RoomctlTest, SendsAndTails) {
  EXPECT_THAT(good({"send", "general", "hello", "world"}), HasSubstr("message 1"));
  const json sent = installed.roomctl_json({"send", "general", "안녕"});
  EXPECT_EQ(sent, (json{{"room", "general"},
                        {"subject", "chat.general.admin"},
                        {"stream", "ROOM_general"},
                        {"seq", 2}}));
  const ChildResult piped = installed.roomctl({"send", "general", "-"}, {}, "from a pipe\n");
  EXPECT_EQ(piped.exit_code, 0) << piped.err;
  EXPECT_THAT(bad({"send", "general", "x", "--as", "bob"}), Not(HasSubstr("stored")))
      << "admin may write as admin only";
  EXPECT_EQ(installed.messages("general"), 3U);
  EXPECT_THAT(bad({"send", "nowhere", "x"}), HasSubstr("nowhere"));

  const std::string tail = good({"tail", "general", "--no-follow"});
  EXPECT_THAT(tail, MatchesRegex("..:..:.. admin: hello world\n"
                                 "..:..:.. admin: 안녕\n"
                                 "..:..:.. admin: from a pipe\n"));
  EXPECT_THAT(good({"tail", "general", "-n", "1", "--no-follow"}),
              MatchesRegex("..:..:.. admin: from a pipe\n"));
  const json line = installed.roomctl_json({"tail", "general", "--last", "1", "--no-follow"});
  EXPECT_EQ(line["seq"], 3);
  EXPECT_EQ(line["user"], "admin");
  EXPECT_EQ(line["text"], "from a pipe");

  ChildProcess follower(installed.roomctl_options({"tail", "general", "-n", "1"}));
  ASSERT_TRUE(follower.wait_for_output("from a pipe"));
  ASSERT_TRUE(installed.client("bob")->store("chat.general.bob", "live \x1b[31mred"));
  EXPECT_TRUE(follower.wait_for_output("bob: live .x1b.31mred")) << follower.out();
  follower.send_signal(SIGINT);
  const auto ended = follower.wait();
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->exit_code, 0) << ended->err;
}

TEST_F(RoomctlTest, PurgesOnlyWhenToldTo) {
  const auto bob = installed.client("bob");
  const auto alice = installed.client("alice");
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(bob->store("chat.general.bob", "x"));
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(alice->store("chat.general.alice", "x"));
  EXPECT_THAT(good({"purge", "--room", "general", "--dry-run"}), HasSubstr("6 of 6 messages"));
  EXPECT_THAT(good({"purge", "--room", "general", "--user", "bob", "--dry-run"}),
              HasSubstr("4 of 6 messages in 1 room would be deleted"));
  EXPECT_EQ(installed.messages("general"), 6U);
  bad({"purge", "--room", "general", "--yes"});
  EXPECT_EQ(installed.messages("general"), 6U) << "--yes alone does not say what";
  EXPECT_THAT(good({"purge", "--room", "general", "--of", "bob", "--yes"}),
              HasSubstr("4 of 6 messages in 1 room deleted"));
  EXPECT_EQ(installed.messages("general"), 2U);
  good({"purge", "--room", "general", "--keep", "1", "--yes"});
  EXPECT_EQ(installed.messages("general"), 1U);
  good({"purge", "--room", "general", "--all", "--yes"});
  EXPECT_EQ(installed.messages("general"), 0U);
}

TEST_F(RoomctlTest, PlansAndAppliesWithProgress) {
  EXPECT_THAT(good({"plan"}), HasSubstr("0 to create, 0 to update"));
  EXPECT_THAT(good({"apply"}), MatchesRegex("pass [0-9]+: 0 of 0 changes made.\n"));
  installed.write_config("reconcile: {in_flight: 1}\nrooms: [ {range: \"many-{1..300}\"} ]\n");
  ASSERT_TRUE(installed.logged("config.loaded .*rooms=300"));
  const ChildResult applied = installed.roomctl({"apply"});
  EXPECT_EQ(applied.exit_code, 0) << applied.err;
  EXPECT_THAT(applied.out, HasSubstr("changes made."));
  ASSERT_TRUE(becomes_true([&] {
    return installed.roomctl_json({"room", "ls", "--state", "ready", "--limit", "1"})["total"] ==
           300;
  }));
  EXPECT_EQ(installed.roomctl_json({"plan"})["creates"], 0);
}

TEST_F(RoomctlTest, TellsWhenAMessageIsGone) {
  EXPECT_EQ(good({"deadline", "--timezone", "Asia/Seoul", "--days", "0", "--at",
                  "2026-11-22T09:00:00+09:00"}),
            "2026-11-23T00:00:00+09:00\n");
  EXPECT_EQ(good({"deadline", "--timezone", "Asia/Seoul", "--days", "2", "--at",
                  "2026-11-22T09:00:00+09:00", "--utc"}),
            "2026-11-24T15:00:00Z\n");
  EXPECT_EQ(good({"deadline", "--timezone", "America/Havana", "--days", "0", "--at",
                  "2026-03-07T12:00:00-05:00"}),
            "2026-03-08T01:00:00-04:00\n")
      << "midnight does not exist that day";
  EXPECT_EQ(good({"deadline", "--room", "general", "--at", "2026-11-22T09:00:00+09:00"}),
            "2026-11-23T00:00:00+09:00\n");
  EXPECT_EQ(good({"deadline", "--room", "support", "--at", "2026-11-22T00:00:00Z", "--utc"}),
            "2026-12-22T00:00:00Z\n");
  EXPECT_EQ(installed.roomctl_json(
                {"deadline", "--room", "general", "--at", "2026-11-22T09:00:00+09:00"})["gone_at"],
            "2026-11-22T15:00:00Z");
  EXPECT_THAT(bad({"deadline", "--timezone", "Asia/Soul"}), HasSubstr("Asia/Soul"));
  EXPECT_THAT(bad({"deadline", "--room", "nowhere"}), HasSubstr("nowhere"));
  EXPECT_THAT(bad({"deadline", "--timezone", "Asia/Seoul", "--at", "yesterday"}),
              HasSubstr("--at: expected a time"));
}

TEST_F(RoomctlTest, ListsAndKicksConnections) {
  const auto first = installed.client("alice");
  const auto second = installed.client("alice");
  const auto other = installed.client("bob");
  const std::string table = good({"connection", "ls"});
  EXPECT_THAT(table, AllOf(HasSubstr("alice"), HasSubstr("bob"), HasSubstr("own"),
                           HasSubstr("exempt_user")));
  EXPECT_EQ(installed.roomctl_json({"conn", "ls", "--of", "alice"})["total"], 2);
  good({"connection", "kick", std::to_string(first->client_id())});
  EXPECT_TRUE(first->wait_for_disconnects(1));
  EXPECT_THAT(bad({"connection", "kick", "--of", "bob"}), HasSubstr("--yes"));
  EXPECT_EQ(installed.roomctl_json({"conn", "kick", "--of", "bob", "--yes"})["kicked"], 1);
  EXPECT_TRUE(other->wait_for_disconnects(1));
  EXPECT_EQ(second->disconnects(), 0U);
  bad({"connection", "kick", "999999"});
}

TEST_F(RoomctlTest, ChecksAFileWithoutAnyServer) {
  const std::string file = installed.file("roomkeeper.yaml").string();
  EXPECT_THAT(good({"validate", file}), HasSubstr("valid: 5 rooms, 2 templates"));
  installed.write_file("bad.yaml", "instance: x\nrooms: [ {id: a, titel: b}, {id: a} ]\n");
  const ChildResult result = installed.roomctl({"validate", installed.file("bad.yaml").string()});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.out, AllOf(HasSubstr("bad.yaml:2:"), HasSubstr("title")));
}

TEST_F(RoomctlTest, FindsItsServerInEveryWay) {
  const std::string context =
      R"({"url":")" + installed.server.url() + R"(","user":"admin","password":"pw"})";
  installed.write_file("my.json", context);
  installed.write_file("xdg/nats/context/mine.json", context);
  const std::string xdg = "XDG_CONFIG_HOME=" + installed.file("xdg").string();
  const auto run = [&](std::vector<std::string> arguments, std::vector<std::string> environment) {
    ChildOptions child = installed.bare_roomctl_options(std::move(arguments));
    child.environment.insert(child.environment.end(), environment.begin(), environment.end());
    return run_program(std::move(child));
  };
  EXPECT_EQ(run({"room", "ls", "--context", installed.file("my.json").string()}, {}).exit_code, 0);
  EXPECT_EQ(run({"--context", "mine", "room", "ls"}, {xdg}).exit_code, 0)
      << "options may come first";
  EXPECT_EQ(run({"room", "ls"}, {xdg, "NATS_CONTEXT=mine"}).exit_code, 0);
  const std::vector<std::string> variables{"NATS_URL=" + installed.server.url(), "NATS_USER=admin",
                                           "NATS_PASSWORD=pw"};
  EXPECT_EQ(run({"room", "ls"}, variables).exit_code, 0);
  const ChildResult unknown = run({"room", "ls", "--context", "other"}, {xdg});
  EXPECT_EQ(unknown.exit_code, 1);
  EXPECT_THAT(unknown.err, HasSubstr("other.json"));
}

TEST_F(RoomctlTest, SaysWhatIsWrongWhenItCannotWork) {
  installed.write_file("secrets/wrong", "nonsense");
  const ChildResult denied = run_program(installed.bare_roomctl_options(
      {"status", "--server", installed.server.url(), "--user", "admin", "--password-file",
       installed.file("secrets/wrong").string()}));
  EXPECT_EQ(denied.exit_code, 1);
  EXPECT_THAT(denied.err, HasSubstr("check --nats-user and its password"));
  // A chat user may not ask: the refusal is told, not a time-out.
  const ChildResult chatter = run_program(installed.bare_roomctl_options(
      {"room", "ls", "--server", installed.server.url(), "--user", "alice", "--password-file",
       installed.file("secrets/alice").string(), "--timeout", "3s"}));
  EXPECT_EQ(chatter.exit_code, 1);
  EXPECT_THAT(chatter.err, HasSubstr("ermission"));

  EXPECT_EQ(installed.stop_daemon(SIGTERM), 0);
  EXPECT_THAT(bad({"status"}), HasSubstr("oomkeeper"));
  installed.server.stop();
  EXPECT_THAT(bad({"status"}), AllOf(HasSubstr("cannot connect to " + installed.server.url()),
                                     HasSubstr("check that nats-server is running")));
  EXPECT_THAT(bad({"room"}), HasSubstr("room"));
  EXPECT_THAT(bad({"room", "lss"}), HasSubstr("room ls"));
  EXPECT_THAT(bad({"status", "--sever", "x"}), HasSubstr("did you mean \"server\""));
}

}  // namespace
}  // namespace roomkeeper::testing
