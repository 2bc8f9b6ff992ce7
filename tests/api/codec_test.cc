// Every type of the admin API: what is written is what is read, whatever the texts hold.
#include "api/codec.h"

#include <limits>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policies/rfc3339.h"
#include "tests/api/wire_samples.h"

namespace roomkeeper::api {
namespace {

RoomView hostile_room() {
  RoomView room;
  for (std::string* text : {&room.id, &room.title, &room.topic, &room.template_name, &room.layout,
                            &room.owner, &room.stream, &room.state, &room.reason, &room.detail,
                            &room.retention, &room.publish_subject, &room.subscribe_subject}) {
    *text = hostile + std::to_string(text - &room.id);
  }
  room.tags = {hostile, "", "공지"};
  room.messages = huge;
  room.bytes = huge - 1;
  room.consumers = 3;
  room.first_message = some_time;
  room.last_message = policies::WallTime{};
  room.next_deadline = some_time;
  return room;
}

void expect_same(const RoomView& a, const RoomView& b) {
  EXPECT_EQ(encode(a), encode(b));
  EXPECT_EQ(a.id, b.id);
  EXPECT_EQ(a.title, b.title);
  EXPECT_EQ(a.tags, b.tags);
  EXPECT_EQ(a.template_name, b.template_name);
  EXPECT_EQ(a.messages, b.messages);
  EXPECT_EQ(a.first_message, b.first_message);
  EXPECT_EQ(a.last_message, b.last_message);
  EXPECT_EQ(a.subscribe_subject, b.subscribe_subject);
}

/// Decodes what encode wrote; fails the test when it cannot.
TEST(Codec, RoomsKeepEveryByteOfTheirTexts) {
  const RoomView room = hostile_room();
  expect_same(round_trip(room), room);
  RoomListReply list{.rooms = {room, RoomView{}}, .total = huge, .next_cursor = hostile};
  const RoomListReply read = round_trip(list);
  ASSERT_EQ(read.rooms.size(), 2U);
  expect_same(read.rooms[0], room);
  EXPECT_EQ(read.rooms[1].next_deadline, std::nullopt);
  EXPECT_EQ(read.total, huge);
  EXPECT_EQ(read.next_cursor, hostile);
  ExplainReply explained{
      .room = room, .source = hostile, .sentence = hostile, .values = {{hostile, "v", "o", "s"}}};
  const ExplainReply explained_read = round_trip(explained);
  ASSERT_EQ(explained_read.values.size(), 1U);
  EXPECT_EQ(explained_read.values[0].key, hostile);
  EXPECT_EQ(explained_read.values[0].on_server, "s");
}

TEST(Codec, RoomRequests) {
  const RoomListRequest list = round_trip(RoomListRequest{.match = hostile,
                                                          .tag = "t",
                                                          .template_name = "x",
                                                          .state = "ready",
                                                          .sort = "-messages",
                                                          .limit = 1000,
                                                          .cursor = "c"});
  EXPECT_EQ(list.sort, "-messages");
  EXPECT_EQ(list.match, hostile);
  EXPECT_EQ(list.limit, 1000U);
  EXPECT_EQ(list.cursor, "c");
  EXPECT_EQ(round_trip(RoomRequest{hostile}).room, hostile);
  const std::string room = R"({"id":"lobby","stream":{"max_bytes":"1MiB"},"tags":["a"]})";
  EXPECT_EQ(round_trip(RoomWriteRequest{room}).room_json, room);
}

TEST(Codec, StatusAndDoctor) {
  StatusReply status;
  status.version = hostile;
  status.started = some_time;
  status.connected = true;
  status.api_level = -1;
  status.leader = false;
  status.doubts = {hostile};
  status.rooms = {{"ready", huge}};
  status.last_pass = some_time;
  status.clock_skew_seconds = -0.25;
  status.zones = {{.timezone = "Asia/Seoul",
                   .next_deadline = some_time,
                   .last_closed = some_time,
                   .closed_late_seconds = 1e-9,
                   .rooms = 1,
                   .overdue_rooms = 2}};
  status.connections_per_user_max = 0;
  status.not_counted = {"", hostile};
  const StatusReply read = round_trip(status);
  EXPECT_EQ(read.version, hostile);
  EXPECT_EQ(read.api_level, -1);
  EXPECT_FALSE(read.leader);
  ASSERT_EQ(read.rooms.size(), 1U);
  EXPECT_EQ(read.rooms[0].rooms, huge);
  EXPECT_EQ(read.clock_skew_seconds, -0.25);
  ASSERT_EQ(read.zones.size(), 1U);
  EXPECT_EQ(read.zones[0].closed_late_seconds, 1e-9);
  EXPECT_EQ(read.connections_per_user_max, 0);
  EXPECT_EQ(round_trip(StatusReply{}).connections_per_user_max, std::nullopt);

  const DoctorReply doctor =
      round_trip(DoctorReply{{{"a", Severity::error, hostile, "h"}, {"b", Severity::ok, "", ""}}});
  ASSERT_EQ(doctor.findings.size(), 2U);
  EXPECT_EQ(doctor.findings[0].severity, Severity::error);
  EXPECT_EQ(doctor.findings[0].text, hostile);
}

TEST(Codec, PlanApplyAndPass) {
  PlanEntry entry{.kind = "held",
                  .room = hostile,
                  .pool = hostile,
                  .stream = "s",
                  .state = "blocked",
                  .reason = "r",
                  .detail = "d",
                  .fields = {{hostile, "1", "2", true, true}},
                  .messages = huge,
                  .would_go = 0,
                  .would_go_is = "exact",
                  .loss_note = hostile};
  const PlanReply plan = round_trip(PlanReply{.complete = true,
                                              .doubts = {"x"},
                                              .creates = 1,
                                              .updates = 2,
                                              .adopts = 3,
                                              .removes = 4,
                                              .held = 5,
                                              .entries = {entry, PlanEntry{}},
                                              .total = 9});
  ASSERT_EQ(plan.entries.size(), 2U);
  EXPECT_EQ(plan.entries[0].pool, hostile);
  EXPECT_EQ(plan.entries[0].would_go, 0U);
  EXPECT_EQ(plan.entries[1].would_go, std::nullopt);
  ASSERT_EQ(plan.entries[0].fields.size(), 1U);
  EXPECT_EQ(plan.entries[0].fields[0].field, hostile);
  EXPECT_TRUE(plan.entries[0].fields[0].impossible);
  EXPECT_EQ(plan.removes, 4U);
  const PlanRequest request = round_trip(PlanRequest{
      .allow_lossy = true, .rooms = {"a"}, .pools = {"lobby"}, .limit = 7, .offset = 8});
  EXPECT_TRUE(request.allow_lossy);
  EXPECT_EQ(request.pools, std::vector<std::string>{"lobby"});
  EXPECT_EQ(request.offset, 8U);
  const ApplyRequest apply = round_trip(ApplyRequest{true, {"a", "b"}, {"lobby"}});
  EXPECT_EQ(apply.rooms, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(apply.pools, std::vector<std::string>{"lobby"});
  EXPECT_EQ(round_trip(PassRequest{huge}).pass, huge);
  const PassReply pass = round_trip(PassReply{.pass = 1,
                                              .done = true,
                                              .total = 2,
                                              .applied = 3,
                                              .failed = 4,
                                              .held = 5,
                                              .failures = {hostile}});
  EXPECT_TRUE(pass.done);
  EXPECT_EQ(pass.failures, std::vector<std::string>{hostile});
}

TEST(Codec, Deadline) {
  EXPECT_EQ(round_trip(DeadlineRequest{"r", some_time}).at, some_time);
  EXPECT_EQ(round_trip(DeadlineReply{"x", "y", some_time}).gone_at, some_time);
  EXPECT_EQ(round_trip(DeadlineReply{}).gone_at, std::nullopt);
}

TEST(Codec, ErrorsTravelInsteadOfAnyReply) {
  for (std::size_t i = 0; i < api_code_count; ++i) {
    const ApiError error{static_cast<ApiCode>(i), hostile, {"a", hostile}};
    const auto as_reply = decode<RoomView>(encode(error));
    ASSERT_FALSE(as_reply);
    EXPECT_EQ(as_reply.error().code, error.code);
    EXPECT_EQ(as_reply.error().message, hostile);
    EXPECT_EQ(as_reply.error().details, error.details);
    const auto itself = decode<ApiError>(encode(error));
    ASSERT_TRUE(itself);
    EXPECT_EQ(itself->code, error.code);
  }
  EXPECT_FALSE(decode<ApiError>("{}"));
  const auto newer = decode<StatusReply>(R"({"error":{"code":"of_tomorrow","message":"m"}})");
  ASSERT_FALSE(newer);
  EXPECT_EQ(newer.error().code, ApiCode::internal);
  EXPECT_EQ(newer.error().message, "m");
}

TEST(Codec, InvalidUtf8IsReplacedAndNeverThrows) {
  RoomView room;
  room.title = "a\xff\xc0\x80z";
  const auto read = decode<RoomView>(encode(room));
  ASSERT_TRUE(read);
  EXPECT_THAT(read->title, testing::StartsWith("a\xef\xbf\xbd"));
  EXPECT_THAT(read->title, testing::EndsWith("z"));
}

TEST(Codec, NumbersThatJsonCannotHoldBecomeZero) {
  StatusReply status;
  status.overdue_seconds = std::numeric_limits<double>::infinity();
  status.clock_skew_seconds = std::numeric_limits<double>::quiet_NaN();
  const StatusReply read = round_trip(status);
  EXPECT_EQ(read.overdue_seconds, 0.0);
  EXPECT_EQ(read.clock_skew_seconds, 0.0);
}

TEST(Codec, ABrokenRoomIsSentSoThatTheOtherSideRefusesIt) {
  const auto read = decode<RoomWriteRequest>(encode(RoomWriteRequest{"not json"}));
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ApiCode::bad_request);
}

}  // namespace
}  // namespace roomkeeper::api
