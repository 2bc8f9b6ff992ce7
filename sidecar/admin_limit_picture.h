// One look at all connections, sorted by what counts them: what the verbs about connections and
// limits answer from. Thread: the loop's.
#ifndef ROOMKEEPER_SIDECAR_ADMIN_LIMIT_PICTURE_H_
#define ROOMKEEPER_SIDECAR_ADMIN_LIMIT_PICTURE_H_

#include <cstddef>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "api/connections.h"
#include "api/limits.h"
#include "policies/limit_groups.h"
#include "sidecar/admin_context.h"

namespace roomkeeper::sidecar {

/// Errors: no_system_account, not_ready.
api::ApiResult<ConnectionKeeper*> keeper_of(const AdminContext& context);

class LimitPicture {
 public:
  /// REQUIRES: `context.connections` is set. The context must outlive it.
  LimitPicture(const AdminContext& context, nats::ConnectionsSeen seen);
  LimitPicture(const LimitPicture&) = delete;
  LimitPicture& operator=(const LimitPicture&) = delete;

  const nats::ConnectionsSeen& seen() const { return seen_; }
  /// Each connection once, sorted by key.
  const std::vector<const policies::Connection*>& connections() const { return connections_; }
  /// Those with members, sorted by name, and all servers.
  const std::vector<policies::ConnectionGroup>& groups() const { return groups_; }
  /// Also of somebody who has no connection.
  policies::ConnectionGroup group(policies::LimitKind kind, const std::string& of) const;
  /// It is counted by a limit that has too many.
  bool is_over(const policies::Connection& connection) const;

  std::string server_name(const std::string& id) const;  ///< the id where it has none
  /// The id of one of those that answered, by name or id; empty for an empty text. Errors:
  /// bad_request, with the names that there are.
  api::ApiResult<std::string> find_server(std::string_view text) const;
  std::uint64_t wildcard_listeners() const;

  const policies::ConnectionLimits& limits() const { return limits_; }
  const policies::LimitSources& sources() const { return sources_; }
  const AdminContext& context() const { return context_; }

 private:
  const AdminContext& context_;
  const policies::ConnectionLimits& limits_;
  policies::LimitSources sources_;
  nats::ConnectionsSeen seen_;
  std::vector<const policies::Connection*> connections_;
  std::vector<policies::ConnectionGroup> groups_;
  std::set<const policies::Connection*> over_;
};

/// A look that may be `max_age` old, then `then`; an error is answered.
void look(AdminContext& context, const AdminReply& reply,
          const std::function<void(LimitPicture& picture)>& then,
          policies::Nanoseconds max_age = {});

/// As the servers last said it; the id where it has none.
std::string server_name_of(const AdminContext& context, const std::string& id);

/// How a limit stands, for the API. `server_name`: of a server's id.
api::LimitView view_of(const AdminContext& context, const policies::GroupUse& use,
                       const std::function<std::string(const std::string& id)>& server_name);
api::LimitView view_of(const LimitPicture& picture, const policies::GroupUse& use);

/// Some limit on connections is set, for whomever.
bool any_limit_set(const AdminContext& context);
/// Why the limits are not kept; empty when they are.
std::string not_enforced(const AdminContext& context);

/// What a text takes in JSON, at most: replies are kept below the server's max_payload by it.
std::size_t json_size(std::string_view text);
inline constexpr std::size_t reply_bytes_max = 600 * 1024;

/// A sentence of a person's: one line. Errors: bad_request.
api::ApiResult<void> check_sentence(std::string_view field, std::string_view text,
                                    std::size_t most);

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_ADMIN_LIMIT_PICTURE_H_
