// One daemon that has made 10,000 rooms and keeps them: what its passes, its metrics and its idling
// cost.
#ifndef ROOMKEEPER_BENCH_STEADY_H_
#define ROOMKEEPER_BENCH_STEADY_H_

#include "bench/daemon_process.h"
#include "bench/figure.h"
#include "bench/server.h"

namespace roomkeeper::bench {

// REQUIRES, both: all rooms are ready.
Figures pass_figures(const Server& server, const DaemonProcess& daemon);
Figures idle_figures(const Server& server, const DaemonProcess& daemon);

}  // namespace roomkeeper::bench

#endif  // ROOMKEEPER_BENCH_STEADY_H_
