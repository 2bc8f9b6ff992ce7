// Verbs ban.add, ban.ls and ban.rm.
#include <algorithm>
#include <utility>

#include "api/codec.h"
#include "api/limits.h"
#include "sidecar/admin_limit_picture.h"
#include "sidecar/ban_record.h"

namespace roomkeeper::sidecar {
namespace {

using api::ApiCode;
using api::ApiError;
using api::ApiResult;
using policies::Connection;
using policies::Identity;
using policies::Result;

ApiResult<void> check_user(const std::string& user) {
  if (!user.empty() && user.size() <= ban_user_max) return {};
  return refuse(ApiCode::bad_request, "user: a name of 1 to 256 bytes expected");
}

/// Whoever keeps the house is not locked out by one line, and a ban that would end nobody's
/// connections is none.
ApiResult<void> may_ban(const LimitPicture& picture, const Identity& identity) {
  // Log and audit write `ACCOUNT/user`: copied from there it would ban nobody.
  const std::string account = identity.account + "/";
  if (identity.user.starts_with(account)) {
    return refuse(ApiCode::bad_request, "user: the name without its account is expected: " +
                                            identity.user.substr(account.size()));
  }
  const policies::ConnectionLimits& limits = picture.limits();
  const bool own =
      std::any_of(picture.connections().begin(), picture.connections().end(),
                  [&](const Connection* one) { return one->own && one->identity == identity; });
  if (own) return refuse(ApiCode::unsafe, "'" + identity.user + "' is Roomkeeper's own user");
  if (limits.admins.contains(identity)) {
    return refuse(ApiCode::unsafe,
                  "'" + identity.user + "' is an administrator: see limits.admin_users");
  }
  if (limits.exempt.contains(identity)) {
    return refuse(ApiCode::unsafe, "'" + identity.user +
                                       "' is exempt from all limits, bans among them: see "
                                       "limits.exempt_users");
  }
  if (limits.shared_users.contains(identity)) {
    return refuse(ApiCode::unsafe, "'" + identity.user +
                                       "' is shared by many people, so nobody of them can be "
                                       "banned by it: see limits.shared_users");
  }
  Connection probe;
  probe.identity = identity;
  if (policies::exemption(probe, limits) == policies::Exemption::no_identity)
    return refuse(ApiCode::unsafe, "'" + identity.user + "' stands for all who have no name");
  return {};
}

ApiError error_of(const policies::Error& error, const std::string& user) {
  if (error.code == policies::ErrorCode::not_found)
    return {ApiCode::ban_not_found, "'" + user + "' is not banned", {}};
  return to_api_error(error);
}

}  // namespace

void admin_ban_add(AdminContext& context, const AdminRequest& request, const AdminReply& reply) {
  const auto wanted = api::decode<api::BanAddRequest>(request.body);
  if (!wanted) return reply(tl::unexpected(wanted.error()));
  if (const auto fine = check_user(wanted->user); !fine) return reply(tl::unexpected(fine.error()));
  if (const auto fine = check_sentence("reason", wanted->reason, api::ban_reason_max); !fine)
    return reply(tl::unexpected(fine.error()));
  look(
      context, reply,
      [&context, wanted = *wanted, actor = request.actor, reply](const LimitPicture& picture) {
        const Identity identity{context.connections->account(), wanted.user};
        if (const auto may = may_ban(picture, identity); !may)
          return reply(tl::unexpected(may.error()));
        const auto connections =
            std::count_if(picture.connections().begin(), picture.connections().end(),
                          [&](const Connection* one) { return one->identity == identity; });
        context.bans.add(
            wanted, actor, [user = wanted.user, connections, reply](Result<api::BanView> ban) {
              if (!ban) return reply(tl::unexpected(error_of(ban.error(), user)));
              reply(api::encode(api::BanAddReply{
                  .ban = *std::move(ban), .connections = static_cast<std::uint64_t>(connections)}));
            });
      });
}

void admin_ban_ls(AdminContext& context, const AdminRequest& request, const AdminReply& reply) {
  const auto wanted = api::decode<api::BanListRequest>(request.body);
  if (!wanted) return reply(tl::unexpected(wanted.error()));
  if (const auto keeper = keeper_of(context); !keeper) return reply(tl::unexpected(keeper.error()));
  api::BanListReply list;
  std::size_t bytes = 0;
  for (api::BanView& ban : context.bans.all()) {
    if (!wanted->user.empty() && ban.user != wanted->user) continue;
    ++list.total;
    const bool full = list.bans.size() >= wanted->limit || bytes >= reply_bytes_max;
    if (list.total <= wanted->offset || full) continue;
    bytes += 200 + json_size(ban.user) + json_size(ban.by) + json_size(ban.reason);
    list.bans.push_back(std::move(ban));
  }
  reply(api::encode(list));
}

void admin_ban_rm(AdminContext& context, const AdminRequest& request, const AdminReply& reply) {
  const auto wanted = api::decode<api::BanRemoveRequest>(request.body);
  if (!wanted) return reply(tl::unexpected(wanted.error()));
  if (const auto fine = check_user(wanted->user); !fine) return reply(tl::unexpected(fine.error()));
  if (const auto keeper = keeper_of(context); !keeper) return reply(tl::unexpected(keeper.error()));
  context.bans.remove(wanted->user, request.actor,
                      [user = wanted->user, reply](const Result<api::BanView>& ban) {
                        if (!ban) return reply(tl::unexpected(error_of(ban.error(), user)));
                        reply(api::encode(*ban));
                      });
}

}  // namespace roomkeeper::sidecar
