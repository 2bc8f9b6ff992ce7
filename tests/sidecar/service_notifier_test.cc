// What a service manager hears, on a real datagram socket.
#include "sidecar/service_notifier.h"

#include <array>
#include <cstddef>
#include <cstring>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/support/manual_clock.h"
#include "tests/support/manual_loop.h"
#include "tests/support/temp_directory.h"

namespace roomkeeper::testing {
namespace {

using namespace std::chrono_literals;
using sidecar::service_manager;
using sidecar::ServiceManager;
using sidecar::ServiceNotifier;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// The socket that a service manager listens on.
class ManagerSocket {
 public:
  explicit ManagerSocket(const std::string& name) {
    fd_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    if (name[0] == '@') address.sun_path[0] = '\0';
    bound_ = ::bind(fd_, reinterpret_cast<const sockaddr*>(&address),
                    static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size())) == 0;
  }
  ~ManagerSocket() { ::close(fd_); }
  ManagerSocket(const ManagerSocket&) = delete;
  ManagerSocket& operator=(const ManagerSocket&) = delete;

  bool bound() const { return bound_; }
  /// Everything that has come since the last call.
  std::vector<std::string> take() {
    std::vector<std::string> all;
    std::array<char, 4096> bytes{};
    for (ssize_t got = ::recv(fd_, bytes.data(), bytes.size(), 0); got >= 0;
         got = ::recv(fd_, bytes.data(), bytes.size(), 0)) {
      all.emplace_back(bytes.data(), static_cast<std::size_t>(got));
    }
    return all;
  }

 private:
  int fd_ = -1;
  bool bound_ = false;
};

class Service : public ::testing::Test {
 protected:
  std::string path() const { return (directory_.path() / "notify").string(); }

  TempDirectory directory_;
  ManualClock clock_;
  ManualLoop loop_{clock_};
  std::string status_ = "waiting";
};

TEST_F(Service, SaysThatItIsReadyAndWhatItWaitsFor) {
  ManagerSocket manager(path());
  ASSERT_TRUE(manager.bound());
  ServiceNotifier notifier(loop_, clock_, {.socket = path(), .watchdog = {}},
                           [this] { return status_; });
  EXPECT_THAT(manager.take(), IsEmpty());
  notifier.ready();
  EXPECT_THAT(manager.take(), ElementsAre("READY=1\nSTATUS=waiting\n"));
  loop_.advance(10s);
  EXPECT_THAT(manager.take(), IsEmpty());
  status_ = "connected\nREADY=0";
  loop_.advance(1s);
  EXPECT_THAT(manager.take(), ElementsAre("STATUS=connected READY=0\n"));
  EXPECT_TRUE(notifier.heard());
}

TEST_F(Service, UsesAbstractSockets) {
  const std::string name = "@" + path();
  ManagerSocket manager(name);
  ASSERT_TRUE(manager.bound());
  ServiceNotifier notifier(loop_, clock_, {.socket = name, .watchdog = {}},
                           [this] { return status_; });
  notifier.ready();
  EXPECT_THAT(manager.take(), ElementsAre("READY=1\nSTATUS=waiting\n"));
}

TEST_F(Service, FeedsTheWatchdogTwiceInItsTimeUntilTheLoopEnds) {
  ManagerSocket manager(path());
  ServiceNotifier notifier(loop_, clock_, {.socket = path(), .watchdog = 500ms},
                           [this] { return status_; });
  notifier.ready();
  EXPECT_THAT(manager.take(), ElementsAre("READY=1\nSTATUS=waiting\n", "WATCHDOG=1\n"));
  loop_.advance(250ms);
  loop_.advance(250ms);
  EXPECT_THAT(manager.take(), ElementsAre("WATCHDOG=1\n", "WATCHDOG=1\n"));
  // While the loop is stuck nothing is told.
  clock_.advance(10s);
  EXPECT_THAT(manager.take(), IsEmpty());
  loop_.advance(0ns);
  EXPECT_THAT(manager.take(), ElementsAre("WATCHDOG=1\n"));
  notifier.stopping();
  status_ = "something else";
  loop_.advance(250ms);
  EXPECT_THAT(manager.take(), ElementsAre("STOPPING=1\nSTATUS=stopping\n", "WATCHDOG=1\n"));
}

TEST_F(Service, SaysWhenItReloads) {
  ManagerSocket manager(path());
  ServiceNotifier notifier(loop_, clock_, {.socket = path(), .watchdog = {}},
                           [this] { return status_; });
  notifier.ready();
  manager.take();
  const auto now =
      std::chrono::duration_cast<std::chrono::microseconds>(clock_.mono().time_since_epoch());
  notifier.reloading();
  status_ = "with an error";
  notifier.ready();
  EXPECT_THAT(manager.take(),
              ElementsAre("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(now.count()) + "\n",
                          "READY=1\nSTATUS=with an error\n"));
}

TEST_F(Service, GoesOnWithoutAManager) {
  ServiceNotifier nobody(loop_, clock_, {}, [this] { return status_; });
  nobody.ready();
  nobody.reloading();
  nobody.stopping();
  EXPECT_TRUE(nobody.heard());
  ServiceNotifier gone(loop_, clock_, {.socket = path(), .watchdog = 1s},
                       [this] { return status_; });
  gone.ready();
  EXPECT_FALSE(gone.heard());
  loop_.advance(5s);
}

TEST(ServiceEnvironment, IsReadAsSystemdWritesIt) {
  const ServiceManager manager = service_manager({{"NOTIFY_SOCKET", "/run/systemd/notify"},
                                                  {"WATCHDOG_USEC", "30000000"},
                                                  {"WATCHDOG_PID", "41"}},
                                                 41);
  EXPECT_EQ(manager.socket, "/run/systemd/notify");
  EXPECT_EQ(manager.watchdog, 30s);
  EXPECT_EQ(service_manager({{"NOTIFY_SOCKET", "@x"}, {"WATCHDOG_USEC", "1"}}, 41).watchdog, 1us);
}

TEST(ServiceEnvironment, WhatIsNotForUsIsLeftAlone) {
  EXPECT_EQ(service_manager({}, 41).socket, "");
  EXPECT_EQ(service_manager({{"WATCHDOG_USEC", "1000"}}, 41).watchdog, 0ns);
  for (const char* socket : {"", "/", "relative", "vsock:2:1234", "@"})
    EXPECT_EQ(service_manager({{"NOTIFY_SOCKET", socket}}, 41).socket, "") << socket;
  EXPECT_EQ(service_manager({{"NOTIFY_SOCKET", "/" + std::string(200, 'x')}}, 41).socket, "");
  EXPECT_EQ(
      service_manager({{"NOTIFY_SOCKET", "/x"}, {"WATCHDOG_USEC", "9"}, {"WATCHDOG_PID", "7"}}, 41)
          .watchdog,
      0ns);
  for (const char* usec : {"", "0", "-1", "1s", "18446744073709551615"}) {
    EXPECT_EQ(service_manager({{"NOTIFY_SOCKET", "/x"}, {"WATCHDOG_USEC", usec}}, 41).watchdog, 0ns)
        << usec;
  }
}

}  // namespace
}  // namespace roomkeeper::testing
