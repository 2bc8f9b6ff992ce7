// The verbs about many rooms: what is written is what is read, and what is refused.
#include <string>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "api/bulk.h"
#include "api/codec.h"
#include "tests/api/wire_samples.h"

namespace roomkeeper::api {
namespace {

using nlohmann::json;

TEST(BulkCodec, RoomsAreEmbeddedAsTheyWereGiven) {
  PutRequest request;
  request.rooms = {R"({"id":"a","stream":{"max_bytes":"1MiB"},"tags":["공지"]})", R"({"id":"b"})"};
  request.dry_run = true;
  const std::string text = encode(request);
  EXPECT_EQ(json::parse(text)["rooms"][0]["tags"][0], json("공지"));
  const auto read = decode<PutRequest>(text);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->rooms, request.rooms);
  EXPECT_TRUE(read->dry_run);
}

TEST(BulkCodec, ATextThatIsNoRoomIsRefusedByTheOtherSide) {
  PutRequest request;
  request.rooms = {R"({"id":"a"})", "not JSON"};
  EXPECT_EQ(refusal<PutRequest>(encode(request)), "field \"rooms[1]\": expected an object");
}

TEST(BulkCodec, BoundsOfRequests) {
  EXPECT_EQ(refusal<PutRequest>("{}"), "field \"rooms\": expected 1 to 500 rooms");
  EXPECT_EQ(refusal<PutRequest>(R"({"rooms":[]})"), "field \"rooms\": expected 1 to 500 rooms");
  EXPECT_EQ(refusal<PutRequest>(R"({"rooms":{}})"), "field \"rooms\": expected a list");
  EXPECT_EQ(refusal<PutRequest>(R"({"rooms":[{"id":"a","id":"b"}]})"),
            "field \"id\" is given twice");
  std::string many = R"({"rooms":[{"id":"a"})";
  for (std::size_t i = 1; i < bulk_rooms_max; ++i) many += R"(,{"id":"a"})";
  EXPECT_EQ(refusal<PutRequest>(many + "]}"), "accepted");
  EXPECT_EQ(refusal<PutRequest>(many + R"(,{"id":"a"}]})"),
            "field \"rooms\": expected 1 to 500 rooms");
  for (const char* limit : {"0", "1001", "-1"}) {
    const std::string text = "{\"limit\":" + std::string(limit) + "}";
    EXPECT_NE(refusal<ExportRequest>(text), "accepted");
    EXPECT_NE(refusal<ImportRequest>(text), "accepted");
    EXPECT_NE(refusal<AdoptRequest>(text), "accepted");
  }
  EXPECT_EQ(refusal<ReleaseRequest>("{}"), "field \"rooms\" is missing");
  EXPECT_EQ(refusal<ExportRequest>(R"({"rooms":[]})"), "unknown field \"rooms\"");
}

TEST(BulkCodec, WhatChangesSomethingIsADryRunUnlessItIsToldOtherwise) {
  EXPECT_TRUE(decode<AdoptRequest>(R"({"match":"*"})")->dry_run);
  EXPECT_TRUE(decode<ReleaseRequest>(R"({"rooms":["a"]})")->dry_run);
}

}  // namespace
}  // namespace roomkeeper::api
