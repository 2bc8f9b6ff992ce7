#include "metrics/http_server.h"

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/metrics/filled_metrics.h"
#include "tests/metrics/http_connection.h"

namespace roomkeeper::testing {
namespace {

using metrics::HttpServer;
using ::testing::HasSubstr;

constexpr char exposition_type[] = "text/plain; version=0.0.4; charset=utf-8";

class HttpServerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto started = HttpServer::start("127.0.0.1", 0, metrics_, health_);
    ASSERT_TRUE(started.has_value()) << started.error().text;
    server_ = std::move(*started);
    ASSERT_GT(server_->port(), 0);
  }

  int port() const { return server_->port(); }

  HttpResponse exchange(const std::string& bytes) const {
    HttpConnection connection("127.0.0.1", port());
    connection.send(bytes);
    return parse_response(connection.read_to_end());
  }

  metrics::Metrics metrics_;
  metrics::Health health_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpServerTest, ServesMetrics) {
  metrics_.set(metrics::MetricId::up, 1);
  const HttpResponse response = http_get(port(), "/metrics");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.headers.at("content-type"), exposition_type);
  EXPECT_EQ(response.headers.at("content-length"), std::to_string(response.body.size()));
  EXPECT_TRUE(has_line(response.body, "roomkeeper_up 1"));
}

TEST_F(HttpServerTest, ServesRoomsByQuery) {
  metrics_.publish_rooms(make_rooms(100), policies::WallTime{});
  const HttpResponse response = http_get(port(), "/metrics/rooms?match=room-0001%3F&limit=3");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.headers.at("content-type"), exposition_type);
  EXPECT_EQ(count_series(response.body, "roomkeeper_room_messages"), 3U);
  EXPECT_TRUE(has_line(response.body, "roomkeeper_detail_rooms_suppressed{reason=\"limit\"} 7"));
  EXPECT_EQ(http_get(port(), "/metrics/rooms?limit=0").status, 400);
}

