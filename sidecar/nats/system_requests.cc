#include "sidecar/nats/system_requests.h"

#include <algorithm>
#include <memory>
#include <utility>

#include <nlohmann/json.hpp>

#include "sidecar/nats/json_reply.h"
#include "sidecar/nats/server_json.h"

namespace roomkeeper::sidecar::nats {
namespace {

using policies::ErrorCode;
using policies::Result;

/// More servers than any cluster of clusters has; bounds what a reply can make us wait for.
constexpr std::uint64_t servers_max = 1024;
constexpr int page_limit = 1024;
/// 16 million connections a server: a server that never ends its pages is silent, not endless.
constexpr int pages_max = 16'384;

/// One token of a subject: what is put into one must not widen it.
bool is_server_id(const std::string& id) {
  return !id.empty() && id.size() <= 128 && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  });
}

/// Every server's answer to `$SYS.REQ.SERVER.PING.<what>`, and how many there are; 0: not known.
/// The first answer to STATSZ tells it, so that nobody waits for the timeout while all are well.
void ping_all(MessageBus& bus, const std::string& what, policies::Nanoseconds timeout,
              std::function<void(const std::vector<Message>&, std::uint64_t servers)> done) {
  bus.collect(
      "$SYS.REQ.SERVER.PING.STATSZ", {}, timeout, 1,
      [&bus, what, timeout, done = std::move(done)](const std::vector<Message>& first) {
        if (first.empty()) return done({}, 0);
        const std::uint64_t servers = parse_active_servers(first.front().data);
        // Not known: wait for all that come.
        const auto most = servers == 0 ? servers_max : std::min(servers, servers_max);
        bus.collect(
            "$SYS.REQ.SERVER.PING." + what, {}, timeout, static_cast<std::size_t>(most),
            [servers, done](const std::vector<Message>& replies) { done(replies, servers); });
      });
}

/// One look at all connections: the servers first, then the pages of each.
struct Look : std::enable_shared_from_this<Look> {
  RequestQueue& queue;
  EventLoop& loop;
  policies::Nanoseconds timeout;
  std::string account;
  std::function<void(Result<ConnectionsSeen>)> done;
  ConnectionsSeen seen;
  std::size_t outstanding = 0;
  std::map<std::string, int> pages_taken;  ///< by server: pages answered, or given up
  /// The connection that asks. Read at the start: the end may come when the queue is gone.
  ServerInfo own;

  Look(RequestQueue& used_queue, EventLoop& used_loop, policies::Nanoseconds page_timeout,
       std::string of_account, std::function<void(Result<ConnectionsSeen>)> on_end)
      : queue(used_queue),
        loop(used_loop),
        timeout(page_timeout),
        account(std::move(of_account)),
        done(std::move(on_end)),
        own(used_queue.bus().server()) {}

  void start(const std::set<std::string>& servers) {
    outstanding = servers.size();
    if (servers.empty()) {
      return done(
          policies::fail(ErrorCode::unavailable, "no server answers in the system account"));
    }
    for (const std::string& server : servers) page(server, 0, 0);
  }

  void page(const std::string& server, std::uint64_t offset, int pages) {
    const std::string body =
        dump_json({{"acc", account}, {"auth", true}, {"offset", offset}, {"limit", page_limit}});
    // A hanging server holds nobody up for longer than `timeout`, whatever the queue's own
    // patience.
    const auto timer = std::make_shared<TimerId>(
        loop.run_after(timeout, [self = shared_from_this(), server, pages] {
          if (self->pages_taken[server]++ != pages) return;
          self->give_up(server);
        }));
    queue.send(Priority::admin, "connz", "$SYS.REQ.SERVER." + server + ".CONNZ", body, {},
               [self = shared_from_this(), server, offset, pages, timer](Result<Message> reply) {
                 self->loop.cancel(*timer);
                 if (self->pages_taken[server]++ != pages) return;  // given up before
                 self->take(server, offset, pages, std::move(reply));
               });
  }

  void take(const std::string& server, std::uint64_t offset, int pages, Result<Message> reply) {
    auto page_seen = reply ? parse_connz(reply->data)
                           : Result<ConnzPage>(policies::pass(std::move(reply).error()));
    if (!page_seen || pages >= pages_max) return give_up(server);
    const std::uint64_t count = page_seen->count;
    seen.connections.insert(seen.connections.end(),
                            std::make_move_iterator(page_seen->connections.begin()),
                            std::make_move_iterator(page_seen->connections.end()));
    // `total` ignores filters: only an empty page is the end.
    if (count > 0) return page(server, offset + count, pages + 1);
    seen.servers.push_back(server);
    end_one();
  }

