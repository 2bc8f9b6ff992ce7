// Verb room.export: the rooms that are wanted, as entries of `rooms:`; page by page from memory.
#include <algorithm>
#include <utility>

#include "api/bulk.h"
#include "api/codec.h"
#include "config/room_text.h"
#include "sidecar/admin_context.h"

namespace roomkeeper::sidecar {
namespace {

using api::ApiCode;
using api::ApiResult;
using policies::RoomSpec;

/// A page ends here even when it has fewer rooms than asked for: a message has its limit.
constexpr std::size_t export_page_bytes = 400U << 10U;

bool is_wanted(const api::ExportRequest& wanted, const RoomSpec& room) {
  if (!wanted.match.empty() && !policies::glob_matches(wanted.match, room.id.text())) return false;
  if (!wanted.template_name.empty() && room.settings->template_name != wanted.template_name)
    return false;
  return wanted.tag.empty() ||
         std::find(room.tags.begin(), room.tags.end(), wanted.tag) != room.tags.end();
}

/// The template's own settings; the room's where it is gone, which cannot be while the room is
/// wanted.
const policies::RoomSettings& base_of(const config::Config& config, const RoomSpec& room) {
  const auto found = config.templates.find(room.settings->template_name);
  return found == config.templates.end() ? *room.settings : *found->second;
}

}  // namespace

void admin_room_export(AdminContext& context, const AdminRequest& request,
                       const AdminReply& reply) {
  const ApiResult<api::ExportRequest> wanted = api::decode<api::ExportRequest>(request.body);
  if (!wanted) return reply(tl::unexpected(wanted.error()));
  if (wanted->format != "yaml" && wanted->format != "jsonl")
    return reply(refuse(ApiCode::bad_request, "format: yaml or jsonl expected"));
  if (const std::string halted = context.halted(); !halted.empty())
    return reply(refuse(ApiCode::not_ready, halted));
  if (wanted->cursor.empty()) context.reconciler.refresh_desired();
  const auto format =
      wanted->format == "yaml" ? config::EntryFormat::yaml : config::EntryFormat::json;
  api::ExportReply page;
  std::size_t bytes = 0;
  const std::string* last = nullptr;
  for (const RoomSpec& room : context.rooms.desired().rooms) {
    if (!is_wanted(*wanted, room)) continue;
    ++page.total;
    if (!wanted->cursor.empty() && room.id.text() <= wanted->cursor) continue;
    if (!page.next_cursor.empty()) continue;
    if (page.entries.size() >= wanted->limit || bytes >= export_page_bytes) {
      page.next_cursor = *last;
      continue;
    }
    page.entries.push_back(
        config::room_entry_text(room, base_of(*context.runtime.config, room), format));
    bytes += page.entries.back().size();
    last = &room.id.text();
  }
  reply(api::encode(page));
}

}  // namespace roomkeeper::sidecar
