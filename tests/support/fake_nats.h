// An in-memory twin of nats-server: accounts, core NATS, JetStream, the system account, and what
// can go wrong.
//
// For tests of whatever stands on MessageBus. It answers with the same JSON as a lone
// nats-server 2.10 or 2.15; tests/contract holds it and real servers to one suite. Deterministic,
// without threads: it lives on a ManualLoop, and messages expire, clients reconnect and requests
// time out as that loop's clock moves. 10,000 streams are no burden.
//
//   ManualClock clock;
//   ManualLoop loop(clock);
//   FakeNats nats(loop);                                   // accounts APP (JetStream) and SYS
//   (system) auto app = nats.connect("APP", "roomkeeper");          // a MessageBus; connected
//   after loop.run_until_idle() auto sys = nats.connect("SYS", "sys"); nats.create_stream("ROOM_a",
//   R"({"name":"ROOM_a","subjects":["chat.a.*"]})"); nats.publish_at("chat.a.bob", "hi",
//   some_wall_time);   // a message of the past EXPECT_EQ(nats.stream("ROOM_a")->messages().size(),
//   1u);
//
// Subject patterns given to the faults are NATS patterns (`$JS.API.STREAM.LIST`, `$SYS.REQ.>`, `>`)
// and are matched against what clients and buses send, never against replies. Not there:
// permissions, the copies of replicas (of a cluster there is what set_cluster() and set_election()
// say), sources (kept as configuration only), filters of mirrors, redelivery, TLS. A mirror copies
// in a later task. Thread: the loop's. The loop must outlive it; buses may outlive it.
#ifndef ROOMKEEPER_TESTS_SUPPORT_FAKE_NATS_H_
#define ROOMKEEPER_TESTS_SUPPORT_FAKE_NATS_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "policies/time.h"
#include "sidecar/message_bus.h"
#include "tests/support/fake_clients.h"
#include "tests/support/fake_core.h"
#include "tests/support/fake_stream.h"
#include "tests/support/manual_loop.h"

namespace roomkeeper::testing {

class FakeNats {
 public:
  explicit FakeNats(ManualLoop& loop, FakeNatsOptions options = {});

  // --- accounts and connections
  // -------------------------------------------------------------------------------------
  /// One more account; APP and the system account are there.
  void add_account(const std::string& name, FakeJetStreamLimits limits = {}, bool jetstream = true);
  /// Limits of an account's JetStream: 10027 and 10047 when they are reached.
  void set_limits(FakeJetStreamLimits limits, const std::string& account = "APP");
  /// What the server can store, all accounts together: 10047 and 10028 when it is reached.
  void set_store(std::int64_t max_storage, std::int64_t max_memory) {
    core_->set_store(max_storage, max_memory);
  }
  /// A connection as the loops have it. Any user name of any account is let in, unless refuse()
  /// named it.
  std::unique_ptr<sidecar::MessageBus> connect(const std::string& account, const std::string& user,
                                               const std::string& name = "roomkeeper");

  /// A client of somebody else's, connected at once. It appears in CONNZ, makes CONNECT events, can
  /// be kicked.
  FakeClientId add_client(const std::string& account, const std::string& user,
                          FakeClientOptions options = {});
  const FakeClient& client(FakeClientId id) const { return clients_.at(id); }
  void remove_client(FakeClientId id) { clients_.leave(id); }
  /// Ids of the clients of a user that are connected now, in order of their making.
  std::vector<FakeClientId> connected(const std::string& account, const std::string& user) const;
  /// A client sends a message, with any reply subject. Takes its way like a bus's: answered in
  /// later tasks.
  void send_as(FakeClientId id, const std::string& subject, std::string_view data,
               const std::string& reply = {}, const sidecar::Headers& headers = {});

  // --- the world as it is
  // -------------------------------------------------------------------------------------------
  /// Stream names, sorted.
  std::set<std::string> streams(const std::string& account = "APP") const;
  /// Null: no such stream. Expired messages are gone from it. Valid until the stream is deleted.
  const FakeStream* stream(const std::string& name, const std::string& account = "APP") const;
  /// As `nats stream add` would, at once.
  ApiResult<> create_stream(const std::string& name, std::string_view config_json,
                            const std::string& account = "APP");
  bool delete_stream(const std::string& name, const std::string& account = "APP");
  /// A message of nobody's, at once: to subscribers (in later tasks) and into the stream that
  /// captures it.
  void publish(const std::string& subject, std::string_view data,
               const sidecar::Headers& headers = {}, const std::string& account = "APP");
  /// The same with a server timestamp of `at`. REQUIRES: not before the stream's last message.
  void publish_at(const std::string& subject, std::string_view data, policies::WallTime at,
                  const std::string& account = "APP");
  /// As `nats stream rmm` and `nats stream purge` would, at once.
  bool delete_message(const std::string& stream, std::uint64_t seq,
                      const std::string& account = "APP");
  std::uint64_t purge_stream(const std::string& stream, std::string_view filter,
                             std::uint64_t up_to, std::uint64_t keep,
                             const std::string& account = "APP");
  /// Told of every message of a client or bus, on each part of its way; null: no more.
  void watch(FakeWatcher watcher) { core_->watch(std::move(watcher)); }
  /// The server's clock: the loop's plus the skew.
  policies::WallTime now() const { return core_->now(); }
  std::string server_id(std::size_t server = 0) const { return core_->servers().at(server).id; }
  /// How many messages clients and buses sent to matching subjects since the start or
  /// forget_counts().
  std::uint64_t count(std::string_view pattern) const { return core_->faults().count(pattern); }
  void forget_counts() { core_->faults().forget_counts(); }

