#include "sidecar/nats/user_info.h"

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace roomkeeper::sidecar::nats {
namespace {

using policies::ErrorCode;
using policies::Result;

/// A connection to server N1 that gets these answers, in this order.
class Answers final : public MessageBus {
 public:
  explicit Answers(std::vector<Message> answers) : answers_(std::move(answers)) {}

  BusState state() const override { return BusState::connected; }
  ServerInfo server() const override {
    ServerInfo info;
    info.id = "N1";
    return info;
  }
  std::string last_error() const override { return {}; }
  std::uint64_t reconnects() const override { return 0; }
  void on_state(StateHandler) override {}
  Result<> publish(const std::string&, std::string_view, const Headers&) override { return {}; }
  Result<SubscriptionId> subscribe(const std::string&, const std::string&, Handler) override {
    return SubscriptionId{1};
  }
  void unsubscribe(SubscriptionId) override {}
  void request(const std::string&, std::string_view, const Headers&, policies::Nanoseconds,
               ReplyHandler done) override {
    if (answers_.empty()) return done(policies::fail(ErrorCode::timeout, "nobody answers"));
    done(answers_.front());
  }
  void collect(const std::string&, std::string_view, policies::Nanoseconds, std::size_t max,
               CollectHandler done) override {
    auto all = answers_;
    if (all.size() > max) all.resize(max);
    done(std::move(all));
  }
  void close(std::function<void()> done) override { done(); }

 private:
  std::vector<Message> answers_;
};

Message answer(const std::string& server, const std::string& account) {
  return {.subject = {},
          .reply = {},
          .data = R"({"server":{"id":")" + server + R"("},"data":{"user":"u","account":")" +
                  account + R"("}})",
          .headers = {}};
}

Result<UserInfo> asked(std::vector<Message> answers) {
  Answers bus(std::move(answers));
  std::optional<Result<UserInfo>> said;
  ask_user_info(bus, std::chrono::seconds(1), [&](Result<UserInfo> info) { said = info; });
  EXPECT_TRUE(said) << "one completion";
  return said.value_or(policies::fail(ErrorCode::internal, "none"));
}

TEST(UserInfo, IsWhatOurServerSays) {
  const auto info = asked({answer("N1", "APP"), answer("LEAF", "LOCAL")});
  ASSERT_TRUE(info);
  EXPECT_EQ(info->account, "APP");
  EXPECT_EQ(info->user, "u");
}

TEST(UserInfo, AFasterLeafNodeDoesNotRenameTheAccount) {
  const auto info = asked({answer("LEAF", "LOCAL"), answer("N1", "APP")});
  ASSERT_TRUE(info);
  EXPECT_EQ(info->account, "APP");
}

TEST(UserInfo, IsUnknownWhenOnlyOthersAnswer) {
  const auto info = asked({answer("LEAF", "LOCAL")});
  ASSERT_FALSE(info);
  EXPECT_EQ(info.error().code, ErrorCode::timeout);
  EXPECT_FALSE(asked({}));
}

}  // namespace
}  // namespace roomkeeper::sidecar::nats
