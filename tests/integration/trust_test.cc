// Who may do what with examples/nats-server.conf: a chat user tries every other family of subjects,
// and a user who may only ask tries to make the daemon's own connection publish for him.
#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "api/verbs.h"
#include "tests/integration/installation.h"
#include "tests/integration/waiting.h"

namespace roomkeeper::testing {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* rooms_to_read = "rooms: [ {id: general}, {id: support} ]\n";
constexpr std::string_view forged = "forged";

std::vector<std::string> admin_subjects() {
  std::vector<std::string> subjects;
  for (const api::VerbInfo& verb : api::verbs()) {
    subjects.push_back("roomkeeper.admin." + std::string(verb.name));
  }
  return subjects;
}

std::vector<std::string> forbidden_to_publish() {
  std::vector<std::string> subjects{
      "$JS.API.INFO",
      "$JS.API.STREAM.NAMES",
      "$JS.API.STREAM.LIST",
      "$JS.API.STREAM.INFO.ROOM_general",
      "$JS.API.STREAM.CREATE.MINE",
      "$JS.API.STREAM.UPDATE.ROOM_general",
      "$JS.API.STREAM.PURGE.ROOM_general",
      "$JS.API.STREAM.DELETE.ROOM_general",
      "$JS.API.STREAM.RESTORE.ROOM_general",
      "$JS.API.STREAM.SNAPSHOT.ROOM_general",
      "$JS.API.STREAM.MSG.GET.ROOM_general",
      "$JS.API.STREAM.MSG.DELETE.ROOM_general",
      "$JS.API.DIRECT.GET.ROOM_general",
      "$JS.API.CONSUMER.CREATE.ROOM_general",
      "$JS.API.CONSUMER.CREATE.ROOM_general.mine.chat.general.bob",
      "$JS.API.CONSUMER.DURABLE.CREATE.ROOM_general.mine",
      "$JS.API.CONSUMER.MSG.NEXT.ROOM_general.mine",
      "$JS.ACK.ROOM_general.mine.1.1.1.1.1",
      "$JS.FC.ROOM_general.mine.x",
      "$KV.roomkeeper.instance",
      "$KV.roomkeeper.room.general",
      "$SYS.REQ.USER.INFO",
      "$SYS.REQ.SERVER.PING",
      "$SYS.REQ.SERVER.PING.CONNZ",
      "$SYS.REQ.ACCOUNT.PING.CONNZ",
      "$SRV.PING",
      "$SRV.INFO.roomkeeper",
      "$SRV.STATS.roomkeeper",
      "roomkeeper.audit.room.rm",
      "roomkeeper.anything",
      "chat.general.bob",
      "chat.general.admin",
      "chat.support.bob",
      "chat.pool.general.bob",
      "chat.pool.general.alice.x",
      "chat.alice",
      "chat.general.alice.bob",
      "rooms.bob.notice",
      "rooms.bob.join",
      "rooms.alice",
      "rooms.alice.join",
      "_INBOX.x.y",
      "_INBOX_bob.x",
      "_R_.x",
      "elsewhere",
  };
  const std::vector<std::string> admin = admin_subjects();
  subjects.insert(subjects.end(), admin.begin(), admin.end());
  return subjects;
}

/// Not `chat.general.>`: nats-server takes its `>` for a word that `chat.general.*` allows. It
/// brings nothing more than that, because a room's subjects have three words.
const std::vector<std::string> forbidden_to_hear{
    ">",
    "chat.>",
    "*.>",
    "chat.*.*",
    "chat.game-1.*",
    "chat.*.alice",
    "rooms.>",
    "rooms.*.notice",
    "rooms.bob.>",
    "rooms.alice.>",
    "_INBOX.>",
    "_INBOX_bob.>",
    "$JS.>",
    "$JS.API.>",
    "$JS.EVENT.ADVISORY.>",
    "$KV.>",
    "$KV.roomkeeper.>",
    "$SYS.>",
    "$SYS.REQ.USER.INFO",
    "$SRV.>",
    "$SRV.PING",
    "roomkeeper.>",
    "roomkeeper.admin.>",
    "roomkeeper.audit.>",
    "_R_.>",
};

/// Everything that stands in a stream of the account: what an attack would have to change.
json stored_state(Installation& installed) {
  json state = json::object();
  const json names = installed.jetstream("STREAM.NAMES");
  for (const json& name : names["streams"]) {
    json info =
        installed.jetstream("STREAM.INFO." + name.get<std::string>(), R"({"subjects_filter":">"})");
    // Consumers and the server's own bookkeeping are no content.
    info["state"].erase("consumer_count");
    state[name.get<std::string>()] = {{"config", info["config"]}, {"state", info["state"]}};
  }
  return state;
}

/// The client's latest refusal, its `count`th, is of this subject.
void expect_refusal(NatsClient& client, std::size_t count, const std::string& what,
                    const std::string& subject) {
  ASSERT_TRUE(client.wait_for_errors(count, 3s)) << what << " " << subject << " was not refused";
  EXPECT_THAT(client.errors().back(),
              HasSubstr("Permissions Violation for " + what + " \"" + subject + '"'));
}

class TrustTest : public ::testing::TestWithParam<const char*> {
 protected:
  void expect_nothing_changed(Installation& installed, const json& before) {
    const json after = stored_state(installed);
    EXPECT_EQ(after, before) << "difference: " << json::diff(before, after);
    EXPECT_EQ(installed.roomctl_json({"room", "ls"})["total"], 2);
    EXPECT_EQ(installed.roomctl_json({"room", "show", "general"})["state"], "ready");
    EXPECT_EQ(installed.http("/readyz").status, 200);
  }
};

TEST_P(TrustTest, AChatUserMayPublishAsHerselfAndNothingElse) {
  Installation installed({.version = GetParam(), .yaml = rooms_to_read});
  ASSERT_TRUE(installed.ready());
  const auto alice = installed.client("alice");
  const auto witness = installed.client("witness");
  ASSERT_TRUE(alice->store("chat.general.alice", "hers"));
  ASSERT_TRUE(installed.client("bob")->store("chat.general.bob", "his"));
  const json before = stored_state(installed);
  const auto heard = witness->subscribe(">");
  ASSERT_TRUE(heard);

  const std::vector<std::string> subjects = forbidden_to_publish();
  std::size_t refused = 0;
  for (const std::string& subject : subjects) {
    ASSERT_TRUE(alice->publish(subject, forged, {}, "_INBOX_alice.reply")) << subject;
    expect_refusal(*alice, ++refused, "Publish to", subject);
  }
  // Hers comes after all of those, so that what they had caused would have been heard before it.
  ASSERT_TRUE(alice->publish("chat.nowhere.alice", "last"));
  for (;;) {
    const auto message = (*heard)->next();
    ASSERT_TRUE(message) << "what she may publish was not heard";
    if (message->subject == "chat.nowhere.alice") break;
    EXPECT_THAT(message->data, Not(HasSubstr(std::string(forged)))) << message->subject;
  }
  expect_nothing_changed(installed, before);
}

TEST_P(TrustTest, AChatUserMayHearHerRoomsAndNothingElse) {
  Installation installed({.version = GetParam(), .yaml = rooms_to_read});
  ASSERT_TRUE(installed.ready());
  const auto alice = installed.client("alice");
  std::vector<std::unique_ptr<NatsClientSubscription>> tried;
  std::size_t refused = 0;
  for (const std::string& subject : forbidden_to_hear) {
    auto subscription = alice->subscribe(subject);
    expect_refusal(*alice, ++refused, "Subscription to", subject);
    if (subscription) tried.push_back(std::move(*subscription));
  }
  // One message of each kind that she must not read, then one that she may.
  const auto room = alice->subscribe("chat.general.*");
  const auto notice = alice->subscribe("rooms.alice.notice");
  ASSERT_TRUE(room && notice);
  const auto bob = installed.client("bob");
  ASSERT_TRUE(bob->publish("chat.game-1.bob", "not hers"));
  ASSERT_EQ(installed.roomctl({"status"}).exit_code, 0);
  ASSERT_TRUE(bob->store("chat.general.bob", "to all"));
  const auto got = (*room)->next();
  ASSERT_TRUE(got);
  EXPECT_EQ(got->data, "to all");
  ASSERT_TRUE(alice->flush());
  for (const auto& subscription : tried) {
    const auto leaked = subscription->next(1ms);
    EXPECT_FALSE(leaked) << leaked->subject << ": " << leaked->data;
  }
  EXPECT_EQ(alice->errors().size(), forbidden_to_hear.size()) << alice->errors().back();
}

/// A user who may ask everything of Roomkeeper, and publish nothing else.
constexpr const char* asker =
    R"({ user: asker, password: pw, permissions: {
         publish: [ "$SRV.>", "roomkeeper.admin.>" ], subscribe: [ "_INBOX.>" ] } })";

