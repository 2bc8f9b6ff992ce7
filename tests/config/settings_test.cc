// The whole example, where values come from, and who wins.
#include <algorithm>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/load.h"
#include "config/print.h"
#include "config/reference.h"
#include "tests/config/config_folder.h"
#include "tests/config/whole_example.h"

namespace roomkeeper::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(WholeExample, EveryValueArrives) {
  ConfigFolder folder;
  folder.write("rk.yaml", whole_example);
  const config::Config config = loaded(folder);
  EXPECT_EQ(config.instance, "seoul");
  EXPECT_THAT(config.nats.urls, ElementsAre("nats://127.0.0.1:4222"));
  EXPECT_EQ(config.nats.credentials.user, "roomkeeper");
  EXPECT_EQ(config.nats.credentials.password_file, folder.path("secrets/roomkeeper"));
  ASSERT_TRUE(config.nats.system.has_value());
  EXPECT_EQ(config.nats.system->user, "sys");
  EXPECT_EQ(config.nats.system->password_file, folder.path("secrets/sys"));
  EXPECT_EQ(config.http.host, "127.0.0.1");
  EXPECT_EQ(config.http.port, 7780);
  EXPECT_EQ(config.reconcile.in_flight, 16);
  EXPECT_EQ(config.limits.connections.per_user.max, 3);
  EXPECT_THAT(config.limits.connections.exempt,
              ElementsAre(policies::Identity{"APP", "roomkeeper"}));
  EXPECT_EQ(config.rooms.rooms.size(), 22U);
  EXPECT_TRUE(config.rooms.complete);
  EXPECT_TRUE(std::is_sorted(config.rooms.rooms.begin(), config.rooms.rooms.end(),
                             [](const auto& a, const auto& b) { return a.id < b.id; }));
}

TEST(WholeExample, RoomsHaveTheirTemplates) {
  const config::Config config = loaded(whole_example);
  const policies::RoomSpec* general = room(config, "general");
  ASSERT_NE(general, nullptr);
  EXPECT_EQ(general->title, "자유 대화방");
  EXPECT_THAT(general->tags, ElementsAre("공지", "seoul"));
  EXPECT_EQ(general->place.line, 21);
  EXPECT_EQ(general->settings, config.templates.at("default"));
  const auto* rule = std::get_if<policies::UntilMidnight>(&general->settings->retention);
  ASSERT_NE(rule, nullptr);
  EXPECT_EQ(rule->zone, config::find_zone("Asia/Seoul"));
  const policies::RoomSpec* support = room(config, "support");
  ASSERT_NE(support, nullptr);
  EXPECT_EQ(support->settings->template_name, "archive");
  EXPECT_EQ(support->settings->retention,
            policies::RetentionRule(policies::KeepFor{std::chrono::hours(720)}));
  EXPECT_EQ(support->settings->stream.max_bytes, 64LL << 20);
  EXPECT_EQ(support->settings->stream.max_message_size, 64 << 10);
  EXPECT_EQ(room(config, "game-20")->settings, general->settings);
  EXPECT_EQ(room(config, "game-21"), nullptr);
}

TEST(Defaults, AnEmptyMappingIsEnough) {
  const config::Config config = loaded("{}\n");
  EXPECT_EQ(effective(config, "nats.url"), "nats://127.0.0.1:4222 (default)");
  EXPECT_EQ(effective(config, "limits.connections_per_user.max"), "unlimited (default)");
  EXPECT_EQ(effective(config, "http.listen"), "127.0.0.1:7780 (default)");
  EXPECT_FALSE(config.nats.system.has_value());
  EXPECT_EQ(config.templates.at("default")->origins.at("replicas"), "built-in");
}

