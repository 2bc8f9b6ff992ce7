// Port: the control thread. Everything that Roomkeeper decides runs on it, one task at a time.
//
// post() may be called from any thread; the rest only from the loop's own thread (or before run).
// Tasks must not block and must not throw. Implementations: ThreadLoop (thread_loop.h),
// tests/support/manual_loop.h.
#ifndef ROOMKEEPER_SIDECAR_EVENT_LOOP_H_
#define ROOMKEEPER_SIDECAR_EVENT_LOOP_H_

#include <cstdint>
#include <functional>

#include "policies/time.h"

namespace roomkeeper::sidecar {

using Task = std::function<void()>;
using TimerId = std::uint64_t;  ///< 0 is never a timer

class EventLoop {
 public:
  virtual ~EventLoop() = default;
  /// Runs `task` soon, in order of posting. False when the mailbox is full or the loop has ended:
  /// the task is dropped, counted, and the caller must cope (answer "busy", set a dirty bit).
  virtual bool post(Task task) = 0;
  /// Runs `task` once, not before `delay` (monotonic) has passed. Never runs it inside this call.
  virtual TimerId run_after(policies::Nanoseconds delay, Task task) = 0;
  /// After this the timer's task does not run. Unknown and past ids are ignored.
  virtual void cancel(TimerId id) = 0;
};

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_EVENT_LOOP_H_
