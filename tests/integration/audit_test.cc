// `roomctl audit` against a real daemon and server: what is told, to whom, and what strangers put
// beside it.
#include <chrono>
#include <csignal>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/integration/installation.h"
#include "tests/integration/waiting.h"

namespace roomkeeper::testing {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;

constexpr const char* rooms = "rooms: [ {id: general}, {id: support} ]\n";

/// What `--json` prints: one object a line.
std::vector<json> lines_of(const std::string& text) {
  std::vector<json> lines;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = text.find('\n', begin);
    lines.push_back(json::parse(text.substr(begin, end - begin), nullptr, false));
    EXPECT_TRUE(lines.back().is_object()) << text.substr(begin, end - begin);
    begin = end + 1;
  }
  return lines;
}

class AuditInstallationTest : public ::testing::TestWithParam<const char*> {
 protected:
  std::string good(Installation& installed, std::vector<std::string> arguments) {
    const ChildResult result = installed.roomctl(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
    return result.out;
  }
  std::vector<json> entries(Installation& installed, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "audit");
    arguments.emplace_back("--json");
    return lines_of(good(installed, arguments));
  }
  /// An entry is stored a moment after the answer.
  bool has(Installation& installed, const std::vector<std::string>& arguments, std::size_t count) {
    return becomes_true([&] { return entries(installed, arguments).size() == count; }, 10s);
  }
};

TEST_P(AuditInstallationTest, TellsWhoDidWhatAndWhy) {
  Installation installed({.version = GetParam(), .yaml = rooms});
  ASSERT_TRUE(installed.ready());
  good(installed, {"room", "create", "lobby", "--title", "자유 대화방"});
  good(installed, {"room", "update", "lobby", "--title", "Lobby"});
  ASSERT_TRUE(has(installed, {"--room", "lobby", "--kind", "room_defined"}, 2));
  ASSERT_TRUE(has(installed, {"--room", "lobby", "--kind", "stream_created"}, 1));
  const auto defined = entries(installed, {"--kind", "room_defined"});
  ASSERT_EQ(defined.size(), 2U);
  EXPECT_EQ(defined[0]["reason"], "asked_by_admin");
  EXPECT_THAT(defined[0]["actor"].get<std::string>(), MatchesRegex(".+@.+ nats:admin"));
  EXPECT_EQ(defined[1]["changes"],
            json::parse(R"([{"field":"title","from":"자유 대화방","to":"Lobby"}])"));

  const std::string table = good(installed, {"audit"});
  EXPECT_THAT(table, AllOf(HasSubstr("TIME "), HasSubstr("daemon_started"),
                           HasSubstr("2 rooms: general, support"),
                           HasSubstr("title 자유 대화방 -> Lobby")));
  const auto all = entries(installed, {});
  EXPECT_EQ(all.front()["kind"], "daemon_started");
  EXPECT_EQ(entries(installed, {"--last", "1"}), std::vector<json>{all.back()});
  EXPECT_EQ(entries(installed, {"--last", "1", "--kind", "daemon_started"}),
            std::vector<json>{all.front()});
  EXPECT_EQ(entries(installed, {"--since", "1h"}).size(), all.size());
  EXPECT_TRUE(entries(installed, {"--since", "2099-01-01T00:00:00Z"}).empty());
  EXPECT_TRUE(entries(installed, {"--reason", "midnight"}).empty());
  const auto of_one = entries(installed, {"--room", "support", "--kind", "stream_created"});
  ASSERT_EQ(of_one.size(), 1U);
  EXPECT_EQ(of_one[0]["rooms"].size(), 1U) << "only the room that was asked for";
  EXPECT_THAT(good(installed, {"doctor"}), HasSubstr("Nothing is wrong."));
}

TEST_P(AuditInstallationTest, FollowsWhatComes) {
  Installation installed({.version = GetParam(), .yaml = rooms});
  ASSERT_TRUE(installed.ready());
  ChildProcess follower(
      installed.roomctl_options({"audit", "--follow", "--json", "--room", "later"}));
  ChildProcess everything(installed.roomctl_options({"audit", "--follow"}));
  ASSERT_TRUE(everything.wait_for_output("daemon_started"));
  good(installed, {"room", "create", "later"});
  EXPECT_TRUE(follower.wait_for_output("room_defined.*\n.*stream_created")) << follower.out();
  EXPECT_TRUE(everything.wait_for_output("stream_created +room later"));
  installed.server.stop();
  installed.server.start();
  ASSERT_TRUE(installed.ready());
  good(installed, {"room", "rm", "later", "--yes"});
  EXPECT_TRUE(follower.wait_for_output("room_undefined", 30s)) << follower.out() << follower.err();
  follower.send_signal(SIGINT);
  const auto ended = follower.wait();
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->exit_code, 0);
  EXPECT_THAT(ended->out, Not(HasSubstr("general")));
}

