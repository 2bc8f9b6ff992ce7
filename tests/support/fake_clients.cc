#include "tests/support/fake_clients.h"

#include <utility>

namespace roomkeeper::testing {

namespace {

constexpr std::size_t most_kept = 10'000;

std::size_t server_index(FakeCore& core, const std::string& name) {
  for (std::size_t i = 0; i < core.servers().size(); ++i) {
    if (core.servers()[i].name == name) return i;
  }
  return 0;
}

/// A client that knows one server keeps to it. Another one goes on to the next that lives.
std::size_t next_server(FakeCore& core, const FakeClient& client) {
  if (client.connects == 0 || !client.options.roams)
    return server_index(core, client.options.server);
  const std::size_t count = core.servers().size();
  for (std::size_t step = 1; step <= count; ++step) {
    const std::size_t next = (client.server + step) % count;
    if (!core.servers()[next].gone) return next;
  }
  return client.server;
}

}  // namespace

FakeClientId FakeClients::add(const std::string& account, const std::string& user,
                              FakeClientOptions options) {
  const FakeClientId id = clients_->size() + 1;
  FakeClient client;
  client.account = account;
  client.user = user;
  client.options = std::move(options);
  clients_->emplace(id, std::move(client));
  connect(core_, clients_, id);
  return id;
}

void FakeClients::connect(const std::shared_ptr<FakeCore>& core,
                          const std::weak_ptr<Clients>& clients, FakeClientId id) {
  const auto all = clients.lock();
  if (!all) return;
  FakeClient& client = all->at(id);
  if (client.gone || client.connected()) return;
  const std::weak_ptr<FakeCore> weak = core;
  const auto retry = [weak, clients, id] {
    if (const auto alive = weak.lock()) connect(alive, clients, id);
  };
  FakeConnection hello;
  hello.server = next_server(*core, client);
  hello.account = client.account;
  hello.user = client.user;
  hello.name = client.options.name;
  hello.host = client.options.host;
  hello.kind = client.options.kind;
  hello.on_lost = [weak, clients, id, retry] {
    const auto list = clients.lock();
    const auto alive = weak.lock();
    if (!list || !alive) return;
    FakeClient& lost = list->at(id);
    lost.connection = 0;
    ++lost.lost;
    if (lost.options.auto_reconnect) alive->later(alive->options().client_reconnect_wait, retry);
  };
  const auto attached = core->attach(std::move(hello));
  if (!attached) {
    if (client.options.auto_reconnect) core->later(core->options().client_reconnect_wait, retry);
    return;
  }
  client.connection = *attached;
  const FakeConnection& made = core->connections().at(*attached);
  client.cid = made.cid;
  client.server = made.server;
  client.server_id = core->server_info(*attached).id;
  client.connected_at = made.start;
  ++client.connects;
  for (const auto& subject : client.options.subscriptions) {
    core->subscribe(client.connection, subject, "", [clients, id](const sidecar::Message& message) {
      const auto list = clients.lock();
      if (list && list->at(id).received.size() < most_kept)
        list->at(id).received.push_back(message);
    });
  }
}

void FakeClients::leave(FakeClientId id) {
  FakeClient& client = clients_->at(id);
  client.gone = true;
  core_->detach(client.connection);
  client.connection = 0;
}

void FakeClients::publish(FakeClientId id, sidecar::Message message) {
  core_->publish(clients_->at(id).connection, std::move(message));
}

std::vector<FakeClientId> FakeClients::connected(const std::string& account,
                                                 const std::string& user) const {
  std::vector<FakeClientId> result;
  for (const auto& [id, client] : *clients_) {
    if (client.connected() && client.account == account && client.user == user)
      result.push_back(id);
  }
  return result;
}

}  // namespace roomkeeper::testing
