#include "tests/support/raw_clients.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <queue>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

namespace roomkeeper::testing {
namespace {

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::milliseconds;

/// The backlog of a listening socket is short.
constexpr std::size_t connecting_max = 256;
constexpr std::size_t addresses = 50;
/// Of a process, beside the clients: logs, libraries, pipes, the test's own connections.
constexpr rlim_t other_files = 256;
constexpr std::uint64_t wake_up = UINT64_MAX;
/// The kernel had no port or descriptor.
constexpr auto try_again = std::chrono::milliseconds(100);

sockaddr_in loopback(std::size_t number, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + static_cast<std::uint32_t>(number));
  address.sin_port = htons(port);
  return address;
}

const sockaddr* plain(const sockaddr_in& address) {
  return static_cast<const sockaddr*>(static_cast<const void*>(&address));
}

/// A socket that connects; -1: it could not even begin.
int begin_connect(std::size_t client, std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  const int on = 1;
  ::setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const sockaddr_in from = loopback(client % addresses, 0);
  const sockaddr_in to = loopback(0, port);
  const bool began = ::bind(fd, plain(from), sizeof from) == 0 &&
                     (::connect(fd, plain(to), sizeof to) == 0 || errno == EINPROGRESS);
  if (began) return fd;
  ::close(fd);
  return -1;
}

std::string greeting(const RawClient& client) {
  std::string text = R"(CONNECT {"verbose":false,"pedantic":false,"lang":"raw","version":"1",)"
                     R"("protocol":1,"headers":true,"user":")" +
                     client.user + R"(","pass":")" + client.password + R"(","name":")" +
                     client.name + "\"}\r\n";
  std::size_t sid = 0;
  for (const std::string& subject : client.subscriptions)
    text += "SUB " + subject + " " + std::to_string(++sid) + "\r\n";
  return text + "PING\r\n";
}

/// Bytes behind the line of a message: its payload (headers included) and the end of its line.
std::size_t bytes_behind(std::string_view line) {
  const std::size_t at = line.find_last_of(' ') + 1;
  std::size_t size = 0;
  std::from_chars(line.data() + at, line.data() + line.size(), size);
  return size + 2;
}

}  // namespace

struct RawClients::State {
  struct Client {
    RawClient is;
    int fd = -1;
    bool greeted = false;
    bool stays_away = false;
    std::size_t skip = 0;   ///< bytes of a message that are still to come
    std::string pending{};  ///< the beginning of a line
    Record record{};
  };
  using Return = std::pair<Time, std::size_t>;

  State(std::uint16_t to, RawClientsOptions with) : port(to), options(with) {}

  void run();
  void begin_some(Time now);
  void begin(std::size_t number, Time now);
  int wait_ms(Time now) const;
  void read(std::size_t number);
  void take(std::size_t number, std::string text);
  void line(std::size_t number, std::string_view text);
  void send(std::size_t number, std::string_view text);
  void end(std::size_t number, bool by_server);
  template <class Holds>
  bool await(Milliseconds longest, const Holds& holds) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, longest, holds);
  }

  const std::uint16_t port;
  const RawClientsOptions options;
  int epoll = -1;
  int wake = -1;
  std::thread thread;
  mutable std::mutex mutex;  ///< of all below
  std::condition_variable changed;
  bool stopping = false;
  std::deque<Client> clients;
  std::deque<std::size_t> added;     ///< still to be begun, at their pace
  std::deque<std::size_t> returned;  ///< to be begun
  std::priority_queue<Return, std::vector<Return>, std::greater<>> away;
  Time next_added{};
  std::size_t connecting = 0;
  std::size_t connected = 0;
  std::uint64_t ended = 0;
};

void RawClients::State::run() {
  std::array<epoll_event, 512> events{};
  while (true) {
    int wait = 0;
    {
      const std::lock_guard lock(mutex);
      if (stopping) return;
      begin_some(Clock::now());
      wait = wait_ms(Clock::now());
    }
    const int count = ::epoll_wait(epoll, events.data(), static_cast<int>(events.size()), wait);
    const std::lock_guard lock(mutex);
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events.at(static_cast<std::size_t>(i));
      if (event.data.u64 == wake_up) {
        eventfd_t value = 0;
        ::eventfd_read(wake, &value);
      } else {
        read(static_cast<std::size_t>(event.data.u64));
      }
    }
    changed.notify_all();
  }
}

