// `room adopt` and `room release`: streams become Roomkeeper's, and cease to be.
#include <algorithm>
#include <utility>

#include "api/bulk.h"
#include "cli/arguments.h"
#include "cli/backend.h"
#include "cli/follow_pass.h"
#include "cli/format.h"
#include "cli/output.h"
#include "cli/run_commands.h"
#include "cli/safe_text.h"

namespace roomkeeper::cli {
namespace {

constexpr std::uint64_t adopt_page_size = 500;

/// `ids` in requests of at most bulk_rooms_max.
std::vector<std::vector<std::string>> batches_of(const std::vector<std::string>& ids) {
  std::vector<std::vector<std::string>> batches;
  for (std::size_t from = 0; from < ids.size(); from += api::bulk_rooms_max) {
    const std::size_t end = std::min(ids.size(), from + api::bulk_rooms_max);
    batches.emplace_back(ids.begin() + static_cast<std::ptrdiff_t>(from),
                         ids.begin() + static_cast<std::ptrdiff_t>(end));
  }
  return batches;
}

void append(api::AdoptReply& all, const api::AdoptReply& page) {
  all.rooms.insert(all.rooms.end(), page.rooms.begin(), page.rooms.end());
  all.total = all.rooms.size();
  all.pass = std::max(all.pass, page.pass);
}

/// What is said of these rooms, or done to them.
api::ApiResult<api::AdoptReply> adopt_named(Backend& backend, const std::vector<std::string>& ids,
                                            bool dry_run) {
  api::AdoptReply all;
  for (const std::vector<std::string>& batch : batches_of(ids)) {
    api::AdoptRequest request;
    request.rooms = batch;
    request.dry_run = dry_run;
    const auto page = call<api::AdoptReply>(backend, api::Verb::room_adopt, request);
    if (!page) return page;
    append(all, *page);
  }
  return all;
}

api::ApiResult<api::AdoptReply> look_at_matching(Backend& backend, const std::string& match) {
  api::AdoptReply all;
  api::AdoptRequest request;
  request.match = match;
  request.limit = adopt_page_size;
  for (;;) {
    const auto page = call<api::AdoptReply>(backend, api::Verb::room_adopt, request);
    if (!page) return page;
    append(all, *page);
    if (page->next_cursor.empty() || page->next_cursor == request.cursor) return all;
    request.cursor = page->next_cursor;
  }
}

std::uint64_t count_of(const api::AdoptReply& reply, std::string_view outcome) {
  return static_cast<std::uint64_t>(
      std::count_if(reply.rooms.begin(), reply.rooms.end(),
                    [&](const api::AdoptOutcome& room) { return room.outcome == outcome; }));
}

std::string lines_of(const std::vector<std::string>& fields, const char* behind) {
  std::string text;
  for (const std::string& field : fields) text += "    " + safe_text(field) + behind + "\n";
  return text;
}

std::string text_of(const api::AdoptOutcome& room) {
  if (room.outcome == api::outcome::unchanged)
    return "= " + safe_text(room.room) + ": is Roomkeeper's already\n";
  if (room.outcome == api::outcome::refused) {
    return "! " + safe_text(room.room) + ": refused, " + safe_text(room.reason) + ": " +
           safe_text(room.detail) + "\n" + lines_of(room.waits, "");
  }
  return "> " + safe_text(room.room) + " (stream " + safe_text(room.stream) + ", " +
         counted(room.messages, "message") + ")\n" + lines_of(room.changes, "") +
         lines_of(room.waits, "  (waits for apply --allow-lossy)");
}

void show(Output& output, const api::AdoptReply& plan, const char* verb) {
  std::string text;
  for (const api::AdoptOutcome& room : plan.rooms) text += text_of(room);
  output.print(text + counted(count_of(plan, api::outcome::adopted), "stream") + " " + verb + ", " +
               format_count(count_of(plan, api::outcome::unchanged)) + " already Roomkeeper's, " +
               format_count(count_of(plan, api::outcome::refused)) + " refused.\n");
}

/// Waits for the pass, then looks whether the streams are Roomkeeper's: what they are is the truth.
api::ApiResult<api::AdoptReply> adopt(const Invocation& invocation,
                                      const std::vector<std::string>& ids) {
  const auto asked = adopt_named(invocation.backend, ids, false);
  if (!asked) return asked;
  if (asked->pass > 0) {
    const auto pass =
        wait_for_pass(invocation, api::PassReply{.pass = asked->pass, .failures = {}});
    if (!pass) return tl::unexpected<api::ApiError>(pass.error());
  }
  auto now = adopt_named(invocation.backend, ids, true);
  if (!now) return now;
  now->pass = asked->pass;
  for (api::AdoptOutcome& room : now->rooms) {
    if (room.outcome == api::outcome::unchanged) {
      room.outcome = api::outcome::adopted;
    } else if (room.outcome == api::outcome::adopted) {
      room.outcome = api::outcome::refused;
      room.reason = "server_refused";
      room.detail = "the pass did not take it over; see roomctl room explain " + room.room;
    }
  }
  return now;
}

std::vector<std::string> ids_to_adopt(const api::AdoptReply& plan) {
  std::vector<std::string> ids;
  for (const api::AdoptOutcome& room : plan.rooms) {
    if (room.outcome == api::outcome::adopted) ids.push_back(room.room);
  }
  return ids;
}

// ---- release

api::ApiResult<api::ReleaseReply> release(Backend& backend, const std::vector<std::string>& ids,
                                          bool dry_run) {
  api::ReleaseReply all;
  for (const std::vector<std::string>& batch : batches_of(ids)) {
    const auto page = call<api::ReleaseReply>(
        backend, api::Verb::room_release, api::ReleaseRequest{.rooms = batch, .dry_run = dry_run});
    if (!page) return page;
    all.rooms.insert(all.rooms.end(), page->rooms.begin(), page->rooms.end());
    all.released += page->released;
    all.refused += page->refused;
  }
  return all;
}

std::string text_of(const api::ReleaseOutcome& room, const char* verb) {
  if (room.outcome == api::outcome::refused)
    return "! " + safe_text(room.room) + ": refused, " + safe_text(room.code) + ": " +
           safe_text(room.message) + "\n";
  return safe_text(room.room) + " " + verb + ": stream " + safe_text(room.stream) + " stays with " +
         counted(room.messages, "message") + "; " + safe_text(room.message) + "\n";
}

void show(Output& output, const api::ReleaseReply& reply, const char* verb) {
  std::string text;
  for (const api::ReleaseOutcome& room : reply.rooms) text += text_of(room, verb);
  output.print(text);
}

}  // namespace

Outcome run_room_adopt(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  if (arguments.positionals.empty() == !arguments.has("match"))
    return usage_error("name rooms, or give --match GLOB");
  const bool json = arguments.has("json");
  const auto plan = arguments.has("match")
                        ? look_at_matching(invocation.backend, arguments.value("match"))
                        : adopt_named(invocation.backend, arguments.positionals, true);
  if (!plan) return tl::unexpected<api::ApiError>(plan.error());
  const bool refused = count_of(*plan, api::outcome::refused) > 0;
  const std::vector<std::string> ids = ids_to_adopt(*plan);
  if (arguments.has("dry-run") || ids.empty()) {
    if (json) {
      print_json(invocation.output, api::encode(*plan));
    } else {
      show(invocation.output, *plan, "would be taken over");
    }
    return refused ? exit_error : exit_ok;
  }
  if (!arguments.has("yes")) {
    if (!json) show(invocation.output, *plan, "would be taken over");
    const std::string what = counted(ids.size(), "stream") + " would become Roomkeeper's.";
    if (!confirmed(invocation.output, what))
      return usage_error(what + " Nothing was done: give --yes to do it");
  }
  auto done = adopt(invocation, ids);
  if (!done) return tl::unexpected<api::ApiError>(done.error());
  for (const api::AdoptOutcome& room : plan->rooms) {
    if (room.outcome != api::outcome::adopted) done->rooms.push_back(room);
  }
  done->total = done->rooms.size();
  if (json) {
    print_json(invocation.output, api::encode(*done));
  } else {
    show(invocation.output, *done, "taken over");
  }
  return count_of(*done, api::outcome::refused) > 0 ? exit_error : exit_ok;
}

Outcome run_room_release(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  if (!arguments.has("yes")) {
    const auto plan = release(invocation.backend, arguments.positionals, true);
    if (!plan) return tl::unexpected<api::ApiError>(plan.error());
    show(invocation.output, *plan, "would be released");
    if (plan->released == 0) return exit_error;
    const std::string what = counted(plan->released, "stream") + " would be released.";
    if (!confirmed(invocation.output, what))
      return usage_error(what + " Nothing was done: give --yes to do it");
  }
  const auto done = release(invocation.backend, arguments.positionals, false);
  if (!done) return tl::unexpected<api::ApiError>(done.error());
  if (arguments.has("json")) {
    print_json(invocation.output, api::encode(*done));
  } else {
    show(invocation.output, *done, "released");
  }
  return done->refused > 0 ? exit_error : exit_ok;
}

}  // namespace roomkeeper::cli