  // --- what goes wrong
  // ----------------------------------------------------------------------------------------------
  /// The server lost its store: streams and consumers are gone, connections stay.
  void lose_everything() { core_->lose_everything(); }
  /// The server goes away: connections end, nobody gets in until start(). Streams are kept, cids go
  /// on.
  void stop() { core_->set_down(true); }
  void start() { core_->set_down(false); }
  /// Ends the connections of one user (buses and clients), who then come back as usual.
  void disconnect(const std::string& account, const std::string& user);
  /// An authentication error for this user at every try to connect. Present connections stay.
  void refuse(const std::string& user) { core_->refuse(user, true); }
  void accept(const std::string& user) { core_->refuse(user, false); }
  /// Nothing sent to a matching subject is handled: requests time out. Adds up; speak() ends all of
  /// it.
  void silence(const std::string& pattern) { core_->faults().silence(pattern); }
  void speak() { core_->faults().speak(); }
  /// The next n matching messages are not handled, as by a full queue that is dropped.
  void ignore_next(std::uint64_t n, const std::string& pattern) {
    core_->faults().ignore_next(n, pattern);
  }
  /// The next n matching requests are done, but their replies are lost.
  void lose_replies(std::uint64_t n, const std::string& pattern) {
    core_->faults().lose_replies(n, pattern);
  }
  /// The next n matching requests are not done and answered with this error, worded for the API
  /// they belong to.
  void fail_next(const std::string& pattern, ApiError error, std::uint64_t n = 1);
  /// All matching requests are answered with this error until stop_failing().
  void fail_always(const std::string& pattern, ApiError error) {
    core_->faults().fail_always(pattern, std::move(error));
  }
  void stop_failing() { core_->faults().stop_failing(); }
  /// `$JS.EVENT.ADVISORY.API.LIMIT_REACHED` in the account: the server says that it dropped its
  /// request queue.
  void announce_api_limit(std::uint64_t dropped, const std::string& account = "APP");
  /// The server's clock is that much ahead of the loop's (negative: behind).
  void set_skew(policies::Nanoseconds skew) { core_->set_skew(skew); }
  /// STREAM.LIST leaves these out and names them as `missing`; empty: complete again.
  void set_missing(std::set<std::string> names, const std::string& account = "APP");
  /// One of so many servers of a cluster: streams may have as many replicas (else 10005; on a lone
  /// server 10074).
  void set_cluster(std::size_t servers, const std::string& account = "APP");
  /// How long it takes to elect the leader of a stream that is made from now on. Until then it is
  /// in NAMES, `missing` in LIST, and whatever is asked of it stays unanswered; so does its
  /// creation, until it has one.
  void set_election(policies::Nanoseconds takes, const std::string& account = "APP");
  /// Called after each page of a listing that was not its last one; null: no more.
  void on_page(std::function<void()> hook, const std::string& account = "APP");
  /// A mirror copies nothing until it is let go: it lags.
  void hold_back(const std::string& mirror, const std::string& account = "APP");
  void let_go(const std::string& mirror, const std::string& account = "APP");
  /// Another version from now on; buses see it in server() at their next connect.
  void set_version(const std::string& version) { core_->set_version(version); }
  void set_latency(policies::Nanoseconds latency) { core_->set_latency(latency); }
  /// One more server of the same cluster: has clients and answers system requests. Returns its
  /// index.
  std::size_t add_server(const std::string& name);
  /// Whether server(index) answers system requests.
  void set_silent(std::size_t server, bool silent) { core_->servers().at(server).silent = silent; }
  /// One server of several: its connections end, of which no event tells, and at once it is there
  /// again with another id and cids from the start. Buses and JetStream are with the first.
  void restart_server(std::size_t server) { core_->restart_server(server); }
  /// The same, and it does not come back. REQUIRES: not the first.
  void kill_server(std::size_t server) { core_->kill_server(server); }
  /// One server's clock is that much ahead of the others' (negative: behind).
  void set_server_skew(std::size_t server, policies::Nanoseconds skew) {
    core_->servers().at(server).skew = skew;
  }
  /// CONNECT and DISCONNECT events get lost from now on, or come that late.
  void lose_events(bool lost) { core_->events().lost = lost; }
  void delay_events(policies::Nanoseconds delay) { core_->events().delay = delay; }
  /// Called after each page of CONNZ that named anybody: clients come and go between two pages;
  /// null: no more.
  void on_connz_page(std::function<void()> hook) { core_->on_connz_page(std::move(hook)); }
  /// Told of each connection that a KICK is about to end; null: no more. May not change the world.
  void on_kick(FakeCore::KickHook hook) { core_->on_kick(std::move(hook)); }
  /// Ends every fault that lasts: silence, errors, missing, elections, skew, page hooks, lost and
  /// late events, pending one-time faults, latency.
  void heal();

 private:
  std::shared_ptr<FakeCore> core_;
  FakeClients clients_;
};

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_SUPPORT_FAKE_NATS_H_
