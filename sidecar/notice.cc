#include "sidecar/notice.h"

#include <nlohmann/json.hpp>

namespace roomkeeper::sidecar {

std::string encode_notice(const policies::Kick& kick) {
  const bool by_admin = kick.reason == policies::Reason::kicked_by_admin;
  nlohmann::json notice{
      {"code", by_admin ? "kicked" : "connection_limit"},
      {"reason", std::string(to_string(kick.reason))},
      {"server_id", kick.key.server_id},
      {"cid", kick.key.cid},
      {"retry_after", std::chrono::duration_cast<std::chrono::seconds>(kick.retry_after).count()},
  };
  if (!by_admin) {
    notice["limit"] = "connections_per_user";
    notice["max"] = kick.max;
    notice["used"] = kick.used;
  }
  return notice.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace roomkeeper::sidecar
