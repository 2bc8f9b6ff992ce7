#include "api/retention.h"
#include "cli/arguments.h"
#include "cli/backend.h"
#include "cli/output.h"
#include "cli/render_retention.h"
#include "cli/run_commands.h"

namespace roomkeeper::cli {
namespace {

Outcome run_for_room(const Invocation& invocation) {
  const auto room = call<api::RoomRetentionReply>(
      invocation.backend, api::Verb::retention_room,
      api::RoomRetentionRequest{.room = invocation.arguments.value("room")});
  if (!room) return tl::unexpected<api::ApiError>(room.error());
  if (invocation.arguments.has("json")) {
    print_json(invocation.output, api::encode(*room));
  } else {
    invocation.output.print(render_room_retention(*room, invocation.output.width()));
  }
  return exit_ok;
}

}  // namespace

Outcome run_retention(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  const bool filtered =
      arguments.has("template") || arguments.has("timezone") || arguments.has("overdue");
  if (arguments.has("room")) {
    if (filtered) return usage_error("--room stands alone: it explains one room");
    return run_for_room(invocation);
  }
  const auto reply =
      call<api::RetentionReply>(invocation.backend, api::Verb::retention,
                                api::RetentionRequest{.template_name = arguments.value("template"),
                                                      .timezone = arguments.value("timezone"),
                                                      .overdue = arguments.has("overdue")});
  if (!reply) return tl::unexpected<api::ApiError>(reply.error());
  if (arguments.has("json")) {
    print_json(invocation.output, api::encode(*reply));
  } else {
    invocation.output.print(render_retention(*reply, invocation.output.width()));
  }
  return exit_ok;
}

}  // namespace roomkeeper::cli
