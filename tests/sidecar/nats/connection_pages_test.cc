// How long the pages of CONNZ are that a look asks for: a server goes through all its connections
// for each of them, and their owners make them as long as they like.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "sidecar/nats/system_requests.h"
#include "tests/support/fake_nats.h"
#include "tests/support/manual_clock.h"
#include "tests/support/manual_loop.h"

namespace roomkeeper::sidecar::nats {
namespace {

using nlohmann::json;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Le;
using namespace std::chrono_literals;
using Limits = std::vector<std::uint64_t>;

class ConnectionPages : public ::testing::Test {
 protected:
  void SetUp() override {
    nats_.watch([this](testing::FakeMoment moment, const std::string&, const Message& message) {
      if (moment != testing::FakeMoment::sent || !message.subject.ends_with(".CONNZ")) return;
      asked_.push_back(json::parse(message.data).at("limit").get<std::uint64_t>());
    });
    loop_.run_until_idle();
  }

  void add_clients(int count, const std::vector<std::string>& subscriptions = {}) {
    for (int i = 0; i < count; ++i)
      nats_.add_client("APP", "user-" + std::to_string(i), {.subscriptions = subscriptions});
  }

  /// The limits that it asked with, page after page.
  Limits look() {
    asked_.clear();
    seen_.reset();
    requests_.connections("APP", {nats_.server_id()}, listening_,
                          [this](policies::Result<ConnectionsSeen> seen) {
                            EXPECT_TRUE(seen) << seen.error().text;
                            if (seen) seen_ = *std::move(seen);
                          });
    EXPECT_TRUE(loop_.run_until([this] { return seen_.has_value(); }, 1min));
    loop_.advance(1min);  // what the look did not wait for leaves the queue
    return asked_;
  }
  std::size_t clients_seen() const { return seen_ ? seen_->connections.size() : 0; }
  bool truthful() const { return seen_ && seen_->truthful(); }

  testing::ManualClock clock_;
  testing::ManualLoop loop_{clock_};
  testing::FakeNats nats_{loop_};
  std::unique_ptr<MessageBus> system_ = nats_.connect("SYS", "sys");
  RequestQueue queue_{*system_, loop_, clock_, {}};
  SystemRequests requests_{queue_, loop_, 2s};
  std::shared_ptr<const policies::Listening> listening_ =
      std::make_shared<policies::Listening>(policies::Names{}, std::set<std::string, std::less<>>{},
                                            [](const policies::RoomId&) { return true; });
  Limits asked_;
  std::optional<ConnectionsSeen> seen_;
};

TEST_F(ConnectionPages, AreLongOnceItIsKnownThatConnectionsAreShort) {
  add_clients(3000, {"_INBOX.x.*"});
  EXPECT_THAT(look(), ElementsAre(1024, 8192, 8192));
  EXPECT_EQ(clients_seen(), 3000U);
  EXPECT_THAT(look(), ElementsAre(8192, 8192)) << "and remembered";
  EXPECT_EQ(clients_seen(), 3000U);
}

TEST_F(ConnectionPages, AreShortWhereConnectionsHaveMuchToSay) {
  std::vector<std::string> subscriptions;
  for (int i = 0; i < 40; ++i)
    subscriptions.push_back("x." + std::to_string(i) + "." + std::string(5000, 'y'));
  add_clients(30, subscriptions);
  const Limits first = look();
  ASSERT_FALSE(first.empty());
  EXPECT_EQ(first.front(), 1024U);
  // 4 MiB of connections of 200 kB.
  EXPECT_THAT(look(), Each(Le(21U)));
  EXPECT_EQ(clients_seen(), 30U);
}

TEST_F(ConnectionPages, AreTriedShorterWhenOneDoesNotCome) {
  add_clients(200);
  look();
  nats_.silence("$SYS.REQ.SERVER.*.CONNZ");
  EXPECT_THAT(look(), ElementsAre(8192));
  EXPECT_FALSE(truthful());
  EXPECT_THAT(look(), ElementsAre(1024));
  EXPECT_THAT(look(), ElementsAre(128));
  EXPECT_THAT(look(), ElementsAre(16));
  EXPECT_THAT(look(), ElementsAre(16)) << "and not shorter than that";
  nats_.speak();
  EXPECT_THAT(look(), Each(16U));
  EXPECT_TRUE(truthful());
  EXPECT_EQ(clients_seen(), 200U);
  EXPECT_THAT(look(), Each(32U)) << "longer again, with caution";
  for (int i = 0; i < 10; ++i) look();
  EXPECT_THAT(look(), Each(8192U));
  EXPECT_EQ(clients_seen(), 200U);
}

TEST_F(ConnectionPages, OfANewServerAreNotLongAtOnce) {
  add_clients(30);
  look();
  EXPECT_EQ(look().front(), 8192U);
  nats_.add_server("n2");
  const Limits asked = look();
  EXPECT_EQ(std::count(asked.begin(), asked.end(), 1024U), 1);
}

}  // namespace
}  // namespace roomkeeper::sidecar::nats
