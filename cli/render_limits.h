// Connection limits and bans as text for people. Pure: `now` is an argument; texts of strangers are
// made safe. `width`: columns of the terminal, 0 for no limit. Thread: any.
#ifndef ROOMKEEPER_CLI_RENDER_LIMITS_H_
#define ROOMKEEPER_CLI_RENDER_LIMITS_H_

#include <string>

#include "api/limits.h"
#include "policies/time.h"

namespace roomkeeper::cli {

std::string render_limits(const api::LimitShowReply& limits, int width);
std::string render_limit(const api::LimitExplainReply& limit, int width);

std::string render_ban_added(const api::BanAddReply& added);
std::string render_bans(const api::BanListReply& bans, policies::WallTime now, int width);
std::string render_ban_ended(const api::BanView& ban);

}  // namespace roomkeeper::cli

#endif  // ROOMKEEPER_CLI_RENDER_LIMITS_H_