const std::vector<std::string> hostile_replies{
    "$JS.API.STREAM.PURGE.ROOM_general",
    "$JS.API.STREAM.DELETE.ROOM_general",
    "$JS.API.STREAM.UPDATE.ROOM_general",
    "$JS.API.STREAM.CREATE.MINE",
    "$KV.roomkeeper.instance",
    "$KV.roomkeeper.room.general",
    "chat.general.bob",
    "roomkeeper.admin.room.rm",
    "roomkeeper.audit.forged",
    "rooms.bob.notice",
    "$SRV.PING",
    "INBOX.x",
    "_INBOX",
    "_INBOXES.x",
    "_INBOX.*",
    "_INBOX.>",
};

std::vector<std::string> endpoints(const std::string& service_id) {
  std::vector<std::string> subjects = admin_subjects();
  for (const std::string verb : {"PING", "INFO", "STATS"}) {
    subjects.push_back("$SRV." + verb);
    subjects.push_back("$SRV." + verb + ".roomkeeper");
    subjects.push_back("$SRV." + verb + ".roomkeeper." + service_id);
  }
  subjects.emplace_back("roomkeeper.admin.no.such.verb");
  return subjects;
}

TEST_P(TrustTest, NoReplySubjectMakesTheDaemonActForSomebodyElse) {
  Installation installed({.version = GetParam(),
                          .yaml = rooms_to_read,
                          .server_config = example_config_with_user(asker)});
  ASSERT_TRUE(installed.ready());
  ASSERT_TRUE(installed.client("bob")->store("chat.general.bob", "his"));
  const auto attacker = installed.client("asker");
  const auto ping = attacker->request("$SRV.PING.roomkeeper", "");
  ASSERT_TRUE(ping) << ping.error().text;
  const std::string id = json::parse(ping->data)["id"];
  ASSERT_TRUE(attacker->request("$SRV.INFO.roomkeeper." + id, "")) << "an honest request works";
  const json before = stored_state(installed);
  const double counted = installed.metric("roomkeeper_untrusted_requests_total");

  std::size_t sent = 0;
  const auto witness = installed.client("witness");
  const auto purges = witness->subscribe("$JS.API.STREAM.*.>");
  const auto notices = witness->subscribe("rooms.>");
  const auto audits = witness->subscribe("roomkeeper.audit.>");
  ASSERT_TRUE(purges && notices && audits);
  for (const std::string& endpoint : endpoints(id)) {
    for (const std::string& reply : hostile_replies) {
      ASSERT_TRUE(attacker->publish(endpoint, R"({"room":"general"})", {}, reply));
      ++sent;
    }
    ASSERT_TRUE(attacker->publish(endpoint, R"({"room":"general"})")) << "without a reply subject";
    ++sent;
  }
  // Behind the daemon's back nothing overtakes: this answer comes after all those requests.
  ASSERT_TRUE(attacker->request("roomkeeper.admin.status", ""));
  EXPECT_TRUE(attacker->errors().empty()) << attacker->errors().front();
  EXPECT_FALSE((*notices)->next(1ms));
  EXPECT_FALSE((*audits)->next(1ms));
  while (const auto message = (*purges)->next(1ms)) {
    EXPECT_THAT(message->subject, Not(HasSubstr("PURGE")));
    EXPECT_THAT(message->subject, Not(HasSubstr("DELETE")));
    EXPECT_THAT(message->subject, Not(HasSubstr("CREATE")));
    EXPECT_THAT(message->subject, Not(HasSubstr("UPDATE")));
  }
  EXPECT_EQ(installed.metric("roomkeeper_untrusted_requests_total") - counted,
            static_cast<double>(sent));
  expect_nothing_changed(installed, before);
}

INSTANTIATE_TEST_SUITE_P(Servers, TrustTest, ::testing::Values("2.10", "2.15"),
                         [](const auto& name) {
                           return std::string(name.param) == "2.10" ? "v2_10" : "v2_15";
                         });

}  // namespace
}  // namespace roomkeeper::testing
