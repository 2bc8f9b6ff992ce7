// Tells the service manager how the daemon is: sd_notify(3)'s datagrams to NOTIFY_SOCKET.
//
// Without a service manager every call does nothing. The watchdog is fed by a timer of the event
// loop, so that a loop that is stuck is noticed; the same timer tells a status that has changed.
// What cannot be sent is left out: the manager has time-outs of its own. Thread: the loop's.
#ifndef ROOMKEEPER_SIDECAR_SERVICE_NOTIFIER_H_
#define ROOMKEEPER_SIDECAR_SERVICE_NOTIFIER_H_

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include <sys/types.h>

#include "policies/time.h"
#include "sidecar/clock.h"
#include "sidecar/event_loop.h"

namespace roomkeeper::sidecar {

/// Where the service manager listens, and how long it waits for a sign of life.
struct ServiceManager {
  std::string socket;                ///< "/path" or "@abstract"; empty: there is none
  policies::Nanoseconds watchdog{};  ///< 0: it does not watch
};

/// From NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID. A watchdog of another process, or a time
/// that is no number from 1 to a year, is none.
ServiceManager service_manager(const std::map<std::string, std::string>& environment, pid_t own);

class ServiceNotifier {
 public:
  /// `status`: one line in plain words, asked for on the loop. `loop` and `clock` must outlive it.
  ServiceNotifier(EventLoop& loop, const Clock& clock, ServiceManager manager,
                  std::function<std::string()> status);
  ~ServiceNotifier();
  ServiceNotifier(const ServiceNotifier&) = delete;
  ServiceNotifier& operator=(const ServiceNotifier&) = delete;

  void ready();      ///< started, or done with reading the configuration again
  void reloading();  ///< the configuration is being read again; ready() follows
  void stopping();   ///< the watchdog is fed until the loop ends
  /// Whether the manager has taken everything so far; true without one.
  bool heard() const { return heard_; }

 private:
  void look_again();
  void send(std::string_view lines);
  /// The line of the status when it differs from the last one told, else nothing.
  std::string changed_status();

  EventLoop& loop_;
  const Clock& clock_;
  const ServiceManager manager_;
  const std::function<std::string()> status_;
  std::string told_;
  bool stopping_ = false;
  bool heard_ = true;
  int socket_ = -1;
  TimerId timer_ = 0;
};

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_SERVICE_NOTIFIER_H_
