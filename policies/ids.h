// Ids: parsed once at the edge, trusted inside.
#ifndef ROOMKEEPER_POLICIES_IDS_H_
#define ROOMKEEPER_POLICIES_IDS_H_

#include <compare>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "policies/result.h"

namespace roomkeeper::policies {

/// A room's id: one subject token, `[A-Za-z0-9_-]{1,64}`.
class RoomId {
 public:
  /// Errors: invalid, with what was expected and the first offending byte's position.
  static Result<RoomId> parse(std::string_view text);
  const std::string& text() const { return text_; }
  auto operator<=>(const RoomId&) const = default;

 private:
  explicit RoomId(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

/// A user's id: one subject token, `[A-Za-z0-9_=-]{1,64}`.
class UserId {
 public:
  static Result<UserId> parse(std::string_view text);
  /// Any NATS user name: itself where it is a valid id that does not begin with '=', else '=' and
  /// the unpadded base32 (RFC 4648) of its bytes. Errors: limit, when that is longer than 64.
  static Result<UserId> from_nats_name(std::string_view name);
  const std::string& text() const { return text_; }
  auto operator<=>(const UserId&) const = default;

 private:
  explicit UserId(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

/// True for `[A-Za-z0-9_-]{1,64}`: room ids, template and instance names share the shape.
bool is_name_token(std::string_view text);

}  // namespace roomkeeper::policies

template <>
struct std::hash<roomkeeper::policies::RoomId> {
  std::size_t operator()(const roomkeeper::policies::RoomId& id) const noexcept {
    return std::hash<std::string>{}(id.text());
  }
};

#endif  // ROOMKEEPER_POLICIES_IDS_H_
