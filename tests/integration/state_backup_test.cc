// `roomctl state export`, a store that is lost, `roomctl state import`: the real programs with real
// servers.
#include <csignal>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/integration/installation.h"
#include "tests/integration/waiting.h"

namespace roomkeeper::testing {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

constexpr const char* config = R"(
reconcile: { on_removal: delete }
templates:
  default: { retention: { until: midnight, days: 0, timezone: Asia/Seoul } }
  lobby: { layout: pooled }
rooms:
  - { id: general }
  - { id: doomed }
)";
constexpr const char* config_without_doomed = R"(
reconcile: { on_removal: delete }
templates:
  default: { retention: { until: midnight, days: 0, timezone: Asia/Seoul } }
  lobby: { layout: pooled }
rooms:
  - { id: general }
)";

class StateBackupTest : public ::testing::TestWithParam<std::string> {
 protected:
  StateBackupTest() : installed_({.version = GetParam(), .yaml = config}) {}
  void SetUp() override { ASSERT_TRUE(installed_.ready()); }

  std::string good(std::vector<std::string> arguments) {
    const ChildResult result = installed_.roomctl(std::move(arguments));
    EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
    return result.out;
  }
  bool is_ready(const std::string& room) {
    return becomes_true([&] {
      const ChildResult shown = installed_.roomctl({"room", "show", room, "--json"});
      const json view = json::parse(shown.out, nullptr, false);
      return view.is_object() && view.value("state", "") == "ready";
    });
  }
  std::string state_of(const std::string& room) {
    const ChildResult shown = installed_.roomctl({"room", "show", room, "--json"});
    const json view = json::parse(shown.out, nullptr, false);
    return view.is_object() ? view.value("state", "") : "(none)";
  }
  bool complete() { return installed_.roomctl_json({"status"})["desired_complete"] == json(true); }
  /// Two rooms of the API, one of them in a pool, a ban, and a message.
  void furnish() {
    good({"room", "create", "team", "--title", "팀"});
    good({"room", "create", "crowd", "--template", "lobby"});
    ASSERT_TRUE(is_ready("team") && is_ready("crowd"));
    good({"ban", "add", "eve", "--for", "1h", "--reason", "spam", "--yes"});
    ASSERT_TRUE(installed_.client("bob")->store("chat.team.bob", "hello"));
    good({"state", "export", backup()});
  }
  std::string backup() const { return installed_.file("state.jsonl"); }

  Installation installed_;
};

TEST_P(StateBackupTest, ALostBucketComesBackAndNothingWasRemovedMeanwhile) {
  furnish();
  EXPECT_EQ(installed_.stop_daemon(SIGTERM), 0);
  for (const char* bucket : {"KV_roomkeeper", "KV_roomkeeper_lease"}) {
    const json gone = installed_.jetstream(std::string("STREAM.DELETE.") + bucket);
    ASSERT_TRUE(gone.value("success", false)) << gone;
  }
  installed_.write_config(config_without_doomed);
  ASSERT_TRUE(installed_.start_daemon());
  ASSERT_TRUE(installed_.ready());
  EXPECT_TRUE(is_ready("general")) << "rooms of files come back by themselves";
  EXPECT_EQ(state_of("team"), "unknown");
  EXPECT_FALSE(complete());
  good({"apply"});
  EXPECT_FALSE(installed_.stream_info("doomed").contains("error"))
      << "a file that names it no more is not enough while rooms may be unknown";
  EXPECT_EQ(installed_.messages("team"), 1U);

  EXPECT_THAT(good({"state", "import", backup()}), HasSubstr("would be created"));
  EXPECT_EQ(state_of("team"), "unknown") << "that was a dry run";
  good({"state", "import", backup(), "--yes"});
  EXPECT_TRUE(is_ready("team"));
  EXPECT_TRUE(is_ready("crowd"));
  EXPECT_EQ(installed_.messages("team"), 1U);
  EXPECT_EQ(installed_.roomctl_json({"room", "show", "team"})["title"], json("팀"));
  EXPECT_EQ(installed_.roomctl_json({"ban", "ls"})["bans"][0]["user"], json("eve"));
  EXPECT_TRUE(becomes_true([&] { return complete(); }));
  EXPECT_TRUE(becomes_true([&] { return installed_.stream_info("doomed").contains("error"); }))
      << "now it may go";
  EXPECT_THAT(good({"state", "import", backup(), "--yes"}), HasSubstr("0 created, 0 updated"));
  EXPECT_THAT(good({"audit", "--kind", "state_imported"}), HasSubstr("the file was whole"));

  // What was imported is kept, not only known.
  EXPECT_EQ(installed_.stop_daemon(SIGTERM), 0);
  ASSERT_TRUE(installed_.start_daemon());
  ASSERT_TRUE(installed_.ready());
  EXPECT_TRUE(is_ready("team"));
  EXPECT_TRUE(complete());
}

TEST_P(StateBackupTest, AStoreThatIsLostAltogetherComesBackEmpty) {
  furnish();
  EXPECT_EQ(installed_.stop_daemon(SIGTERM), 0);
  ASSERT_TRUE(installed_.server.restart_fresh());
  ASSERT_TRUE(installed_.start_daemon());
  ASSERT_TRUE(installed_.ready());
  EXPECT_TRUE(is_ready("general"));
  EXPECT_EQ(installed_.roomctl({"room", "show", "team"}).exit_code, 1) << "nobody knows of it";
  good({"state", "import", backup(), "--yes"});
  EXPECT_TRUE(is_ready("team"));
  EXPECT_TRUE(is_ready("crowd"));
  EXPECT_EQ(installed_.messages("team"), 0U) << "messages are in no file of the state";
  EXPECT_TRUE(installed_.client("bob")->store("chat.team.bob", "hello again"));
  EXPECT_EQ(installed_.roomctl_json({"ban", "ls"})["bans"][0]["user"], json("eve"));
  EXPECT_TRUE(complete());
}

TEST_P(StateBackupTest, AFileThatWasCutOffIsNotTaken) {
  furnish();
  std::ifstream in(backup());
  std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  text.erase(text.rfind('\n', text.size() - 2) + 1);
  installed_.write_file("cut.jsonl", text);
  const std::string cut = installed_.file("cut.jsonl");
  good({"room", "rm", "team", "--yes"});
  ASSERT_TRUE(becomes_true([&] { return installed_.stream_info("team").contains("error"); }));
  const ChildResult refused = installed_.roomctl({"state", "import", cut, "--yes"});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr("it was cut off"));
  EXPECT_EQ(installed_.roomctl({"room", "show", "team"}).exit_code, 1) << "nothing was written";
  EXPECT_EQ(installed_.roomctl({"state", "import", cut, "--yes", "--partial"}).exit_code, 0);
  EXPECT_TRUE(is_ready("team"));
}

INSTANTIATE_TEST_SUITE_P(Versions, StateBackupTest,
                         ::testing::ValuesIn(std::vector<std::string>{"2.15", "2.10"}),
                         [](const auto& instance) {
                           return instance.param == "2.10" ? "Oldest" : "Newest";
                         });

}  // namespace
}  // namespace roomkeeper::testing
