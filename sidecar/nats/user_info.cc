#include "sidecar/nats/user_info.h"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "sidecar/nats/json_reply.h"
#include "sidecar/nats/server_json.h"

namespace roomkeeper::sidecar::nats {

using policies::ErrorCode;
using policies::fail;
using policies::pass;
using policies::Result;

namespace {

constexpr const char* subject = "$SYS.REQ.USER.INFO";
/// Our server, and so many behind leaf nodes.
constexpr std::size_t answers_max = 1024;

/// A leaf node's server answers, too, and names the account as it is called there.
bool is_of(const MessageBus& bus, const Message& reply) {
  const std::string id = parse_server_id(reply.data);
  return id.empty() || id == bus.server().id;
}

Result<UserInfo> read_user_info(std::string_view text) {
  const Result<nlohmann::json> reply = parse_reply(text);
  if (!reply) return pass(reply.error());
  const nlohmann::json* data = read_child(*reply, "data");
  const auto account = data == nullptr ? std::nullopt : read_string(*data, "account");
  if (!account) return fail(ErrorCode::internal, "$SYS.REQ.USER.INFO: no account in the reply");
  return UserInfo{.user = read_string(*data, "user").value_or(""), .account = *account};
}

/// Somebody else was faster: waits for all who answer.
void ask_all(MessageBus& bus, policies::Nanoseconds timeout,
             const std::function<void(Result<UserInfo>)>& done) {
  bus.collect(subject, "", timeout, answers_max, [&bus, done](const std::vector<Message>& replies) {
    const auto own = std::find_if(replies.begin(), replies.end(),
                                  [&](const Message& one) { return is_of(bus, one); });
    if (own != replies.end()) return done(read_user_info(own->data));
    done(fail(ErrorCode::timeout, "our server does not say who we are"));
  });
}

}  // namespace

void ask_user_info(MessageBus& bus, policies::Nanoseconds timeout,
                   std::function<void(Result<UserInfo>)> done) {
  bus.request(subject, "", {}, timeout,
              [&bus, timeout, done = std::move(done)](Result<Message> reply) {
                if (!reply) return done(pass(std::move(reply).error()));
                if (is_of(bus, *reply)) return done(read_user_info(reply->data));
                ask_all(bus, timeout, done);
              });
}

}  // namespace roomkeeper::sidecar::nats
