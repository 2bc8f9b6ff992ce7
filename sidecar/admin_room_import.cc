// Verb room.import: streams that exist and are not Roomkeeper's, as entries of `rooms:` that fit
// them; page by page from the last listing.
#include <algorithm>
#include <array>
#include <utility>

#include "api/bulk.h"
#include "api/codec.h"
#include "config/load.h"
#include "config/room_text.h"
#include "policies/audit_names.h"
#include "policies/field_text.h"
#include "policies/hold.h"
#include "policies/stream_traits.h"
#include "sidecar/admin_context.h"
#include "sidecar/room_definitions.h"

namespace roomkeeper::sidecar {
namespace {

using api::ApiCode;
using api::ApiResult;
using api::ImportItem;
using policies::ObservedStream;
using policies::RoomId;
using policies::RoomSettings;
using policies::RoomSpec;

constexpr std::size_t import_page_bytes = 400U << 10U;

/// Streams that have a use of their own are not offered.
bool is_of_another_kind(const std::string& name) {
  constexpr std::array<std::string_view, 4> prefixes = {"KV_", "OBJ_", policies::hold_prefix,
                                                        policies::audit_stream};
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](std::string_view prefix) { return name.starts_with(prefix); });
}

bool is_wanted(const AdminContext& context, const std::string& match,
               const ObservedStream& stream) {
  const auto& mark = stream.config.mark;
  if (mark && mark->instance == context.runtime.config->instance) return false;
  return policies::glob_matches(match, stream.name) && !is_of_another_kind(stream.name);
}

policies::RetentionRule rule_of(const ObservedStream& stream) {
  if (stream.config.max_age <= policies::Nanoseconds::zero()) return policies::KeepForever{};
  return policies::KeepFor{stream.config.max_age};
}

/// Unlimited is 0 or less on the server, and -1 in a room.
template <class Number>
Number bound(Number value) {
  return value <= 0 ? Number{-1} : value;
}

RoomSpec room_of(RoomId id, const ObservedStream& stream, const RoomSettings& base) {
  auto settings = std::make_shared<RoomSettings>(base);
  policies::StreamSettings& values = settings->stream;
  values = stream.config.settings;
  values.max_messages = bound(values.max_messages);
  values.max_bytes = bound(values.max_bytes);
  values.max_messages_per_subject = bound(values.max_messages_per_subject);
  values.max_message_size = bound(values.max_message_size);
  values.max_consumers = bound(values.max_consumers);
  settings->retention = rule_of(stream);
  return RoomSpec{std::move(id), policies::RoomOwner::file, {}, {}, {}, std::move(settings), {}};
}

/// Why the stream can be no room at all; empty: it can.
std::string why_not(const AdminContext& context, const ObservedStream& stream,
                    const policies::Result<RoomId>& id) {
  const policies::Names& names = context.runtime.names();
  if (stream.config.mark)
    return "it has the mark of instance " + policies::quoted(stream.config.mark->instance);
  if (!stream.name.starts_with(names.stream_prefix)) {
    return "a room's stream is called " + names.stream_prefix +
           "<id>, and a stream cannot be renamed: copy it into one of that name, or set "
           "names.stream_prefix";
  }
  if (!id) {
    return "its name gives no room id (" + id.error().text +
           "), and a stream cannot be renamed: copy it into one of another name";
  }
  const std::string subject = names.stream_subject(*id);
  if (stream.config.subjects != std::vector<std::string>{subject}) {
    return "its subjects are " + policies::subjects_text(stream.config.subjects) +
           ", and a room's are " + subject +
           " alone: change the stream's subjects, and where "
           "clients publish";
  }
  if (is_unadoptable(stream.traits)) {
    return "Roomkeeper never takes over a stream with " + unadoptable_text(stream.traits) +
           ": copy its messages into one without";
  }
  const std::string where = defined_where(context, *id);
  if (where.empty()) return {};
  return "the room is defined already, in " + where + ": `roomctl room adopt " + id->text() +
         "` takes the stream over";
}

