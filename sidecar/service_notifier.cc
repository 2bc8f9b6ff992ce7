#include "sidecar/service_notifier.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <utility>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace roomkeeper::sidecar {
namespace {

using namespace std::chrono_literals;

constexpr policies::Nanoseconds look_interval = 1s;
constexpr policies::Nanoseconds look_least = 10ms;
constexpr std::uint64_t watchdog_usec_max = 365ULL * 24 * 3600 * 1'000'000;

std::optional<std::uint64_t> number(const std::string& text) {
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stopped != end) return std::nullopt;
  return value;
}

std::string value_of(const std::map<std::string, std::string>& environment, const char* name) {
  const auto found = environment.find(name);
  return found == environment.end() ? std::string() : found->second;
}

/// One line, as the protocol wants it: what comes behind a newline would be another message.
std::string one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return text;
}

}  // namespace

ServiceManager service_manager(const std::map<std::string, std::string>& environment, pid_t own) {
  ServiceManager manager{.socket = value_of(environment, "NOTIFY_SOCKET"), .watchdog = {}};
  const bool usable = manager.socket.size() > 1 &&
                      manager.socket.size() < sizeof(sockaddr_un::sun_path) &&
                      (manager.socket[0] == '/' || manager.socket[0] == '@');
  if (!usable) return {};
  const auto usec = number(value_of(environment, "WATCHDOG_USEC"));
  const std::string pid = value_of(environment, "WATCHDOG_PID");
  if (usec && *usec > 0 && *usec <= watchdog_usec_max &&
      (pid.empty() || pid == std::to_string(own))) {
    manager.watchdog = std::chrono::microseconds(*usec);
  }
  return manager;
}

ServiceNotifier::ServiceNotifier(EventLoop& loop, const Clock& clock, ServiceManager manager,
                                 std::function<std::string()> status)
    : loop_(loop), clock_(clock), manager_(std::move(manager)), status_(std::move(status)) {
  // Non-blocking: a manager that does not read must not hold up the loop.
  if (!manager_.socket.empty())
    socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

ServiceNotifier::~ServiceNotifier() {
  loop_.cancel(timer_);
  if (socket_ >= 0) ::close(socket_);
}

void ServiceNotifier::ready() {
  if (manager_.socket.empty()) return;
  send("READY=1\n" + changed_status());
  if (timer_ == 0) look_again();
}

void ServiceNotifier::reloading() {
  const auto since = clock_.mono().time_since_epoch();
  const auto usec = std::chrono::duration_cast<std::chrono::microseconds>(since).count();
  send("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(usec) + "\n");
}

void ServiceNotifier::stopping() {
  stopping_ = true;
  told_ = "stopping";
  send("STOPPING=1\nSTATUS=" + told_ + "\n");
}

void ServiceNotifier::look_again() {
  const std::string beat = manager_.watchdog > 0ns ? "WATCHDOG=1\n" : "";
  const std::string lines = beat + (stopping_ ? std::string() : changed_status());
  if (!lines.empty()) send(lines);
  // Twice in the manager's time, as sd_watchdog_enabled(3) asks.
  const policies::Nanoseconds next =
      manager_.watchdog > 0ns ? std::clamp(manager_.watchdog / 2, look_least, look_interval)
                              : look_interval;
  timer_ = loop_.run_after(next, [this] { look_again(); });
}

std::string ServiceNotifier::changed_status() {
  std::string now = one_line(status_());
  if (now == told_) return {};
  told_ = std::move(now);
  return "STATUS=" + told_ + "\n";
}

void ServiceNotifier::send(std::string_view lines) {
  if (manager_.socket.empty()) return;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, manager_.socket.data(), manager_.socket.size());
  // An abstract name has no end but the address's own; it is written with '@' for its first byte.
  if (address.sun_path[0] == '@') address.sun_path[0] = '\0';
  const auto length =
      static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + manager_.socket.size());
  const ssize_t sent = ::sendto(socket_, lines.data(), lines.size(), MSG_NOSIGNAL,
                                reinterpret_cast<const sockaddr*>(&address), length);
  heard_ = heard_ && sent == static_cast<ssize_t>(lines.size());
}

}  // namespace roomkeeper::sidecar
