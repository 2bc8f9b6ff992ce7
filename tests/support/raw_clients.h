// Very many real clients on one thread: plain TCP, CONNECT, SUB, and PONG when they are asked.
//
//   RawClients clients(server.port(), {.per_second = 100});
//   for (std::size_t i = 0; i < 500; ++i) clients.add({.user = numbered_user(i)});
//   ASSERT_TRUE(clients.await_connected(500));
//
// They connect from one of fifty loopback addresses, so that ports do not run out, to a server on
// 127.0.0.1. Messages are counted and thrown away. Thread: any; the sockets are a thread's of its
// own, which ends with the object and closes them all.
#ifndef ROOMKEEPER_TESTS_SUPPORT_RAW_CLIENTS_H_
#define ROOMKEEPER_TESTS_SUPPORT_RAW_CLIENTS_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace roomkeeper::testing {

struct RawClient {
  std::string user;
  std::string password = "pw";
  std::string name{};
  std::vector<std::string> subscriptions{};
  /// How long it waits before it comes back; absent: it stays away once its connection has ended.
  std::optional<std::chrono::milliseconds> reconnect{};
};

struct RawClientsOptions {
  /// How many of those that were added begin to connect in a second; 0: as fast as the server lets
  /// them in. Who comes back does not wait for it.
  int per_second = 0;
};

class RawClients {
 public:
  using Time = std::chrono::steady_clock::time_point;
  /// One connection that the server let in.
  struct Visit {
    Time came{};
    std::optional<Time> ended{};  ///< by the server, or by leave()
  };
  struct Record {
    bool connected = false;
    int ended_by_server = 0;  ///< of the visits; who was not even let in is not among them
    std::uint64_t messages = 0;
    std::string last_error{};  ///< of the server's -ERR, as "'Authorization Violation'"
    std::vector<Visit> visits{};
  };

  /// Throws std::runtime_error when the kernel gives it no descriptors.
  explicit RawClients(std::uint16_t port, RawClientsOptions options = {});
  ~RawClients();
  RawClients(const RawClients&) = delete;
  RawClients& operator=(const RawClients&) = delete;

  /// It connects in its turn. Returns its number: 0, 1, 2 and so on.
  std::size_t add(RawClient client);
  /// Closes its connection; it does not come back.
  void leave(std::size_t client);

  std::size_t connected() const;          ///< now
  std::uint64_t ended_by_server() const;  ///< connections, of all clients together
  Record record(std::size_t client) const;
  std::vector<Record> records() const;  ///< by number, of one instant

  /// Until at least (at most) so many are connected at one instant; false when it takes longer.
  bool await_connected(std::size_t at_least, std::chrono::milliseconds longest = patience) const;
  bool await_left(std::size_t at_most, std::chrono::milliseconds longest = patience) const;
  /// Until the server has ended so many connections altogether.
  bool await_ended(std::uint64_t at_least, std::chrono::milliseconds longest = patience) const;

  static constexpr std::chrono::milliseconds patience = std::chrono::seconds(30);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Raises the number of files that this process, and the children that it starts from now on, may
/// have open. Returns how many clients that is enough for, beside what else a test opens.
std::size_t raw_clients_possible();

/// "user-0" and so on.
std::string numbered_user(std::size_t number);
/// As default_server_config(), and so many numbered users in APP.
std::string numbered_users_config(std::size_t users);

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_SUPPORT_RAW_CLIENTS_H_
