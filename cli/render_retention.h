// What `roomctl retention` prints. Pure; times in the rule's own zone, with UTC beside them.
// Thread: any.
#ifndef ROOMKEEPER_CLI_RENDER_RETENTION_H_
#define ROOMKEEPER_CLI_RENDER_RETENTION_H_

#include <string>

#include "api/retention.h"

namespace roomkeeper::cli {

/// A paragraph for each row. `width`: columns; 0: 80.
std::string render_retention(const api::RetentionReply& reply, int width);
/// One room in plain words.
std::string render_room_retention(const api::RoomRetentionReply& room, int width);

}  // namespace roomkeeper::cli

#endif  // ROOMKEEPER_CLI_RENDER_RETENTION_H_
