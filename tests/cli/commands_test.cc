// Commands against a world that answers: what is asked, what is printed, which exit code.
#include <algorithm>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "api/connections.h"
#include "policies/rfc3339.h"
#include "tests/cli/fakes.h"
#include "tests/support/temp_directory.h"

namespace roomkeeper::cli {
namespace {

using api::Verb;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

class Commands : public ::testing::Test {
 protected:
  int run(const std::vector<std::string>& words) {
    output.out.clear();
    output.err.clear();
    return run_in(world, output, words);
  }
  json request(Verb verb, std::size_t index = 0) {
    return json::parse(world.requests(verb).at(index));
  }

  World world;
  RecordedOutput output;
};

api::RoomView room(const std::string& id, const std::string& title = "") {
  api::RoomView view;
  view.id = id;
  view.title = title;
  view.template_name = "default";
  view.owner = "file";
  view.state = "ready";
  view.reason = "ok";
  view.stream = "ROOM_" + id;
  view.publish_subject = "chat." + id + ".{user}";
  view.subscribe_subject = "chat." + id + ".*";
  return view;
}

TEST_F(Commands, ErrorsGoToStandardErrorOrAreJson) {
  EXPECT_EQ(run({"status"}), 1);
  EXPECT_EQ(output.out, "");
  EXPECT_EQ(output.err, "roomctl: nobody answers\n  a hint\n");
  EXPECT_EQ(run({"status", "--json"}), 1);
  EXPECT_EQ(output.err, "");
  EXPECT_EQ(json::parse(output.out)["error"]["code"], "not_connected");
  EXPECT_EQ(run({"nonsense", "--json"}), 1);
  EXPECT_EQ(json::parse(output.out)["error"]["code"], "bad_request");
  world.replies[Verb::room_show] = {
      R"({"error":{"code":"room_not_found","message":"no room \u001b[2J","details":[]}})"};
  EXPECT_EQ(run({"room", "show", "x"}), 1);
  EXPECT_EQ(output.err, "roomctl: no room \\x1b[2J\n");
  world.replies[Verb::room_show] = {"garbage"};
  EXPECT_EQ(run({"room", "show", "x"}), 1);
}

TEST_F(Commands, RoomListReadsAllPages) {
  api::RoomListReply first{
      .rooms = {room("a", "자유 대화방"), room("b")}, .total = 3, .next_cursor = "b"};
  api::RoomListReply second{.rooms = {room("c")}, .total = 3, .next_cursor = ""};
  world.answer(Verb::room_ls, first);
  world.answer(Verb::room_ls, second);
  EXPECT_EQ(run({"room", "ls", "--match", "*", "--state", "ready"}), 0);
  EXPECT_EQ(request(Verb::room_ls, 0)["match"], "*");
  EXPECT_EQ(request(Verb::room_ls, 0)["cursor"], "");
  EXPECT_EQ(request(Verb::room_ls, 1)["cursor"], "b");
  EXPECT_EQ(request(Verb::room_ls, 1)["state"], "ready");
  EXPECT_EQ(output.out,
            "ROOM  TITLE        TEMPLATE  OWNER  STATE  MESSAGES  SIZE  LAST\n"
            "a     자유 대화방  default   file   ready         0   0 B     -\n"
            "b                  default   file   ready         0   0 B     -\n"
            "c                  default   file   ready         0   0 B     -\n");
}

TEST_F(Commands, RoomListStopsAtItsLimitAndAtACursorThatDoesNotMove) {
  world.answer(Verb::room_ls,
               api::RoomListReply{.rooms = {room("a")}, .total = 9, .next_cursor = "a"});
  EXPECT_EQ(run({"room", "ls", "--limit", "1", "--json"}), 0);
  EXPECT_EQ(request(Verb::room_ls)["limit"], 1);
  EXPECT_EQ(json::parse(output.out)["rooms"].size(), 1U);
  EXPECT_EQ(world.asked.size(), 1U);
  EXPECT_EQ(run({"room", "ls"}), 0);
  EXPECT_LE(world.asked.size(), 4U);
  EXPECT_THAT(output.out, HasSubstr("of 9 rooms"));
}

TEST_F(Commands, RoomListGoesOnWhereItsCursorSays) {
  world.answer(Verb::room_ls,
               api::RoomListReply{
                   .rooms = {room("a"), room("b")}, .total = 9, .next_cursor = "-messages:7:b"});
  EXPECT_EQ(run({"room", "ls", "--sort=-messages", "--limit", "2", "--cursor=-messages:9:z"}), 0);
  EXPECT_EQ(request(Verb::room_ls)["sort"], "-messages");
  EXPECT_EQ(request(Verb::room_ls)["limit"], 2);
  EXPECT_EQ(request(Verb::room_ls)["cursor"], "-messages:9:z");
  EXPECT_THAT(output.out, HasSubstr("2 of 9 rooms\n"));
  EXPECT_EQ(output.err, "more with --cursor=-messages:7:b\n");
}

TEST_F(Commands, RoomShowHasWhatClientsNeed) {
  api::RoomView view = room("general", "자유 대화방");
  view.tags = {"공지", "seoul"};
  view.layout = "dedicated";
  view.next_deadline = world.clock.wall() + std::chrono::hours(2);
  world.answer(Verb::room_show, view);
  EXPECT_EQ(run({"room", "show", "general"}), 0);
  EXPECT_THAT(output.out, HasSubstr("Title           자유 대화방\n"));
  EXPECT_THAT(output.out, HasSubstr("chat.general.{user}"));
  EXPECT_THAT(output.out, HasSubstr("(in 2h)"));
  EXPECT_EQ(run({"room", "show", "general", "--json"}), 0);
  const json shown = json::parse(output.out);
  for (const char* field :
       {"id", "title", "tags", "template", "layout", "stream", "state", "reason", "messages",
        "bytes", "publish_subject", "subscribe_subject"}) {
    EXPECT_TRUE(shown.contains(field)) << field;
  }
  EXPECT_EQ(std::count(output.out.begin(), output.out.end(), '\n'), 1);  // one line for programs
  output.terminal = true;
  EXPECT_EQ(run({"room", "show", "general", "--json"}), 0);
  EXPECT_GT(std::count(output.out.begin(), output.out.end(), '\n'), 10);  // indented for people
}

TEST_F(Commands, RoomExplain) {
  api::ExplainReply explained{
      .room = room("a"), .source = "rooms.yaml:12", .sentence = "All is well.", .values = {}};
  explained.values = {{"stream.max_bytes", "64MiB", "template default", "32MiB"},
                      {"replicas", "1", "built-in", ""}};
  world.answer(Verb::room_explain, explained);
  EXPECT_EQ(run({"room", "explain", "a"}), 0);
  EXPECT_THAT(output.out, HasSubstr("stream.max_bytes  64MiB  template default  32MiB"));
  EXPECT_THAT(output.out, HasSubstr("replicas          1      built-in          same"));
  EXPECT_THAT(output.out, HasSubstr("rooms.yaml:12"));
}

TEST_F(Commands, RoomCreateBuildsTheDefinition) {
  world.answer(Verb::room_create, room("lobby"));
  EXPECT_EQ(
      run({"room", "create", "lobby", "--title", "자유", "--tag", "a", "--tag", "b", "--set",
           "stream.max_bytes=32MiB", "--set", "stream.max_messages=5", "--set", "replicas=3"}),
      0);
  EXPECT_EQ(request(Verb::room_create),
            json::parse(R"({"room":{"id":"lobby","title":"자유","tags":["a","b"],
      "stream":{"max_bytes":"32MiB","max_messages":5},"replicas":3}})"));
  EXPECT_EQ(output.out, "room lobby created, state ready\n");
  output.input = R"({"id":"x","topic":"t","stream":{"max_bytes":1}})";
  EXPECT_EQ(run({"room", "create", "--file", "-", "--set", "stream.max_messages=2"}), 0);
  EXPECT_EQ(request(Verb::room_create, 1)["room"],
            json::parse(R"({"id":"x","topic":"t","stream":{"max_bytes":1,"max_messages":2}})"));
}

TEST_F(Commands, RoomCreateRefusesWhatCannotBeARoom) {
  EXPECT_EQ(run({"room", "create"}), 1);
  EXPECT_THAT(output.err, HasSubstr("no id"));
  EXPECT_EQ(run({"room", "create", "a", "--set", "novalue"}), 1);
  EXPECT_EQ(run({"room", "create", "a", "--set", "id.x=1"}), 1);
  EXPECT_THAT(output.err, HasSubstr("is a value, not an object"));
  output.input = "[]";
  EXPECT_EQ(run({"room", "create", "a", "--file", "-"}), 1);
  EXPECT_EQ(run({"room", "create", "a", "--file", "/nowhere"}), 1);
  EXPECT_TRUE(world.asked.empty());
}

TEST_F(Commands, RoomRemovalNeedsConsent) {
  world.answer(Verb::room_show, room("lobby"));
  world.answer(Verb::room_rm, room("lobby"));
  EXPECT_EQ(run({"room", "rm", "lobby"}), 1);
  EXPECT_THAT(output.err, HasSubstr("--yes"));
  output.terminal = true;
  output.input = "y";
  EXPECT_EQ(run({"room", "rm", "lobby"}), 1);
  EXPECT_TRUE(world.requests(Verb::room_rm).empty());
  output.input = "yes";
  EXPECT_EQ(run({"room", "rm", "lobby"}), 0);
  output.terminal = false;
  EXPECT_EQ(run({"room", "rm", "lobby", "--yes"}), 0);
  EXPECT_EQ(world.requests(Verb::room_rm).size(), 2U);
}

api::PlanReply plan_of_each_kind() {
  api::PlanReply plan;
  plan.complete = true;
  plan.creates = 1;
  plan.updates = 1;
  plan.held = 1;
  plan.total = 3;
  api::PlanEntry create;
  create.kind = "create";
  create.room = "new";
  create.stream = "ROOM_new";
  create.reason = "room_missing";
  api::PlanEntry update = create;
  update.kind = "update";
  update.room = "general";
  update.stream = "ROOM_general";
  update.reason = "settings_changed";
  update.fields = {{"stream.max_bytes", "64MiB", "32MiB", true, false}};
  update.messages = 1000;
  update.would_go = 120;
  api::PlanEntry held = create;
  held.kind = "held";
  held.room = "old";
  held.state = "blocked";
  held.reason = "immutable_field";
  held.fields = {{"storage", "file", "memory", false, true}};
  plan.entries = {create, update, held};
  return plan;
}

TEST_F(Commands, PlanShowsOldAndNew) {
  world.answer(Verb::plan, plan_of_each_kind());
  EXPECT_EQ(run({"plan"}), 2);
  EXPECT_EQ(output.out,
            "+ create room new (stream ROOM_new): room_missing\n"
            "~ update room general (stream ROOM_general): settings_changed\n"
            "    stream.max_bytes: 64MiB -> 32MiB  (lossy)\n"
            "    120 of 1,000 messages would go\n"
            "! held room old (stream ROOM_new): blocked, immutable_field\n"
            "    storage: file -> memory  (impossible: the server cannot change it)\n"
            "Plan: 1 to create, 1 to update, 0 to adopt, 0 to remove, 1 held.\n"
            "Would be deleted: 120 messages of 1 room.\n");
  EXPECT_EQ(run({"plan", "--json"}), 2);
  EXPECT_EQ(json::parse(output.out)["entries"].size(), 3U);
}

TEST_F(Commands, PlanReadsAllPagesAndItsExitCodeSaysWhetherThereIsAnything) {
  api::PlanReply page = plan_of_each_kind();
  page.total = 5;
  api::PlanReply last = page;
  last.entries.resize(2);
  world.answer(Verb::plan, page);
  world.answer(Verb::plan, last);
  EXPECT_EQ(run({"plan", "a", "b", "--allow-lossy", "--json"}), 2);
  EXPECT_EQ(request(Verb::plan, 0)["rooms"], json({"a", "b"}));
  EXPECT_EQ(request(Verb::plan, 0)["allow_lossy"], true);
  EXPECT_EQ(request(Verb::plan, 1)["offset"], 3);
  EXPECT_EQ(json::parse(output.out)["entries"].size(), 5U);
  world.replies[Verb::plan].clear();
  api::PlanReply none;
  none.complete = false;
  none.doubts = {"rooms.d/*.yaml matches nothing"};
  world.answer(Verb::plan, none);
  EXPECT_EQ(run({"plan"}), 0);
  EXPECT_EQ(output.out,
            "Doubt: rooms.d/*.yaml matches nothing\nThe view is not complete: nothing is removed.\n"
            "Plan: 0 to create, 0 to update, 0 to adopt, 0 to remove, 0 held.\n");
}

api::PassReply pass(std::uint64_t applied, bool done) {
  api::PassReply reply;
  reply.pass = 62;
  reply.total = 3;
  reply.applied = applied;
  reply.done = done;
  return reply;
}

TEST_F(Commands, ApplyWaitsForThePass) {
  world.answer(Verb::apply, pass(0, false));
  world.answer(Verb::pass, pass(1, false));
  world.answer(Verb::pass, pass(3, true));
  EXPECT_EQ(run({"apply"}), 0);
  EXPECT_EQ(request(Verb::apply)["allow_lossy"], false);
  EXPECT_EQ(request(Verb::pass)["pass"], 62);
  EXPECT_EQ(output.out, "pass 62: 3 of 3 changes made.\n");
  EXPECT_EQ(output.err, "pass 62: 0 of 3 changes made\n");  // no second line within seconds
  EXPECT_EQ(run({"apply", "--no-wait"}), 0);
  EXPECT_THAT(output.out, HasSubstr("still running"));
}

TEST_F(Commands, ApplyPrintsALineNowAndThen) {
  world.answer(Verb::apply, pass(0, false));
  for (int i = 0; i < 60; ++i) world.answer(Verb::pass, pass(1, false));
  world.answer(Verb::pass, pass(3, true));
  EXPECT_EQ(run({"apply"}), 0);
  const auto lines = std::count(output.err.begin(), output.err.end(), '\n');
  EXPECT_GE(lines, 3);  // 15 s of waiting
  EXPECT_LE(lines, 5);
  EXPECT_THAT(output.err, Not(HasSubstr("\r")));
}

TEST_F(Commands, ApplyReportsFailures) {
  api::PassReply failed = pass(1, true);
  failed.failed = 2;
  failed.held = 4;
  failed.failures = {"room a: no space\x1b"};
  world.answer(Verb::apply, failed);
  EXPECT_EQ(run({"apply"}), 1);
  EXPECT_THAT(output.err,
              HasSubstr("failed: room a: no space\\x1b\n... and 1 more failed\n4 held back"));
}

TEST_F(Commands, CtrlCStopsTheWaitingNotTheWork) {
  world.answer(Verb::apply, pass(0, false));
  world.answer(Verb::pass, pass(1, false));
  world.pauses_left = 3;
  EXPECT_EQ(run({"apply"}), 1);
  EXPECT_THAT(output.err, HasSubstr("Roomkeeper goes on with pass 62"));
}

TEST_F(Commands, LossyApplyShowsThePlanAndNeedsConsent) {
  world.answer(Verb::plan, plan_of_each_kind());
  world.answer(Verb::apply, pass(3, true));
  EXPECT_EQ(run({"apply", "--allow-lossy"}), 1);
  EXPECT_THAT(output.err, HasSubstr("120 of 1,000 messages would go"));
  EXPECT_TRUE(world.requests(Verb::apply).empty());
  EXPECT_EQ(run({"apply", "general", "--allow-lossy", "--yes"}), 0);
  EXPECT_EQ(request(Verb::apply),
            json::parse(R"({"allow_lossy":true,"rooms":["general"],"pools":[]})"));
  EXPECT_EQ(run({"apply", "--allow-lossy", "--pool", "lobby", "--yes"}), 0);
  EXPECT_EQ(request(Verb::apply, 1),
            json::parse(R"({"allow_lossy":true,"rooms":[],"pools":["lobby"]})"));
  output.terminal = true;
  output.input = "yes";
  EXPECT_EQ(run({"apply", "--allow-lossy"}), 0);
}

TEST_F(Commands, ConnectionsAreListedAndKicked) {
  api::ConnectionView one;
  one.cid = 41;
  one.user = "홍길동";
  one.account = "APP";
  one.counts = "yes";
  one.server_id = "NSERVER";
  one.start = world.clock.wall() - std::chrono::minutes(5);
  world.answer(Verb::connection_ls, api::ConnectionListReply{{one}, 1, {"n2"}});
  EXPECT_EQ(run({"conn", "ls", "--of", "bob", "--over"}), 0);
  EXPECT_EQ(request(Verb::connection_ls)["user"], "bob");
  EXPECT_EQ(request(Verb::connection_ls)["over"], true);
  EXPECT_THAT(output.out, HasSubstr("홍길동"));
  EXPECT_THAT(output.out, HasSubstr("5m"));
  EXPECT_THAT(output.out, HasSubstr("Server n2 did not answer"));
  world.answer(Verb::connection_kick, api::KickReply{1, 0, {}});
  EXPECT_EQ(run({"conn", "kick", "41"}), 0);  // one connection needs no consent
  EXPECT_EQ(request(Verb::connection_kick)["cid"], 41);
  EXPECT_EQ(output.out, "1 connection ended\n");
  EXPECT_EQ(run({"conn", "kick", "--of", "bob"}), 1);
  EXPECT_EQ(run({"conn", "kick", "--of", "bob", "--yes"}), 0);
  EXPECT_EQ(request(Verb::connection_kick, 1),
            json::parse(R"({"server_id":"","user":"bob","room":"","reason":""})"));
  for (const auto& words :
       std::vector<std::vector<std::string>>{{"conn", "kick"},
                                             {"conn", "kick", "x"},
                                             {"conn", "kick", "0"},
                                             {"conn", "kick", "1", "--of", "bob"}}) {
    EXPECT_EQ(run(words), 1);
  }
  EXPECT_EQ(world.requests(Verb::connection_kick).size(), 2U);
}

TEST_F(Commands, DoctorsExitCodeSaysWhetherSomethingIsWrong) {
  world.answer(Verb::doctor, api::DoctorReply{{{"nats.version", api::Severity::ok, "2.15.2", ""}}});
  EXPECT_EQ(run({"doctor"}), 0);
  EXPECT_THAT(output.out, HasSubstr("Nothing is wrong."));
  world.replies[Verb::doctor].clear();
  world.answer(Verb::doctor,
               api::DoctorReply{{{"clock.skew", api::Severity::warning, "7 s", "set the clock"}}});
  EXPECT_EQ(run({"doctor"}), 2);
  EXPECT_EQ(output.out,
            "warning  clock.skew: 7 s\n         set the clock\n1 finding needs attention.\n");
  EXPECT_EQ(run({"doctor", "--json"}), 2);
}

TEST_F(Commands, StatusSaysWhatIsTheMatter) {
  api::StatusReply status;
  status.version = "0.1.0";
  status.instance = "seoul";
  status.nats_state = "refused";
  status.nats_error = "Authorization Violation";
  status.config_error = "rk.yaml:3:5: unknown key";
  status.limits_note = "no system account";
  status.doubts = {"rooms.d/a.yaml cannot be read"};
  status.overdue_seconds = 61;
  status.rooms = {{"ready", 1200}, {"blocked", 1}};
  world.answer(Verb::status, status);
  EXPECT_EQ(run({"status"}), 0);
  for (const char* text :
       {"refused: Authorization Violation", "last reload refused: rk.yaml:3:5", "no system account",
        "rooms.d/a.yaml", "61 s late", "1,200 ready, 1 blocked"}) {
    EXPECT_THAT(output.out, HasSubstr(text));
  }
}

TEST_F(Commands, StatusHasOneLineForEachLimit) {
  api::StatusReply status;
  api::LimitView user;
  user.limit = "connections_per_user";
  user.of = "bob\x1b[0m";
  user.used = 5;
  user.max = 3;
  api::LimitView account;
  account.limit = "account_connections";
  account.used = 214;
  account.max = 500;
  account.reserved_for_admins = 2;
  status.limits = {user, account};
  status.limits_enforced = true;
  status.identities_over_limit = 1;
  status.bans = 2;
  world.answer(Verb::status, status);
  EXPECT_EQ(run({"status"}), 0);
  EXPECT_THAT(
      output.out,
      HasSubstr("Limits          connections_per_user: 5 of 3, the fullest is bob\\x1b[0m; 1 "
                "user over it\n"
                "                account_connections: 214 of 500+2\n"));
  EXPECT_THAT(output.out, HasSubstr("Bans            2 users\n"));
  EXPECT_THAT(output.out, Not(HasSubstr("not enforced")));
}

TEST_F(Commands, VersionWorksWithoutAServer) {
  EXPECT_EQ(run({"version", "--client"}), 0);
  EXPECT_THAT(output.out, ::testing::MatchesRegex("roomctl [0-9.]+\n"));
  EXPECT_TRUE(world.asked.empty());
  EXPECT_EQ(run({"version"}), 0);
  EXPECT_EQ(output.err, "roomkeeper: nobody answers\n");
  api::StatusReply status;
  status.version = "9.9.9";
  status.server_version = "2.15.2";
  world.answer(Verb::status, status);
  EXPECT_EQ(run({"version", "--json"}), 0);
  EXPECT_EQ(json::parse(output.out)["roomkeeper"], "9.9.9");
  EXPECT_EQ(json::parse(output.out)["nats-server"], "2.15.2");
}

TEST_F(Commands, DeadlineOfARoomIsTheDaemonsAnswer) {
  api::DeadlineReply reply{"until midnight", "Asia/Seoul",
                           policies::parse_rfc3339("2026-11-22T15:00:00Z").value()};
  world.answer(Verb::deadline, reply);
  EXPECT_EQ(run({"deadline", "--room", "general", "--at", "2026-11-22T00:00:00Z"}), 0);
  EXPECT_EQ(output.out, "2026-11-23T00:00:00+09:00\n");
  EXPECT_EQ(request(Verb::deadline),
            json::parse(R"({"room":"general","at":"2026-11-22T00:00:00Z"})"));
  EXPECT_EQ(run({"deadline", "--room", "general", "--utc"}), 0);
  EXPECT_EQ(output.out, "2026-11-22T15:00:00Z\n");
  EXPECT_EQ(request(Verb::deadline, 1)["at"], policies::format_rfc3339(world.clock.wall()));
  world.replies[Verb::deadline].clear();
  world.answer(Verb::deadline, api::DeadlineReply{"forever", "", std::nullopt});
  EXPECT_EQ(run({"deadline", "--room", "general"}), 0);
  EXPECT_EQ(output.out, "never\n");
}

TEST_F(Commands, SendAndTailCheckTheirOptionsBeforeAnything) {
  EXPECT_EQ(run({"tail", "a", "--last", "1", "--since", "1h"}), 1);
  EXPECT_EQ(run({"tail", "a", "--since", "yesterday"}), 1);
  EXPECT_EQ(run({"tail", "a", "--last", "-1"}), 1);
  EXPECT_EQ(run({"send", "a"}), 1);
  EXPECT_TRUE(world.asked.empty());
}

}  // namespace
}  // namespace roomkeeper::cli
