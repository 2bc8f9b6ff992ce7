#include "policies/ids.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "policies/base32.h"

namespace roomkeeper::policies {
namespace {

constexpr std::size_t id_length_max = 64;

// Not <cctype>: an id is ASCII whatever the locale says.
constexpr bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

constexpr bool is_user_char(char c) {
  return is_name_char(c) || c == '=';
}

/// The offending byte as a person can read it: itself when printable, else its code.
std::string shown(char c) {
  if (c > ' ' && c <= '~') return std::string("'") + c + "'";
  constexpr std::string_view digits = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(c);
  return std::string("0x") + digits[byte >> 4U] + digits[byte & 0xfU];
}

/// Checks length and bytes. Errors: invalid.
template <class Allowed>
Result<void> check(std::string_view text, std::string_view what, std::string_view shape,
                   Allowed allowed) {
  const std::string expected = std::string(what) + " is " + std::string(shape);
  if (text.empty()) return fail(ErrorCode::invalid, expected + "; it is empty");
  if (text.size() > id_length_max) {
    return fail(ErrorCode::invalid,
                expected + "; it has " + std::to_string(text.size()) + " bytes");
  }
  const auto* const bad = std::find_if_not(text.begin(), text.end(), allowed);
  if (bad == text.end()) return {};
  const auto position = static_cast<std::size_t>(bad - text.begin()) + 1;
  return fail(ErrorCode::invalid,
              expected + "; byte " + std::to_string(position) + " is " + shown(*bad));
}

}  // namespace

bool is_name_token(std::string_view text) {
  return !text.empty() && text.size() <= id_length_max &&
         std::all_of(text.begin(), text.end(), is_name_char);
}

Result<RoomId> RoomId::parse(std::string_view text) {
  if (is_name_token(text)) return RoomId(std::string(text));
  auto checked = check(text, "a room id", "1 to 64 of A-Z a-z 0-9 _ -", is_name_char);
  return pass(std::move(checked).error());
}

Result<UserId> UserId::parse(std::string_view text) {
  auto checked = check(text, "a user id", "1 to 64 of A-Z a-z 0-9 _ = -", is_user_char);
  if (!checked) return pass(std::move(checked).error());
  return UserId(std::string(text));
}

Result<UserId> UserId::from_nats_name(std::string_view name) {
  if (name.empty()) return fail(ErrorCode::invalid, "a user name is not empty");
  // '=' in front is ours: otherwise the name `=ME` and the encoded `a` would be one user.
  if (name.front() != '=' && name.size() <= id_length_max &&
      std::all_of(name.begin(), name.end(), is_user_char)) {
    return UserId(std::string(name));
  }
  constexpr std::size_t encodable_max = (id_length_max - 1) * 5 / 8;
  if (name.size() > encodable_max) {
    return fail(ErrorCode::limit,
                "a user name with other characters than A-Z a-z 0-9 _ = - has at "
                "most " +
                    std::to_string(encodable_max) + " bytes; this one has " +
                    std::to_string(name.size()));
  }
  return UserId("=" + encode_base32(name));
}

}  // namespace roomkeeper::policies