/// What an entry for the stream cannot say; empty when the room that it makes is the stream as it
/// is. The proof is to read it back.
std::string what_is_left(const AdminContext& context, const ObservedStream& stream,
                         const std::string& json) {
  const auto room = config::parse_api_room(json, *context.runtime.config);
  if (!room) return config::to_string(room.error().front());
  const policies::StreamConfig wanted =
      policies::wanted_stream(*room, context.runtime.names(), context.runtime.config->instance);
  std::string text;
  for (const policies::FieldChange& change :
       policies::diff_stream(stream, wanted, context.runtime.zones)) {
    if (change.field == policies::Field::mark || change.field == policies::Field::retention_rule)
      continue;
    text += (text.empty() ? "" : "; ") + std::string(to_string(change.field)) + ": " + change.from +
            " cannot be said, it would become " + change.to;
  }
  return text;
}

ImportItem item_of(const AdminContext& context, const ObservedStream& stream,
                   const RoomSettings& base) {
  const std::string& prefix = context.runtime.names().stream_prefix;
  ImportItem item{.stream = stream.name, .room = {}, .entry = {}, .why = {}};
  const auto id = RoomId::parse(stream.name.starts_with(prefix) ? stream.name.substr(prefix.size())
                                                                : stream.name);
  item.why = why_not(context, stream, id);
  if (id && stream.name.starts_with(prefix)) item.room = id->text();
  if (!item.why.empty()) return item;
  const RoomSpec room = room_of(*id, stream, base);
  item.why = what_is_left(context, stream, room_entry_text(room, base, config::EntryFormat::json));
  if (item.why.empty()) item.entry = room_entry_text(room, base, config::EntryFormat::yaml);
  return item;
}

ApiResult<const RoomSettings*> base_of(const AdminContext& context, const std::string& name) {
  const config::Config& config = *context.runtime.config;
  const auto found = config.templates.find(name.empty() ? "default" : name);
  if (found == config.templates.end())
    return refuse(ApiCode::bad_request, "template: there is no template '" + name + "'");
  if (found->second->layout == policies::Layout::pooled) {
    return refuse(ApiCode::bad_request,
                  "template: '" + found->first +
                      "' is a pool: a stream of its own needs a dedicated template");
  }
  return found->second.get();
}

}  // namespace

void admin_room_import(AdminContext& context, const AdminRequest& request,
                       const AdminReply& reply) {
  const ApiResult<api::ImportRequest> wanted = api::decode<api::ImportRequest>(request.body);
  if (!wanted) return reply(tl::unexpected(wanted.error()));
  if (!context.inventory.has_listed()) {
    return reply(
        refuse(ApiCode::not_ready, "Roomkeeper has not finished its first look at the server yet"));
  }
  const ApiResult<const RoomSettings*> base = base_of(context, wanted->template_name);
  if (!base) return reply(tl::unexpected(base.error()));
  const std::string match =
      wanted->match.empty() ? context.runtime.names().stream_prefix + "*" : wanted->match;
  api::ImportReply page;
  std::size_t bytes = 0;
  for (const ObservedStream& stream : context.inventory.streams().streams) {
    if (!is_wanted(context, match, stream)) continue;
    ++page.total;
    if (!wanted->cursor.empty() && stream.name <= wanted->cursor) continue;
    if (!page.next_cursor.empty()) continue;
    if (page.streams.size() >= wanted->limit || bytes >= import_page_bytes) {
      page.next_cursor = page.streams.back().stream;
      continue;
    }
    page.streams.push_back(item_of(context, stream, **base));
    const ImportItem& item = page.streams.back();
    bytes += item.stream.size() + item.entry.size() + item.why.size();
  }
  reply(api::encode(page));
}

}  // namespace roomkeeper::sidecar
