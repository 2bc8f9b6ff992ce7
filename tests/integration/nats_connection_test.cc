// nats::connect() against real servers: what a fake cannot prove. Losses, refusals, secrets, TLS,
// threads.
#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "sidecar/nats/connection.h"
#include "sidecar/nats/jetstream.h"
#include "tests/support/certificates.h"
#include "tests/support/loop_thread.h"
#include "tests/support/loopback_port.h"
#include "tests/support/nats_client.h"
#include "tests/support/temp_directory.h"
#include "tests/support/test_server.h"

namespace roomkeeper::testing {
namespace {

using namespace std::chrono_literals;
using policies::ErrorCode;
using policies::Result;
using sidecar::BusState;
using sidecar::Message;
using sidecar::MessageBus;
using sidecar::nats::ConnectionOptions;

int refusals_told_by(const TestServer& server) {
  const std::string log = read_text_file(server.log_path());
  int count = 0;
  for (std::size_t at = log.find("authentication error"); at != std::string::npos;
       at = log.find("authentication error", at + 1)) {
    ++count;
  }
  return count;
}

class NatsConnectionTest : public ::testing::TestWithParam<const char*> {
 protected:
  ~NatsConnectionTest() override {
    thread.call([&] { bus.reset(); });
  }

  ConnectionOptions options_for(const TestServer& server, const std::string& user = "roomkeeper") {
    ConnectionOptions options;
    options.urls = {server.url()};
    options.user = user;
    options.password = "pw";
    options.backoff = {.first = 50ms, .longest = 200ms};
    options.on_trouble = [this](const sidecar::nats::Trouble& trouble) {
      troubles.push_back(trouble);
    };
    return options;
  }
  void connect(ConnectionOptions options) {
    thread.call(
        [&] { bus = sidecar::nats::connect(thread.loop(), thread.clock(), std::move(options)); });
  }
  bool reaches(BusState state) {
    return thread.until([&] { return bus->state() == state; });
  }
  Result<Message> request(const std::string& subject, const std::string& data,
                          const sidecar::Headers& headers = {},
                          policies::Nanoseconds timeout = 5s) {
    std::promise<Result<Message>> answer;
    auto future = answer.get_future();
    thread.call([&] {
      bus->request(subject, data, headers, timeout,
                   [&](Result<Message> reply) { answer.set_value(std::move(reply)); });
    });
    return future.get();
  }
  /// Collects what comes to a subject; read it on the loop.
  std::shared_ptr<std::vector<std::string>> listen(const std::string& subject) {
    auto seen = std::make_shared<std::vector<std::string>>();
    thread.call([&] {
      EXPECT_TRUE(bus->subscribe(
          subject, "", [seen](const Message& message) { seen->push_back(message.data); }));
    });
    return seen;
  }
  std::unique_ptr<NatsClient> client(const TestServer& server, const std::string& user = "alice") {
    auto made = NatsClient::connect({.url = server.url(), .user = user});
    EXPECT_TRUE(made) << made.error().text;
    return made ? std::move(*made) : nullptr;
  }

