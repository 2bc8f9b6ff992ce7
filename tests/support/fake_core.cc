#include "tests/support/fake_core.h"

#include <algorithm>
#include <cstdio>

#include "tests/support/fake_json.h"
#include "tests/support/fake_system.h"

namespace roomkeeper::testing {

namespace {

/// Shaped like a server's public key, and the same in every run.
std::string server_id(std::size_t number) {
  char text[64];
  std::snprintf(text, sizeof(text), "NFAKESERVER%045zu", number);
  return text;
}

/// `stream_create` for `STREAM.CREATE.X`: the `type` that a reply of nats-server would carry.
std::string reply_kind(std::string_view operation) {
  if (operation == "INFO") return "account_info";
  std::string kind;
  for (const auto token : subject_tokens(operation)) {
    const bool word = token == "STREAM" || token == "CONSUMER" || token == "CREATE" ||
                      token == "UPDATE" || token == "INFO" || token == "NAMES" || token == "LIST" ||
                      token == "DELETE" || token == "PURGE" || token == "MSG" || token == "GET";
    if (!word) break;
    kind += kind.empty() ? "" : "_";
    for (const char c : token) kind += static_cast<char>(c - 'A' + 'a');
  }
  return kind;
}

}  // namespace

FakeCore::FakeCore(ManualLoop& loop, FakeNatsOptions options)
    : loop_(loop),
      options_(std::move(options)),
      version_(FakeVersion::of(options_.version)),
      broker_([this](sidecar::Task task) { later(options_.latency, std::move(task)); }) {
  add_server(options_.server_name);
  add_account(options_.system_account, false, {});
}

void FakeCore::later(policies::Nanoseconds delay, sidecar::Task task) {
  auto guarded = [alive = weak_from_this(), run = std::move(task)] {
    if (const auto self = alive.lock()) run();
  };
  if (delay > policies::Nanoseconds::zero()) {
    loop_.run_after(delay, std::move(guarded));
  } else {
    loop_.post(std::move(guarded));
  }
}

void FakeCore::add_server(const std::string& name) {
  FakeServerNode made;
  made.id = server_id(++server_ids_);
  made.name = name;
  made.start = now();
  servers_.push_back(std::move(made));
}

void FakeCore::end_connections(std::size_t server) {
  std::vector<std::function<void()>> lost;
  std::erase_if(connections_, [&](auto& item) {
    if (item.second.server != server) return false;
    broker_.unsubscribe_all(item.first);
    if (item.second.on_lost) lost.push_back(std::move(item.second.on_lost));
    return true;
  });
  for (auto& told : lost) later(policies::Nanoseconds::zero(), std::move(told));
}

void FakeCore::restart_server(std::size_t server) {
  end_connections(server);
  FakeServerNode fresh;
  fresh.id = server_id(++server_ids_);
  fresh.name = servers_.at(server).name;
  fresh.skew = servers_.at(server).skew;
  fresh.start = now() + fresh.skew;
  servers_.at(server) = std::move(fresh);
}

void FakeCore::kill_server(std::size_t server) {
  end_connections(server);
  servers_.at(server).gone = true;
}

std::size_t FakeCore::living_servers() const {
  return static_cast<std::size_t>(std::count_if(
      servers_.begin(), servers_.end(), [](const FakeServerNode& node) { return !node.gone; }));
}

void FakeCore::connz_page_sent() const {
  const auto hook = connz_hook_;  // it may set another one
  if (hook) hook();
}

void FakeCore::kicking(const FakeConnection& connection) const {
  if (kick_hook_) kick_hook_(connection);
}

void FakeCore::add_account(const std::string& name, bool jetstream, FakeJetStreamLimits limits) {
  std::unique_ptr<FakeJetStream> made;
  if (jetstream) {
    FakeJetStreamPorts ports;
    ports.now = [this] { return now(); };
    ports.send = [this, name](const std::string& to, sidecar::Message message) {
      send(name, to, std::move(message));
    };
    ports.later = [this](policies::Nanoseconds delay, sidecar::Task task) {
      later(delay, std::move(task));
    };
    ports.has_room = [this](bool memory, std::uint64_t bytes) {
      const std::int64_t most = memory ? options_.max_memory : options_.max_storage;
      return reserved(memory) + bytes <= static_cast<std::uint64_t>(most);
    };
    made =
        std::make_unique<FakeJetStream>(version_, options_.server_name, limits, std::move(ports));
  }
  accounts_[name] = std::move(made);
}

std::uint64_t FakeCore::reserved(bool memory) const {
  std::uint64_t total = 0;
  for (const auto& [name, account] : accounts_) {
    if (account) total += account->reserved(memory);
  }
  return total;
}

FakeJetStream* FakeCore::jetstream(const std::string& account) {
  const auto found = accounts_.find(account);
  return found == accounts_.end() ? nullptr : found->second.get();
}

tl::expected<FakeConnectionId, FakeRefusal> FakeCore::attach(FakeConnection hello) {
  if (down_) return tl::unexpected(FakeRefusal::down);
  if (accounts_.count(hello.account) == 0 || refused_users_.count(hello.user) > 0) {
    return tl::unexpected(FakeRefusal::refused);
  }
  FakeServerNode& server = servers_.at(hello.server);
  if (server.gone) return tl::unexpected(FakeRefusal::down);
  hello.id = ++last_connection_;
  hello.cid = ++server.last_cid;
  ++server.total_connections;
  hello.start = now(hello.server);
  const auto placed = connections_.emplace(hello.id, std::move(hello)).first;
  fake_system::announce_connect(*this, placed->second);
  return placed->first;
}

void FakeCore::detach(FakeConnectionId id) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  fake_system::announce_disconnect(*this, found->second, "Client Closed");
  broker_.unsubscribe_all(id);
  connections_.erase(found);
}

