// The status page at the endpoint: who gets it, what it is made of, and how questions are handed
// over.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "metrics/http_server.h"
#include "metrics/http_site.h"
#include "metrics/page_desk.h"
#include "metrics/page_routes.h"
#include "tests/metrics/http_connection.h"

namespace roomkeeper::testing {
namespace {

using metrics::HttpReply;
using metrics::HttpSite;
using metrics::MetricId;
using metrics::PageAnswer;
using metrics::PageDesk;
using metrics::PageQuestion;
using metrics::PageSubject;
using policies::ErrorCode;
using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::chrono_literals;

/// Answers at once with what it was asked.
bool echo(const PageQuestion& question, const PageAnswer& answer) {
  answer(question.subject == PageSubject::status
             ? "{\"status\":1}"
             : "{\"rooms\":\"" + question.match + "|" + question.state + "|" + question.sort + "|" +
                   question.cursor + "\"}");
  return true;
}

class SiteTest : public ::testing::Test {
 protected:
  HttpReply ask(HttpSite& site, std::string_view path, std::string_view query = {},
                std::string_view host = "127.0.0.1:7780", std::string_view authorization = {}) {
    return site.answer({.method = "GET",
                        .path = path,
                        .query = query,
                        .host = host,
                        .authorization = authorization});
  }
  double refused(const std::string& reason) {
    return metrics_.value(MetricId::http_refused_total, {reason});
  }
  std::shared_ptr<metrics::BasicAuth> login() {
    const auto path = std::filesystem::temp_directory_path() /
                      ("roomkeeper-site-logins-" + std::to_string(::getpid()));
    std::ofstream(path) << "alice:secret\n";
    auto opened = metrics::BasicAuth::open(path.string(), [] { return policies::MonoTime{}; }, {});
    EXPECT_TRUE(opened.has_value());
    return *opened;
  }

