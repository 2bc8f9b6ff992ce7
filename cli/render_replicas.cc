#include "cli/render_replicas.h"

#include <algorithm>

#include "cli/format.h"
#include "cli/safe_text.h"
#include "cli/table.h"

namespace roomkeeper::cli {

std::string render_replicas(const api::StatusReply& status, policies::WallTime now, int width) {
  Table table({{.header = "REPLICA"},
               {.header = "LEADS"},
               {.header = "VERSION"},
               {.header = "CONFIGURATION"},
               {.header = "STARTED"},
               {.header = "NOTE"}});
  for (const api::ReplicaStatus& replica : status.replicas) {
    table.add({safe_text(replica.name), replica.leader ? "yes" : "no", safe_text(replica.version),
               safe_text(replica.configuration), format_ago(replica.started, now),
               safe_text(replica.note)});
  }
  return table.render(width);
}

std::string leader_of(const api::StatusReply& status) {
  const auto found = std::find_if(status.replicas.begin(), status.replicas.end(),
                                  [](const api::ReplicaStatus& one) { return one.leader; });
  return found == status.replicas.end() ? std::string() : found->name;
}

}  // namespace roomkeeper::cli
