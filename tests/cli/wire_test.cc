// roomctl as a program against a real nats-server, with somebody answering in Roomkeeper's place.
#include <algorithm>
#include <csignal>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "api/codec.h"
#include "policies/rfc3339.h"
#include "sidecar/nats/connection.h"
#include "tests/support/child_process.h"
#include "tests/support/loop_thread.h"
#include "tests/support/nats_client.h"
#include "tests/support/test_server.h"

namespace roomkeeper::cli {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using roomkeeper::testing::available_versions;
using roomkeeper::testing::ChildProcess;
using roomkeeper::testing::ChildResult;
using roomkeeper::testing::LoopThread;
using roomkeeper::testing::NatsClient;
using roomkeeper::testing::TestServer;
using ::testing::HasSubstr;
using ::testing::Not;

/// Answers the admin API with what it was told, on a connection of its own.
class StandIn {
 public:
  StandIn(const std::string& url, std::map<std::string, std::string> replies)
      : replies_(std::move(replies)) {
    sidecar::nats::ConnectionOptions options;
    options.urls = {url};
    options.name = "stand-in";
    options.user = "roomkeeper";
    options.password = "pw";
    bus_ = thread_.call(
        [&] { return sidecar::nats::connect(thread_.loop(), thread_.clock(), options); });
    EXPECT_TRUE(thread_.until([&] { return bus_->state() == sidecar::BusState::connected; }));
    thread_.call([&] {
      const auto subscribed =
          bus_->subscribe("roomkeeper.admin.>", "", [this](const sidecar::Message& message) {
            const auto found = replies_.find(message.subject.substr(17));
            if (found == replies_.end()) return;  // it never answers
            EXPECT_TRUE(bus_->publish(message.reply, found->second));
          });
      EXPECT_TRUE(subscribed);
    });
    // A round trip behind the subscription: from here on the server knows of it.
    thread_.call(
        [&] { bus_->request("nobody.here", "", {}, 5s, [this](const auto&) { known_ = true; }); });
    EXPECT_TRUE(thread_.until([&] { return known_; }));
  }
  ~StandIn() {
    thread_.call([&] { bus_.reset(); });
  }

 private:
  LoopThread thread_;
  std::map<std::string, std::string> replies_;
  std::unique_ptr<sidecar::MessageBus> bus_;
  bool known_ = false;  ///< the loop's
};

std::string general_room() {
  api::RoomView room;
  room.id = "general";
  room.stream = "ROOM_general";
  room.publish_subject = "chat.general.{user}";
  room.subscribe_subject = "chat.general.*";
  return api::encode(room);
}

class Wire : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    server = std::make_unique<TestServer>(
        testing::TestServerOptions{.version = GetParam(), .config = {}, .jetstream = {}});
    ASSERT_TRUE(server->running()) << server->trouble();
    auto connected = NatsClient::connect({.url = server->url(), .user = "roomkeeper"});
    ASSERT_TRUE(connected) << connected.error().text;
    client = *std::move(connected);
  }

  testing::ChildOptions options(std::vector<std::string> arguments, std::string input = {}) const {
    arguments.insert(arguments.end(), {"--server", server->url()});
    return {.program = ROOMKEEPER_BIN_DIR "/roomctl",
            .arguments = std::move(arguments),
            .environment = {"TZ=UTC", "NATS_USER=roomkeeper", "NATS_PASSWORD=pw"},
            .without = {"NATS_URL", "NATS_CREDS", "NATS_NKEY", "NATS_CONTEXT", "NATS_TOKEN"},
            .directory = {},
            .input = std::move(input),
            .log_file = {}};
  }
  ChildResult roomctl(std::vector<std::string> arguments, std::string input = {}) const {
    return testing::run_program(options(std::move(arguments), std::move(input)));
  }
  void create_stream() const {
    const auto reply = client->request("$JS.API.STREAM.CREATE.ROOM_general",
                                       R"({"name":"ROOM_general","subjects":["chat.general.*"]})");
    ASSERT_TRUE(reply) << reply.error().text;
    ASSERT_THAT(reply->data, Not(HasSubstr("\"error\"")));
  }
  void store(const std::string& user, const std::string& text) const {
    const auto stored = client->store("chat.general." + user, text);
    ASSERT_TRUE(stored) << stored.error().text;
  }

  std::unique_ptr<TestServer> server;
  std::unique_ptr<NatsClient> client;
};