TEST_P(AuditInstallationTest, WhatAStrangerPutsThereIsShownAsSuch) {
  Installation installed({.version = GetParam(), .yaml = rooms});
  ASSERT_TRUE(installed.ready());
  const auto bob = installed.client("bob");
  // He may write into a room, and the server sends its acknowledgement wherever he says.
  ASSERT_TRUE(bob->publish("chat.general.bob", "hi", {}, "roomkeeper.audit.purge"));
  // Its order beside the next one is only sure once it is stored.
  ASSERT_TRUE(has(installed, {"--kind", "purge"}, 1));
  const auto insider = installed.client("witness");
  ASSERT_TRUE(insider->publish("roomkeeper.audit.purge", "\x1b[2J\xff{"));
  ASSERT_TRUE(has(installed, {"--kind", "purge"}, 2));
  const auto strange = entries(installed, {"--kind", "purge"});
  EXPECT_THAT(strange[0]["text"].get<std::string>(), HasSubstr("ROOM_general"));
  EXPECT_EQ(strange[0]["subject"], "roomkeeper.audit.purge");
  EXPECT_TRUE(strange[0]["unreadable"].is_string());
  EXPECT_EQ(strange[1]["base64"], "G1sySv97");
  const std::string table = good(installed, {"audit", "--kind", "purge"});
  EXPECT_THAT(table, AllOf(HasSubstr("unreadable"), Not(HasSubstr("\x1b"))));
  EXPECT_THAT(table, HasSubstr("message " + std::to_string(strange[1]["seq"].get<int>())));
  const ChildResult filtered = installed.roomctl({"audit", "--room", "general"});
  EXPECT_THAT(filtered.out, Not(HasSubstr("unreadable")));
  EXPECT_THAT(filtered.err, HasSubstr("2 messages are no entries"));
}

/// Exactly what docs/security.md lists for a reader of the audit.
constexpr const char* auditor =
    R"({ user: auditor, password: pw, permissions: {
         publish: [ "$JS.API.STREAM.INFO.ROOMKEEPER_AUDIT",
                    "$JS.API.CONSUMER.CREATE.ROOMKEEPER_AUDIT", "$SYS.REQ.USER.INFO" ],
         subscribe: [ "_INBOX.>" ] } })";

TEST_P(AuditInstallationTest, AReaderNeedsLittleAndOthersAreToldWhatIsMissing) {
  Installation installed(
      {.version = GetParam(), .yaml = rooms, .server_config = example_config_with_user(auditor)});
  ASSERT_TRUE(installed.ready());
  const auto as = [&](const std::string& user, std::vector<std::string> words) {
    installed.write_file("secrets/" + user, "pw\n");
    for (const std::string& word :
         {std::string("--server"), installed.server.url(), std::string("--nats-user"), user,
          std::string("--password-file"), installed.file("secrets/" + user).string(),
          std::string("--timeout"), std::string("3s")}) {
      words.push_back(word);
    }
    return run_program(installed.bare_roomctl_options(std::move(words)));
  };
  const ChildResult reader = as("auditor", {"audit"});
  EXPECT_EQ(reader.exit_code, 0) << reader.err;
  EXPECT_THAT(reader.out, HasSubstr("daemon_started"));
  EXPECT_EQ(as("auditor", {"status"}).exit_code, 1) << "nothing but the audit";
  const ChildResult chatter = as("alice", {"audit"});
  EXPECT_EQ(chatter.exit_code, 1);
  EXPECT_THAT(chatter.err, AllOf(HasSubstr("ermission"), HasSubstr("docs/security.md")));
}

TEST_P(AuditInstallationTest, WithoutAStreamItSaysSo) {
  Installation installed(
      {.version = GetParam(), .yaml = std::string(rooms) + "audit: { enabled: false }\n"});
  ASSERT_TRUE(installed.ready());
  const ChildResult none = installed.roomctl({"audit"});
  EXPECT_EQ(none.exit_code, 1);
  EXPECT_THAT(none.err,
              AllOf(HasSubstr("there is no stream ROOMKEEPER_AUDIT"), HasSubstr("audit.enabled")));
}

INSTANTIATE_TEST_SUITE_P(Servers, AuditInstallationTest, ::testing::Values("2.10", "2.15"),
                         [](const auto& name) {
                           return std::string(name.param) == "2.10" ? "v2_10" : "v2_15";
                         });

}  // namespace
}  // namespace roomkeeper::testing
