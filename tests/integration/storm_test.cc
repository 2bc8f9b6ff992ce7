// A storm: a real crowd that comes back for ever over a limit of the account, against the real
// daemon and a real server. Nothing here depends on how fast the machine is.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/integration/installation.h"
#include "tests/integration/waiting.h"
#include "tests/support/raw_clients.h"

namespace roomkeeper::testing {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using Time = RawClients::Time;

constexpr std::size_t places = 50;
constexpr std::size_t crowd = 150;
constexpr std::size_t per_second = 20;
/// As many as fifteen seconds of the whole rate have.
constexpr std::uint64_t storm = 300;

std::string config() {
  std::string users;
  for (std::size_t i = 0; i < crowd; ++i)
    users += "{ user: " + numbered_user(i) + ", password: pw }\n";
  return example_config_with_user(users);
}

std::string limit(std::size_t max) {
  return "limits:\n  account_connections: { max: " + std::to_string(max) +
         " }\n  kicks_per_second: " + std::to_string(per_second) +
         "\n  exempt_users: [APP/roomkeeper, APP/admin]\n  interval: 5s\nrooms: []\n";
}

std::size_t lines_in(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

std::size_t count_of(const std::string& word, const std::string& text) {
  std::size_t count = 0;
  for (std::size_t at = text.find(word); at != text.npos; at = text.find(word, at + 1)) ++count;
  return count;
}

class StormTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(installed.ready());
    ASSERT_TRUE(becomes_true(
        [&] { return installed.roomctl_json({"status"})["limits_enforced"] == true; }));
  }
  bool becomes_used(std::size_t connections) {
    return becomes_true([&] {
      return installed.metric("roomkeeper_limit_used{limit=\"account_connections\"}") ==
             static_cast<double>(connections);
    });
  }
  double kicks() {
    return installed.metric(
        R"(roomkeeper_kicks_total{limit="account_connections",reason="reject_new"})");
  }
  std::vector<json> kicks_in_audit() {
    const ChildResult told =
        installed.roomctl({"audit", "--kind", "kick", "--last", "10000", "--json"});
    EXPECT_EQ(told.exit_code, 0) << told.err;
    std::vector<json> entries;
    for (std::size_t begin = 0; begin < told.out.size();) {
      const std::size_t end = std::min(told.out.find('\n', begin), told.out.size());
      entries.push_back(json::parse(told.out.substr(begin, end - begin)));
      begin = end + 1;
    }
    return entries;
  }

  Installation installed{{.yaml = limit(places), .server_config = config()}};
};

/// When each connection was ended, as its client saw it; the earliest first.
std::vector<Time> ends(const std::vector<RawClients::Record>& records) {
  std::vector<Time> all;
  for (const RawClients::Record& record : records) {
    for (const RawClients::Visit& visit : record.visits) {
      if (visit.ended) all.push_back(*visit.ended);
    }
  }
  std::sort(all.begin(), all.end());
  return all;
}

void expect_no_more_than_the_rate(const std::vector<Time>& ended, Time began) {
  // A client notices its end a moment after it: what it sees late cannot be too much here ...
  for (std::size_t i = 0; i < ended.size(); ++i) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(ended[i] - began).count();
    EXPECT_LE(i + 1, per_second * (static_cast<std::size_t>(seconds) + 1));
  }
  // ... and a quarter of a second is left for it here.
  for (std::size_t i = per_second; i < ended.size(); ++i)
    EXPECT_GT(ended[i] - ended[i - per_second], 750ms) << "kick " << i;
}

TEST_F(StormTest, WhoIsWithinStaysAndAllTheRestIsBounded) {
  RawClients clients(installed.server.port().number());
  for (std::size_t i = 0; i < places; ++i) clients.add({.user = numbered_user(i)});
  ASSERT_TRUE(clients.await_connected(places));
  ASSERT_TRUE(becomes_used(places));
  const std::size_t lines_before = lines_in(installed.log());

  const Time began = std::chrono::steady_clock::now();
  for (std::size_t i = places; i < crowd; ++i)
    clients.add({.user = numbered_user(i), .reconnect = 100ms});
  ASSERT_TRUE(clients.await_ended(storm, 90s)) << clients.ended_by_server();
  // Places for all: the storm is over, and what was under way is done.
  installed.write_config(limit(crowd));
  ASSERT_TRUE(becomes_used(crowd));
  ASSERT_TRUE(clients.await_connected(crowd));
  const auto windows =
      static_cast<std::size_t>((std::chrono::steady_clock::now() - began) / 10s) + 1;

  const std::vector<RawClients::Record> records = clients.records();
  for (std::size_t i = 0; i < crowd; ++i) {
    if (i < places) {
      EXPECT_TRUE(records[i].connected && records[i].visits.size() == 1) << "within: " << i;
    } else {
      EXPECT_GE(records[i].ended_by_server, 1) << "one too many: " << i;
    }
  }
  const std::vector<Time> ended = ends(records);
  expect_no_more_than_the_rate(ended, began);
  EXPECT_EQ(kicks(), static_cast<double>(ended.size()));

  // What waits is told at the end. Of each ten seconds it is twenty kicks and a sum.
  ASSERT_EQ(installed.stop_daemon(SIGTERM), 0);
  const std::vector<json> told = kicks_in_audit();
  std::uint64_t connections = 0;
  for (const json& entry : told) connections += entry["connections"].get<std::uint64_t>();
  EXPECT_EQ(connections, ended.size()) << "no kick is left out";
  EXPECT_LE(told.size(), windows * 21);
  const std::string log = installed.log();
  EXPECT_LE(count_of("connections.kicked", log), windows * 21);
  EXPECT_LE(lines_in(log) - lines_before, windows * 21 + 20) << log;
}

}  // namespace
}  // namespace roomkeeper::testing