  metrics::Metrics metrics_;
  metrics::Health health_;
};

constexpr const char* page_secret = "Basic YWxpY2U6c2VjcmV0";

TEST_F(SiteTest, ServesThePageItsFilesAndItsData) {
  HttpSite site(metrics_, health_, {.page = echo}, true);
  EXPECT_THAT(ask(site, "/").body, HasSubstr("<!doctype html>"));
  EXPECT_EQ(ask(site, "/").content_type, "text/html; charset=utf-8");
  EXPECT_EQ(ask(site, "/page/page.js").content_type, "text/javascript; charset=utf-8");
  EXPECT_EQ(ask(site, "/page/page.css").content_type, "text/css; charset=utf-8");
  EXPECT_EQ(ask(site, "/page/status.json").body, "{\"status\":1}");
  EXPECT_EQ(ask(site, "/page/rooms.json", "match=%EA%B0%80&state=ready&sort=-bytes&cursor=c").body,
            "{\"rooms\":\"가|ready|-bytes|c\"}");
  EXPECT_EQ(ask(site, "/page/rooms.json", "limit=5").status, 400);
  EXPECT_EQ(ask(site, "/page/rooms.json", "match=" + std::string(600, 'a')).status, 400);
  EXPECT_EQ(ask(site, "/page/nothing").status, 404);
  EXPECT_EQ(ask(site, "/page/../metrics").status, 404);
  EXPECT_EQ(ask(site, "/healthz").status, 200);
}

TEST_F(SiteTest, ThePageLoadsNothingFromElsewhere) {
  for (const char* path : {"/", "/page/page.js", "/page/rooms.js", "/page/texts.js",
                           "/page/page.css", "/page/icon.svg"}) {
    const metrics::PageFile* file = metrics::find_page_file(path);
    ASSERT_NE(file, nullptr) << path;
    const std::string text(file->content);
    EXPECT_THAT(text, Not(HasSubstr("https://"))) << path;
    EXPECT_THAT(text, Not(HasSubstr("innerHTML"))) << path;
    EXPECT_THAT(text, Not(HasSubstr("style=\""))) << path;
    EXPECT_THAT(text, Not(HasSubstr("onclick"))) << path;
  }
}

TEST_F(SiteTest, EveryAnswerHasItsSafetyHeaders) {
  HttpSite site(metrics_, health_, {.page = echo}, true);
  for (const char* path :
       {"/", "/page/page.js", "/page/status.json", "/metrics", "/healthz", "/nothing"}) {
    const std::string head = metrics::reply_head(ask(site, path));
    EXPECT_THAT(head, HasSubstr("\r\nX-Content-Type-Options: nosniff\r\n")) << path;
    EXPECT_THAT(head, HasSubstr("\r\nReferrer-Policy: no-referrer\r\n")) << path;
    EXPECT_THAT(head, HasSubstr("\r\nCache-Control: no-store\r\n")) << path;
    EXPECT_THAT(head, HasSubstr("\r\nContent-Security-Policy: default-src 'none'; ")) << path;
    EXPECT_THAT(head, HasSubstr("frame-ancestors 'none'")) << path;
    EXPECT_THAT(head, Not(HasSubstr("unsafe"))) << path;
  }
}

TEST_F(SiteTest, OnlyGetAndHead) {
  HttpSite site(metrics_, health_, {.page = echo}, true);
  for (const char* path : {"/", "/page/status.json", "/page/rooms.json", "/metrics"}) {
    EXPECT_EQ(site.answer({.method = "POST", .path = path, .query = ""}).status, 405) << path;
    EXPECT_EQ(site.answer({.method = "HEAD", .path = path, .query = ""}).status, 200) << path;
  }
}

TEST_F(SiteTest, OffTheLoopbackInterfaceThePageNeedsALogin) {
  HttpSite site(metrics_, health_, {.page = echo}, false);
  for (const char* path : {"/", "/page/page.js", "/page/status.json", "/page/rooms.json"}) {
    EXPECT_EQ(ask(site, path).status, 403) << path;
    EXPECT_THAT(ask(site, path).body, HasSubstr("http.basic_auth_file")) << path;
  }
  EXPECT_EQ(refused("forbidden"), 8);
  for (const char* path : {"/metrics", "/metrics/rooms", "/healthz"})
    EXPECT_EQ(ask(site, path).status, 200) << path;

  HttpSite guarded(metrics_, health_, {.page = echo, .login = login()}, false);
  EXPECT_EQ(ask(guarded, "/").status, 401);
  EXPECT_THAT(metrics::reply_head(ask(guarded, "/page/status.json")),
              HasSubstr("\r\nWWW-Authenticate: Basic realm=\"Roomkeeper\""));
  EXPECT_EQ(refused("login"), 2);
  EXPECT_EQ(ask(guarded, "/", "", "rk.example.com", page_secret).status, 200);
  EXPECT_EQ(ask(guarded, "/page/status.json", "", "rk.example.com", page_secret).status, 200);
  EXPECT_EQ(ask(guarded, "/metrics").status, 200) << "the login is for the page";
}

TEST_F(SiteTest, TheLoginCanBeForEverything) {
  HttpSite site(metrics_, health_, {.page = echo, .login = login(), .login_for_all = true}, true);
  for (const char* path : {"/", "/page/status.json", "/metrics", "/metrics/rooms", "/healthz",
                           "/readyz", "/nothing"}) {
    EXPECT_EQ(ask(site, path).status, 401) << path;
    EXPECT_NE(ask(site, path, "", "127.0.0.1", page_secret).status, 401) << path;
  }
}

TEST_F(SiteTest, AForeignNameIsNoWayIn) {
  HttpSite site(metrics_, health_, {.page = echo}, true);
  for (const char* host : {"127.0.0.1:7780", "127.0.0.1", "localhost:7780", "[::1]:7780", ""})
    EXPECT_EQ(ask(site, "/page/status.json", "", host).status, 200) << host;
  for (const char* host : {"evil.example", "evil.example:7780", "127.0.0.1.evil.example",
                           "localhost.evil.example", "[evil]", "[::1"})
    EXPECT_EQ(ask(site, "/page/status.json", "", host).status, 403) << host;
  EXPECT_EQ(ask(site, "/healthz", "", "evil.example").status, 200);
}

TEST_F(SiteTest, WithoutAPageTheRootSaysWhatThereIs) {
  HttpSite site(metrics_, health_, {}, false);
  EXPECT_THAT(ask(site, "/").body, HasSubstr("/metrics/rooms"));
  EXPECT_EQ(ask(site, "/page/status.json").status, 404);
}

TEST_F(SiteTest, WhoCannotAnswerIsCountedAsBusy) {
  HttpSite site(metrics_, health_, {.page = [](const auto&, const auto&) { return false; }}, true);
  const HttpReply reply = ask(site, "/page/status.json");
  EXPECT_EQ(reply.status, 503);
  EXPECT_EQ(reply.body, "{\"error\":\"Roomkeeper is too busy to answer\"}");
  EXPECT_EQ(refused("busy"), 1);
}

TEST(Desk, WaitsForAnAnswerFromAnotherThread) {
  std::vector<std::thread> answering;
  PageDesk desk(
      [&answering](const PageQuestion& question, PageAnswer answer) {
        answering.emplace_back(
            [match = question.match, answer = std::move(answer)] { answer("to " + match); });
        return true;
      },
      30s);
  const auto answer = desk.ask(
      {.subject = PageSubject::rooms, .match = "x", .state = {}, .sort = {}, .cursor = {}});
  for (std::thread& thread : answering) thread.join();
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(*answer, "to x");
}

TEST(Desk, GivesUpAndTakesALateAnswer) {
  PageAnswer kept;
  PageDesk desk(
      [&kept](const PageQuestion&, PageAnswer answer) {
        kept = std::move(answer);
        return true;
      },
      1ms);
  const auto answer = desk.ask({});
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().code, ErrorCode::timeout);
  kept("late");
}

TEST(Desk, TakesOnlySoManyQuestionsAtOnce) {
  std::vector<PageAnswer> kept;
  PageDesk desk(
      [&kept](const PageQuestion&, PageAnswer answer) {
        kept.push_back(std::move(answer));
        return true;
      },
      1ms);
  for (int i = 0; i < PageDesk::outstanding_max; ++i)
    EXPECT_EQ(desk.ask({}).error().code, ErrorCode::timeout);
  // Nobody waits any more, but nobody has answered either: no further question is handed over.
  EXPECT_EQ(desk.ask({}).error().code, ErrorCode::limit);
  EXPECT_EQ(kept.size(), static_cast<std::size_t>(PageDesk::outstanding_max));
  kept.pop_back();
  EXPECT_EQ(desk.ask({}).error().code, ErrorCode::timeout);
}

/// The real endpoint with a page, and a clock that the test turns.
class BoundsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto started =
        metrics::HttpServer::start("127.0.0.1", 0, metrics_, health_,
                                   {.page = echo, .now = [] {
                                      return std::chrono::time_point_cast<policies::Nanoseconds>(
                                          std::chrono::steady_clock::now());
                                    }});
    ASSERT_TRUE(started.has_value()) << started.error().text;
    server_ = std::move(*started);
  }
  double refused(const std::string& reason) {
    return metrics_.value(MetricId::http_refused_total, {reason});
  }

  metrics::Metrics metrics_;
  metrics::Health health_;
  std::unique_ptr<metrics::HttpServer> server_;
};

