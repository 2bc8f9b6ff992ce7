#include "cli/format.h"
#include "cli/render.h"
#include "cli/safe_text.h"
#include "cli/table.h"

namespace roomkeeper::cli {

std::string render_connections(const api::ConnectionListReply& list, policies::WallTime now,
                               int width) {
  Table table({{.header = "CID", .align = Align::right},
               {.header = "USER", .shrinks = true},
               {.header = "ACCOUNT", .shrinks = true},
               {.header = "HOST"},
               {.header = "KIND"},
               {.header = "NAME", .shrinks = true},
               {.header = "SINCE", .align = Align::right},
               {.header = "COUNTS"},
               {.header = "SERVER", .shrinks = true}});
  for (const api::ConnectionView& connection : list.connections) {
    table.add({std::to_string(connection.cid), connection.user, connection.account, connection.host,
               connection.kind, connection.name, format_age(connection.start, now),
               connection.counts,
               connection.server_name.empty() ? connection.server_id : connection.server_name});
  }
  std::string out = table.render(width);
  if (list.total > list.connections.size()) {
    out +=
        format_count(list.connections.size()) + " of " + counted(list.total, "connection") + "\n";
  }
  for (const std::string& server : list.silent_servers) {
    out += "Server " + safe_text(server) + " did not answer: its connections are missing here.\n";
  }
  return out;
}

}  // namespace roomkeeper::cli
