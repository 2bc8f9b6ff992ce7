// Connections, and what happens to them, as text for people. Pure: `now` is an argument; texts of
// strangers are made safe. `width`: columns of the terminal, 0 for no limit. Thread: any.
#ifndef ROOMKEEPER_CLI_RENDER_CONNECTIONS_H_
#define ROOMKEEPER_CLI_RENDER_CONNECTIONS_H_

#include <string>

#include "api/connections.h"
#include "policies/time.h"

namespace roomkeeper::cli {

std::string render_connections(const api::ConnectionListReply& list, policies::WallTime now,
                               int width);

std::string events_head();
/// One line, with its newline.
std::string render_event(const api::ConnectionEvent& event, int width);

}  // namespace roomkeeper::cli

#endif  // ROOMKEEPER_CLI_RENDER_CONNECTIONS_H_