void FakeCore::drop(FakeConnectionId id, std::string_view reason) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  if (!down_) fake_system::announce_disconnect(*this, found->second, reason);
  auto lost = std::move(found->second.on_lost);
  broker_.unsubscribe_all(id);
  connections_.erase(found);
  if (lost) later(policies::Nanoseconds::zero(), std::move(lost));
}

FakeSubscriptionId FakeCore::subscribe(FakeConnectionId id, const std::string& subject,
                                       const std::string& queue, FakeBroker::Handler handler) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return 0;
  return broker_.subscribe(id, found->second.account, subject, queue, std::move(handler));
}

void FakeCore::tell_watcher(FakeMoment moment, FakeConnectionId from,
                            const sidecar::Message& message) {
  if (!watcher_) return;
  const auto found = connections_.find(from);
  if (found != connections_.end()) watcher_(moment, found->second.user, message);
}

void FakeCore::publish(FakeConnectionId from, sidecar::Message message) {
  tell_watcher(FakeMoment::sent, from, message);
  later(options_.latency,
        [this, from, sent = std::move(message)]() mutable { process(from, std::move(sent)); });
}

sidecar::ServerInfo FakeCore::server_info(FakeConnectionId id) const {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return {};
  const FakeServerNode& server = servers_.at(found->second.server);
  return {server.id, server.name, version_.text, found->second.cid, options_.max_payload};
}

void FakeCore::process(FakeConnectionId from, sidecar::Message message) {
  const auto found = connections_.find(from);
  if (found == connections_.end()) return;
  const std::string account = found->second.account;
  tell_watcher(FakeMoment::arrived, from, message);
  const FakeVerdict verdict = faults_.judge(message.subject);
  if (verdict.ignore) return;
  if (verdict.fail) {
    answer_failure(account, message, *verdict.fail);
    return;
  }
  if (verdict.lose_reply) message.reply.clear();
  const std::size_t receivers = route(account, from, message, std::nullopt);
  tell_watcher(FakeMoment::handled, from, message);
  if (receivers > 0 || message.reply.empty()) return;
  sidecar::Message none;
  none.subject = message.reply;
  none.status = 503;
  broker_.deliver_to(from, message.reply, none);
}

