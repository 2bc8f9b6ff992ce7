#include "config/url.h"

#include <algorithm>
#include <optional>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "config/units.h"

namespace roomkeeper::config {
namespace {

using policies::ErrorCode;
using policies::fail;
using policies::Result;

constexpr int highest_port = 65535;

struct HostAndPort {
  std::string_view host;
  std::optional<std::string_view> port;
};

/// Splits at the last colon outside brackets.
std::optional<HostAndPort> split(std::string_view text) {
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view rest = text.substr(end + 1);
    if (rest.empty()) return HostAndPort{text.substr(1, end - 1), std::nullopt};
    if (!rest.starts_with(':')) return std::nullopt;
    return HostAndPort{text.substr(1, end - 1), rest.substr(1)};
  }
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return HostAndPort{text, std::nullopt};
  if (text.find(':', colon + 1) != std::string_view::npos) return std::nullopt;
  return HostAndPort{text.substr(0, colon), text.substr(colon + 1)};
}

bool is_numeric_host(const std::string& host, bool brackets) {
  in6_addr address{};
  return inet_pton(brackets ? AF_INET6 : AF_INET, host.c_str(), &address) == 1;
}

bool is_host_character(char c) {
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return letter || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}

}  // namespace

Result<void> check_nats_url(std::string_view text) {
  std::string_view rest = text;
  if (const std::size_t scheme = rest.find("://"); scheme != std::string_view::npos) {
    const std::string_view name = rest.substr(0, scheme);
    if (name != "nats" && name != "tls") {
      return fail(ErrorCode::invalid, "expected nats:// or tls://, not " + quote(name));
    }
    rest.remove_prefix(scheme + 3);
  }
  if (rest.find('@') != std::string_view::npos) {
    // Not quoted: what stands before the @ may be a password.
    return fail(ErrorCode::invalid,
                "expected no credentials in a URL; use nats.user, nats.creds or the like");
  }
  const auto parts = split(rest);
  bool good = parts.has_value() && !parts->host.empty() && parts->host.size() <= 253;
  if (good && rest.starts_with('[')) {
    good = is_numeric_host(std::string(parts->host), true);
  } else if (good) {
    good = std::all_of(parts->host.begin(), parts->host.end(), is_host_character);
  }
  good = good && (!parts->port || parse_integer(*parts->port, 1, highest_port).has_value());
  if (good) return {};
  return fail(ErrorCode::invalid,
              "expected a server such as nats://127.0.0.1:4222, not " + quote(text));
}

Result<ListenAddress> parse_listen(std::string_view text) {
  if (text.empty()) return ListenAddress{};
  const auto parts = split(text);
  if (parts && parts->port) {
    const auto port = parse_integer(*parts->port, 0, highest_port);
    std::string host(parts->host);
    if (port && is_numeric_host(host, text.starts_with('['))) {
      return ListenAddress{std::move(host), static_cast<int>(*port)};
    }
  }
  return fail(ErrorCode::invalid,
              "expected a numeric address and a port such as 127.0.0.1:7780 or [::]:7780, or "
              "nothing for off, not " +
                  quote(text));
}

std::string format_listen(std::string_view host, int port) {
  if (port < 0) return {};
  const bool brackets = host.find(':') != std::string_view::npos;
  return (brackets ? "[" : "") + std::string(host) + (brackets ? "]:" : ":") + std::to_string(port);
}

}  // namespace roomkeeper::config
