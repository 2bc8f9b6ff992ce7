#include "sidecar/notice.h"

#include <nlohmann/json.hpp>

namespace roomkeeper::sidecar {
namespace {

const char* code_of(const policies::Kick& kick) {
  if (kick.reason == policies::Reason::kicked_by_admin) return "kicked";
  return kick.limit == policies::LimitKind::ban ? "banned" : "connection_limit";
}

}  // namespace

std::string encode_notice(const policies::Kick& kick, const std::string& note) {
  nlohmann::json notice{
      {"code", code_of(kick)},
      {"reason", std::string(to_string(kick.reason))},
      {"server_id", kick.key.server_id},
      {"cid", kick.key.cid},
      {"retry_after", std::chrono::duration_cast<std::chrono::seconds>(kick.retry_after).count()},
  };
  if (notice["code"] == "connection_limit") {
    notice["limit"] = std::string(to_string(kick.limit));
    notice["of"] = kick.of;
    notice["max"] = kick.max;
    notice["used"] = kick.used;
  }
  if (!note.empty()) notice["text"] = note;
  return notice.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace roomkeeper::sidecar