TEST(Audit, HasItsBoundsUnlessTheFileSaysOtherwise) {
  const config::Config usual = loaded("{}\n");
  EXPECT_TRUE(usual.audit.enabled);
  EXPECT_EQ(usual.audit.max_age, std::chrono::hours(24 * 90));
  EXPECT_EQ(effective(usual, "audit.max_bytes"), "256MiB (default)");
  const config::Config other = loaded("audit: { enabled: no, max_age: 30d, max_bytes: 64MiB }\n");
  EXPECT_FALSE(other.audit.enabled);
  EXPECT_EQ(other.audit.max_age, std::chrono::hours(24 * 30));
  EXPECT_EQ(other.audit.max_bytes, 64 << 20);
}

TEST(Capacity, IsCheckedAndKnowsNoFileHandlesUnlessTheFileSaysOtherwise) {
  const config::Config usual = loaded("{}\n");
  EXPECT_TRUE(usual.capacity.check);
  EXPECT_EQ(usual.capacity.file_handles, 0);
  const config::Config other = loaded("capacity: { check: off, file_handles: 65536 }\n");
  EXPECT_FALSE(other.capacity.check);
  EXPECT_EQ(other.capacity.file_handles, 65536);
}

TEST(Precedence, FlagThenEnvironmentThenFileThenDefault) {
  ConfigFolder folder;
  folder.write("rk.yaml", "reconcile: {interval: 1m, in_flight: 2, max_removals: 3}\n");
  folder.overrides.environment = {{"ROOMKEEPER_RECONCILE_IN_FLIGHT", "4"},
                                  {"ROOMKEEPER_RECONCILE_MAX_REMOVALS", "5"}};
  folder.overrides.flags = {{"reconcile.max_removals", "6"}};
  const config::Config config = loaded(folder);
  EXPECT_EQ(effective(config, "reconcile.interval"), "1m (" + folder.path("rk.yaml") + ":1:23)");
  EXPECT_EQ(effective(config, "reconcile.in_flight"),
            "4 (environment ROOMKEEPER_RECONCILE_IN_FLIGHT)");
  EXPECT_EQ(effective(config, "reconcile.max_removals"), "6 (flag --reconcile-max-removals)");
  EXPECT_EQ(effective(config, "reconcile.adopt"), "never (default)");
  EXPECT_EQ(config.reconcile.max_removals, 6);
}

TEST(Precedence, AWrongValueIsRefusedEvenWhereItIsOverridden) {
  ConfigFolder folder;
  folder.write("rk.yaml", "reconcile: {in_flight: 0}\n");
  folder.overrides.flags = {{"reconcile.in_flight", "8"}};
  EXPECT_THAT(problems_of(folder),
              ElementsAre(HasSubstr("rk.yaml:1:24: reconcile.in_flight: expected a whole")));
}

TEST(Overrides, GoThroughTheSameParsers) {
  ConfigFolder folder;
  folder.write("rk.yaml", "{}\n");
  folder.overrides.flags = {{"log.level", "inf"}, {"nats.urll", "x"}, {"nats.password", "hunter2"}};
  folder.overrides.environment = {{"ROOMKEEPER_RECONCILE_INTERVAL", "60"},
                                  {"ROOMKEEPER_NATS_SYSTEM_PASSWORD", "a\nsecret"}};
  EXPECT_THAT(problems_of(folder), ElementsAre("environment: nats.system.password: expected 1 to "
                                               "1024 bytes of UTF-8 without control characters",
                                               "environment: reconcile.interval: expected a unit "
                                               "after the number in \"60\": one of w, d, "
                                               "h, m, s, ms, us, ns",
                                               "flag: log.level: expected debug, info, warn or "
                                               "error, not \"inf\" (did you mean \"info\"?)",
                                               "flag: nats.password: a secret does not belong on a "
                                               "command line; use ROOMKEEPER_NATS_PASSWORD",
                                               "flag: nats.urll: unknown setting"));
}

TEST(Overrides, ListsAreCommaSeparatedAndReplaceTheWholeList) {
  ConfigFolder folder;
  folder.write("rk.yaml", "nats: {url: [nats://a:1, nats://b:2]}\nlimits: {exempt_users: [A/b]}\n");
  folder.overrides.environment = {{"ROOMKEEPER_NATS_URL", "tls://c:3, d:4"},
                                  {"ROOMKEEPER_LIMITS_EXEMPT_USERS", ""}};
  const config::Config config = loaded(folder);
  EXPECT_THAT(config.nats.urls, ElementsAre("tls://c:3", "d:4"));
  EXPECT_TRUE(config.limits.connections.exempt.empty());
}