TEST_F(HttpServerTest, HeadHasTheHeadOfGetAndNoBody) {
  for (const std::string target : {"/healthz", "/readyz", "/", "/nothing", "/metrics/rooms"}) {
    const HttpResponse get = http_get(port(), target);
    const HttpResponse head = exchange("HEAD " + target + " HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(head.status, get.status) << target;
    EXPECT_EQ(head.headers, get.headers) << target;
    EXPECT_EQ(head.body, "") << target;
  }
  const HttpResponse head = exchange("HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(head.status, 200);
  EXPECT_GT(std::stoi(head.headers.at("content-length")), 1000);
  EXPECT_EQ(head.body, "");
}

TEST_F(HttpServerTest, OtherMethodsAreRefusedWithWhatIsAllowed) {
  for (const std::string method : {"POST", "PUT", "DELETE", "OPTIONS", "PATCH"}) {
    const HttpResponse response =
        exchange(method + " /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}");
    EXPECT_EQ(response.status, 405) << method;
    EXPECT_EQ(response.headers.at("allow"), "GET, HEAD") << method;
  }
}

TEST_F(HttpServerTest, ABodyIsNotWaitedFor) {
  HttpConnection connection("127.0.0.1", port());
  connection.send(
      "POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nonly the beginning");
  EXPECT_EQ(parse_response(connection.read_to_end()).status, 405);
}

TEST_F(HttpServerTest, OtherPathsAreNotFound) {
  for (const char* target : {"/metricsfoo", "/metrics/", "/metrics/x", "/healthz/", "/etc/passwd",
                             "/../../etc/passwd", "/%2e%2e/etc/passwd", "/metrics%00"}) {
    const HttpResponse response = http_get(port(), target);
    EXPECT_TRUE(response.status == 404 || response.status == 400)
        << target << " " << response.status;
    EXPECT_EQ(response.body.find("root:"), std::string::npos);
  }
  EXPECT_EQ(http_get(port(), "/metricsfoo").status, 404);
}

TEST_F(HttpServerTest, AnOversizedRequestIsRefused) {
  HttpConnection connection("127.0.0.1", port());
  connection.send("GET /metrics?" + std::string(100'000, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n");
  // The refusal may be lost when the connection is reset under the bytes still on their way; an
  // answer is not.
  const HttpResponse response = parse_response(connection.read_to_end());
  EXPECT_TRUE(response.status == 413 || response.status == 400 || response.status == 0)
      << response.status;
  EXPECT_EQ(http_get(port(), "/healthz").status, 200);
}

TEST_F(HttpServerTest, AnOversizedRequestThatFitsTheSocketIsToldSo) {
  // Exactly what the server reads at most, so that nothing unread is left when it closes.
  std::string request = "GET /metrics HTTP/1.1\r\nX: ";
  request.resize(8192, 'a');
  const HttpResponse response = exchange(request);
  EXPECT_TRUE(response.status == 413 || response.status == 400) << response.status;
  EXPECT_EQ(response.headers.at("content-type"), "text/plain; charset=utf-8");
}

TEST_F(HttpServerTest, GarbageIsRefusedAndDoesNoHarm) {
  using namespace std::string_literals;
  for (const std::string& bytes :
       {"\r\n\r\n"s, "hello\r\n\r\n"s, "GET\r\n\r\n"s, "GET * HTTP/1.1\r\n\r\n"s,
        "GET /metrics HTTP/9.9\r\n\r\n"s, "\0\0\0\0\r\n\r\n"s,
        "GET /metrics HTTP/1.1\r\nContent-Length: -5\r\n\r\n"s,
        "GET http://elsewhere/metrics HTTP/1.1\r\nHost: x\r\n\r\n"s,
        "\x16\x03\x01\x02\x00\x01\r\n\r\n"s}) {
    EXPECT_NE(exchange(bytes).status, 200) << ::testing::PrintToString(bytes);
  }
  EXPECT_EQ(http_get(port(), "/healthz").status, 200);
}

TEST_F(HttpServerTest, AnUpgradeIsNoWayAround) {
  const HttpResponse response = exchange(
      "GET /metricsfoo HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
      "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n");
  EXPECT_EQ(response.status, 404);
}

TEST_F(HttpServerTest, AnOldClientIsServed) {
  const HttpResponse response = exchange("GET /healthz HTTP/1.0\r\n\r\n");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "ok\n");
}

TEST_F(HttpServerTest, SlowClientsDoNotBlockOthers) {
  std::vector<std::unique_ptr<HttpConnection>> slow;
  for (int i = 0; i < 3; ++i) {
    slow.push_back(std::make_unique<HttpConnection>("127.0.0.1", port()));
    ASSERT_TRUE(slow.back()->send("GET /healthz HT"));
  }
  EXPECT_EQ(http_get(port(), "/metrics").status, 200);
  // The slow ones are still being waited for: the scrape was not served by their timeout.
  for (const auto& connection : slow) {
    ASSERT_TRUE(connection->send("TP/1.1\r\nHost: x\r\n\r\n"));
    EXPECT_EQ(parse_response(connection->read_to_end()).status, 200);
  }
}

TEST_F(HttpServerTest, TwentyScrapeWhileTheLoopsWrite) {
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    for (int i = 0; !stop; ++i) {
      metrics_.add(metrics::MetricId::purges_total, {"midnight"});
      metrics_.replace(metrics::MetricId::messages, {{{"t" + std::to_string(i % 40)}, 1}});
      metrics_.publish_rooms(make_rooms(100), policies::WallTime{std::chrono::seconds(i)});
      health_.ready = i % 2 == 0;
    }
  });
  std::atomic<int> complete{0};
  std::vector<std::thread> scrapers;
  for (int i = 0; i < 20; ++i) {
    scrapers.emplace_back([&, i] {
      const HttpResponse response = http_get(port(), i % 2 == 0 ? "/metrics" : "/metrics/rooms");
      if (response.status == 200 &&
          std::to_string(response.body.size()) == response.headers.at("content-length")) {
        ++complete;
      }
    });
  }
  for (std::thread& scraper : scrapers) scraper.join();
  stop = true;
  writer.join();
  EXPECT_EQ(complete, 20);
}

TEST_F(HttpServerTest, ATakenAddressIsAClearError) {
  const auto second = HttpServer::start("127.0.0.1", port(), metrics_, health_);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, policies::ErrorCode::unavailable);
  EXPECT_THAT(second.error().text, HasSubstr("127.0.0.1:" + std::to_string(port())));
  EXPECT_THAT(second.error().text, HasSubstr("Address already in use"));
}

