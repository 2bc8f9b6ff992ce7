// Verb limit.show.
#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <utility>

#include "api/codec.h"
#include "api/limits.h"
#include "sidecar/admin_limit_picture.h"

namespace roomkeeper::sidecar {
namespace {

using api::ApiCode;
using policies::ConnectionGroup;
using policies::GroupUse;
using policies::LimitKind;

/// Those with the least room left come first, unlimited ones last and the fullest of them in front.
auto order(const GroupUse& use) {
  const std::optional<int> headroom = use.headroom();
  return std::tuple(use.name.kind, headroom.value_or(std::numeric_limits<int>::max()), -use.used,
                    use.name.of);
}

bool is_shown(const GroupUse& use, const api::LimitShowRequest& wanted,
              std::optional<LimitKind> kind) {
  if (use.name.kind == LimitKind::ban) return false;  // ban.ls
  if (kind && use.name.kind != *kind) return false;
  const std::optional<int> headroom = use.headroom();
  if (wanted.over) return headroom && *headroom < 0;
  return wanted.all || headroom.has_value();
}

std::size_t size_of(const api::LimitView& view) {
  constexpr std::size_t names = 260;
  return names + json_size(view.of) + json_size(view.rule) + json_size(view.origin);
}

api::LimitShowReply show(const LimitPicture& picture, const api::LimitShowRequest& wanted,
                         std::optional<LimitKind> kind) {
  const AdminContext& context = picture.context();
  std::vector<GroupUse> uses;
  for (const ConnectionGroup& group : picture.groups()) {
    GroupUse use = policies::use_of(group, picture.limits());
    if (is_shown(use, wanted, kind)) uses.push_back(std::move(use));
  }
  std::sort(uses.begin(), uses.end(),
            [](const GroupUse& a, const GroupUse& b) { return order(a) < order(b); });
  api::LimitShowReply reply;
  reply.note = not_enforced(context);
  reply.enforced = reply.note.empty();
  for (const std::string& server : picture.seen().silent)
    reply.silent_servers.push_back(picture.server_name(server));
  reply.wildcard_listeners = picture.wildcard_listeners();
  reply.delayed = static_cast<std::uint64_t>(std::max(context.connections->last_plan().delayed, 0));
  std::array<std::uint64_t, policies::limit_kind_count> rows{};
  std::size_t bytes = 0;
  for (const GroupUse& use : uses) {
    std::uint64_t& of_kind = rows[static_cast<std::size_t>(use.name.kind)];
    if (of_kind >= wanted.max_rows || bytes >= reply_bytes_max) {
      ++reply.left_out;
      continue;
    }
    ++of_kind;
    reply.limits.push_back(view_of(picture, use));
    bytes += size_of(reply.limits.back());
  }
  return reply;
}

}  // namespace

void admin_limit_show(AdminContext& context, const AdminRequest& request, const AdminReply& reply) {
  const auto wanted = api::decode<api::LimitShowRequest>(request.body);
  if (!wanted) return reply(tl::unexpected(wanted.error()));
  std::optional<LimitKind> kind;
  if (!wanted->limit.empty()) {
    kind = policies::parse_limit_kind(wanted->limit);
    if (!kind || *kind == LimitKind::ban) {
      return reply(refuse(ApiCode::bad_request,
                          "limit: connections_per_user, room_connections, account_connections or "
                          "server_connections expected"));
    }
  }
  look(context, reply, [wanted = *wanted, kind, reply](const LimitPicture& picture) {
    reply(api::encode(show(picture, wanted, kind)));
  });
}

}  // namespace roomkeeper::sidecar