TEST(Overrides, RelativePathsAreMeantFromTheirSource) {
  ConfigFolder folder;
  folder.write("rk.yaml", "nats: {user: a, password_file: ./p}\n");
  folder.overrides.flags = {{"nats.tls.ca", "ca.pem"}};
  const config::Config config = loaded(folder);
  EXPECT_EQ(config.nats.credentials.password_file, folder.path("p"));
  EXPECT_EQ(config.nats.tls.ca.front(), '/');
  EXPECT_THAT(config.nats.tls.ca, Not(HasSubstr(folder.path(""))));
}

TEST(Environment, UnknownNamesWarnAndThoseOfKubernetesDoNot) {
  ConfigFolder folder;
  folder.write("rk.yaml", "{}\n");
  folder.overrides.environment = {{"ROOMKEEPER_PORT", "tcp://10.0.0.1:7780"},
                                  {"ROOMKEEPER_SERVICE_HOST", "10.0.0.1"},
                                  {"ROOMKEEPER_SERVICE_PORT", "7780"},
                                  {"ROOMKEEPER_SERVICE_PORT_HTTP", "7780"},
                                  {"ROOMKEEPER_PORT_7780_TCP", "tcp://10.0.0.1:7780"},
                                  {"ROOMKEEPER_PORT_7780_TCP_ADDR", "10.0.0.1"},
                                  {"ROOMKEEPER_METRICS_PORT_7780_TCP_PROTO", "tcp"},
                                  {"ROOMKEEPER_CONFIG", "/etc/rk.yaml"},
                                  {"ROOMKEEPER_NATS_USR", "x"},
                                  {"ROOMKEEPER_PORT_X", "x"},
                                  {"PATH", "/bin"}};
  loaded(folder);
  EXPECT_THAT(folder.warnings, ElementsAre("unknown environment variable \"ROOMKEEPER_NATS_USR\" "
                                           "(did you mean \"ROOMKEEPER_NATS_USER\"?)",
                                           "unknown environment variable \"ROOMKEEPER_PORT_X\""));
}

TEST(Secrets, NeverShow) {
  ConfigFolder folder;
  folder.write("rk.yaml", "nats: {user: a}\n");
  folder.overrides.environment = {{"ROOMKEEPER_NATS_PASSWORD", "hunter2"}};
  const config::Config config = loaded(folder);
  EXPECT_EQ(config.nats.credentials.password, "hunter2");
  EXPECT_EQ(effective(config, "nats.password"), "*** (environment ROOMKEEPER_NATS_PASSWORD)");
  EXPECT_THAT(print_config(config), Not(HasSubstr("hunter2")));
  EXPECT_THAT(problems_of("nats: {user: a, password: hunter2}\n"),
              ElementsAre("rk.yaml:1:27: nats.password: a secret does not belong in this file; use "
                          "nats.password_file "
                          "or the environment variable ROOMKEEPER_NATS_PASSWORD"));
}

TEST(PrintConfig, EveryValueWithItsOrigin) {
  const config::Config config = loaded(whole_example);
  const std::string text = print_config(config);
  for (const config::Setting& setting : config::settings())
    EXPECT_THAT(text, HasSubstr(std::string(setting.key)));
  EXPECT_THAT(text, HasSubstr("reconcile.interval"));
  EXPECT_THAT(text, HasSubstr("template archive\n"));
  EXPECT_THAT(text, HasSubstr("30d"));
  EXPECT_THAT(text, HasSubstr("22 rooms in 1 file\n"));
}

