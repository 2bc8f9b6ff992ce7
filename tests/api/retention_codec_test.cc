// JSON of `retention` and `retention.room`: what is written is what is read.
#include <string>

#include <gtest/gtest.h>

#include "api/codec.h"
#include "api/retention.h"
#include "api/verbs.h"
#include "tests/api/wire_samples.h"

namespace roomkeeper::api {
namespace {

TEST(RetentionCodec, RowsKeepEveryField) {
  RetentionReply reply;
  reply.server_time = some_time;
  reply.clock_skew_seconds = -0.25;
  reply.halted = reply.doubt = reply.doubt_text = hostile;
  RetentionRow row;
  row.template_name = row.rule = row.kind = row.timezone = row.wanted = hostile;
  row.oldest_overdue_room = hostile;
  row.rooms = 1;
  row.messages = 2;
  row.boundary = row.next_deadline = row.last_closed = row.oldest_overdue = some_time;
  row.closed_late_seconds = 2.5;
  row.made_up = true;
  row.overdue_rooms = 3;
  row.overdue_seconds = 4.5;
  row.held_rooms = 5;
  reply.rows = {row, RetentionRow{}};
  const auto read = decode<RetentionReply>(encode(reply));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(encode(*read), encode(reply));
  EXPECT_EQ(read->rows[0].wanted, hostile);
  EXPECT_EQ(read->rows[0].oldest_overdue, some_time);
  EXPECT_EQ(read->rows[1].boundary, std::nullopt);
}

TEST(RetentionCodec, ARoomKeepsEveryField) {
  RoomRetentionReply room;
  room.room = room.stream = room.origin = room.wanted = room.wanted_origin = hostile;
  room.hold = room.last_purged_reason = hostile;
  room.days = 3650;
  room.waits_for_consent = room.backstop = room.made_up = true;
  room.oldest_message = room.oldest_gone_at = room.last_purged = some_time;
  room.max_messages = 7;
  room.causes = {{"clock_skew", hostile, some_time}, {"halted", "", std::nullopt}};
  const auto read = decode<RoomRetentionReply>(encode(room));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(encode(*read), encode(room));
  ASSERT_EQ(read->causes.size(), 2U);
  EXPECT_EQ(read->causes[1].since, std::nullopt);
}

TEST(RetentionCodec, RequestsAreReadStrictly) {
  EXPECT_TRUE(decode<RetentionRequest>("{}"));
  EXPECT_TRUE(decode<RetentionRequest>(""));
  EXPECT_FALSE(decode<RetentionRequest>(R"({"zone":"Asia/Seoul"})"));
  EXPECT_FALSE(decode<RetentionRequest>(R"({"overdue":"yes"})"));
  EXPECT_FALSE(decode<RoomRetentionRequest>("{}"));
  EXPECT_FALSE(decode<RoomRetentionRequest>(R"({"room":"a","rooms":[]})"));
  EXPECT_EQ(decode<RoomRetentionRequest>(R"({"room":"a"})")->room, "a");
}

TEST(RetentionCodec, NeitherVerbChangesAnything) {
  EXPECT_FALSE(info(Verb::retention).writes);
  EXPECT_FALSE(info(Verb::retention_room).writes);
}

}  // namespace
}  // namespace roomkeeper::api