void RawClients::State::begin_some(Time now) {
  while (!away.empty() && away.top().first <= now) {
    returned.push_back(away.top().second);
    away.pop();
  }
  while (!returned.empty() && connecting < connecting_max) {
    begin(returned.front(), now);
    returned.pop_front();
  }
  while (!added.empty() && connecting < connecting_max && next_added <= now) {
    begin(added.front(), now);
    added.pop_front();
    if (options.per_second <= 0) continue;
    // Behind by more than a second it does not make up for what was missed.
    next_added = std::max(next_added, now - std::chrono::seconds(1)) +
                 std::chrono::nanoseconds(std::chrono::seconds(1)) / options.per_second;
  }
}

void RawClients::State::begin(std::size_t number, Time now) {
  Client& client = clients[number];
  if (client.stays_away) return;
  client.fd = begin_connect(number, port);
  if (client.fd < 0) return away.emplace(now + try_again, number);
  ++connecting;
  client.greeted = false;
  client.skip = 0;
  client.pending.clear();
  epoll_event event{};
  event.events = EPOLLIN | EPOLLRDHUP;
  event.data.u64 = number;
  ::epoll_ctl(epoll, EPOLL_CTL_ADD, client.fd, &event);
}

int RawClients::State::wait_ms(Time now) const {
  auto next = Time::max();
  if (!away.empty()) next = away.top().first;
  if (!added.empty() && connecting < connecting_max) next = std::min(next, next_added);
  if (next == Time::max()) return -1;
  const auto left = std::chrono::ceil<Milliseconds>(next - now);
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 1000));
}

/// Whatever epoll says of the socket, its end or an error too, is to be read from it.
void RawClients::State::read(std::size_t number) {
  std::array<char, 16384> buffer{};
  while (clients[number].fd >= 0) {
    const ssize_t got = ::recv(clients[number].fd, buffer.data(), buffer.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) return end(number, true);
    std::string text = std::exchange(clients[number].pending, {});
    text.append(buffer.data(), static_cast<std::size_t>(got));
    take(number, std::move(text));
  }
}

void RawClients::State::take(std::size_t number, std::string text) {
  std::size_t at = 0;
  while (at < text.size() && clients[number].fd >= 0) {
    if (std::size_t& skip = clients[number].skip; skip > 0) {
      const std::size_t now = std::min(skip, text.size() - at);
      skip -= now;
      at += now;
      continue;
    }
    const std::size_t stop = text.find("\r\n", at);
    if (stop == text.npos) break;
    line(number, std::string_view(text).substr(at, stop - at));
    at = stop + 2;
  }
  clients[number].pending = text.substr(std::min(at, text.size()));
}

void RawClients::State::line(std::size_t number, std::string_view text) {
  Client& client = clients[number];
  if (text.starts_with("MSG ") || text.starts_with("HMSG ")) {
    ++client.record.messages;
    client.skip = bytes_behind(text);
  } else if (text.starts_with("INFO ")) {
    if (!std::exchange(client.greeted, true)) send(number, greeting(client.is));
  } else if (text == "PING") {
    send(number, "PONG\r\n");
  } else if (text.starts_with("-ERR ")) {
    client.record.last_error = text.substr(5);
  } else if (text == "PONG" && !client.record.connected) {
    client.record.connected = true;
    client.record.visits.push_back({.came = Clock::now(), .ended = {}});
    ++connected;
    --connecting;
  }
}

/// What is sent is short: it fits into the socket's buffer, or the other side is dead.
void RawClients::State::send(std::size_t number, std::string_view text) {
  const ssize_t sent = ::send(clients[number].fd, text.data(), text.size(), MSG_NOSIGNAL);
  if (sent != static_cast<ssize_t>(text.size())) end(number, true);
}

