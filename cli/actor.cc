#include "cli/actor.h"

#include <array>

#include <pwd.h>
#include <unistd.h>

namespace roomkeeper::cli {
namespace {

constexpr std::size_t longest = 128;
constexpr std::size_t longest_part = 60;

std::string printable(std::string_view text) {
  std::string out(text.substr(0, longest_part));
  for (char& c : out) {
    if (c <= ' ' || c >= 0x7F) c = '?';
  }
  return out;
}

std::string login_name() {
  std::array<char, 4096> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  const uid_t user = ::geteuid();
  if (::getpwuid_r(user, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr)
    return found->pw_name;
  return "uid" + std::to_string(user);
}

std::string host_name() {
  std::array<char, 256> buffer{};
  if (::gethostname(buffer.data(), buffer.size() - 1) != 0) return {};
  return buffer.data();
}

}  // namespace

std::string actor_text(std::string_view login, std::string_view host, std::string_view nats_user) {
  std::string text = printable(login);
  if (!host.empty()) text += "@" + printable(host);
  if (!nats_user.empty()) text += (text.empty() ? "nats:" : " nats:") + printable(nats_user);
  return text.substr(0, longest);
}

std::string own_actor(const Settings& settings) {
  return actor_text(login_name(), host_name(), connection_user(settings));
}

}  // namespace roomkeeper::cli
