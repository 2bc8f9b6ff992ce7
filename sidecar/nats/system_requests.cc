#include "sidecar/nats/system_requests.h"

#include <algorithm>
#include <memory>
#include <utility>

#include <nlohmann/json.hpp>

#include "sidecar/nats/json_reply.h"
#include "sidecar/nats/server_json.h"

namespace roomkeeper::sidecar::nats {

/// By server, from look to look. A server goes through all its connections for every page of them,
/// so few long pages are cheap. Subscriptions make a page as long as their owners like: one that
/// does not come is asked for shorter the next time.
struct PageSizes {
  static constexpr std::uint64_t page_limit = 8192;        ///< connections
  static constexpr std::uint64_t page_limit_first = 1024;  ///< while it is not known how long
  static constexpr std::uint64_t page_limit_least = 16;
  static constexpr std::uint64_t page_bytes = std::uint64_t{4} << 20U;

  struct Size {
    std::uint64_t most = page_limit;
    std::uint64_t first = page_limit_first;
  };
  std::map<std::string, Size> of;

  static std::uint64_t fitting(std::uint64_t bytes_each, std::uint64_t most) {
    return std::clamp(page_bytes / std::max<std::uint64_t>(bytes_each, 1), page_limit_least, most);
  }
  /// All pages came; `bytes_each`: of a connection, on the page where they were longest.
  void came(const std::string& server, std::uint64_t bytes_each) {
    Size& size = of[server];
    size.most = std::min(size.most * 2, page_limit);
    if (bytes_each > 0) size.first = fitting(bytes_each, size.most);
  }
  /// A page of `asked` connections did not come.
  void failed(const std::string& server, std::uint64_t asked) {
    Size& size = of[server];
    size.most = std::max(asked / 8, page_limit_least);
    size.first = std::min(size.first, size.most);
  }
};

namespace {

using policies::ErrorCode;
using policies::Result;

/// More servers than any cluster of clusters has; bounds what a reply can make us wait for.
constexpr std::uint64_t servers_max = 1024;
/// 16 million connections a server: a server that never ends its pages is silent, not endless.
constexpr int pages_max = 16'384;
/// How far to go back at first when connections have moved between two pages; then twice as far.
constexpr std::uint64_t step_back = 16;
/// Clocks that agree as well as servers answer at the same time are taken to be right.
constexpr policies::Nanoseconds clocks_agree = std::chrono::seconds(1);
/// A look takes no longer than that. Whose start lies further behind the look's begin has not come
/// late: the server's clock was put back.
constexpr policies::Nanoseconds late_longest = std::chrono::minutes(1);
/// For servers to say that they are there. Those that are known are asked whether they say so or
/// not, and one that died is missed here for minutes.
constexpr policies::Nanoseconds roll_call = std::chrono::milliseconds(500);

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
  std::shared_ptr<const policies::Listening> listening;
  std::function<void(Result<ConnectionsSeen>)> done;
  ConnectionsSeen seen;
  std::size_t outstanding = 0;
  struct Progress {
    int pages_taken = 0;           ///< answered, or given up
    std::uint64_t limit = 0;       ///< connections on the next page
    std::uint64_t bytes_each = 0;  ///< of a connection, on the page where they were longest
    std::uint64_t last_cid = 0;    ///< all up to it have been seen
    std::uint64_t back = step_back;
    policies::WallTime now{};    ///< its clock at the first page, of which all are asked at once
    policies::WallTime began{};  ///< its clock before any server was asked for a page
  };
  std::map<std::string, Progress> progress;  ///< by server
  std::shared_ptr<PageSizes> sizes;
  /// The connection that asks. Read at the start: the end may come when the queue is gone.
  ServerInfo own;

