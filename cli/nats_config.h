// Permissions as nats-server's configuration and as the tables of docs/security.md. Pure; thread:
// any.
#ifndef ROOMKEEPER_CLI_NATS_CONFIG_H_
#define ROOMKEEPER_CLI_NATS_CONFIG_H_

#include <string>
#include <string_view>
#include <vector>

#include "api/types.h"
#include "policies/permissions.h"

namespace roomkeeper::cli {

/// The verbs of the admin API that change nothing.
std::vector<std::string> reading_verbs();
/// With reading_verbs(); `user` as it is.
policies::Grantee grantee_of(policies::Role role, std::string user,
                             std::vector<policies::GrantedRoom> rooms = {});
/// `NAME:ROOM[,ROOM...]`, a pooled room as `POOL/ROOM`. Errors: bad_request.
api::ApiResult<policies::Grantee> parse_chat_user(std::string_view text);

/// `{ user: ..., password: $NATS_PASSWORD_..., permissions: {...} }`, each line indented by
/// `indent`. No secret.
std::string nats_user(const policies::Grantee& grantee, const policies::PermissionNames& names,
                      std::size_t indent);
/// `accounts { ... }` and `system_account`, with every role and these chat users.
std::string nats_accounts(const std::vector<policies::Grantee>& chat_users,
                          const policies::PermissionNames& names);
/// A table of Markdown.
std::string permissions_markdown(const policies::Grantee& grantee,
                                 const policies::PermissionNames& names);

}  // namespace roomkeeper::cli

#endif  // ROOMKEEPER_CLI_NATS_CONFIG_H_