  void give_up(const std::string& server) {
    seen.silent.push_back(server);
    end_one();
  }

  void end_one() {
    if (--outstanding > 0) return;
    mark_own();
    auto& connections = seen.connections;
    const auto by_key = [](const auto& a, const auto& b) { return a.key < b.key; };
    const auto same_key = [](const auto& a, const auto& b) { return a.key == b.key; };
    // A connection that moved from one page to the next is there twice.
    std::sort(connections.begin(), connections.end(), by_key);
    connections.erase(std::unique(connections.begin(), connections.end(), same_key),
                      connections.end());
    std::sort(seen.servers.begin(), seen.servers.end());
    std::sort(seen.silent.begin(), seen.silent.end());
    done(std::move(seen));
  }

  /// Others of ours than the one that asks are for the caller to mark.
  void mark_own() {
    for (policies::Connection& connection : seen.connections) {
      if (connection.key.cid == own.client_id && connection.key.server_id == own.id)
        connection.own = true;
    }
  }
};

}  // namespace

SystemRequests::SystemRequests(RequestQueue& queue, EventLoop& loop, policies::Nanoseconds timeout)
    : queue_(queue), loop_(loop), timeout_(timeout) {}

void SystemRequests::stats(std::function<void(std::vector<ServerStats>)> done) {
  ping_all(queue_.bus(), "VARZ", timeout_,
           [done = std::move(done)](const std::vector<Message>& replies, std::uint64_t) {
             std::vector<ServerStats> all;
             for (const Message& reply : replies) {
               if (auto stats = parse_varz(reply.data)) all.push_back(std::move(*stats));
             }
             std::sort(all.begin(), all.end(),
                       [](const auto& a, const auto& b) { return a.id < b.id; });
             done(std::move(all));
           });
}

void SystemRequests::stores(std::function<void(StoresSeen)> done) {
  ping_all(queue_.bus(), "JSZ", timeout_,
           [done = std::move(done)](const std::vector<Message>& replies, std::uint64_t servers) {
             StoresSeen seen;
             seen.complete = servers > 0 && replies.size() >= servers;
             for (const Message& reply : replies) {
               auto stats = parse_jsz(reply.data);
               if (!stats) {
                 seen.complete = false;
               } else if (*stats) {
                 seen.stores.push_back(std::move(**stats));
               }
             }
             std::sort(seen.stores.begin(), seen.stores.end(),
                       [](const auto& a, const auto& b) { return a.id < b.id; });
             done(std::move(seen));
           });
}

void SystemRequests::connections(const std::string& account, std::vector<std::string> expected,
                                 std::function<void(Result<ConnectionsSeen>)> done) {
  auto look = std::make_shared<Look>(queue_, loop_, timeout_, account, std::move(done));
  ping_all(
      queue_.bus(), "STATSZ", timeout_,
      [look, expected = std::move(expected)](const std::vector<Message>& replies, std::uint64_t) {
        std::set<std::string> servers;
        for (const std::string& id : expected) {
          if (is_server_id(id)) servers.insert(id);
        }
        for (const Message& reply : replies) {
          if (auto id = parse_server_id(reply.data); is_server_id(id))
            servers.insert(std::move(id));
        }
        look->start(servers);
      });
}

void SystemRequests::kick(const policies::ConnectionKey& key, std::function<void(Result<>)> done) {
  if (!is_server_id(key.server_id)) {
    return queue_.refuse(policies::Error{ErrorCode::invalid, "no server id"},
                         [done = std::move(done)](Result<Message> reply) {
                           done(policies::pass(std::move(reply).error()));
                         });
  }
  queue_.send(Priority::kick, "kick", "$SYS.REQ.SERVER." + key.server_id + ".KICK",
              dump_json({{"cid", key.cid}}), {}, [done = std::move(done)](Result<Message> reply) {
                if (!reply) return done(policies::pass(std::move(reply).error()));
                const auto answer = parse_reply(reply->data);
                if (answer) return done({});
                policies::Error error = answer.error();
                // The only refusal there is: 500, "no such client or leafnode id".
                if (error.text.find("no such") != error.text.npos)
                  error.code = ErrorCode::not_found;
                done(policies::pass(std::move(error)));
              });
}

}  // namespace roomkeeper::sidecar::nats