TEST(Settings, NamesAreUniqueAndFollowTheKey) {
  std::set<std::string_view> flags;
  std::set<std::string_view> variables;
  for (const config::Setting& setting : config::settings()) {
    EXPECT_TRUE(variables.insert(setting.environment).second) << setting.key;
    EXPECT_FALSE(setting.help.empty()) << setting.key;
    EXPECT_EQ(setting.flag.empty(), setting.secret) << setting.key;
    EXPECT_TRUE(setting.secret || flags.insert(setting.flag).second) << setting.key;
    EXPECT_THAT(config::settings_markdown(), HasSubstr(std::string(setting.environment)));
  }
  EXPECT_TRUE(flags.contains("limits-connections-per-user-max"));
  EXPECT_TRUE(variables.contains("ROOMKEEPER_LIMITS_CONNECTIONS_PER_USER_MAX"));
  EXPECT_THAT(config::room_settings_markdown(), HasSubstr("`stream.max_bytes`"));
}

TEST(Settings, EveryDefaultIsAcceptedWhereItIsWritten) {
  for (const config::Setting& setting : config::settings()) {
    if (setting.secret || setting.fallback.empty()) continue;
    ConfigFolder folder;
    folder.write("rk.yaml", "{}\n");
    folder.overrides.flags = {{std::string(setting.key), std::string(setting.fallback)}};
    const config::Config config = loaded(folder);
    EXPECT_EQ(effective(config, setting.key),
              std::string(setting.fallback) + " (flag --" + std::string(setting.flag) + ")");
  }
}

TEST(Listen, AddressesAndOff) {
  EXPECT_EQ(loaded("http: {listen: ''}\n").http.port, -1);
  EXPECT_EQ(loaded("http: {listen: '127.0.0.1:0'}\n").http.port, 0);
  const config::Config six = loaded("http: {listen: '[::1]:80'}\n");
  EXPECT_EQ(six.http.host, "::1");
  EXPECT_THAT(effective(six, "http.listen"), HasSubstr("[::1]:80 ("));
  for (const char* text :
       {"localhost:80", "127.0.0.1", "127.0.0.1:65536", ":80", "::1:80", "[::1]", "300.0.0.1:1"}) {
    EXPECT_EQ(problems_of("http: {listen: '" + std::string(text) + "'}\n").size(), 1U) << text;
  }
}

TEST(HttpLogin, IsOfAFileBesideTheConfiguration) {
  const config::Config bare = loaded("instance: x\n");
  EXPECT_TRUE(bare.http.page);
  EXPECT_EQ(bare.http.basic_auth_file, "");
  const config::Config config =
      loaded("http: {basic_auth_file: /etc/logins, basic_auth_all: true, page: false}\n");
  EXPECT_EQ(config.http.basic_auth_file, "/etc/logins");
  EXPECT_TRUE(config.http.basic_auth_all);
  EXPECT_FALSE(config.http.page);
  EXPECT_TRUE(loaded("http: {basic_auth_file: logins}\n").http.basic_auth_file.starts_with('/'));
}

TEST(HttpLogin, ForEverythingNeedsAFile) {
  const auto problems = problems_of("http: {basic_auth_all: true}\n");
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_THAT(
      problems.front(),
      HasSubstr("rk.yaml:1:24: http.basic_auth_all: expected http.basic_auth_file beside it"));
}

TEST(CheckFiles, NamesWhatIsMissingOrEmpty) {
  ConfigFolder folder;
  folder.write("rk.yaml", "nats:\n  user: a\n  password_file: gone\n  tls: {ca: empty.pem}\n");
  folder.write("empty.pem", "\n");
  const auto problems = check_files(loaded(folder));
  ASSERT_EQ(problems.size(), 2U);
  EXPECT_EQ(problems[0].key, "nats.password_file");
  EXPECT_EQ(problems[0].line, 3);
  EXPECT_EQ(problems[0].column, 18);
  EXPECT_THAT(problems[0].text, HasSubstr("No such file"));
  EXPECT_EQ(problems[1].key, "nats.tls.ca");
  folder.write("gone", "secret");
  folder.write("empty.pem", "pem");
  EXPECT_TRUE(check_files(loaded(folder)).empty());
}

}  // namespace
}  // namespace roomkeeper::testing