  Look(RequestQueue& used_queue, EventLoop& used_loop, policies::Nanoseconds page_timeout,
       std::shared_ptr<PageSizes> page_sizes, std::string of_account,
       std::shared_ptr<const policies::Listening> subscriptions,
       std::function<void(Result<ConnectionsSeen>)> on_end)
      : queue(used_queue),
        loop(used_loop),
        timeout(page_timeout),
        account(std::move(of_account)),
        listening(std::move(subscriptions)),
        done(std::move(on_end)),
        sizes(std::move(page_sizes)),
        own(used_queue.bus().server()) {}

  /// By id, and each one's clock; the epoch: it did not say.
  void start(const std::map<std::string, policies::WallTime>& servers) {
    outstanding = servers.size();
    if (servers.empty()) {
      return done(
          policies::fail(ErrorCode::unavailable, "no server answers in the system account"));
    }
    std::erase_if(sizes->of, [&](const auto& one) { return !servers.contains(one.first); });
    for (const auto& [server, began] : servers) {
      progress[server].limit = sizes->of[server].first;
      progress[server].began = began;
      page(server, 0, 0);
    }
  }

  void page(const std::string& server, std::uint64_t offset, int pages) {
    nlohmann::json body{
        {"acc", account}, {"auth", true}, {"offset", offset}, {"limit", progress[server].limit}};
    if (listening) body["subscriptions"] = true;
    // A hanging server holds nobody up for longer than `timeout`, whatever the queue's own
    // patience.
    const auto timer = std::make_shared<TimerId>(
        loop.run_after(timeout, [self = shared_from_this(), server, pages] {
          if (self->progress[server].pages_taken++ != pages) return;
          self->give_up(server);
        }));
    queue.send(Priority::admin, "connz", "$SYS.REQ.SERVER." + server + ".CONNZ", dump_json(body),
               {},
               [self = shared_from_this(), server, offset, pages, timer](Result<Message> reply) {
                 self->loop.cancel(*timer);
                 if (self->progress[server].pages_taken++ != pages) return;  // given up before
                 self->take(server, offset, pages, std::move(reply));
               });
  }

  void take(const std::string& server, std::uint64_t offset, int pages, Result<Message> reply) {
    auto page_seen = reply ? parse_connz(reply->data, listening.get())
                           : Result<ConnzPage>(policies::pass(std::move(reply).error()));
    if (!page_seen || !page_seen->ascending || pages >= pages_max) return give_up(server);
    Progress& now = progress[server];
    if (pages == 0) now.now = page_seen->now;
    const std::uint64_t count = page_seen->count;
    const bool full = count >= now.limit;
    if (count > 0) {
      const std::uint64_t each = reply->data.size() / count;
      now.limit = PageSizes::fitting(each, sizes->of[server].most);
      // What stands around them is not theirs: on a short page it would look as if it were.
      if (count >= PageSizes::page_limit_least) now.bytes_each = std::max(now.bytes_each, each);
    }
    // Each page begins with the last one of the page before. Where it does not, somebody with a
    // lower cid has left, all behind moved up, and one or more may be on neither page.
    if (offset > 0 && (count == 0 || page_seen->first_cid > now.last_cid)) {
      const std::uint64_t back = std::exchange(now.back, now.back * 2);
      return page(server, offset - std::min(offset, back), pages + 1);
    }
    if (!page_seen->server_name.empty()) seen.names[server] = page_seen->server_name;
    seen.connections.insert(seen.connections.end(),
                            std::make_move_iterator(page_seen->connections.begin()),
                            std::make_move_iterator(page_seen->connections.end()));
    // `total` ignores filters: only a page without anything new is the end, and none behind which
    // there may be more, as after a step back.
    if (page_seen->last_cid > now.last_cid || full) {
      now.last_cid = std::max(now.last_cid, page_seen->last_cid);
      now.back = step_back;
      return page(server, offset + count - 1, pages + 1);
    }
    sizes->came(server, now.bytes_each);
    seen.servers.push_back(server);
    end_one();
  }