TEST_P(Wire, NobodyAnswers) {
  const ChildResult result = roomctl({"status"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("nobody answers on roomkeeper.admin.status"));
  EXPECT_THAT(result.err, HasSubstr("is roomkeeper running"));
  EXPECT_THAT(result.err, HasSubstr("--admin-prefix"));
  EXPECT_THAT(roomctl({"status", "--admin-prefix", "other.admin"}).err,
              HasSubstr("other.admin.status"));
}

TEST_P(Wire, WrongPassword) {
  testing::ChildOptions wrong = options({"status"});
  wrong.environment = {"NATS_USER=roomkeeper", "NATS_PASSWORD=wrong"};
  const ChildResult result = testing::run_program(wrong);
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("check --nats-user and its password"));
  EXPECT_THAT(result.err, Not(HasSubstr("wrong")));
}

TEST_P(Wire, RepliesAndErrorsOfTheApi) {
  StandIn roomkeeper(
      server->url(),
      {{"room.show", general_room()},
       {"room.explain",
        api::encode(api::ApiError{api::ApiCode::room_not_found, "no such room", {"hint"}})}});
  const ChildResult shown = roomctl({"room", "show", "general", "--json"});
  EXPECT_EQ(shown.exit_code, 0) << shown.err;
  EXPECT_EQ(json::parse(shown.out)["publish_subject"], "chat.general.{user}");
  const ChildResult refused = roomctl({"room", "explain", "x"});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_EQ(refused.err, "roomctl: no such room\n  hint\n");
  const ChildResult silent = roomctl({"doctor", "--timeout", "200ms"});
  EXPECT_EQ(silent.exit_code, 1);
  EXPECT_THAT(silent.err, HasSubstr("no answer from roomkeeper.admin.doctor within 200ms"));
}

TEST_P(Wire, SendStoresAMessage) {
  create_stream();
  StandIn roomkeeper(server->url(), {{"room.show", general_room()}});
  const ChildResult sent = roomctl({"send", "general", "hello", "world", "--as", "bob"});
  EXPECT_EQ(sent.exit_code, 0) << sent.err;
  EXPECT_EQ(sent.out, "stored in general as message 1\n");
  const ChildResult piped = roomctl({"send", "general", "-", "--json"}, "자유\n대화방\n");
  EXPECT_EQ(piped.exit_code, 0) << piped.err;
  EXPECT_EQ(json::parse(piped.out)["subject"], "chat.general.roomkeeper");  // the connection's user
  EXPECT_EQ(json::parse(piped.out)["seq"], 2);
  const ChildResult odd = roomctl({"send", "general", "x", "--as", "홍 길동", "--json"});
  EXPECT_EQ(odd.exit_code, 0) << odd.err;
  EXPECT_EQ(roomctl({"send", "general", "-"}, "").exit_code, 1);
  const ChildResult all = roomctl({"tail", "general", "--no-follow"});
  EXPECT_THAT(all.out, HasSubstr("bob: hello world\n"));
  EXPECT_THAT(all.out, HasSubstr("roomkeeper: 자유\\n대화방\n"));
  EXPECT_THAT(all.out, HasSubstr("홍 길동: x\n"));
}

TEST_P(Wire, SendIntoARoomWithoutAStream) {
  StandIn roomkeeper(server->url(), {{"room.show", general_room()}});
  const ChildResult sent = roomctl({"send", "general", "hello"});
  EXPECT_EQ(sent.exit_code, 1);
  EXPECT_THAT(sent.err, HasSubstr("no stream takes chat.general.roomkeeper"));
}

TEST_P(Wire, TailShowsWhatIsStored) {
  create_stream();
  StandIn roomkeeper(server->url(), {{"room.show", general_room()}});
  const ChildResult empty = roomctl({"tail", "general", "--no-follow"});
  EXPECT_EQ(empty.exit_code, 0) << empty.err;
  EXPECT_EQ(empty.out, "");
  for (int i = 1; i <= 15; ++i) store("bob", "m" + std::to_string(i));
  store("eve", "\x1b[2J\xff");
  const ChildResult last = roomctl({"tail", "general", "--last", "2", "--no-follow"});
  EXPECT_EQ(last.exit_code, 0) << last.err;
  EXPECT_THAT(last.out,
              ::testing::MatchesRegex("[0-9:]{8} bob: m15\n[0-9:]{8} eve: .x1b\\[2J.xff\n"));
  const ChildResult by_default = roomctl({"tail", "general", "--no-follow"});
  EXPECT_EQ(std::count(by_default.out.begin(), by_default.out.end(), '\n'), 10);
  const ChildResult since = roomctl({"tail", "general", "--since", "1h", "--no-follow", "--json"});
  EXPECT_EQ(std::count(since.out.begin(), since.out.end(), '\n'), 16);
  EXPECT_EQ(roomctl({"tail", "general", "--since", "2100-01-01T00:00:00Z", "--no-follow"}).out, "");
  EXPECT_EQ(roomctl({"tail", "general", "--last", "0", "--no-follow"}).out, "");
}