TEST_F(BoundsTest, AHeaderThatIsTooLongIsCounted) {
  HttpConnection connection("127.0.0.1", server_->port());
  std::string request = "GET /metrics HTTP/1.1\r\nX: ";
  request.resize(8192, 'a');
  ASSERT_TRUE(connection.send(request));
  const int status = parse_response(connection.read_to_end()).status;
  EXPECT_TRUE(status == 413 || status == 400) << status;
  EXPECT_EQ(refused("too_large"), 1);
}

TEST_F(BoundsTest, WhoDripsBytesIsCutOff) {
  HttpConnection drip("127.0.0.1", server_->port());
  const auto began = std::chrono::steady_clock::now();
  std::atomic<bool> ended{false};
  std::thread dripping([&] {
    drip.send("GET /healthz HTTP/1.1\r\nX: ");
    // Each byte comes well within the time that a request may take as a whole.
    while (!ended && drip.send("a")) std::this_thread::sleep_for(100ms);
  });
  const HttpResponse response = parse_response(drip.read_to_end());
  ended = true;
  dripping.join();
  EXPECT_LT(std::chrono::steady_clock::now() - began, 20s);
  EXPECT_TRUE(response.status == 408 || response.status == 0) << response.status;
  EXPECT_EQ(refused("timeout"), 1);
  EXPECT_EQ(http_get(server_->port(), "/healthz").status, 200);
}

