// What a user of nats-server may do, compared with what its role needs. Pure; thread: any.
#ifndef ROOMKEEPER_CLI_PERMISSION_CHECK_H_
#define ROOMKEEPER_CLI_PERMISSION_CHECK_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/types.h"
#include "policies/permissions.h"
#include "policies/result.h"

namespace roomkeeper::cli {

/// Who is compared: `admin`, `reader`, `daemon`, `system`, with a name as in `chat:bob`; rooms as
/// in `chat:bob:general,lobby/hall`. Errors: bad_request.
api::ApiResult<policies::Grantee> parse_as(std::string_view text);

/// What the server says of one user.
struct GrantedSubjects {
  bool restricted = false;  ///< false: everything is allowed but what is denied
  std::vector<std::string> allow;
  std::vector<std::string> deny;
};
struct Granted {
  std::string user;
  std::string account;
  GrantedSubjects publish;
  GrantedSubjects subscribe;
  bool responds = false;  ///< allow_responses
};
/// The reply to `$SYS.REQ.USER.INFO`. Errors: internal (it is none).
policies::Result<Granted> parse_granted(std::string_view json);

struct PermissionFinding {
  bool missing = false;  ///< false: it is more than the role needs
  policies::Direction direction{};
  std::string subject;
  std::string text;  ///< why it is needed, or what can be done with it
};
/// Missing ones first.
std::vector<PermissionFinding> compare(const Granted& granted, const policies::Grantee& grantee,
                                       const policies::PermissionNames& names);

/// Of a user who may not ask the server: one harmless try for each line of the role, and for what
/// nobody but the daemon may do.
struct PermissionProbe {
  policies::Direction direction{};
  std::string subject;  ///< of a subscription perhaps with wildcards
  bool wanted = false;
  std::string text;
};
std::vector<PermissionProbe> probes(const policies::Grantee& grantee,
                                    const policies::PermissionNames& names);
/// `refusals`: nats-server's words, in any order.
std::vector<PermissionFinding> judge(const std::vector<PermissionProbe>& tried,
                                     const std::vector<std::string>& refusals);

/// What somebody can do with a subject that the role does not need.
std::string danger_of(policies::Direction direction, const std::string& subject,
                      const policies::Names& names);

}  // namespace roomkeeper::cli

#endif  // ROOMKEEPER_CLI_PERMISSION_CHECK_H_
