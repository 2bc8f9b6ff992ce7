// The figures, one function a file. Each starts and ends its own servers; throws std::runtime_error
// when it cannot be measured.
#ifndef ROOMKEEPER_BENCH_FIGURES_H_
#define ROOMKEEPER_BENCH_FIGURES_H_

#include "bench/figure.h"

namespace roomkeeper::bench {

/// Provisioning 2,000 dedicated file rooms.
Figures measure_provision();
/// Midnight of 2,000 rooms.
Figures measure_midnight();
/// A purge job over 2,000 rooms.
Figures measure_purge_job();
/// A hold of a room with 100,000 messages.
Figures measure_hold();
/// What the audit costs a purge pass.
Figures measure_audit();
/// Kicks of an account limit, and a storm of clients that come back.
Figures measure_connections();
/// Looks at nearly 20,000 connections with subscriptions, and a minute of nothing.
Figures measure_connection_looks();
/// Status, kicks and a midnight while 10,000 rooms are being created.
Figures measure_busy();
/// Reading a file with 100,000 pooled rooms.
Figures measure_load();
/// A daemon with 100,000 pooled rooms: until it is ready, its memory, a reload, and a midnight.
Figures measure_pool();
/// Pages and searches of the admin API over 100,000 rooms.
Figures measure_search();
/// /metrics and /metrics/rooms with 100,000 rooms.
Figures measure_metrics_100k();
/// A daemon that keeps 10,000 rooms: passes with nothing to do, /metrics, and what it holds and
/// uses when idle.
Figures measure_steady();

}  // namespace roomkeeper::bench

#endif  // ROOMKEEPER_BENCH_FIGURES_H_
