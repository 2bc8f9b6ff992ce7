// A real nats-server for one measurement: 2.15, a fresh store, JetStream limits that do not bind.
//
// Accounts APP (users roomkeeper, admin and user-0 ... user-19, or as many as are wanted) and SYS
// (user sys), all passwords "pw". Loopback only, its own process, ended with the object. Thread:
// the one that made it, which must outlive it.
#ifndef ROOMKEEPER_BENCH_SERVER_H_
#define ROOMKEEPER_BENCH_SERVER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bench/raw_loop.h"
#include "tests/support/nats_client.h"
#include "tests/support/test_server.h"

namespace roomkeeper::bench {

inline constexpr int chat_users = 20;

class Server {
 public:
  /// Throws std::runtime_error when it does not start.
  explicit Server(int users = chat_users);

  std::string url() const { return server_->url(); }
  std::uint16_t port() const { return server_->port(); }
  pid_t pid() const { return server_->pid(); }
  /// The server's id, for requests of the system account. Throws std::runtime_error.
  std::string id() const;
  /// Throws std::runtime_error.
  std::unique_ptr<testing::NatsClient> connect(const std::string& user) const;

 private:
  std::unique_ptr<testing::TestServer> server_;
};

/// What the server holds, asked through the system account: JetStream's own API answers no question
/// while it creates.
struct Held {
  std::uint64_t streams = 0;
  std::uint64_t messages = 0;
};
class Holdings {
 public:
  explicit Holdings(const Server& server);
  /// Throws std::runtime_error.
  Held now();

 private:
  std::unique_ptr<testing::NatsClient> system_;
  std::string subject_;
};

/// The reply to one request. Throws std::runtime_error when there is none.
std::string ask(testing::NatsClient& client, const std::string& subject,
                const std::string& body = {});

/// As many open files as the system lets us have, for this process and what it starts.
void raise_open_files();

}  // namespace roomkeeper::bench

#endif  // ROOMKEEPER_BENCH_SERVER_H_