TEST_F(HttpServerTest, SaysNothingOnStderr) {
  ::testing::internal::CaptureStderr();
  ::testing::internal::CaptureStdout();
  EXPECT_FALSE(HttpServer::start("127.0.0.1", port(), metrics_, health_).has_value());
  exchange("garbage\r\n\r\n");
  EXPECT_EQ(::testing::internal::GetCapturedStdout(), "");
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

TEST_F(HttpServerTest, ThePortIsFreeAfterTheEnd) {
  const int port_before = port();
  HttpConnection idle("127.0.0.1", port_before);
  idle.send("GET /hea");
  server_.reset();  // does not wait for the idle client
  auto again = HttpServer::start("127.0.0.1", port_before, metrics_, health_);
  ASSERT_TRUE(again.has_value()) << again.error().text;
  EXPECT_EQ((*again)->port(), port_before);
  EXPECT_EQ(http_get(port_before, "/healthz").status, 200);
}

/// What a client at `address` is answered by a server that was told to listen on `listen`.
std::string reaches(const std::string& listen, const std::string& address) {
  metrics::Metrics metrics;
  const metrics::Health health;
  const auto server = HttpServer::start(listen, 0, metrics, health);
  if (!server)
    return std::string(policies::to_string(server.error().code)) + ": " + server.error().text;
  HttpConnection connection(address, (*server)->port());
  if (!connection.connected()) return "not connected";
  connection.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  return parse_response(connection.read_to_end()).body;
}

TEST(HttpServerAddress, ListensOnWhatItIsTold) {
  EXPECT_EQ(reaches("127.0.0.1", "127.0.0.1"), "ok\n");
  EXPECT_EQ(reaches("0.0.0.0", "127.0.0.1"), "ok\n");
  EXPECT_EQ(reaches("", "127.0.0.1"), "ok\n");
  EXPECT_EQ(reaches("localhost", "127.0.0.1"), "ok\n");
  EXPECT_EQ(reaches("127.0.0.1", "127.0.0.2"), "not connected");
}

TEST(HttpServerAddress, ListensOnIpv6OrSaysThatItCannot) {
  const auto expected = [](const std::string& shown) {
    return HttpServer::has_ipv6()
               ? std::string("ok\n")
               : "unsupported: cannot listen on [" + shown +
                     "]:0: the civetweb library of this system has no IPv6; use an IPv4 address";
  };
  EXPECT_EQ(reaches("::1", "::1"), expected("::1"));
  EXPECT_EQ(reaches("[::1]", "::1"), expected("::1"));
  EXPECT_EQ(reaches("[::]", "::1"), expected("::"));
  EXPECT_EQ(reaches("[::]", "127.0.0.1"), expected("::"));
}

TEST(HttpServerAddress, NonsenseIsRefused) {
  metrics::Metrics metrics;
  const metrics::Health health;
  for (const char* host : {"no such host", "127.0.0.1,0.0.0.0"}) {
    const auto server = HttpServer::start(host, 0, metrics, health);
    ASSERT_FALSE(server.has_value()) << host;
    EXPECT_EQ(server.error().code, policies::ErrorCode::invalid) << host;
  }
}

}  // namespace
}  // namespace roomkeeper::testing
