#include "cli/render_connections.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "cli/format.h"
#include "cli/safe_text.h"
#include "cli/table.h"

namespace roomkeeper::cli {
namespace {

void add(std::string& text, std::string_view more) {
  if (!text.empty()) text += ", ";
  text += more;
}

/// `room general`, `rooms general, lobby +7`.
std::string rooms_text(const api::ConnectionView& connection) {
  constexpr std::size_t named = 3;
  if (connection.rooms.empty()) return {};
  std::string text = connection.rooms.size() == 1 ? "room " : "rooms ";
  for (std::size_t i = 0; i < connection.rooms.size() && i < named; ++i)
    text += (i == 0 ? "" : ", ") + connection.rooms[i];
  const std::uint64_t shown = std::min<std::uint64_t>(named, connection.rooms.size());
  if (connection.rooms_total > shown) text += " +" + std::to_string(connection.rooms_total - shown);
  return text;
}

/// What counts it; then why the rest does not.
std::string counts_text(const api::ConnectionView& connection) {
  std::string counts;
  bool rooms = false;
  for (const api::ConnectionCount& count : connection.limits) {
    if (!count.counted) continue;
    if (count.limit == "connections_per_user") {
      add(counts, "user");
    } else if (count.limit == "account_connections") {
      add(counts, "account");
    } else if (count.limit == "server_connections") {
      add(counts, "server");
    } else if (count.limit == "room_connections" && !rooms) {
      add(counts, rooms_text(connection));
      rooms = true;
    }
  }
  if (counts.empty()) {
    counts = "nowhere: " + connection.counts;
  } else if (connection.counts != "yes") {
    add(counts, "not user: " + connection.counts);
  }
  if (connection.wildcard) add(counts, "wildcard");
  if (connection.admin) add(counts, "admin");
  return connection.banned ? "banned, " + counts : counts;
}

}  // namespace

std::string render_connections(const api::ConnectionListReply& list, policies::WallTime now,
                               int width) {
  Table table({{.header = "CID", .align = Align::right},
               {.header = "USER", .shrinks = true},
               {.header = "COUNTS", .shrinks = true},
               {.header = "SINCE", .align = Align::right},
               {.header = "HOST", .shrinks = true},
               {.header = "KIND"},
               {.header = "SERVER", .shrinks = true}});
  for (const api::ConnectionView& connection : list.connections) {
    table.add({std::to_string(connection.cid), connection.user, counts_text(connection),
               format_age(connection.start, now), connection.host, connection.kind,
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
