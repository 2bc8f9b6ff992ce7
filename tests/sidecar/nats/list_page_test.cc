// The reader of STREAM.LIST: every managed field, and no input that it cannot stand.
#include <gtest/gtest.h>

#include "sidecar/nats/jetstream.h"
#include "sidecar/nats/timestamp.h"

namespace roomkeeper::testing {
namespace {

using namespace std::chrono_literals;
using policies::ErrorCode;
using sidecar::nats::parse_list_page;
using sidecar::nats::parse_timestamp;

constexpr const char* full_page = R"({"type":"io.nats.jetstream.api.v1.stream_list_response",
"total":2,"offset":0,"limit":256,"streams":[
{"config":{"name":"ROOM_a","description":"자유","subjects":["chat.a.*","x.>"],"retention":"workqueue","max_consumers":7,
 "max_msgs":100,"max_bytes":2000,"max_age":90000000000000,"max_msgs_per_subject":3,"max_msg_size":512,"discard":"new",
 "storage":"memory","num_replicas":3,"duplicate_window":60000000000,"compression":"s2",
 "placement":{"cluster":"c1","tags":["ssd","eu"]},"allow_direct":true,"sealed":true,"deny_delete":true,"deny_purge":true,
 "allow_rollup_hdrs":true,"allow_msg_ttl":true,"allow_msg_schedules":true,"no_ack":true,"subject_delete_marker_ttl":1,
 "mirror":{"name":"M"},"sources":[{"name":"S","filter_subject":"q"}],"subject_transform":{"src":"a","dest":"b"},
 "republish":{"src":">","dest":"r.>"},"consumer_limits":{},
 "metadata":{"_nats.level":"5","roomkeeper.instance":"seoul","roomkeeper.room":"a","roomkeeper.owner":"file",
  "roomkeeper.template":"default","roomkeeper.retention":"midnight:0:Asia/Seoul","other":"x"}},
 "created":"2026-11-22T12:43:24.605026456Z",
 "state":{"messages":10,"bytes":1000,"first_seq":5,"first_ts":"2026-11-22T13:00:00Z","last_seq":18,
  "last_ts":"2026-11-22T14:00:00.5Z","num_deleted":4,"deleted":[6,7],"consumer_count":2,"subjects":{"chat.a.b":10}},
 "cluster":{"name":"c1","leader":"n1","replicas":[{"name":"n2","current":true}]},
 "ts":"2026-11-22T15:00:00.25Z"},
{"config":{"name":"B","max_msgs":0},"created":"2026-11-22T12:43:25Z",
 "state":{"messages":0,"bytes":0,"first_seq":0,"first_ts":"0001-01-01T00:00:00Z","last_seq":0,
  "last_ts":"0001-01-01T00:00:00Z","consumer_count":0},"cluster":{"replicas":[]},"ts":"2026-11-22T15:00:01Z"}]})";

TEST(ListPage, ReadsEveryManagedField) {
  const auto page = parse_list_page(full_page);
  ASSERT_TRUE(page) << page.error().text;
  EXPECT_EQ(page->total, 2U);
  EXPECT_EQ(page->limit, 256U);
  EXPECT_EQ(page->server_time, parse_timestamp("2026-11-22T15:00:00.25Z"));
  ASSERT_EQ(page->streams.size(), 2U);
  const auto& stream = page->streams[0];
  EXPECT_EQ(stream.name, "ROOM_a");

  policies::StreamConfig config;
  config.subjects = {"chat.a.*", "x.>"};
  config.max_age = 25h;
  config.settings.storage = policies::Storage::memory;
  config.settings.replicas = 3;
  config.settings.max_messages = 100;
  config.settings.max_bytes = 2000;
  config.settings.max_messages_per_subject = 3;
  config.settings.max_message_size = 512;
  config.settings.max_consumers = 7;
  config.settings.on_full = policies::OnFull::reject_new;
  config.settings.retention = policies::StreamRetention::workqueue;
  config.settings.duplicate_window = 60s;
  config.settings.compression = policies::Compression::s2;
  config.settings.placement = {"c1", {"ssd", "eu"}};
  config.mark = policies::Mark{"seoul", "a", "file", "default", "midnight:0:Asia/Seoul"};
  EXPECT_EQ(stream.config, config);

  EXPECT_EQ(stream.traits, (policies::StreamTraits{.sealed = true,
                                                   .mirror = true,
                                                   .sources = true,
                                                   .allow_rollup = true,
                                                   .allow_msg_ttl = true,
                                                   .allow_msg_schedules = true,
                                                   .delete_markers = true,
                                                   .deny_purge = true,
                                                   .deny_delete = true,
                                                   .no_ack = true,
                                                   .subject_transform = true,
                                                   .republish = true}));
  EXPECT_EQ(stream.stored.messages, 10U);
  EXPECT_EQ(stream.stored.first_seq, 5U);
  EXPECT_EQ(stream.stored.last_seq, 18U);
  EXPECT_EQ(stream.stored.first_ts, parse_timestamp("2026-11-22T13:00:00Z"));
  EXPECT_EQ(stream.stored.last_ts, parse_timestamp("2026-11-22T14:00:00.5Z"));
  EXPECT_EQ(stream.stored.created, parse_timestamp("2026-11-22T12:43:24.605026456Z"));
  EXPECT_EQ(stream.bytes, 1000U);
  EXPECT_EQ(stream.consumers, 2U);
  EXPECT_TRUE(stream.has_leader);
}

