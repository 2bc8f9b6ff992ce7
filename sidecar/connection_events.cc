#include "sidecar/connection_events.h"

#include <algorithm>
#include <utility>

#include "policies/limits.h"

namespace roomkeeper::sidecar {
namespace {

using api::ConnectionEvent;

/// At most text_max bytes, not within a character.
std::string shortened(std::string_view text) {
  if (text.size() <= ConnectionEvents::text_max) return std::string(text);
  std::size_t length = ConnectionEvents::text_max;
  const auto continues = [text](std::size_t at) {
    return (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U;
  };
  // A character has four bytes at most: what goes on for longer is none.
  for (int back = 0; back < 3 && continues(length); ++back) --length;
  return std::string(text.substr(0, length));
}

ConnectionEvent event_of(const ClientEvent& event, const char* what) {
  ConnectionEvent told;
  told.at = event.at;
  told.what = what;
  told.server_name = shortened(event.server_name);
  told.cid = event.key.cid;
  told.user = shortened(event.identity.user);
  told.host = shortened(event.host);
  told.kind = shortened(event.kind);
  told.name = shortened(event.name);
  told.reason = shortened(event.reason);
  return told;
}

}  // namespace

void ConnectionEvents::connected(const ClientEvent& event) {
  ConnectionEvent told = event_of(event, "connect");
  told.reason.clear();
  add(std::move(told));
}

void ConnectionEvents::disconnected(const ClientEvent& event) {
  add(event_of(event, "disconnect"));
}

void ConnectionEvents::kicked(const policies::Kick& kick, std::string_view server_name,
                              policies::WallTime at) {
  ConnectionEvent told;
  told.at = at;
  told.what = "kick";
  told.server_name = shortened(server_name);
  told.cid = kick.key.cid;
  told.user = shortened(kick.identity.user);
  // An administrator's kick is no limit's.
  if (kick.reason != policies::Reason::kicked_by_admin) told.limit = to_string(kick.limit);
  told.reason = to_string(kick.reason);
  add(std::move(told));
}

void ConnectionEvents::add(ConnectionEvent event) {
  event.number = ++last_;
  if (kept_.size() >= kept_max) kept_.pop_front();
  kept_.push_back(std::move(event));
}

api::ConnectionEventsReply ConnectionEvents::after(
    const api::ConnectionEventsRequest& request) const {
  api::ConnectionEventsReply reply;
  reply.next = last_;
  // A number that was never given is one of before a restart.
  if (!request.after || *request.after >= last_) return reply;
  const std::uint64_t first = kept_.front().number;
  const std::uint64_t wanted = *request.after + 1;
  if (wanted < first) reply.missed = first - wanted;
  const std::string user = shortened(request.user);
  const auto begin = static_cast<std::size_t>(std::max(wanted, first) - first);
  for (std::size_t i = begin; i < kept_.size(); ++i) {
    if (!user.empty() && kept_[i].user != user) continue;
    if (reply.events.size() >= request.limit) {
      reply.next = kept_[i].number - 1;
      break;
    }
    reply.events.push_back(kept_[i]);
  }
  return reply;
}

}  // namespace roomkeeper::sidecar
