#include "cli/user_name.h"

#include <cstdint>

#include "policies/ids.h"

namespace roomkeeper::cli {

std::string_view user_of_subject(std::string_view subject) {
  const std::size_t dot = subject.rfind('.');
  return dot == std::string_view::npos ? subject : subject.substr(dot + 1);
}

std::string user_name(std::string_view user_id) {
  if (user_id.size() < 2 || user_id[0] != '=') return std::string(user_id);
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string name;
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char c : user_id.substr(1)) {
    const std::size_t value = alphabet.find(c);
    if (value == std::string_view::npos) return std::string(user_id);
    bits = (bits << 5U) | static_cast<std::uint32_t>(value);
    count += 5;
    if (count < 8) continue;
    count -= 8;
    name += static_cast<char>((bits >> count) & 0xFFU);
    bits &= (1U << count) - 1;
  }
  // Only what really is encoded so: nobody may look like somebody else.
  const auto encoded = policies::UserId::from_nats_name(name);
  return encoded && encoded->text() == user_id ? name : std::string(user_id);
}

}  // namespace roomkeeper::cli