std::optional<std::string_view> FakeCore::api_operation(std::string_view subject) const {
  for (const std::string& prefix : {std::string("$JS.API."), "$JS." + options_.domain + ".API."}) {
    if (subject.substr(0, prefix.size()) == prefix) return subject.substr(prefix.size());
  }
  return std::nullopt;
}

bool FakeCore::api_request(const std::string& account, const sidecar::Message& message) {
  const auto operation = api_operation(message.subject);
  if (FakeJetStream* js = jetstream(account)) return js->request(*operation, message);
  answer_failure(account, message, api_error::not_enabled());
  return true;
}

std::size_t FakeCore::route(const std::string& account, FakeConnectionId from,
                            const sidecar::Message& message, std::optional<policies::WallTime> at) {
  std::size_t receivers = broker_.deliver(account, message.subject, message, from);
  const std::string_view subject = message.subject;
  if (api_operation(subject)) {
    receivers += api_request(account, message) ? 1U : 0U;
  } else if (subject.substr(0, 9) == "$SYS.REQ.") {
    receivers += fake_system::request(*this, account, from, message);
  } else if (FakeJetStream* js = jetstream(account)) {
    if (subject.substr(0, 8) == "$JS.ACK.") {
      js->acknowledge(subject);
      ++receivers;
    } else if (js->publish(message, at)) {
      ++receivers;
    }
  }
  return receivers;
}

void FakeCore::send(const std::string& account, const std::string& to, sidecar::Message message) {
  broker_.deliver(account, to, message, 0);
  FakeJetStream* js = jetstream(account);
  if (js == nullptr || !js->captures(to)) return;
  message.subject = to;
  later(policies::Nanoseconds::zero(), [this, account, stored = std::move(message)] {
    if (FakeJetStream* target = jetstream(account)) target->publish(stored);
  });
}

void FakeCore::answer_failure(const std::string& account, const sidecar::Message& message,
                              const ApiError& error) {
  if (message.reply.empty()) return;
  sidecar::Message out;
  out.subject = message.reply;
  if (const auto operation = api_operation(message.subject)) {
    out.data = error_reply(reply_kind(*operation), error);
  } else if (message.subject.substr(0, 9) == "$SYS.REQ.") {
    out.data = "{\"server\":{},\"error\":{\"code\":" + std::to_string(error.code) +
               ",\"description\":" + quote_json(error.description) + "}}";
  } else {
    out.data = "{" + error_member(error) + ",\"seq\":0}";
  }
  send(account, message.reply, std::move(out));
}

void FakeCore::inject(const std::string& account, const sidecar::Message& message,
                      std::optional<policies::WallTime> at) {
  route(account, 0, message, at);
}

void FakeCore::set_down(bool down) {
  down_ = down;
  if (!down) {
    // What is read from the store is held to the limits, also by a server that had not done so.
    for (auto& [name, js] : accounts_) {
      if (!js) continue;
      for (const std::string& stream : js->names()) {
        FakeStream& stored = *js->find(stream);
        stored.reconfigure(stored.config(), now(), true);
      }
    }
    return;
  }
  while (!connections_.empty()) drop(connections_.begin()->first, "Server Shutdown");
}

void FakeCore::set_version(const std::string& version) {
  options_.version = version;
  version_ = FakeVersion::of(version);
  for (auto& [name, js] : accounts_) {
    if (js) js->set_version(version_);
  }
}

void FakeCore::refuse(const std::string& user, bool refused) {
  if (!refused) {
    refused_users_.erase(user);
    return;
  }
  refused_users_.insert(user);
}

void FakeCore::lose_everything() {
  for (auto& [name, js] : accounts_) {
    if (js) js->lose_everything();
  }
}

}  // namespace roomkeeper::testing
