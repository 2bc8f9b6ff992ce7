// The way from nats.c's threads to the loop: a bounded queue that is drained by one posted task at
// a time.
//
// Deliveries that do not fit are dropped and counted; changes of the link never are. A refused post
// (the loop's mailbox was full) is tried again by whoever calls push() or retry() next. Thread:
// push, retry and needs_retry any; close and the drain the loop's.
#ifndef ROOMKEEPER_SIDECAR_NATS_REPORTS_H_
#define ROOMKEEPER_SIDECAR_NATS_REPORTS_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>

#include "sidecar/event_loop.h"
#include "sidecar/nats/wire.h"

namespace roomkeeper::sidecar::nats {

class Reports : public std::enable_shared_from_this<Reports> {
 public:
  using Handler = std::function<void(Report)>;

  Reports(EventLoop& loop, Handler handler);

  /// False when the loop refused the task that would fetch it: somebody must retry() soon.
  bool push(Report report);
  /// True when reports wait and no task of the loop will come for them.
  bool needs_retry();
  void retry();
  /// After this the handler is not called any more and the loop is not touched.
  void close();

 private:
  void schedule_locked();
  void drain();

  std::mutex mutex_;
  EventLoop* loop_;             ///< guarded by mutex_; null once closed
  std::deque<Report> waiting_;  ///< guarded by mutex_
  std::size_t bytes_ = 0;       ///< guarded by mutex_
  std::uint64_t dropped_ = 0;   ///< guarded by mutex_; not yet reported
  bool scheduled_ = false;      ///< guarded by mutex_
  Handler handler_;             ///< the loop's thread
};

}  // namespace roomkeeper::sidecar::nats

#endif  // ROOMKEEPER_SIDECAR_NATS_REPORTS_H_