TEST(ListPage, AStreamTakesNothingOverFromTheOneBefore) {
  const auto page = parse_list_page(full_page);
  ASSERT_TRUE(page);
  const auto& stream = page->streams.at(1);
  EXPECT_EQ(stream.name, "B");
  EXPECT_FALSE(stream.config.mark);
  EXPECT_EQ(stream.traits, policies::StreamTraits{});
  EXPECT_EQ(stream.config.settings.max_messages, -1) << "0 is unlimited too";
  EXPECT_EQ(stream.config.settings.duplicate_window, 0s) << "what the server leaves out is zero";
  EXPECT_EQ(stream.stored.first_ts, policies::WallTime{});
  EXPECT_FALSE(stream.has_leader) << "a cluster that names no leader has none";
}

TEST(ListPage, AnEmptyPageIsOneWhateverTheServerWritesForNothing) {
  for (const char* text : {R"({"total":0,"offset":0,"limit":256,"streams":[]})",
                           R"({"total":0,"offset":0,"limit":256,"streams":null})"}) {
    const auto page = parse_list_page(text);
    ASSERT_TRUE(page) << text;
    EXPECT_TRUE(page->streams.empty());
    EXPECT_EQ(page->server_time, policies::WallTime{});
  }
}

TEST(ListPage, MissingAndOfflineStreamsAreNamed) {
  const auto page =
      parse_list_page(R"({"total":2,"streams":[],"missing":["a","b"],"offline":{"c":"too new"}})");
  ASSERT_TRUE(page);
  EXPECT_EQ(page->missing, (std::vector<std::string>{"a", "b", "c"}));
}

TEST(ListPage, TheServersErrorIsPassedOn) {
  const auto page = parse_list_page(
      R"({"error":{"code":503,"err_code":10008,"description":"not now"},"total":0})");
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code, ErrorCode::unavailable);
  EXPECT_EQ(page.error().server_code, 10008);
  EXPECT_EQ(page.error().text, "not now");
}

TEST(ListPage, EveryCutOffTextIsAnError) {
  const std::string text = full_page;
  for (std::size_t length = 0; length < text.size(); ++length) {
    const auto page = parse_list_page(std::string_view(text).substr(0, length));
    ASSERT_FALSE(page) << length;
    ASSERT_EQ(page.error().code, ErrorCode::internal);
  }
}

TEST(ListPage, EveryDamagedByteIsAnErrorOrAnotherPage) {
  const std::string text = full_page;
  int pages = 0;
  int errors = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (const char damage : {'\0', '"', '{', ']', '9', '-', '\xff', 'e'}) {
      std::string damaged = text;
      damaged[at] = damage;
      parse_list_page(damaged) ? ++pages : ++errors;
    }
  }
  EXPECT_GT(pages, 0);
  EXPECT_GT(errors, 0);
}

TEST(ListPage, UnknownKeysOfAnyShapeAreLeftOut) {
  std::string deep(100'000, '[');
  deep += std::string(100'000, ']');
  const auto page = parse_list_page(R"({"new":)" + deep +
                                    R"(,"total":1,"streams":[{"new":{"config":{"name":"no"}},
    "config":{"name":"A","new":{"name":"no","max_msgs":"x"},"list":[{"name":"no"}]},"state":{"new":[1,2],"first_seq":4}}]})");
  ASSERT_TRUE(page) << page.error().text;
  ASSERT_EQ(page->streams.size(), 1U);
  EXPECT_EQ(page->streams[0].name, "A");
  EXPECT_EQ(page->streams[0].stored.first_seq, 4U);
}

TEST(ListPage, WhatCannotBeTrustedIsRefused) {
  const auto with_stream = [](const std::string& stream) {
    return parse_list_page(R"({"total":1,"streams":[)" + stream + "]}");
  };
  const auto with_config = [&](const std::string& field) {
    return with_stream(R"({"config":{"name":"A",)" + field + R"(},"state":{}})");
  };
  EXPECT_TRUE(with_config(R"("max_msgs":9223372036854775807)"));
  for (const char* field :
       {R"("max_msgs":9223372036854775808)", R"("max_msgs":1e30)", R"("max_msgs":1.5)",
        R"("num_replicas":4294967297)", R"("max_msg_size":-2147483649)",
        R"("max_age":18446744073709551615)", R"("retention":"forever")", R"("storage":"tape")",
        R"("discard":"some")", R"("compression":"zip")", R"("subjects":{})", R"("metadata":[])"}) {
    EXPECT_FALSE(with_config(field)) << field;
  }
  for (const char* stream : {R"({})", R"({"config":{"name":"A"}})", R"({"state":{}})",
                             R"({"config":{},"state":{}})", R"([])", R"(1)", R"("x")", R"(true)",
                             R"({"config":[],"state":{}})", R"({"config":{"name":"A"},"state":[]})",
                             R"({"config":{"name":"A"},"state":{"messages":-1}})",
                             R"({"config":{"name":"A"},"state":{"last_ts":"soon"}})",
                             R"({"config":{"name":"A"},"state":{},"created":"never"})",
                             "{\"config\":{\"name\":\"\xff\"},\"state\":{}}"}) {
    EXPECT_FALSE(with_stream(stream)) << stream;
  }
  for (const char* text : {"", "null", "[]", "{}", "{\"streams\":{}}", "{\"total\":-1}"}) {
    EXPECT_FALSE(parse_list_page(text)) << text;
  }
}

}  // namespace
}  // namespace roomkeeper::testing
