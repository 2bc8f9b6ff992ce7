#include "metrics/http_routes.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "metrics/listen_address.h"
#include "tests/metrics/filled_metrics.h"

namespace roomkeeper::testing {
namespace {

using metrics::answer;
using metrics::listen_address;
using metrics::parse_rooms_query;
using ::testing::HasSubstr;

TEST(RoomsQuery, IsDecoded) {
  const auto query = parse_rooms_query("match=game-%2A&template=a+b&limit=7");
  ASSERT_TRUE(query.has_value());
  EXPECT_EQ(query->match, "game-*");
  EXPECT_EQ(query->template_name, "a b");
  EXPECT_EQ(query->limit, 7U);
}

TEST(RoomsQuery, HasDefaults) {
  const auto query = parse_rooms_query("");
  ASSERT_TRUE(query.has_value());
  EXPECT_EQ(query->match, "");
  EXPECT_EQ(query->limit, metrics::detail_rooms_default);
}

TEST(RoomsQuery, SaysWhatIsWrong) {
  const auto text = [](std::string_view query) {
    const auto parsed = parse_rooms_query(query);
    return parsed ? std::string("accepted") : parsed.error().text;
  };
  for (const char* limit : {"limit=0", "limit=5001", "limit=-1", "limit=", "limit", "limit=1x",
                            "limit=1.5", "limit=+1", "limit=99999999999999999999999"}) {
    EXPECT_THAT(text(limit), HasSubstr("limit: expected a number from 1 to 5000")) << limit;
  }
  EXPECT_THAT(text("clas=x"),
              HasSubstr("unknown parameter \"clas\"; known: match, template, limit"));
  EXPECT_THAT(text("limit=1&limit=2"), HasSubstr("limit: given twice"));
  EXPECT_THAT(text("match=%4"), HasSubstr("percent-encoded"));
  EXPECT_THAT(text("match=%zz"), HasSubstr("percent-encoded"));
  EXPECT_THAT(text("match=" + std::string(257, 'a')), HasSubstr("match: longer than 256 bytes"));
  EXPECT_EQ(text("match=" + std::string(256, 'a')), "accepted");
  EXPECT_EQ(text("&&limit=5&"), "accepted");
}

TEST(Routes, AnswerExactPathsOnly) {
  metrics::Metrics metrics;
  const metrics::Health health;
  for (const char* path : {"/metrics", "/metrics/rooms", "/healthz", "/"}) {
    EXPECT_EQ(answer({"GET", path, ""}, metrics, health).status, 200) << path;
  }
  for (const char* path : {"/metricsfoo", "/metrics/", "/metrics/rooms/x", "/Metrics", "//metrics",
                           "/../metrics", "", "/%6detrics", "/favicon.ico"}) {
    EXPECT_EQ(answer({"GET", path, ""}, metrics, health).status, 404) << path;
  }
}

TEST(Routes, TheFirstPageNamesTheOthers) {
  metrics::Metrics metrics;
  const std::string body = answer({"GET", "/", ""}, metrics, {}).body;
  for (const char* path : {"/metrics ", "/metrics/rooms ", "/healthz ", "/readyz "})
    EXPECT_THAT(body, HasSubstr(path));
}

TEST(Routes, HealthAndReadinessAreWhatTheLoopSays) {
  metrics::Metrics metrics;
  metrics::Health health;
  EXPECT_EQ(answer({"GET", "/healthz", ""}, metrics, health).body, "ok\n");
  EXPECT_EQ(answer({"GET", "/readyz", ""}, metrics, health).status, 503);
  EXPECT_EQ(answer({"GET", "/readyz", ""}, metrics, health).body, "not ready\n");
  health.ready = true;
  health.live = false;
  EXPECT_EQ(answer({"GET", "/readyz", ""}, metrics, health).body, "ready\n");
  EXPECT_EQ(answer({"GET", "/healthz", ""}, metrics, health).status, 503);
}

TEST(Routes, ABadQueryIsRefusedWithItsReason) {
  metrics::Metrics metrics;
  const auto reply = answer({"GET", "/metrics/rooms", "limit=many"}, metrics, {});
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(reply.body, "limit: expected a number from 1 to 5000, got \"many\"\n");
}

std::string listen_text(const std::string& host, int port) {
  const auto address = listen_address(host, port);
  return address ? address->text : address.error().text;
}

TEST(ListenAddress, IsPutInTheServersNotation) {
  EXPECT_EQ(listen_text("127.0.0.1", 7780), "127.0.0.1:7780");
  EXPECT_EQ(listen_text("", 0), "0.0.0.0:0");
  EXPECT_EQ(listen_text("::1", 7780), "[::1]:7780");
  EXPECT_EQ(listen_text("[::1]", 7780), "[::1]:7780");
  EXPECT_EQ(listen_text("[::]", 7780), "+7780");
  EXPECT_EQ(listen_text("localhost", 7780), "127.0.0.1:7780");
}

TEST(ListenAddress, NothingElseGetsThrough) {
  // civetweb would read a second address, a TLS flag or a file from these.
  for (const char* host :
       {"127.0.0.1:1,0.0.0.0", "127.0.0.1,", "[::1", "256.0.0.1", "no such host"}) {
    EXPECT_FALSE(listen_address(host, 7780).has_value()) << host;
  }
  EXPECT_FALSE(listen_address("127.0.0.1", 65536).has_value());
  EXPECT_FALSE(listen_address("127.0.0.1", -1).has_value());
}

TEST(ListenAddress, IsShownAsItIsWritten) {
  EXPECT_EQ(metrics::display_address("127.0.0.1", 1), "127.0.0.1:1");
  EXPECT_EQ(metrics::display_address("::1", 1), "[::1]:1");
  EXPECT_EQ(metrics::display_address("[::1]", 1), "[::1]:1");
}

}  // namespace
}  // namespace roomkeeper::testing
