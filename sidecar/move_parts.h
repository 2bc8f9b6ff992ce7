// What a move works with; all of it outlives every move. Thread: the loop's.
#ifndef ROOMKEEPER_SIDECAR_MOVE_PARTS_H_
#define ROOMKEEPER_SIDECAR_MOVE_PARTS_H_

#include "sidecar/audit_log.h"
#include "sidecar/inventory.h"
#include "sidecar/message_bus.h"
#include "sidecar/nats/jetstream.h"
#include "sidecar/pace.h"
#include "sidecar/pool_keeper.h"
#include "sidecar/purge_gate.h"
#include "sidecar/reconciler.h"
#include "sidecar/room_directory.h"
#include "sidecar/rule_book.h"
#include "sidecar/runtime.h"
#include "sidecar/state_keeper.h"
#include "sidecar/stream_purger.h"

namespace roomkeeper::sidecar {

struct MoveParts {
  Runtime& runtime;
  MessageBus& bus;
  nats::JetStream& js;
  Inventory& inventory;
  RoomDirectory& rooms;
  StateKeeper& state;
  PoolKeeper& pools;
  Reconciler& reconciler;
  RuleBook& rules;
  StreamPurger& purger;
  PurgeGate& gate;
  AuditLog& audit;
  Pace& pace;
};

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_MOVE_PARTS_H_