TEST_F(BoundsTest, WhoReadsDropByDropIsCutOff) {
  constexpr std::size_t size = std::size_t{64} << 20;  // more than the kernel buffers
  const auto fast_clock = [] {
    return policies::MonoTime(std::chrono::steady_clock::now().time_since_epoch() * 10);
  };
  const auto large = [](const PageQuestion&, const PageAnswer& answer) {
    answer(std::string(size, 'x'));
    return true;
  };
  auto server = metrics::HttpServer::start("127.0.0.1", 0, metrics_, health_,
                                           {.page = large, .now = fast_clock});
  ASSERT_TRUE(server.has_value()) << server.error().text;
  HttpConnection drip("127.0.0.1", (*server)->port());
  ASSERT_TRUE(drip.send("GET /page/rooms.json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"));
  std::size_t read = 0;
  for (std::string part = drip.read_some(64 << 10); !part.empty();
       part = drip.read_some(64 << 10)) {
    read += part.size();
    // Never so long that nothing is taken within the time that civetweb itself waits.
    if (refused("timeout") == 0) std::this_thread::sleep_for(50ms);
  }
  EXPECT_EQ(refused("timeout"), 1);
  EXPECT_GT(read, 0U);
  EXPECT_LT(read, size);
  EXPECT_EQ(http_get((*server)->port(), "/healthz").status, 200);
}

TEST_F(BoundsTest, ManyIdleConnectionsDelayOthersByABoundedTime) {
  std::vector<std::unique_ptr<HttpConnection>> idle;
  for (int i = 0; i < 40; ++i) {
    idle.push_back(std::make_unique<HttpConnection>("127.0.0.1", server_->port()));
    ASSERT_TRUE(idle.back()->connected());
  }
  // 40 connections hold 16 threads for 5 s, three times over at most.
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(http_get(server_->port(), "/healthz").status, 200);
  EXPECT_LT(std::chrono::steady_clock::now() - began, 25s);
  for (const auto& connection : idle) EXPECT_EQ(connection->read_to_end(), "");
  EXPECT_GE(refused("timeout"), 32);
}

TEST_F(BoundsTest, ServesThePageOverSockets) {
  const HttpResponse page = http_get(server_->port(), "/");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.headers.at("content-type"), "text/html; charset=utf-8");
  EXPECT_THAT(page.headers.at("content-security-policy"), HasSubstr("script-src 'self'"));
  EXPECT_EQ(http_get(server_->port(), "/page/rooms.json?match=x").body, "{\"rooms\":\"x|||\"}");
}

TEST(Loopback, IsWhatOnlyThisMachineReaches) {
  for (const char* host : {"127.0.0.1", "127.8.9.1", "localhost", "::1", "[::1]"})
    EXPECT_TRUE(metrics::is_loopback(host)) << host;
  for (const char* host : {"", "0.0.0.0", "::", "10.0.0.1", "192.168.1.1", "no such host"})
    EXPECT_FALSE(metrics::is_loopback(host)) << host;
}

}  // namespace
}  // namespace roomkeeper::testing
