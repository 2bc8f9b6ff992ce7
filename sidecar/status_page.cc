#include "sidecar/status_page.h"

#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "api/codec.h"
#include "policies/rfc3339.h"
#include "sidecar/room_view.h"

namespace roomkeeper::sidecar {
namespace {

using metrics::PageAnswer;
using metrics::PageQuestion;
using policies::ErrorCode;
using policies::Result;

std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

tl::unexpected<policies::Error> refused(const api::ApiError& error) {
  const bool asked_wrongly = error.code == api::ApiCode::bad_request;
  return policies::fail(asked_wrongly ? ErrorCode::invalid : ErrorCode::unavailable, error.message);
}

/// -1 is how JetStream writes that there is no limit.
std::string limit_json(std::int64_t limit) {
  return limit < 0 ? "null" : std::to_string(limit);
}

}  // namespace

StatusPage::StatusPage(AdminContext& context)
    : context_(context), audit_(context.runtime, context.js) {}

void StatusPage::answer(const PageQuestion& question, const PageAnswer& done) {
  if (question.subject == metrics::PageSubject::rooms) return answer_rooms(question, done);
  answer_status(done);
}

void StatusPage::answer_status(const PageAnswer& done) {
  audit_.refresh();
  admin_status(context_, {}, [this, done](const api::ApiResult<std::string>& status) {
    if (!status) return done(refused(status.error()));
    done("{\"as_of\":" + quoted(policies::format_rfc3339(context_.runtime.clock.wall())) +
         ",\"now\":" + quoted(policies::format_rfc3339(context_.inventory.server_now())) +
         ",\"status\":" + *status + ",\"audit\":" + audit_.json() + "}");
  });
}

void StatusPage::answer_rooms(const PageQuestion& question, const PageAnswer& done) {
  api::RoomListRequest wanted;
  wanted.match = question.match;
  wanted.state = question.state;
  wanted.sort = question.sort;
  wanted.cursor = question.cursor;
  wanted.limit = rooms_max;
  admin_room_ls(
      context_, {.body = api::encode(wanted), .actor = {}},
      [this, done](const api::ApiResult<std::string>& listed) {
        if (!listed) return done(refused(listed.error()));
        const auto page = api::decode<api::RoomListReply>(*listed);
        if (!page) return done(refused(page.error()));
        std::string json = "{\"total\":" + std::to_string(page->total) +
                           ",\"next_cursor\":" + quoted(page->next_cursor) + ",\"rooms\":[";
        for (const api::RoomView& room : page->rooms) {
          if (!json.ends_with('[')) json += ',';
          json += "{\"room\":" + api::encode(room) + ",\"stored\":" + stored_json(room.id) + "}";
        }
        done(json + "]}");
      });
}

/// Of a room in a pool the pool's: its limits are all rooms' together.
std::string StatusPage::stored_json(const std::string& room) const {
  const Result<policies::RoomId> id = policies::RoomId::parse(room);
  const policies::ObservedStream* stream = id ? stream_of(context_, *id) : nullptr;
  if (stream == nullptr) return "null";
  const bool pool = stream->config.mark && stream->config.mark->is_pool();
  return "{\"pool\":" + std::string(pool ? "true" : "false") +
         ",\"messages\":" + std::to_string(stream->stored.messages) +
         ",\"bytes\":" + std::to_string(stream->bytes) +
         ",\"max_messages\":" + limit_json(stream->config.settings.max_messages) +
         ",\"max_bytes\":" + limit_json(stream->config.settings.max_bytes) + "}";
}

}  // namespace roomkeeper::sidecar
