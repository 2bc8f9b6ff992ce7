// Who needs which subjects of nats-server: the one table behind docs/security.md, `roomctl
// nats-config`, `roomctl doctor --as`, examples/nats-server.conf and the tests that take each line
// away.
//
// With an allow list everything else is denied. Pure; thread: any.
#ifndef ROOMKEEPER_POLICIES_PERMISSIONS_H_
#define ROOMKEEPER_POLICIES_PERMISSIONS_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policies/subjects.h"
#include "policies/time.h"

namespace roomkeeper::policies {

enum class Role : std::uint8_t {
  daemon,         ///< Roomkeeper in the account of the rooms
  daemon_system,  ///< Roomkeeper in the system account
  admin,          ///< a person with `roomctl`
  reader,         ///< a person with `roomctl` who changes nothing
  chat_user,
};
inline constexpr std::array<Role, 5> roles{Role::daemon, Role::admin, Role::reader, Role::chat_user,
                                           Role::daemon_system};
std::string_view to_string(Role role);  ///< "daemon", "system", "admin", "reader", "chat"
std::optional<Role> parse_role(std::string_view text);

enum class Direction : std::uint8_t { publish, subscribe };
std::string_view to_string(Direction direction);

/// One line: a subject, perhaps with wildcards, and why the role needs it.
struct Permission {
  Direction direction{};
  std::string subject;
  std::string why;  ///< one sentence without its full stop
};

/// A room as a chat user is granted it; an empty `pool` is a dedicated room.
struct GrantedRoom {
  std::string room;
  std::string pool;
};

/// For whom. `verbs`: of the admin API, those that change nothing; only the reader's lines need
/// them.
struct Grantee {
  Role role = Role::daemon;
  std::string user;                ///< of a person: their login; empty for the daemon's
  std::vector<GrantedRoom> rooms;  ///< of a chat user
  std::vector<std::string> verbs;
};

/// What the names on the wire are made from.
struct PermissionNames {
  Names names;
  std::string js_domain;  ///< empty: none
};

/// In the order of the documents: publish first.
std::vector<Permission> permissions(const Grantee& grantee, const PermissionNames& names);

/// The right to publish to the reply subject of a message that was received, and to no other one.
struct Responses {
  int max = 1;            ///< answers to one request
  Nanoseconds expires{};  ///< after the request
};
/// Empty: the role answers nobody.
std::optional<Responses> responses_of(Role role);

/// The prefix of the inbox of a person, without a dot at its end: `_INBOX_alice`.
std::string inbox_prefix_of(std::string_view user);

}  // namespace roomkeeper::policies

#endif  // ROOMKEEPER_POLICIES_PERMISSIONS_H_
