#include "cli/arguments.h"
#include "cli/backend.h"
#include "cli/output.h"
#include "cli/render.h"
#include "cli/room_definition.h"
#include "cli/run_commands.h"
#include "cli/safe_text.h"

namespace roomkeeper::cli {
namespace {

void print_room(const Invocation& invocation, const api::RoomView& room, const std::string& done) {
  if (invocation.arguments.has("json")) {
    print_json(invocation.output, api::encode(room));
  } else {
    invocation.output.print("room " + safe_text(room.id) + " " + done + ", state " +
                            safe_text(room.state) + "\n");
    if (!room.detail.empty()) invocation.output.note(safe_text(room.detail) + "\n");
  }
}

Outcome write_room(const Invocation& invocation, api::Verb verb, const std::string& done) {
  auto definition = room_definition(invocation.arguments, invocation.output);
  if (!definition) return tl::unexpected<api::ApiError>(definition.error());
  const api::RoomWriteRequest request{*std::move(definition)};
  const auto room = call<api::RoomView>(invocation.backend, verb, request);
  if (!room) return tl::unexpected<api::ApiError>(room.error());
  print_room(invocation, *room, done);
  return exit_ok;
}

}  // namespace

Outcome run_room_create(const Invocation& invocation) {
  return write_room(invocation, api::Verb::room_create, "created");
}

Outcome run_room_update(const Invocation& invocation) {
  return write_room(invocation, api::Verb::room_update, "updated");
}

Outcome run_room_rm(const Invocation& invocation) {
  const api::RoomRequest request{invocation.arguments.positionals[0]};
  if (!invocation.arguments.has("yes")) {
    const auto room = call<api::RoomView>(invocation.backend, api::Verb::room_show, request);
    if (!room) return tl::unexpected<api::ApiError>(room.error());
    const std::string what = "room " + safe_text(room->id) + " with " +
                             std::to_string(room->messages) + " messages would be removed.";
    if (!confirmed(invocation.output, what))
      return usage_error(what + " Nothing was done: give --yes to do it");
  }
  const auto removed = call<api::RoomView>(invocation.backend, api::Verb::room_rm, request);
  if (!removed) return tl::unexpected<api::ApiError>(removed.error());
  print_room(invocation, *removed, "removed");
  return exit_ok;
}

}  // namespace roomkeeper::cli
