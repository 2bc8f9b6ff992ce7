// JSON of the verbs about connections, limits and bans: what is written is what is read, and
// requests are read strictly.
#include <limits>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/codec.h"
#include "api/connections.h"
#include "api/limits.h"
#include "api/verbs.h"
#include "tests/api/wire_samples.h"

namespace roomkeeper::api {
namespace {

using testing::HasSubstr;

const policies::WallTime other_time{policies::Nanoseconds(1'795'273'300'000'000'001)};

LimitView limit_view() {
  LimitView view;
  view.limit = "room_connections";
  view.of = view.rule = view.origin = hostile;
  view.used = huge;
  view.admins = 2;
  view.max = 0;
  view.reserved_for_admins = 3;
  view.on_limit = "reject_new";
  view.enforce_now = false;
  view.headroom = -7;
  return view;
}

TEST(ConnectionCodec, AListKeepsEveryField) {
  ConnectionView view;
  view.server_id = view.server_name = view.account = view.user = view.host = hostile;
  view.name = hostile;
  view.kind = "mqtt";
  view.cid = huge;
  view.start = some_time;
  view.counts = "shared_user";
  view.limits = {{"connections_per_user", hostile, false, "shared_user"},
                 {"account_connections", "", true, ""}};
  view.rooms = {"a", "b"};
  view.rooms_total = 3;
  view.wildcard = view.admin = view.banned = true;
  const ConnectionListReply list = round_trip(
      ConnectionListReply{.connections = {view, {}}, .total = huge, .silent_servers = {hostile}});
  ASSERT_EQ(list.connections.size(), 2U);
  EXPECT_EQ(list.connections[0].name, hostile);
  EXPECT_EQ(list.connections[0].start, some_time);
  ASSERT_EQ(list.connections[0].limits.size(), 2U);
  EXPECT_FALSE(list.connections[0].limits[0].counted);
  EXPECT_TRUE(list.connections[0].limits[1].counted);
  EXPECT_EQ(list.connections[0].rooms_total, 3U);
  EXPECT_TRUE(list.connections[0].banned);
  EXPECT_FALSE(list.connections[1].wildcard);
  const ConnectionListRequest request = round_trip(ConnectionListRequest{.user = hostile,
                                                                         .room = "general",
                                                                         .server = "n1",
                                                                         .over = true,
                                                                         .wildcard = true,
                                                                         .limit = 3,
                                                                         .offset = 4});
  EXPECT_EQ(request.room, "general");
  EXPECT_EQ(request.server, "n1");
  EXPECT_TRUE(request.over && request.wildcard);
  EXPECT_EQ(request.limit, 3U);
}

TEST(ConnectionCodec, AKickKeepsEveryField) {
  const KickRequest by_cid =
      round_trip(KickRequest{.server_id = "S", .cid = 41, .reason = hostile});
  EXPECT_EQ(by_cid.cid, 41U);
  EXPECT_EQ(by_cid.reason, hostile);
  EXPECT_EQ(round_trip(KickRequest{.room = "general"}).cid, std::nullopt);
  const KickReply reply = round_trip(KickReply{1, 2, {hostile}, huge, {"n2"}});
  EXPECT_EQ(reply.gone, 2U);
  EXPECT_EQ(reply.failed, huge);
  EXPECT_EQ(reply.silent_servers.size(), 1U);
}

TEST(ConnectionCodec, EventsKeepEveryField) {
  EXPECT_EQ(round_trip(ConnectionEventsRequest{}).after, std::nullopt);
  EXPECT_EQ(round_trip(ConnectionEventsRequest{.after = 0, .user = hostile, .limit = 7}).after, 0U);
  ConnectionEvent event;
  event.number = huge;
  event.at = some_time;
  event.what = "kick";
  event.cid = 41;
  event.server_name = event.user = event.host = event.kind = event.name = hostile;
  event.limit = event.reason = hostile;
  const ConnectionEventsReply reply = round_trip(ConnectionEventsReply{
      .events = {event, {}}, .next = huge, .missed = 3, .connections = 4, .daemon = hostile});
  ASSERT_EQ(reply.events.size(), 2U);
  EXPECT_EQ(reply.events[0].at, some_time);
  EXPECT_EQ(reply.events[0].reason, hostile);
  EXPECT_EQ(reply.missed, 3U);
}

TEST(LimitCodec, RepliesKeepEveryField) {
  const LimitShowReply shown = round_trip(LimitShowReply{.limits = {limit_view(), {}},
                                                         .left_out = 1,
                                                         .enforced = true,
                                                         .note = hostile,
                                                         .silent_servers = {hostile},
                                                         .wildcard_listeners = 2,
                                                         .delayed = 3});
  ASSERT_EQ(shown.limits.size(), 2U);
  EXPECT_EQ(shown.limits[0].headroom, -7);
  EXPECT_EQ(shown.limits[0].max, 0);
  EXPECT_EQ(shown.limits[0].of, hostile);
  EXPECT_FALSE(shown.limits[0].enforce_now);
  EXPECT_EQ(shown.limits[1].max, std::nullopt);
  EXPECT_EQ(shown.limits[1].headroom, std::nullopt);
  const LimitExplainReply explained = round_trip(LimitExplainReply{.limit = limit_view(),
                                                                   .exemption = "exempt_user",
                                                                   .admin = true,
                                                                   .banned = true,
                                                                   .next = hostile,
                                                                   .counted = {hostile},
                                                                   .notes = {"a", hostile}});
  EXPECT_EQ(explained.limit.used, huge);
  EXPECT_EQ(explained.next, hostile);
  EXPECT_EQ(explained.notes.size(), 2U);
  StatusReply status;
  status.limits = {limit_view()};
  status.bans = 4;
  status.wildcard_listeners = 5;
  const StatusReply read = round_trip(status);
  ASSERT_EQ(read.limits.size(), 1U);
  EXPECT_EQ(read.limits[0].headroom, -7);
  EXPECT_EQ(read.bans, 4U);
}

TEST(LimitCodec, RequestsAreReadStrictly) {
  EXPECT_TRUE(decode<LimitShowRequest>(""));
  EXPECT_TRUE(decode<LimitExplainRequest>("{}"));
  const LimitShowRequest show =
      round_trip(LimitShowRequest{.limit = "x", .over = true, .all = true, .max_rows = 7});
  EXPECT_EQ(show.max_rows, 7U);
  EXPECT_TRUE(show.all);
  EXPECT_TRUE(round_trip(LimitExplainRequest{.server = "n1", .account = true}).account);
  for (const char* rows : {"0", "1001", "-1", "1.5", "\"5\"", "null"}) {
    EXPECT_EQ(refusal<LimitShowRequest>("{\"max_rows\":" + std::string(rows) + "}"),
              "field \"max_rows\": expected a whole number from 1 to 1000")
        << rows;
    EXPECT_EQ(refusal<BanListRequest>("{\"limit\":" + std::string(rows) + "}"),
              "field \"limit\": expected a whole number from 1 to 1000")
        << rows;
    EXPECT_EQ(refusal<ConnectionListRequest>("{\"limit\":" + std::string(rows) + "}"),
              "field \"limit\": expected a whole number from 1 to 1000")
        << rows;
    EXPECT_EQ(refusal<ConnectionEventsRequest>("{\"limit\":" + std::string(rows) + "}"),
              "field \"limit\": expected a whole number from 1 to 1000")
        << rows;
  }
  EXPECT_EQ(refusal<LimitShowRequest>(R"({"kind":"x"})"), "unknown field \"kind\"");
  EXPECT_EQ(refusal<LimitExplainRequest>(R"({"account":"yes"})"),
            "field \"account\": expected true or false");
  EXPECT_EQ(refusal<ConnectionListRequest>(R"({"rooms":["a"]})"), "unknown field \"rooms\"");
  EXPECT_EQ(refusal<KickRequest>(R"({"note":"a"})"), "unknown field \"note\"");
  EXPECT_THAT(refusal<KickRequest>(R"({"cid":-1})"), HasSubstr("not negative"));
  EXPECT_THAT(refusal<ConnectionEventsRequest>(R"({"after":-1})"), HasSubstr("not negative"));
}

TEST(BanCodec, KeepsEveryField) {
  BanView ban;
  ban.user = ban.by = ban.reason = hostile;
  ban.since = some_time;
  ban.until = other_time;
  ban.kicks = huge;
  EXPECT_EQ(round_trip(ban).until, other_time);
  EXPECT_EQ(round_trip(BanAddReply{.ban = ban, .connections = 2}).ban.kicks, huge);
  EXPECT_EQ(round_trip(BanListReply{.bans = {ban}, .total = 9}).total, 9U);
  EXPECT_EQ(round_trip(BanListRequest{.user = hostile, .limit = 1, .offset = 2}).user, hostile);
  EXPECT_EQ(round_trip(BanRemoveRequest{hostile}).user, hostile);
  const BanAddRequest request =
      round_trip(BanAddRequest{.user = hostile, .seconds = 3600, .reason = hostile});
  EXPECT_EQ(request.seconds, 3600U);
}

TEST(BanCodec, RequestsAreReadStrictly) {
  EXPECT_EQ(refusal<BanAddRequest>("{}"), "field \"user\" is missing");
  EXPECT_EQ(refusal<BanAddRequest>(R"({"user":"bob"})"), "field \"seconds\" is missing");
  EXPECT_EQ(refusal<BanRemoveRequest>("{}"), "field \"user\" is missing");
  for (const char* seconds : {"0", "-1", "315360001", "1.5", "\"1h\"", "18446744073709551615"}) {
    EXPECT_EQ(refusal<BanAddRequest>("{\"user\":\"bob\",\"seconds\":" + std::string(seconds) + "}"),
              "field \"seconds\": expected a whole number from 1 to 315360000")
        << seconds;
  }
  EXPECT_EQ(refusal<BanAddRequest>(R"({"user":"bob","seconds":1,"until":"x"})"),
            "unknown field \"until\"");
  EXPECT_EQ(refusal<BanListRequest>(R"({"all":true})"), "unknown field \"all\"");
}

TEST(LimitCodec, OnlyWhatChangesSomethingWrites) {
  for (const Verb verb : {Verb::connection_ls, Verb::connection_events, Verb::limit_show,
                          Verb::limit_explain, Verb::ban_ls}) {
    EXPECT_FALSE(info(verb).writes) << info(verb).name;
  }
  for (const Verb verb : {Verb::connection_kick, Verb::ban_add, Verb::ban_rm})
    EXPECT_TRUE(info(verb).writes) << info(verb).name;
}

}  // namespace
}  // namespace roomkeeper::api