  void give_up(const std::string& server) {
    sizes->failed(server, progress[server].limit);
    seen.silent.push_back(server);
    end_one();
  }

  void end_one() {
    if (--outstanding > 0) return;
    mark_own();
    compare_clocks();
    auto& connections = seen.connections;
    const auto by_key = [](const auto& a, const auto& b) { return a.key < b.key; };
    const auto same_key = [](const auto& a, const auto& b) { return a.key == b.key; };
    // A connection that moved from one page to the next is there twice.
    std::sort(connections.begin(), connections.end(), by_key);
    connections.erase(std::unique(connections.begin(), connections.end(), same_key),
                      connections.end());
    set_late_apart();
    std::sort(seen.servers.begin(), seen.servers.end());
    std::sort(seen.silent.begin(), seen.silent.end());
    done(std::move(seen));
  }

  /// By each server's own clock, so that clocks that differ do not matter.
  void set_late_apart() {
    auto& all = seen.connections;
    const auto late =
        std::stable_partition(all.begin(), all.end(), [this](const policies::Connection& one) {
          const policies::WallTime began = progress[one.key.server_id].began;
          return began == policies::WallTime{} || one.start <= began ||
                 one.start - late_longest > began;
        });
    seen.late.assign(std::make_move_iterator(late), std::make_move_iterator(all.end()));
    all.erase(late, all.end());
  }

  /// Which servers' clocks are wrong, so that nobody's start is compared with a wrong one.
  void compare_clocks() {
    std::vector<policies::WallTime> clocks;
    for (const auto& [server, state] : progress) {
      if (state.now > policies::WallTime{}) clocks.push_back(state.now);
    }
    if (clocks.size() < 2) return;
    const auto middle = clocks.begin() + static_cast<std::ptrdiff_t>(clocks.size() / 2);
    std::nth_element(clocks.begin(), middle, clocks.end());
    constexpr policies::Nanoseconds most = policies::Connection::clock_ahead_max;
    std::map<std::string, policies::Nanoseconds> ahead;
    for (const auto& [server, state] : progress) {
      if (state.now <= policies::WallTime{}) continue;
      const policies::Nanoseconds by = std::clamp(state.now - *middle, -most, most);
      if (by > clocks_agree || by < -clocks_agree) ahead[server] = by;
    }
    if (ahead.empty()) return;
    for (policies::Connection& connection : seen.connections) {
      const auto wrong = ahead.find(connection.key.server_id);
      if (wrong != ahead.end()) connection.clock_ahead = wrong->second;
    }
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
    : queue_(queue), loop_(loop), timeout_(timeout), page_sizes_(std::make_shared<PageSizes>()) {}

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
                                 std::shared_ptr<const policies::Listening> listening,
                                 std::function<void(Result<ConnectionsSeen>)> done) {
  auto look = std::make_shared<Look>(queue_, loop_, timeout_, page_sizes_, account,
                                     std::move(listening), std::move(done));
  ping_all(
      queue_.bus(), "STATSZ", std::min(timeout_, roll_call),
      [look, expected = std::move(expected)](const std::vector<Message>& replies, std::uint64_t) {
        std::map<std::string, policies::WallTime> servers;
        for (const std::string& id : expected) {
          if (is_server_id(id)) servers[id];
        }
        for (const Message& reply : replies) {
          if (const auto id = parse_server_id(reply.data); is_server_id(id))
            servers[id] = parse_server_time(reply.data);
        }
        look->start(servers);
      });
}

void SystemRequests::kick(const policies::ConnectionKey& key,
                          std::function<void(Result<policies::WallTime>)> done) {
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
                if (answer) return done(parse_server_time(reply->data));
                policies::Error error = answer.error();
                // The only refusal there is: 500, "no such client or leafnode id".
                if (error.text.find("no such") != error.text.npos)
                  error.code = ErrorCode::not_found;
                done(policies::pass(std::move(error)));
              });
}

}  // namespace roomkeeper::sidecar::nats
