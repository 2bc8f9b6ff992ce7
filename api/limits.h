// Connection limits and bans: what `limit.show`, `limit.explain`, `ban.add`, `ban.ls` and `ban.rm`
// are asked and say.
//
// Plain values; texts may hold bytes of strangers. Times are RFC 3339 UTC on the wire. Thread: any.
#ifndef ROOMKEEPER_API_LIMITS_H_
#define ROOMKEEPER_API_LIMITS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "policies/time.h"

namespace roomkeeper::api {

/// How one user, room, server or the account stands.
struct LimitView {
  std::string limit{};          ///< policies::LimitKind's name
  std::string of{};             ///< user, room, server's name or id; empty for the account
  std::uint64_t used = 0;       ///< connections that count
  std::uint64_t admins = 0;     ///< of them, in places reserved for administrators
  std::optional<int> max{};     ///< absent: unlimited
  int reserved_for_admins = 0;  ///< on top of max
  std::string on_limit{};
  bool enforce_now = true;
  std::optional<int> headroom{};  ///< negative: so many too many
  std::string rule{};    ///< "account_connections", "users/bot-*", "template/lobby", "room/general"
  std::string origin{};  ///< where the maximum is written: "rk.yaml:12:5", "default"
};
struct LimitShowRequest {
  std::string limit{};           ///< only this kind; empty: all
  bool over = false;             ///< only those over their maximum
  bool all = false;              ///< also those that nothing limits
  std::uint64_t max_rows = 100;  ///< of each kind, those with the least headroom first; 1..1000
};
struct LimitShowReply {
  std::vector<LimitView> limits{};  ///< by kind, then least headroom first
  std::uint64_t left_out = 0;       ///< above max_rows
  bool enforced = false;
  std::string note{};  ///< why not
  std::vector<std::string> silent_servers{};
  std::uint64_t wildcard_listeners = 0;
  std::uint64_t delayed = 0;  ///< connections that have to go and are left for now
};

/// Exactly one of user, room, server, account.
struct LimitExplainRequest {
  std::string user{};
  std::string room{};
  std::string server{};  ///< name or id
  bool account = false;
};
struct LimitExplainReply {
  LimitView limit{};
  std::string exemption{};  ///< of a user: why no limit counts it; empty
  bool admin = false;       ///< of a user: may take reserved places
  bool banned = false;      ///< of a user
  std::string next{};       ///< one sentence: what happens to the next connection
  std::vector<std::string>
      counted{};                     ///< "server n1 cid 41 since ...", oldest first; the first 100
  std::vector<std::string> notes{};  ///< wildcard listeners, JetStream readers, lowered limits, ...
};

inline constexpr std::size_t ban_reason_max = 256;            ///< bytes
inline constexpr std::size_t bans_max = 10'000;               ///< users at the same time
inline constexpr std::int64_t ban_seconds_max = 315'360'000;  ///< ten years

struct BanAddRequest {
  std::string user{};         ///< NATS user name as in `connection ls`; 1..256 bytes
  std::uint64_t seconds = 0;  ///< 1..ban_seconds_max
  std::string reason{};
};
struct BanView {
  std::string user{};
  policies::WallTime since{};
  policies::WallTime until{};
  std::string by{};         ///< who says to have asked
  std::string reason{};     ///< a person's words
  std::uint64_t kicks = 0;  ///< connections ended by it since the daemon's start
};
struct BanAddReply {
  BanView ban{};
  std::uint64_t connections = 0;  ///< of the user at that time: these are ended now
};
struct BanListRequest {
  std::string user{};         ///< exact; empty: all
  std::uint64_t limit = 500;  ///< 1..1000
  std::uint64_t offset = 0;
};
struct BanListReply {
  std::vector<BanView> bans{};  ///< by user
  std::uint64_t total = 0;
};
struct BanRemoveRequest {
  std::string user{};
};

std::string encode(const LimitShowRequest& value);
std::string encode(const LimitShowReply& value);
std::string encode(const LimitExplainRequest& value);
std::string encode(const LimitExplainReply& value);
std::string encode(const BanAddRequest& value);
std::string encode(const BanAddReply& value);
std::string encode(const BanListRequest& value);
std::string encode(const BanListReply& value);
std::string encode(const BanRemoveRequest& value);
std::string encode(const BanView& value);

}  // namespace roomkeeper::api

#endif  // ROOMKEEPER_API_LIMITS_H_
