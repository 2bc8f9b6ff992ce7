#include "cli/settings.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/context.h"
#include "tests/support/temp_directory.h"

namespace roomkeeper::cli {
namespace {

using roomkeeper::testing::TempDirectory;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Settings settings(const std::vector<std::string>& flags, const Environment& environment = {}) {
  std::vector<std::string> words{"status"};
  words.insert(words.end(), flags.begin(), flags.end());
  const auto arguments = parse_arguments(words);
  EXPECT_TRUE(arguments) << (arguments ? "" : arguments.error().message);
  const auto made = make_settings(*arguments, environment);
  EXPECT_TRUE(made) << (made ? "" : made.error().message);
  return made.value_or(Settings{});
}

std::string refused_settings(const std::vector<std::string>& flags,
                             const Environment& environment = {}) {
  std::vector<std::string> words{"status"};
  words.insert(words.end(), flags.begin(), flags.end());
  const auto made = make_settings(*parse_arguments(words), environment);
  return made ? "accepted" : made.error().message;
}

class ContextFiles : public ::testing::Test {
 protected:
  ContextFiles() {
    directory_.write(
        "nats/context/prod.json",
        R"({"description":"x","url":"nats://a:1, nats://b:2","user":"admin","password":"from context",
                        "creds":"","ca":"~/ca.pem","inbox_prefix":"_INBOX_admin","user_jwt":null})");
    directory_.write("token.json", R"({"url":"nats://t:1","token":"from context"})");
    directory_.write("broken.json", "{");
    directory_.write("odd.json", R"({"user":5})");
    environment_ = {{"XDG_CONFIG_HOME", directory_.path()}, {"HOME", "/users/eve"}};
  }
  std::string file(const std::string& name) const { return directory_.path() / name; }

  TempDirectory directory_;
  Environment environment_;
};

TEST(SettingsTest, Defaults) {
  const Settings made = settings({});
  EXPECT_THAT(made.urls, ElementsAre("nats://127.0.0.1:4222"));
  EXPECT_EQ(made.inbox_prefix, "_INBOX");
  EXPECT_EQ(made.admin_prefix, "roomkeeper.admin");
  EXPECT_EQ(made.timeout, std::chrono::seconds(5));
  EXPECT_EQ(connection_user(made), "");
}

TEST_F(ContextFiles, FlagBeforeEnvironmentBeforeContext) {
  environment_["NATS_CONTEXT"] = "prod";
  EXPECT_THAT(settings({}, environment_).urls, ElementsAre("nats://a:1", "nats://b:2"));
  EXPECT_EQ(settings({}, environment_).user, "admin");
  EXPECT_EQ(settings({}, environment_).password, "from context");
  EXPECT_EQ(settings({}, environment_).tls_ca, "/users/eve/ca.pem");
  EXPECT_EQ(settings({}, environment_).inbox_prefix, "_INBOX_admin");
  environment_["NATS_URL"] = "nats://env:3";
  EXPECT_THAT(settings({}, environment_).urls, ElementsAre("nats://env:3"));
  EXPECT_EQ(settings({}, environment_).user, "admin");
  EXPECT_THAT(settings({"--server", "nats://flag:4"}, environment_).urls,
              ElementsAre("nats://flag:4"));
}

TEST_F(ContextFiles, CredentialsAreNotMixed) {
  const std::string context = "--context=" + file("nats/context/prod.json");
  const Settings creds = settings({context, "--creds", "a.creds"}, environment_);
  EXPECT_EQ(creds.creds, "a.creds");
  EXPECT_EQ(creds.user, "");
  EXPECT_EQ(creds.password, "");
  // Somebody else's password is not taken, one's own is.
  EXPECT_EQ(settings({context, "--user", "bob"}, environment_).password, "");
  EXPECT_EQ(settings({context, "--user", "admin"}, environment_).password, "from context");
  environment_["NATS_PASSWORD"] = "from environment";
  EXPECT_EQ(settings({context, "--user", "bob"}, environment_).password, "from environment");
  EXPECT_EQ(settings({context}, environment_).password, "from environment");
  const Settings file_wins =
      settings({context, "--user", "bob", "--password-file", "p"}, environment_);
  EXPECT_EQ(file_wins.password, "");
  EXPECT_EQ(file_wins.password_file, "p");
  environment_["NATS_TOKEN"] = "t";
  const Settings token = settings({context}, environment_);
  EXPECT_EQ(token.token, "t");
  EXPECT_EQ(token.user, "");
  EXPECT_EQ(token.password, "");
}

TEST_F(ContextFiles, ByNameAndByPath) {
  EXPECT_EQ(context_path("prod", environment_), file("nats/context/prod.json"));
  EXPECT_EQ(context_path("./x", environment_), "./x");
  EXPECT_EQ(context_path("x.json", environment_), "x.json");
  EXPECT_EQ(context_path("~/x.json", environment_), "/users/eve/x.json");
  EXPECT_EQ(context_path("prod", {{"HOME", "/h"}}), "/h/.config/nats/context/prod.json");
  EXPECT_EQ(settings({"--context", file("token.json")}, environment_).token, "from context");
}

TEST_F(ContextFiles, BadOnesAreRefusedWithTheirPath) {
  EXPECT_THAT(refused_settings({"--context", "nowhere"}, environment_),
              HasSubstr(file("nats/context/nowhere.json")));
  EXPECT_THAT(refused_settings({"--context", file("broken.json")}, environment_),
              HasSubstr("not a JSON object"));
  EXPECT_THAT(refused_settings({"--context", file("odd.json")}, environment_),
              HasSubstr("\"user\" is not a text"));
}

TEST(SettingsTest, BadValuesAreRefused) {
  EXPECT_THAT(refused_settings({"--server", ","}), HasSubstr("--server"));
  EXPECT_THAT(refused_settings({"--admin-prefix", "a b"}), HasSubstr("is not a subject"));
  EXPECT_THAT(refused_settings({"--admin-prefix", "a.>"}), HasSubstr("is not a subject"));
  EXPECT_THAT(refused_settings({"--timeout", "0"}), HasSubstr("--timeout"));
  EXPECT_THAT(refused_settings({"--replica", "a.b"}), HasSubstr("is not the name of a replica"));
  EXPECT_THAT(refused_settings({"--timeout", "25h"}), HasSubstr("--timeout"));
}

TEST(SettingsTest, SecretsOfUrlsAreNotShown) {
  EXPECT_EQ(without_secrets({"nats://bob:s3cret@h:1"}), "nats://bob:***@h:1");
  EXPECT_EQ(without_secrets({"nats://s3cret@h:1", "tls://h:2"}), "nats://***@h:1, tls://h:2");
  EXPECT_EQ(without_secrets({"bob:s3cret@h"}), "bob:***@h");
  EXPECT_EQ(without_secrets({"nats://bob:p@ss@h:1"}), "nats://bob:***@h:1");
}

TEST(SettingsTest, TheUserOfTheConnection) {
  EXPECT_EQ(connection_user(settings({"--user", "bob"})), "bob");
  EXPECT_EQ(connection_user(settings({"--server", "nats://bob:pw@h"})), "bob");
  EXPECT_EQ(connection_user(settings({"--server", "nats://token@h"})), "");
  EXPECT_EQ(connection_user(settings({"--server", "nats://bob:pw@h", "--creds", "c"})), "");
}

}  // namespace
}  // namespace roomkeeper::cli
