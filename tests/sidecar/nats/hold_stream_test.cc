// What STREAM.INFO says of a room's stream and of its copy, read from a server's own texts and from
// broken ones.
#include "sidecar/nats/hold_stream.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "policies/rfc3339.h"

namespace roomkeeper::sidecar::nats {
namespace {

std::string info(const std::string& config_extra, const std::string& state_extra = {},
                 const std::string& extra = {}) {
  return R"({"type":"io.nats.jetstream.api.v1.stream_info_response","config":{"name":"HOLD_a","retention":"limits",)"
         R"("max_consumers":-1,"max_msgs":-1,"max_bytes":-1,"max_age":0,"max_msgs_per_subject":-1,"max_msg_size":-1,)"
         R"("discard":"old","storage":"file","num_replicas":1)" +
         config_extra +
         R"(},"created":"2026-11-22T10:00:00Z","state":{"messages":3,"bytes":300,"first_seq":2,)"
         R"("first_ts":"2026-11-22T10:00:01Z","last_seq":6,"last_ts":"2026-11-22T10:00:05Z","consumer_count":0)" +
         state_extra + R"(},"ts":"2026-11-22T10:01:00Z")" + extra + "}";
}

TEST(StreamSight, ReadsACopy) {
  const auto seen = parse_stream_sight(info(
      R"(,"mirror":{"name":"ROOM_a"},"deny_delete":true,"deny_purge":true,"mirror_direct":false,)"
      R"("metadata":{"roomkeeper.hold":"a","roomkeeper.hold.instance":"seoul","roomkeeper.hold.by":"ops",)"
      R"("roomkeeper.hold.at":"2026-11-22T09:59:00Z","_nats.ver":"2.15.2"})",
      R"(,"num_deleted":2,"deleted":[5,3])",
      R"(,"mirror":{"name":"ROOM_a","lag":4,"active":-1,"error":{"code":404,"err_code":10059,"description":"stream not found"}})"));
  ASSERT_TRUE(seen) << seen.error().text;
  EXPECT_EQ(policies::copy_defect(seen->copy, "ROOM_a"), "");
  ASSERT_TRUE(seen->mark);
  EXPECT_EQ(seen->mark->room, "a");
  EXPECT_EQ(seen->mark->by, "ops");
  EXPECT_EQ(seen->mark->note, "");
  EXPECT_EQ(policies::format_rfc3339(seen->mark->at), "2026-11-22T09:59:00Z");
  EXPECT_EQ(seen->stored.deleted, (std::vector<std::uint64_t>{3, 5}));
  EXPECT_EQ(seen->stored.deleted_count, 2U);
  EXPECT_EQ(seen->stored.first_seq, 2U);
  EXPECT_EQ(policies::format_rfc3339(seen->stored.first_time), "2026-11-22T10:00:01Z");
  EXPECT_EQ(seen->mirror_error, "stream not found");
  EXPECT_FALSE(seen->stream.config.mark) << "a copy is no room";
}

TEST(StreamSight, ReadsARoom) {
  const auto seen = parse_stream_sight(info(R"(,"subjects":["chat.a.*"],"allow_direct":true)"));
  ASSERT_TRUE(seen) << seen.error().text;
  EXPECT_TRUE(seen->allow_direct);
  EXPECT_FALSE(seen->mark);
  EXPECT_EQ(seen->copy.origin, "");
  EXPECT_TRUE(seen->stored.deleted.empty());
}

TEST(StreamSight, EveryChangeThatMattersIsADefect) {
  const std::string good = R"(,"mirror":{"name":"ROOM_a"},"deny_delete":true,"deny_purge":true)";
  const auto defect = [](const std::string& config) {
    const auto seen = parse_stream_sight(info(config));
    EXPECT_TRUE(seen) << config;
    return seen ? policies::copy_defect(seen->copy, "ROOM_a") : std::string("unread");
  };
  EXPECT_EQ(defect(good), "");
  EXPECT_NE(defect(R"(,"deny_delete":true,"deny_purge":true)"), "");
  EXPECT_NE(defect(R"(,"mirror":{"name":"ROOM_b"},"deny_delete":true,"deny_purge":true)"), "");
  EXPECT_NE(
      defect(
          R"(,"mirror":{"name":"ROOM_a","filter_subject":"chat.a.bob"},"deny_delete":true,"deny_purge":true)"),
      "");
  EXPECT_NE(
      defect(
          R"(,"mirror":{"name":"ROOM_a","opt_start_seq":7},"deny_delete":true,"deny_purge":true)"),
      "");
  EXPECT_NE(defect(R"(,"mirror":{"name":"ROOM_a"},"deny_delete":true)"), "");
  EXPECT_NE(defect(good + R"(,"mirror_direct":true)"), "");
}

TEST(StreamSight, BrokenRepliesAreErrors) {
  for (const std::string& text :
       {std::string(), std::string("[]"), std::string("{}"),
        std::string(R"({"config":7,"state":8})"), std::string(R"({"config":{"name":"HOLD_a"}})"),
        info("", R"(,"num_deleted":1,"deleted":["3"])"),
        info("", R"(,"num_deleted":1,"deleted":[-3])"), info("", R"(,"deleted":[3.5])")}) {
    EXPECT_FALSE(parse_stream_sight(text)) << text;
  }
  const auto gone = parse_stream_sight(
      R"({"error":{"code":404,"err_code":10059,"description":"stream not found"}})");
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().server_code, server_code::stream_not_found);
}

TEST(StreamSight, AMarkWithoutItsRoomOrInstanceIsNone) {
  for (const char* metadata :
       {R"(,"metadata":{"roomkeeper.hold":"a"})",
        R"(,"metadata":{"roomkeeper.hold.instance":"seoul"})",
        R"(,"metadata":{"roomkeeper.hold":7,"roomkeeper.hold.instance":"seoul"})"}) {
    const auto seen = parse_stream_sight(info(metadata));
    ASSERT_TRUE(seen) << metadata;
    EXPECT_FALSE(seen->mark) << metadata;
  }
}

}  // namespace
}  // namespace roomkeeper::sidecar::nats
