// The inside of the Daemon: every loop, and what passes between them. Only daemon*.cc include it.
//
// Thread: the loop's. The order of the members is the order of their making.
#ifndef ROOMKEEPER_SIDECAR_DAEMON_STATE_H_
#define ROOMKEEPER_SIDECAR_DAEMON_STATE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "sidecar/admin_service.h"
#include "sidecar/audit_keeper.h"
#include "sidecar/ban_keeper.h"
#include "sidecar/capacity_keeper.h"
#include "sidecar/config_keeper.h"
#include "sidecar/connection_keeper.h"
#include "sidecar/copies_keeper.h"
#include "sidecar/daemon.h"
#include "sidecar/hold_keeper.h"
#include "sidecar/inventory.h"
#include "sidecar/job_keeper.h"
#include "sidecar/lease_keeper.h"
#include "sidecar/move_keeper.h"
#include "sidecar/nats/jetstream.h"
#include "sidecar/nats/key_value.h"
#include "sidecar/nats/request_queue.h"
#include "sidecar/nats/system_requests.h"
#include "sidecar/nats/user_info.h"
#include "sidecar/pool_keeper.h"
#include "sidecar/reconciler.h"
#include "sidecar/replica_list.h"
#include "sidecar/retention_keeper.h"
#include "sidecar/room_directory.h"
#include "sidecar/server_monitor.h"
#include "sidecar/state_keeper.h"
#include "sidecar/status_page.h"
#include "sidecar/stream_purger.h"

namespace roomkeeper::sidecar {

/// What only exists with a system account.
struct SystemSide {
  std::unique_ptr<MessageBus> bus;
  nats::RequestQueue queue;
  nats::SystemRequests requests;
  ConnectionKeeper connections;

  SystemSide(std::unique_ptr<MessageBus> connection, Runtime& runtime, MessageBus& app,
             RoomDirectory& rooms, StateKeeper& state, BanKeeper& bans, AuditLog& audit);
};

struct Daemon::State {
  Runtime runtime;
  metrics::Health& health;
  std::unique_ptr<MessageBus> app;
  nats::RequestQueue lease_queue;
  nats::JetStream lease_js;
  LeaseKeeper lease;
  ReplicaList replicas;
  nats::RequestQueue queue;
  nats::JetStream js;
  nats::KeyValue bucket;
  Inventory inventory;
  RoomDirectory rooms;
  StateKeeper state;
  PoolKeeper pools;
  nats::RequestQueue audit_queue;
  AuditKeeper audit;
  CopiesKeeper copies;
  HoldKeeper holds;
  StreamPurger purger;
  Reconciler reconciler;
  RetentionKeeper retention;
  JobKeeper jobs;
  MoveKeeper moves;
  BanKeeper bans;
  std::unique_ptr<SystemSide> system;
  ServerMonitor monitor;
  CapacityKeeper capacity;
  ConfigKeeper config_keeper;
  AdminContext context;
  AdminService admin;
  StatusPage page;
  std::function<std::uint64_t()> mailbox_rejected;
  bool watch_files = false;
  bool stopping = false;
  nats::UserInfo own_user;     ///< who we are to the server; empty: not known yet
  std::uint64_t connects = 0;  ///< answers of an earlier connection decide nothing
  std::uint32_t load_failures = 0;
  std::string halted;             ///< why we do not act; empty when we do
  std::string told_error;         ///< the last reason for having no connection that was logged
  std::string told_system_error;  ///< the same of the system account's
  TimerId retry_timer = 0;
  TimerId connections_timer = 0;  ///< our account's name is asked for again
  TimerId housekeeping_timer = 0;
  TimerId look_timer = 0;  ///< another replica leads: its state is read again
  Lifetime lifetime;

  explicit State(DaemonParts parts);
  void start();
  void on_app(BusState now);
  void on_system(BusState now);
  void ask_for_lease();
  void ask_whose_account();
  void leave_to_other_instance();
  void retry_with(const policies::BackoffLimits& limits, std::function<void()> again);
  void role_changed(LeaseKeeper::Role role, policies::Reason reason);
  void tell_leadership(policies::Reason reason);
  ReplicaSaying saying() const;
  bool is_ours(const policies::Connection& connection) const;
  void step_down();
  void begin_acting();
  void begin_watching();
  void look_at_state();
  void load_state();
  void state_loaded(policies::Result<> outcome);
  void stop_acting();
  void start_connections();
  void config_changed();
  void tell_missing_connection();
  void tell_missing_system();
  void tell_readiness();
  void subscribe_advisories();
  void housekeeping();
};

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_DAEMON_STATE_H_
