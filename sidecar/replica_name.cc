#include "sidecar/replica_name.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>

#include <sys/random.h>
#include <unistd.h>

namespace roomkeeper::sidecar {
namespace {

/// Of policies::is_name_token.
constexpr std::size_t name_max = 64;

bool is_of_token(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

}  // namespace

std::string replica_name(const config::Config& config) {
  if (!config.replica.name.empty()) return config.replica.name;
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) return "unnamed";
  std::string name = std::string(host.data()).substr(0, name_max);
  std::replace_if(name.begin(), name.end(), [](char c) { return !is_of_token(c); }, '-');
  return name.empty() ? "unnamed" : name;
}

std::string process_name() {
  static std::uint32_t earlier = 0;  // where several daemons run in one process: in tests
  std::uint64_t random = 0;
  // Without the kernel's randomness the process's number and the count have to do.
  if (::getrandom(&random, sizeof random, GRND_NONBLOCK) != sizeof random) random = 0;
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%016llx-%lld-%u",
                static_cast<unsigned long long>(random), static_cast<long long>(::getpid()),
                ++earlier);
  return text.data();
}

}  // namespace roomkeeper::sidecar