void RawClients::State::end(std::size_t number, bool by_server) {
  Client& client = clients[number];
  const Time now = Clock::now();
  ::close(std::exchange(client.fd, -1));
  if (client.record.connected) {
    client.record.connected = false;
    client.record.visits.back().ended = now;
    --connected;
    if (by_server) {
      ++client.record.ended_by_server;
      ++ended;
    }
  } else {
    --connecting;
  }
  if (client.is.reconnect && !client.stays_away) away.emplace(now + *client.is.reconnect, number);
}

RawClients::RawClients(std::uint16_t port, RawClientsOptions options)
    : state_(std::make_unique<State>(port, options)) {
  state_->epoll = ::epoll_create1(EPOLL_CLOEXEC);
  state_->wake = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = wake_up;
  if (state_->epoll < 0 || state_->wake < 0 ||
      ::epoll_ctl(state_->epoll, EPOLL_CTL_ADD, state_->wake, &event) != 0) {
    const std::string trouble = std::strerror(errno);
    if (state_->epoll >= 0) ::close(state_->epoll);
    if (state_->wake >= 0) ::close(state_->wake);
    throw std::runtime_error("raw clients: " + trouble);
  }
  state_->next_added = Clock::now();
  state_->thread = std::thread([this] { state_->run(); });
}

RawClients::~RawClients() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  ::eventfd_write(state_->wake, 1);
  state_->thread.join();
  for (const State::Client& client : state_->clients) {
    if (client.fd >= 0) ::close(client.fd);
  }
  ::close(state_->wake);
  ::close(state_->epoll);
}

std::size_t RawClients::add(RawClient client) {
  std::size_t number = 0;
  {
    const std::lock_guard lock(state_->mutex);
    number = state_->clients.size();
    State::Client fresh{.is = std::move(client)};
    state_->clients.push_back(std::move(fresh));
    if (state_->added.empty()) state_->next_added = std::max(state_->next_added, Clock::now());
    state_->added.push_back(number);
  }
  ::eventfd_write(state_->wake, 1);
  return number;
}

void RawClients::leave(std::size_t client) {
  const std::lock_guard lock(state_->mutex);
  State::Client& leaving = state_->clients.at(client);
  leaving.stays_away = true;
  if (leaving.fd >= 0) state_->end(client, false);
  state_->changed.notify_all();
}

std::size_t RawClients::connected() const {
  const std::lock_guard lock(state_->mutex);
  return state_->connected;
}

std::uint64_t RawClients::ended_by_server() const {
  const std::lock_guard lock(state_->mutex);
  return state_->ended;
}

RawClients::Record RawClients::record(std::size_t client) const {
  const std::lock_guard lock(state_->mutex);
  return state_->clients.at(client).record;
}

std::vector<RawClients::Record> RawClients::records() const {
  const std::lock_guard lock(state_->mutex);
  std::vector<Record> all;
  all.reserve(state_->clients.size());
  for (const State::Client& client : state_->clients) all.push_back(client.record);
  return all;
}

bool RawClients::await_connected(std::size_t at_least, Milliseconds longest) const {
  return state_->await(longest, [&] { return state_->connected >= at_least; });
}

bool RawClients::await_left(std::size_t at_most, Milliseconds longest) const {
  return state_->await(longest, [&] { return state_->connected <= at_most; });
}

bool RawClients::await_ended(std::uint64_t at_least, Milliseconds longest) const {
  return state_->await(longest, [&] { return state_->ended >= at_least; });
}

std::size_t raw_clients_possible() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  rlimit raised = limit;
  raised.rlim_cur = raised.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  return static_cast<std::size_t>(limit.rlim_cur > other_files ? limit.rlim_cur - other_files : 0);
}

std::string numbered_user(std::size_t number) {
  return "user-" + std::to_string(number);
}

std::string numbered_users_config(std::size_t users) {
  std::string text =
      "system_account: SYS\naccounts {\n  APP {\n    jetstream: enabled\n    users: [\n";
  for (const char* name : {"roomkeeper", "admin", "alice", "bob", "carol"})
    text.append("      {user: ").append(name).append(", password: pw}\n");
  for (std::size_t i = 0; i < users; ++i)
    text.append("      {user: ").append(numbered_user(i)).append(", password: pw}\n");
  return text + "    ]\n  }\n  SYS { users: [ {user: sys, password: pw} ] }\n}\n";
}

}  // namespace roomkeeper::testing
