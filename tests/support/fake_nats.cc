#include "tests/support/fake_nats.h"

#include <utility>

#include "tests/support/fake_bus.h"
#include "tests/support/rfc3339.h"

namespace roomkeeper::testing {

namespace {

sidecar::Message message_of(const std::string& subject, std::string_view data,
                            const sidecar::Headers& headers) {
  sidecar::Message message;
  message.subject = subject;
  message.data = data;
  message.headers = headers;
  return message;
}

}  // namespace

FakeNats::FakeNats(ManualLoop& loop, FakeNatsOptions options)
    : core_(std::make_shared<FakeCore>(loop, std::move(options))), clients_(core_) {
  add_account("APP");
}

void FakeNats::add_account(const std::string& name, FakeJetStreamLimits limits, bool jetstream) {
  core_->add_account(name, jetstream, limits);
}

void FakeNats::set_limits(FakeJetStreamLimits limits, const std::string& account) {
  if (FakeJetStream* js = core_->jetstream(account)) js->set_limits(limits);
}

std::unique_ptr<sidecar::MessageBus> FakeNats::connect(const std::string& account,
                                                       const std::string& user,
                                                       const std::string& name) {
  return std::make_unique<FakeBus>(core_, account, user, name);
}

FakeClientId FakeNats::add_client(const std::string& account, const std::string& user,
                                  FakeClientOptions options) {
  return clients_.add(account, user, std::move(options));
}

std::vector<FakeClientId> FakeNats::connected(const std::string& account,
                                              const std::string& user) const {
  return clients_.connected(account, user);
}

void FakeNats::send_as(FakeClientId id, const std::string& subject, std::string_view data,
                       const std::string& reply, const sidecar::Headers& headers) {
  sidecar::Message message = message_of(subject, data, headers);
  message.reply = reply;
  clients_.publish(id, std::move(message));
}

std::set<std::string> FakeNats::streams(const std::string& account) const {
  const FakeJetStream* js = core_->jetstream(account);
  return js == nullptr ? std::set<std::string>() : js->names();
}

const FakeStream* FakeNats::stream(const std::string& name, const std::string& account) const {
  FakeJetStream* js = core_->jetstream(account);
  return js == nullptr ? nullptr : js->find(name);
}

ApiResult<> FakeNats::create_stream(const std::string& name, std::string_view config_json,
                                    const std::string& account) {
  FakeJetStream* js = core_->jetstream(account);
  if (js == nullptr) return tl::unexpected(api_error::not_enabled());
  return js->create(name, config_json);
}

bool FakeNats::delete_stream(const std::string& name, const std::string& account) {
  FakeJetStream* js = core_->jetstream(account);
  return js != nullptr && js->remove(name);
}

bool FakeNats::delete_message(const std::string& stream, std::uint64_t seq,
                              const std::string& account) {
  FakeJetStream* js = core_->jetstream(account);
  FakeStream* found = js == nullptr ? nullptr : js->find(stream);
  return found != nullptr && found->erase(seq);
}

std::uint64_t FakeNats::purge_stream(const std::string& stream, std::string_view filter,
                                     std::uint64_t up_to, std::uint64_t keep,
                                     const std::string& account) {
  FakeJetStream* js = core_->jetstream(account);
  FakeStream* found = js == nullptr ? nullptr : js->find(stream);
  return found == nullptr ? 0 : found->purge(filter, up_to, keep);
}

void FakeNats::publish(const std::string& subject, std::string_view data,
                       const sidecar::Headers& headers, const std::string& account) {
  core_->inject(account, message_of(subject, data, headers), std::nullopt);
}

void FakeNats::publish_at(const std::string& subject, std::string_view data, policies::WallTime at,
                          const std::string& account) {
  core_->inject(account, message_of(subject, data, {}), at);
}

void FakeNats::disconnect(const std::string& account, const std::string& user) {
  std::vector<FakeConnectionId> ids;
  for (const auto& [id, connection] : core_->connections()) {
    if (connection.account == account && connection.user == user) ids.push_back(id);
  }
  for (const auto id : ids) core_->drop(id, "Write Error");
}

void FakeNats::fail_next(const std::string& pattern, ApiError error, std::uint64_t n) {
  core_->faults().fail_next(n, pattern, std::move(error));
}

void FakeNats::announce_api_limit(std::uint64_t dropped, const std::string& account) {
  sidecar::Message out;
  out.subject = "$JS.EVENT.ADVISORY.API.LIMIT_REACHED";
  out.data =
      "{\"type\":\"io.nats.jetstream.advisory.v1.api_limit_reached\",\"id\":\"fake\",\"timestamp\":"
      "\"" +
      to_rfc3339(core_->now()) + "\",\"server\":\"" + core_->options().server_name +
      "\",\"dropped\":" + std::to_string(dropped) + "}";
  const std::string to = out.subject;
  core_->send(account, to, std::move(out));
}

void FakeNats::set_missing(std::set<std::string> names, const std::string& account) {
  if (FakeJetStream* js = core_->jetstream(account)) js->set_missing(std::move(names));
}

void FakeNats::set_cluster(std::size_t servers, const std::string& account) {
  if (FakeJetStream* js = core_->jetstream(account)) js->set_cluster(servers);
}

void FakeNats::set_election(policies::Nanoseconds takes, const std::string& account) {
  if (FakeJetStream* js = core_->jetstream(account)) js->set_election(takes);
}

void FakeNats::on_page(std::function<void()> hook, const std::string& account) {
  if (FakeJetStream* js = core_->jetstream(account)) js->on_page(std::move(hook));
}

void FakeNats::hold_back(const std::string& mirror, const std::string& account) {
  if (FakeJetStream* js = core_->jetstream(account)) js->hold_back(mirror, true);
}

void FakeNats::let_go(const std::string& mirror, const std::string& account) {
  if (FakeJetStream* js = core_->jetstream(account)) js->hold_back(mirror, false);
}

std::size_t FakeNats::add_server(const std::string& name) {
  core_->add_server(name);
  return core_->servers().size() - 1;
}

void FakeNats::heal() {
  core_->faults().clear();
  core_->set_skew({});
  core_->set_latency({});
  for (auto& server : core_->servers()) {
    server.silent = false;
    server.skew = {};
  }
  core_->events() = {};
  on_connz_page({});
  set_missing({});
  set_election({});
  on_page({});
}

}  // namespace roomkeeper::testing
