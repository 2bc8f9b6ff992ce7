#include "bench/server.h"

#include <stdexcept>

#include <sys/resource.h>

#include <nlohmann/json.hpp>

namespace roomkeeper::bench {
namespace {

std::string server_config(int chat) {
  std::string users = "{user: roomkeeper, password: pw}, {user: admin, password: pw}";
  for (int i = 0; i < chat; ++i) users += ", {user: user-" + std::to_string(i) + ", password: pw}";
  return "system_account: SYS\naccounts {\n  APP { jetstream: enabled, users: [" + users +
         "] }\n  SYS { users: [ {user: sys, password: pw} ] }\n}\n";
}

}  // namespace

Server::Server(int users) {
  testing::TestServerOptions options;
  options.config = server_config(users);
  options.jetstream = "max_memory_store: 64GB\nmax_file_store: 1TB\n";
  options.start = false;
  server_ = std::make_unique<testing::TestServer>(std::move(options));
  if (!server_->start()) throw std::runtime_error(server_->trouble());
}

std::unique_ptr<testing::NatsClient> Server::connect(const std::string& user) const {
  testing::NatsClientOptions options;
  options.url = url();
  options.user = user;
  options.name = "bench";
  auto client = testing::NatsClient::connect(options);
  if (!client) throw std::runtime_error("cannot connect as " + user + ": " + client.error().text);
  return std::move(*client);
}

std::string ask(testing::NatsClient& client, const std::string& subject, const std::string& body) {
  const auto reply = client.request(subject, body, std::chrono::seconds(30));
  if (!reply) throw std::runtime_error(subject + ": " + reply.error().text);
  return reply->data;
}

std::string Server::id() const {
  const auto reply =
      nlohmann::json::parse(ask(*connect("sys"), "$SYS.REQ.SERVER.PING.IDZ"), nullptr, false);
  const std::string id = reply.is_object() ? reply.value("id", std::string()) : std::string();
  if (id.empty()) throw std::runtime_error("$SYS.REQ.SERVER.PING.IDZ: no id");
  return id;
}

Holdings::Holdings(const Server& server)
    : system_(server.connect("sys")), subject_("$SYS.REQ.SERVER." + server.id() + ".JSZ") {}

Held Holdings::now() {
  const auto reply = nlohmann::json::parse(ask(*system_, subject_), nullptr, false);
  if (!reply.is_object() || !reply.contains("data"))
    throw std::runtime_error(subject_ + ": no data");
  const auto& data = reply["data"];
  return {.streams = data.value("streams", std::uint64_t{0}),
          .messages = data.value("messages", std::uint64_t{0})};
}

void raise_open_files() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace roomkeeper::bench
