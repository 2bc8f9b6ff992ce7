// The thread that owns the session: it connects, sends, subscribes, notices the end and begins
// anew.
//
// The loop gives orders and gets reports; neither waits for the other. Orders are carried out in
// order. Thread: as said.
#ifndef ROOMKEEPER_SIDECAR_NATS_LINK_H_
#define ROOMKEEPER_SIDECAR_NATS_LINK_H_

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "sidecar/clock.h"
#include "sidecar/nats/connection.h"
#include "sidecar/nats/reports.h"
#include "sidecar/nats/session.h"
#include "sidecar/nats/wire.h"

namespace roomkeeper::sidecar::nats {

class Link final : public SessionListener, public std::enable_shared_from_this<Link> {
 public:
  /// `inbox`: a subject ending in '.'; what comes to one token behind it is delivered as
  /// subscription 0.
  Link(std::shared_ptr<Reports> reports, const Clock& clock, ConnectionOptions options,
       std::string inbox);
  ~Link() override;
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  // The loop's thread.
  void start();
  /// False when too much waits to be sent; subscribing is never refused.
  bool give(Order order);
  /// Carries out what was ordered, ends the connection, reports LinkClosed.
  void stop();
  /// Ends without carrying out and without reports; returns when the thread has ended.
  void abandon();

 private:
  // nats.c's threads.
  void on_message(SubscriptionId id, Message message) override;
  void on_closed(std::uint64_t session, std::string error) override;
  void on_trouble(Trouble trouble) override;

  // The link's own thread.
  void run();
  std::unique_ptr<Session> connect_once();
  std::string next_url();
  void serve(Session& session);
  void announce(Session& session);
  ServerInfo ask_server(Session& session);
  /// The answer of the server that we are connected to; nullopt: none came.
  std::optional<Message> ask(Session& session, const std::string& subject, const std::string& body);
  /// Returns why the session is no good any more; nullopt: it was all done.
  std::optional<std::string> carry_out(Session& session, std::deque<Order> orders);
  void note_subscriptions(Session& session);
  void report(Report report);
  void wait_before_retry();
  void report_end();
  bool is_lost_locked(const Session& session) const { return lost_session_ == session.number(); }

  const std::shared_ptr<Reports> reports_;
  const Clock& clock_;
  const ConnectionOptions options_;
  const std::string inbox_;
  const std::uint64_t seed_;  ///< of the back-off's jitter

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Order> orders_;     ///< guarded by mutex_
  std::size_t order_bytes_ = 0;  ///< guarded by mutex_: of the orders to publish
  bool stopping_ = false;        ///< guarded by mutex_
  bool abandoned_ = false;       ///< guarded by mutex_
  std::uint64_t lost_session_ =
      0;                    ///< guarded by mutex_: the newest session that nats.c has closed
  std::string lost_error_;  ///< guarded by mutex_
  /// Guarded by mutex_: to ask(). Our server's, and those of servers behind leaf nodes.
  std::deque<Message> server_replies_;

  // The link's own thread.
  std::map<SubscriptionId, SubscribeOrder> wanted_;
  std::vector<std::string> discovered_;  ///< URLs that servers told us
  std::size_t next_url_ = 0;
  std::uint64_t session_count_ = 0;
  std::uint32_t failures_ = 0;  ///< rounds over all URLs without a lasting connection

  std::thread thread_;
};

}  // namespace roomkeeper::sidecar::nats

#endif  // ROOMKEEPER_SIDECAR_NATS_LINK_H_
