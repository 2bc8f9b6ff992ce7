#include "tests/contract/contract.h"

namespace roomkeeper::testing {

using policies::Result;
using sidecar::BusState;
using sidecar::Message;

std::vector<WorldKind> all_worlds() {
  return {{"Fake", false, "2.15"},
          {"Fake2_10", false, "2.10"},
          {"Nats2_10", true, "2.10"},
          {"Nats2_15", true, "2.15"}};
}

void PrintTo(const WorldKind& kind, std::ostream* out) {
  *out << kind.name;
}

void Contract::SetUp() {
  world_ = GetParam().real ? make_real_world(GetParam()) : make_fake_world(GetParam());
  ASSERT_FALSE(HasFatalFailure());
  app_ = connect("APP", "roomkeeper");
  sys_ = connect("SYS", "sys");
  queue_ = std::make_unique<sidecar::nats::RequestQueue>(*app_, world_->loop(), world_->clock(),
                                                         sidecar::nats::QueueLimits{});
  js_ = std::make_unique<sidecar::nats::JetStream>(*queue_);
}

void Contract::TearDown() {
  js_.reset();
  queue_.reset();
  app_.reset();
  sys_.reset();
  world_.reset();
}

Contract::Bus Contract::connect(const std::string& account, const std::string& user) {
  Bus bus = world_->connect(account, user);
  EXPECT_TRUE(world_->run_until([&] { return bus->state() == BusState::connected; }))
      << bus->last_error();
  return bus;
}

void Contract::settle(sidecar::MessageBus& bus) {
  // A connection's messages are handled in order: whatever came before is done when this is
  // answered.
  const auto done = request(bus, "$SYS.REQ.USER.INFO", "");
  EXPECT_TRUE(done) << done.error().text;
}

Result<Message> Contract::request(sidecar::MessageBus& bus, const std::string& subject,
                                  std::string_view data, const sidecar::Headers& headers,
                                  policies::Nanoseconds timeout) {
  return wait<Message>(
      [&](auto done) { bus.request(subject, data, headers, timeout, std::move(done)); });
}

std::string Contract::ask(const std::string& subject, std::string_view data,
                          const sidecar::Headers& headers) {
  const auto reply = request(app(), subject, data, headers);
  EXPECT_TRUE(reply) << subject << ": " << reply.error().text;
  return reply ? reply->data : std::string();
}

policies::StreamConfig Contract::memory_stream(std::vector<std::string> subjects) {
  policies::StreamConfig config;
  config.subjects = std::move(subjects);
  config.settings.storage = policies::Storage::memory;
  return config;
}

Result<sidecar::nats::StreamInfo> Contract::create(const std::string& name,
                                                   const policies::StreamConfig& config,
                                                   std::uint64_t first_seq) {
  return wait<sidecar::nats::StreamInfo>(
      [&](auto done) { js().create(priority, name, config, first_seq, std::move(done)); });
}

Result<sidecar::nats::StreamInfo> Contract::update(const std::string& name,
                                                   const policies::StreamConfig& config) {
  const std::string raw = info(name).raw_config;
  return wait<sidecar::nats::StreamInfo>(
      [&](auto done) { js().update(priority, name, raw, config, std::move(done)); });
}

sidecar::nats::StreamInfo Contract::info(const std::string& name) {
  auto result = wait<sidecar::nats::StreamInfo>(
      [&](auto done) { js().info(priority, name, std::move(done)); });
  EXPECT_TRUE(result) << name << ": " << result.error().text;
  return result ? std::move(*result) : sidecar::nats::StreamInfo{};
}

Result<std::uint64_t> Contract::purge(const std::string& name,
                                      const sidecar::nats::PurgeRequest& purge_request) {
  return wait<std::uint64_t>(
      [&](auto done) { js().purge(priority, name, purge_request, std::move(done)); });
}

void Contract::delete_message(const std::string& stream, std::uint64_t seq) {
  const std::string reply =
      ask("$JS.API.STREAM.MSG.DELETE." + stream, "{\"seq\":" + std::to_string(seq) + "}");
  EXPECT_NE(reply.find("\"success\":true"), std::string::npos) << reply;
}

void Contract::store(const std::string& subject, int n) {
  for (int i = 0; i < n; ++i) {
    const std::string ack = ask(subject, "message " + std::to_string(i));
    EXPECT_NE(ack.find("\"seq\":"), std::string::npos) << ack;
    EXPECT_EQ(ack.find("\"error\""), std::string::npos) << ack;
  }
}

policies::WallTime Contract::time_of(const std::string& stream, std::uint64_t seq) {
  const auto message = wait<std::optional<sidecar::nats::StoredMessage>>(
      [&](auto done) { js().message_from(priority, stream, seq, std::move(done)); });
  EXPECT_TRUE(message && message->has_value()) << stream << " has nothing from " << seq;
  if (!message || !*message) return {};
  EXPECT_EQ((*message)->seq, seq);
  return (*message)->time;
}

}  // namespace roomkeeper::testing
