#include "sidecar/nats/account_json.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "sidecar/nats/json_reply.h"

namespace roomkeeper::sidecar::nats {
namespace {

using nlohmann::json;

policies::TierLimits limits_of(const json& object) {
  policies::TierLimits limits;
  if (const json* found = read_child(object, "limits")) {
    limits.max_streams = read_int(*found, "max_streams").value_or(-1);
    limits.max_storage = read_int(*found, "max_storage").value_or(-1);
    limits.max_memory = read_int(*found, "max_memory").value_or(-1);
  }
  return limits;
}

/// An account has either limits for all its streams or some for each number of replicas ("R1",
/// "R3").
std::vector<policies::TierLimits> account_limits(const json& account) {
  std::vector<policies::TierLimits> all;
  const json* tiers = read_child(account, "tiers");
  if (tiers == nullptr || !tiers->is_object() || tiers->empty()) {
    if (read_child(account, "limits") != nullptr) all.push_back(limits_of(account));
    return all;
  }
  for (const auto& [name, tier] : tiers->items()) {
    if (all.size() >= AccountInfo::tiers_max || name.size() < 2 || name.size() > 4 ||
        name.front() != 'R' || !tier.is_object())
      continue;
    all.push_back(limits_of(tier));
    all.back().tier = name;
  }
  return all;
}

}  // namespace

policies::Result<AccountInfo> parse_account_info(std::string_view text) {
  auto reply = parse_reply(text);
  if (!reply) return policies::pass(std::move(reply).error());
  AccountInfo info;
  info.streams = read_uint(*reply, "streams").value_or(0);
  info.memory_used = read_uint(*reply, "memory").value_or(0);
  info.storage_used = read_uint(*reply, "storage").value_or(0);
  if (const json* limits = read_child(*reply, "limits")) {
    info.max_streams = read_int(*limits, "max_streams").value_or(-1);
    info.memory_limit = read_int(*limits, "max_memory").value_or(-1);
    info.storage_limit = read_int(*limits, "max_storage").value_or(-1);
  }
  info.domain = read_string(*reply, "domain").value_or("");
  info.limits = account_limits(*reply);
  if (const json* api = read_child(*reply, "api")) {
    const auto level = read_int(*api, "level").value_or(0);
    info.api_level = level >= 0 && level < 1'000'000 ? static_cast<int>(level) : 0;
  }
  return info;
}

}  // namespace roomkeeper::sidecar::nats
