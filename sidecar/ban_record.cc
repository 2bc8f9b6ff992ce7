#include "sidecar/ban_record.h"

#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "api/audit.h"
#include "policies/base32.h"
#include "policies/rfc3339.h"

namespace roomkeeper::sidecar {
namespace {

using nlohmann::json;
using policies::ErrorCode;
using policies::fail;
using policies::Result;
using policies::WallTime;

/// Broken UTF-8 becomes longer when it is replaced: three bytes for one.
constexpr std::size_t replaced_max = 3;

/// As it comes out of JSON: broken UTF-8 replaced.
std::string written(std::string_view text) {
  const json value = json::parse(
      json(std::string(text)).dump(-1, ' ', false, json::error_handler_t::replace), nullptr, false);
  const auto* found = value.get_ptr<const json::string_t*>();
  return found == nullptr ? std::string() : *found;
}

std::optional<std::string> record_text(const json& record, const char* name, std::size_t max) {
  const auto found = record.find(name);
  if (found == record.end()) return std::nullopt;
  const auto* text = found->get_ptr<const json::string_t*>();
  if (text == nullptr || text->size() > max) return std::nullopt;
  return *text;
}

std::optional<WallTime> time_of(const json& record, const char* name) {
  constexpr std::size_t time_max = 64;
  const auto text = record_text(record, name, time_max);
  if (!text) return std::nullopt;
  const Result<WallTime> time = policies::parse_rfc3339(*text);
  if (!time) return std::nullopt;
  return *time;
}

Result<std::string> user_of_key(std::string_view key) {
  if (!key.starts_with(ban_prefix)) return fail(ErrorCode::invalid, "no key of a ban");
  auto user = policies::decode_base32(key.substr(ban_prefix.size()));
  if (user && (user->empty() || user->size() > ban_user_max))
    return fail(ErrorCode::invalid, "key: a user name has 1 to 256 bytes");
  return user;
}

/// Without overflow: times may lie centuries apart.
bool lasts_too_long(WallTime since, WallTime until) {
  using std::chrono::floor;
  using std::chrono::seconds;
  return floor<seconds>(until).time_since_epoch() - floor<seconds>(since).time_since_epoch() >
         seconds(api::ban_seconds_max);
}

}  // namespace

std::string ban_key(std::string_view user) {
  return std::string(ban_prefix) + policies::encode_base32(user);
}

std::string encode_ban(const api::BanView& ban) {
  const json record{{"user", ban.user},
                    {"since", policies::format_rfc3339(ban.since)},
                    {"until", policies::format_rfc3339(ban.until)},
                    {"by", ban.by},
                    {"reason", ban.reason}};
  return record.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<api::BanView> decode_ban(std::string_view key, std::string_view value) {
  api::BanView ban;
  auto user = user_of_key(key);
  if (!user) return policies::pass(std::move(user).error());
  ban.user = *std::move(user);
  const json record = json::parse(value, nullptr, false);
  if (!record.is_object()) return fail(ErrorCode::invalid, "not a JSON object");
  const auto name = record_text(record, "user", ban_user_max * replaced_max);
  if (!name || *name != written(ban.user))
    return fail(ErrorCode::invalid, "user: expected the name that the key stands for");
  const auto since = time_of(record, "since");
  const auto until = time_of(record, "until");
  if (!since || !until) return fail(ErrorCode::invalid, "since, until: expected RFC 3339 times");
  if (*until <= *since || lasts_too_long(*since, *until))
    return fail(ErrorCode::invalid, "until: expected up to ten years after since");
  auto by = record_text(record, "by", api::actor_max * replaced_max);
  auto reason = record_text(record, "reason", api::ban_reason_max * replaced_max);
  if (!by || !reason) return fail(ErrorCode::invalid, "by, reason: expected short texts");
  ban.since = *since;
  ban.until = *until;
  ban.by = *std::move(by);
  ban.reason = *std::move(reason);
  return ban;
}

}  // namespace roomkeeper::sidecar