  LoopThread thread;
  std::vector<sidecar::nats::Trouble> troubles;  ///< the loop's
  std::unique_ptr<MessageBus> bus;
};

TEST_P(NatsConnectionTest, KnowsItsServer) {
  TestServer server({.version = GetParam()});
  connect(options_for(server));
  ASSERT_TRUE(reaches(BusState::connected));
  const auto info = thread.call([&] { return bus->server(); });
  EXPECT_EQ(info.name, "test");
  EXPECT_TRUE(info.version.starts_with(GetParam())) << info.version;
  EXPECT_TRUE(info.id.starts_with("N"));
  EXPECT_GT(info.client_id, 0U);
  EXPECT_EQ(info.max_payload, 1024 * 1024);
  EXPECT_EQ(thread.call([&] { return bus->last_error(); }), "");
}

TEST_P(NatsConnectionTest, AWrongPasswordIsRefusedUntilItsFileIsRight) {
  TestServer server({.version = GetParam()});
  const TempDirectory directory;
  ConnectionOptions options = options_for(server);
  options.password_file = directory.write("password", "wrong\n").string();
  connect(options);
  ASSERT_TRUE(reaches(BusState::refused));
  const auto error = thread.call([&] { return bus->last_error(); });
  EXPECT_NE(error.find("uthorization"), std::string::npos) << error;
  EXPECT_EQ(error.find("wrong"), std::string::npos) << "no secrets";
  directory.write("password", "pw\n");
  EXPECT_TRUE(reaches(BusState::connected));
  EXPECT_EQ(thread.call([&] { return bus->reconnects(); }), 0U);
}

TEST_P(NatsConnectionTest, SurvivesARefusalOnReconnecting) {
  TestServer server({.version = GetParam()});
  connect(options_for(server));
  ASSERT_TRUE(reaches(BusState::connected));
  const auto seen = listen("news");
  server.set_config("authorization { user: roomkeeper, password: other }");
  ASSERT_TRUE(server.restart());
  ASSERT_TRUE(reaches(BusState::refused));
  // nats.c gives up for good after the second refusal.
  ASSERT_TRUE(thread.until([&] { return refusals_told_by(server) >= 4; }));
  server.set_config({});
  ASSERT_TRUE(server.restart());
  ASSERT_TRUE(reaches(BusState::connected));
  const auto alice = client(server);
  ASSERT_TRUE(alice->publish("news", "hello"));
  EXPECT_TRUE(thread.until([&] { return *seen == std::vector<std::string>{"hello"}; }));
}

TEST_P(NatsConnectionTest, ComesBackAfterTheServerWithItsSubscriptions) {
  TestServer server({.version = GetParam()});
  connect(options_for(server));
  ASSERT_TRUE(reaches(BusState::connected));
  const auto seen = listen("news.*");
  server.kill9();
  ASSERT_TRUE(reaches(BusState::connecting));
  EXPECT_FALSE(thread.call([&] { return bus->publish("x", "lost"); }));
  EXPECT_NE(thread.call([&] { return bus->last_error(); }), "");
  const auto later = listen("later");
  ASSERT_TRUE(server.restart());
  ASSERT_TRUE(reaches(BusState::connected));
  EXPECT_EQ(thread.call([&] { return bus->reconnects(); }), 1U);
  const auto alice = client(server);
  ASSERT_TRUE(alice->publish("news.a", "1"));
  ASSERT_TRUE(alice->publish("later", "2"));
  EXPECT_TRUE(thread.until([&] { return seen->size() == 1 && later->size() == 1; }));
}

TEST_P(NatsConnectionTest, TheServerMayComeLater) {
  TestServer server({.version = GetParam(), .start = false});
  connect(options_for(server));
  ASSERT_TRUE(thread.until([&] { return bus->last_error() != "not connected yet"; }));
  EXPECT_EQ(thread.call([&] { return bus->state(); }), BusState::connecting);
  EXPECT_EQ(request("a", "").error().code, ErrorCode::unavailable);
  ASSERT_TRUE(server.start()) << server.trouble();
  EXPECT_TRUE(reaches(BusState::connected));
}

TEST_P(NatsConnectionTest, TheNextServerOfTheListIsTaken) {
  TestServer server({.version = GetParam()});
  ConnectionOptions options = options_for(server);
  const LoopbackPort nobody;
  options.urls = {"nats://" + nobody.address(), server.url()};
  options.backoff = {.first = 1h, .longest = 1h};
  connect(options);
  EXPECT_TRUE(reaches(BusState::connected)) << "without a rest between them";
}

TEST_P(NatsConnectionTest, OutstandingRequestsEndWithTheConnection) {
  TestServer server({.version = GetParam()});
  connect(options_for(server));
  ASSERT_TRUE(reaches(BusState::connected));
  const auto alice = client(server);
  const auto silent = alice->subscribe("silent");
  ASSERT_TRUE(silent);
  std::promise<Result<Message>> answer;
  std::promise<std::vector<Message>> collected;
  thread.call([&] {
    bus->request("silent", "", {}, 1h,
                 [&](Result<Message> reply) { answer.set_value(std::move(reply)); });
    bus->collect("silent", "", 1h, 5,
                 [&](std::vector<Message> all) { collected.set_value(std::move(all)); });
  });
  ASSERT_TRUE((*silent)->next());
  server.kill9();
  auto future = answer.get_future();
  const auto reply = await(future);
  ASSERT_TRUE(reply);
  ASSERT_FALSE(*reply);
  EXPECT_EQ(reply->error().code, ErrorCode::unavailable);
  auto many = collected.get_future();
  EXPECT_TRUE(await(many));
}

TEST_P(NatsConnectionTest, ItsOwnMessagesAreNotEchoed) {
  TestServer server({.version = GetParam()});
  connect(options_for(server));
  ASSERT_TRUE(reaches(BusState::connected));
  const auto seen = listen("room.>");
  thread.call([&] { EXPECT_TRUE(bus->publish("room.a", "own")); });
  EXPECT_EQ(request("room.a", "own").error().code, ErrorCode::unavailable)
      << "nobody else is there";
  const auto alice = client(server);
  ASSERT_TRUE(alice->publish("room.a", "alice's"));
  ASSERT_TRUE(thread.until([&] { return !seen->empty(); }));
  EXPECT_EQ(thread.call([&] { return *seen; }), std::vector<std::string>{"alice's"});
}

TEST_P(NatsConnectionTest, LargeRepliesAndManyAtOnceArrive) {
  TestServer server({.version = GetParam()});
  connect(options_for(server));
  ASSERT_TRUE(reaches(BusState::connected));
  std::unique_ptr<MessageBus> echo = thread.call([&] {
    return sidecar::nats::connect(thread.loop(), thread.clock(), options_for(server, "alice"));
  });
  ASSERT_TRUE(thread.until([&] { return echo->state() == BusState::connected; }));
  std::promise<bool> heard;
  thread.call([&] {
    EXPECT_TRUE(echo->subscribe("echo", "", [&](const Message& message) {
      EXPECT_TRUE(echo->publish(message.reply, message.data, message.headers));
    }));
    // Answered after the server has seen the subscription.
    echo->request("$JS.API.INFO", "", {}, 5s,
                  [&](const Result<Message>& reply) { heard.set_value(reply.has_value()); });
  });
  ASSERT_TRUE(heard.get_future().get());
  const std::string large(1000 * 1000, 'x');
  const Result<Message> reply =
      request("echo", large, {{"A", "1"}, {"A", "2"}, {"B", "\xed\x95\x9c"}});
  ASSERT_TRUE(reply) << reply.error().text;
  EXPECT_EQ(reply->data, large);
  EXPECT_EQ(reply->headers.size(), 3U);
  EXPECT_EQ(reply->header("b"), "\xed\x95\x9c");
  EXPECT_EQ(request("echo", std::string(1024 * 1024 + 1, 'x')).error().code, ErrorCode::limit);

  constexpr int many = 4000;
  int answered = 0;
  std::promise<void> all;
  thread.call([&] {
    for (int i = 0; i < many; ++i) {
      const std::string text = std::to_string(i);
      bus->request("echo", text, {}, 20s, [&, text](const Result<Message>& one) {
        EXPECT_TRUE(one && one->data == text);
        if (++answered == many) all.set_value();
      });
    }
  });
  auto future = all.get_future();
  EXPECT_EQ(future.wait_for(patience), std::future_status::ready) << answered;
  thread.call([&] { echo.reset(); });
}

TEST_P(NatsConnectionTest, ARefusedSubjectIsTold) {
  TestServer server({.version = GetParam(),
                     .config =
                         "authorization { users: [ {user: roomkeeper, password: pw, permissions: "
                         "{publish: {deny: \"secret\"}, subscribe: {deny: \"secret\"}}} ] }"});
  connect(options_for(server));
  ASSERT_TRUE(reaches(BusState::connected));
  thread.call([&] { EXPECT_TRUE(bus->publish("secret", "x")); });
  listen("secret");
  ASSERT_TRUE(thread.until([&] { return troubles.size() >= 2; }));
  thread.call([&] {
    for (const auto& trouble : troubles) {
      EXPECT_EQ(trouble.kind, sidecar::nats::Trouble::Kind::denied);
      EXPECT_NE(trouble.text.find("secret"), std::string::npos) << trouble.text;
    }
    EXPECT_EQ(bus->state(), BusState::connected);
  });
}

TEST_P(NatsConnectionTest, AUserWithoutSystemSubjectsConnectsWithoutVersion) {
  TestServer server({.version = GetParam(),
                     .config =
                         "authorization { users: [ {user: roomkeeper, password: pw, permissions: "
                         "{publish: \"a\", subscribe: \"_INBOX.>\"}} ] }"});
  connect(options_for(server));
  ASSERT_TRUE(reaches(BusState::connected));
  const auto info = thread.call([&] { return bus->server(); });
  EXPECT_EQ(info.version, "");
  EXPECT_TRUE(info.id.starts_with("N"));
}

TEST_P(NatsConnectionTest, ClosesWithEverythingOrderedAndNothingAfter) {
  TestServer server({.version = GetParam()});
  connect(options_for(server));
  ASSERT_TRUE(reaches(BusState::connected));
  const auto alice = client(server);
  const auto heard = alice->subscribe("last");
  ASSERT_TRUE(heard);
  std::atomic<int> completions = 0;
  std::promise<int> closed;
  thread.call([&] {
    for (int i = 0; i < 1000; ++i) EXPECT_TRUE(bus->publish("last", std::to_string(i)));
    bus->request("silent.nobody", "", {}, 1h, [&](const Result<Message>&) { ++completions; });
    bus->close([&] { closed.set_value(completions.load()); });
    EXPECT_EQ(bus->state(), BusState::closed);
    EXPECT_FALSE(bus->publish("last", "too late"));
    EXPECT_FALSE(bus->subscribe("a", "", [](const Message&) {}));
  });
  auto future = closed.get_future();
  EXPECT_EQ(await(future), 1) << "the outstanding request completed before";
  for (int i = 0; i < 1000; ++i) {
    const auto message = (*heard)->next();
    ASSERT_TRUE(message) << i;
    EXPECT_EQ(message->data, std::to_string(i));
  }
}

TEST_P(NatsConnectionTest, MayBeEndedAtAnyTime) {
  TestServer server({.version = GetParam()});
  for (int i = 0; i < 20; ++i) {
    connect(options_for(server));
    if (i % 2 == 0) {
      ASSERT_TRUE(reaches(BusState::connected));
      thread.call([&] {
        for (int j = 0; j < 100; ++j)
          bus->request("$JS.API.INFO", "", {}, 1s, [](const Result<Message>&) {});
      });
    }
    thread.call([&] { bus.reset(); });
  }
  connect(options_for(server));
  EXPECT_TRUE(reaches(BusState::connected));
}

TEST_P(NatsConnectionTest, AnNkeySeedFileIsEnough) {
  TestServer server({.version = GetParam(),
                     .config = "authorization { users: [ {nkey: "
                               "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4} ] }"});
  const TempDirectory directory;
  ConnectionOptions options = options_for(server);
  options.user.clear();
  options.password.clear();
  options.nkey_seed_file =
      directory.write("seed", "SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY\n")
          .string();
  connect(options);
  EXPECT_TRUE(reaches(BusState::connected)) << thread.call([&] { return bus->last_error(); });
}

TEST_P(NatsConnectionTest, ATokenFileIsEnough) {
  TestServer server({.version = GetParam(), .config = "authorization { token: \"s3cret token\" }"});
  const TempDirectory directory;
  ConnectionOptions options = options_for(server);
  options.user.clear();
  options.token_file = (directory.path() / "absent").string();
  connect(options);
  ASSERT_TRUE(thread.until([&] { return bus->last_error().find("absent") != std::string::npos; }));
  EXPECT_EQ(thread.call([&] { return bus->state(); }), BusState::connecting);
  directory.write("absent", "s3cret token\n");
  EXPECT_TRUE(reaches(BusState::connected));
}

TEST_P(NatsConnectionTest, TlsIsCheckedAgainstTheGivenAuthority) {
  const TempDirectory directory;
  const Authority authority;
  const Certificate issued = authority.issue();
  const std::string certificate = directory.write("certificate.pem", issued.certificate);
  const std::string key = directory.write("key.pem", issued.key);
  TestServer server({.version = GetParam(),
                     .config = default_server_config() + "tls { cert_file: \"" + certificate +
                               "\", key_file: \"" + key + "\" }"});
  ConnectionOptions options = options_for(server);
  connect(options);
  ASSERT_TRUE(thread.until([&] { return bus->last_error() != "not connected yet"; }));
  EXPECT_EQ(thread.call([&] { return bus->state(); }), BusState::connecting)
      << "an unknown authority";
  options.tls_ca = directory.write("ca.pem", authority.certificate());
  thread.call([&] { bus.reset(); });
  options.urls = {"tls://localhost:" + std::to_string(server.port())};
  connect(options);
  EXPECT_TRUE(reaches(BusState::connected)) << thread.call([&] { return bus->last_error(); });
}

INSTANTIATE_TEST_SUITE_P(Servers, NatsConnectionTest, ::testing::Values("2.10", "2.15"),
                         [](const ::testing::TestParamInfo<const char*>& version) {
                           return version.param == std::string("2.10") ? "V2_10" : "V2_15";
                         });

}  // namespace
}  // namespace roomkeeper::testing
