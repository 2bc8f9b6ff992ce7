#include <algorithm>
#include <limits>

#include "cli/arguments.h"
#include "cli/backend.h"
#include "cli/output.h"
#include "cli/render.h"
#include "cli/run_commands.h"
#include "cli/safe_text.h"
#include "cli/shell_text.h"

namespace roomkeeper::cli {
namespace {

constexpr std::uint64_t page_size = 500;

/// Page after page, up to `most` rooms.
api::ApiResult<api::RoomListReply> list_rooms(Backend& backend, api::RoomListRequest request,
                                              std::uint64_t most) {
  api::RoomListReply all;
  for (;;) {
    request.limit = std::min(page_size, most - all.rooms.size());
    auto page = call<api::RoomListReply>(backend, api::Verb::room_ls, request);
    if (!page) return page;
    all.rooms.insert(all.rooms.end(), page->rooms.begin(), page->rooms.end());
    all.total = page->total;
    all.next_cursor = page->next_cursor;
    // A cursor that does not move would never end.
    const bool more =
        !page->next_cursor.empty() && page->next_cursor != request.cursor && !page->rooms.empty();
    if (!more || all.rooms.size() >= most) return all;
    request.cursor = page->next_cursor;
  }
}

}  // namespace

Outcome run_room_ls(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  const auto limit = arguments.number("limit", 1, std::numeric_limits<std::int64_t>::max());
  if (!limit) return tl::unexpected<api::ApiError>(limit.error());
  api::RoomListRequest request;
  request.match = arguments.value("match");
  request.tag = arguments.value("tag");
  request.template_name = arguments.value("template");
  request.state = arguments.value("state");
  request.sort = arguments.value("sort");
  request.cursor = arguments.value("cursor");
  const auto most = limit->value_or(std::numeric_limits<std::uint64_t>::max());
  const auto list = list_rooms(invocation.backend, request, most);
  if (!list) return tl::unexpected<api::ApiError>(list.error());
  Output& output = invocation.output;
  if (arguments.has("json")) {
    print_json(output, api::encode(*list));
  } else if (arguments.has("quiet")) {
    std::string ids;
    for (const auto& room : list->rooms) ids += safe_text(room.id) + "\n";
    output.print(ids);
  } else {
    output.print(render_room_list(*list, invocation.backend.clock().wall(), output.width()));
    if (!list->next_cursor.empty())
      output.note("more with --cursor=" + shell_word(list->next_cursor) + "\n");
  }
  return exit_ok;
}

Outcome run_room_show(const Invocation& invocation) {
  const api::RoomRequest request{invocation.arguments.positionals[0]};
  const auto room = call<api::RoomView>(invocation.backend, api::Verb::room_show, request);
  if (!room) return tl::unexpected<api::ApiError>(room.error());
  if (invocation.arguments.has("json")) {
    print_json(invocation.output, api::encode(*room));
  } else {
    invocation.output.print(render_room(*room, invocation.backend.clock().wall()));
  }
  return exit_ok;
}

Outcome run_room_explain(const Invocation& invocation) {
  const api::RoomRequest request{invocation.arguments.positionals[0]};
  const auto explained =
      call<api::ExplainReply>(invocation.backend, api::Verb::room_explain, request);
  if (!explained) return tl::unexpected<api::ApiError>(explained.error());
  if (invocation.arguments.has("json")) {
    print_json(invocation.output, api::encode(*explained));
  } else {
    invocation.output.print(render_explained(*explained, invocation.output.width()));
  }
  return exit_ok;
}

}  // namespace roomkeeper::cli
