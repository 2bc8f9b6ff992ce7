#include "sidecar/nats/user_info.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "sidecar/nats/json_reply.h"

namespace roomkeeper::sidecar::nats {

using policies::ErrorCode;
using policies::fail;
using policies::pass;
using policies::Result;

namespace {

Result<UserInfo> read_user_info(std::string_view text) {
  const Result<nlohmann::json> reply = parse_reply(text);
  if (!reply) return pass(reply.error());
  const nlohmann::json* data = read_child(*reply, "data");
  const auto account = data == nullptr ? std::nullopt : read_string(*data, "account");
  if (!account) return fail(ErrorCode::internal, "$SYS.REQ.USER.INFO: no account in the reply");
  return UserInfo{.user = read_string(*data, "user").value_or(""), .account = *account};
}

}  // namespace

void ask_user_info(MessageBus& bus, policies::Nanoseconds timeout,
                   std::function<void(Result<UserInfo>)> done) {
  bus.request("$SYS.REQ.USER.INFO", "", {}, timeout,
              [done = std::move(done)](Result<Message> reply) {
                if (!reply) {
                  done(pass(std::move(reply).error()));
                  return;
                }
                done(read_user_info(reply->data));
              });
}

}  // namespace roomkeeper::sidecar::nats