TEST_P(Wire, TailInJson) {
  create_stream();
  StandIn roomkeeper(server->url(), {{"room.show", general_room()}});
  store("bob", "자유");
  store("eve", "\xff\xfe");
  const ChildResult result = roomctl({"tail", "general", "--no-follow", "--json"});
  const std::size_t end = result.out.find('\n');
  const json first = json::parse(result.out.substr(0, end));
  EXPECT_EQ(first["seq"], 1);
  EXPECT_EQ(first["room"], "general");
  EXPECT_EQ(first["user"], "bob");
  EXPECT_EQ(first["text"], "자유");
  EXPECT_TRUE(policies::parse_rfc3339(first["time"].get_ref<const std::string&>()));
  const json second = json::parse(result.out.substr(end + 1));
  EXPECT_EQ(second["base64"], "//4=");
  EXPECT_FALSE(second.contains("text"));
}

TEST_P(Wire, TheNewestOnesAreFoundBehindHoles) {
  create_stream();
  StandIn roomkeeper(server->url(), {{"room.show", general_room()}});
  for (int i = 1; i <= 5; ++i) store("bob", "m" + std::to_string(i));
  for (int i = 0; i < 20; ++i) store("eve", "gone");
  store("bob", "m6");
  ASSERT_TRUE(
      client->request("$JS.API.STREAM.PURGE.ROOM_general", R"({"filter":"chat.general.eve"})"));
  const ChildResult result = roomctl({"tail", "general", "--last", "3", "--no-follow"});
  EXPECT_THAT(result.out,
              ::testing::MatchesRegex("[0-9:]{8} bob: m4\n[0-9:]{8} bob: m5\n[0-9:]{8} bob: m6\n"));
}

TEST_P(Wire, TailFollowsUntilCtrlC) {
  create_stream();
  StandIn roomkeeper(server->url(), {{"room.show", general_room()}});
  store("bob", "before");
  ChildProcess tail(options({"tail", "general"}));
  ASSERT_TRUE(tail.wait_for_output("bob: before\n")) << tail.err();
  store("bob", "after");
  ASSERT_TRUE(tail.wait_for_output("bob: after\n")) << tail.err();
  tail.send_signal(SIGINT);
  const auto result = tail.wait();
  ASSERT_TRUE(result);
  EXPECT_EQ(result->exit_code, 0) << result->err;
  EXPECT_EQ(std::count(result->out.begin(), result->out.end(), '\n'), 2);
}

TEST_P(Wire, TailGoesOnAfterARestartOfTheServer) {
  create_stream();
  StandIn roomkeeper(server->url(), {{"room.show", general_room()}});
  store("bob", "before");
  ChildProcess tail(options({"tail", "general"}));
  ASSERT_TRUE(tail.wait_for_output("bob: before\n")) << tail.err();
  ASSERT_TRUE(server->restart()) << server->trouble();
  auto again = NatsClient::connect({.url = server->url(), .user = "roomkeeper"});
  ASSERT_TRUE(again) << again.error().text;
  client = *std::move(again);
  store("bob", "after");
  ASSERT_TRUE(tail.wait_for_output("bob: after\n", 40s)) << tail.err();
  tail.send_signal(SIGTERM);
  const auto result = tail.wait();
  ASSERT_TRUE(result);
  EXPECT_EQ(result->exit_code, 0);
  EXPECT_EQ(std::count(result->out.begin(), result->out.end(), '\n'), 2) << result->out;
}

TEST_P(Wire, TailOfARoomWithoutAStream) {
  StandIn roomkeeper(server->url(), {{"room.show", general_room()}});
  const ChildResult result = roomctl({"tail", "general"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("stream ROOM_general: stream not found"));
}

INSTANTIATE_TEST_SUITE_P(Servers, Wire, ::testing::ValuesIn(available_versions()),
                         [](const auto& version) {
                           return "nats_" + std::string(version.param).replace(1, 1, "_");
                         });

}  // namespace
}  // namespace roomkeeper::cli
