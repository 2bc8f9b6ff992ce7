// `room export` and `room import`: rooms as entries of `rooms:`.
#include <set>
#include <utility>

#include "api/bulk.h"
#include "cli/arguments.h"
#include "cli/backend.h"
#include "cli/format.h"
#include "cli/output.h"
#include "cli/output_file.h"
#include "cli/run_commands.h"
#include "cli/safe_text.h"

namespace roomkeeper::cli {
namespace {

constexpr std::uint64_t export_page_size = 500;
constexpr auto between_export_pages = std::chrono::milliseconds(1);

tl::unexpected<api::ApiError> interrupted() {
  return tl::unexpected<api::ApiError>(
      api::ApiError{api::ApiCode::internal, "interrupted; nothing was written", {}});
}

/// Every page; `take` gets each. Errors: the API's, interrupted, a reader that went away.
template <class Reply, class Request, class Take>
api::ApiResult<void> each_page(Backend& backend, api::Verb verb, Request request, Take take) {
  request.limit = export_page_size;
  for (;;) {
    const auto page = call<Reply>(backend, verb, request);
    if (!page) return tl::unexpected<api::ApiError>(page.error());
    if (!take(*page)) return interrupted();
    if (page->next_cursor.empty() || page->next_cursor == request.cursor) return {};
    request.cursor = page->next_cursor;
    if (!backend.pause(between_export_pages)) return interrupted();
  }
}

std::string import_head(const std::string& template_name) {
  return "# Streams that exist, as rooms that fit them; written by `roomctl room import`.\n"
         "# Where a title, a topic or tags belong, add them. Put this into a file that\n"
         "# `room_files` names, then run `roomctl room adopt`.\n" +
         (template_name.empty() ? std::string()
                                : "# They build on the template " + template_name + ".\n");
}

struct Imported {
  std::uint64_t rooms = 0;
  std::string left_out;  ///< comment lines
  std::uint64_t left_out_count = 0;
};

void take_streams(const api::ImportReply& page, OutputFile& file, Imported& imported) {
  for (const api::ImportItem& item : page.streams) {
    if (item.why.empty()) {
      if (imported.rooms++ == 0) file.write("rooms:\n");
      file.write(item.entry);
      continue;
    }
    ++imported.left_out_count;
    imported.left_out += "#   " + safe_text(item.stream) + ": " + safe_text(item.why) + "\n";
  }
}

}  // namespace

Outcome run_room_export(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  api::ExportRequest request;
  request.match = arguments.value("match");
  request.tag = arguments.value("tag");
  request.template_name = arguments.value("template");
  request.format = arguments.has("json") ? "jsonl" : arguments.value("format", "yaml");
  const bool yaml = request.format == "yaml";
  OutputFile file(invocation.output, arguments.value("output"));
  std::uint64_t rooms = 0;
  const auto done = each_page<api::ExportReply>(
      invocation.backend, api::Verb::room_export, request, [&](const api::ExportReply& page) {
        if (rooms == 0 && yaml) file.write(page.entries.empty() ? "rooms: []\n" : "rooms:\n");
        std::string text;
        for (const std::string& entry : page.entries) text += yaml ? entry : entry + "\n";
        rooms += page.entries.size();
        return file.write(text);
      });
  if (!done) return tl::unexpected<api::ApiError>(done.error());
  if (auto finished = file.finish(); !finished)
    return tl::unexpected<api::ApiError>(std::move(finished).error());
  if (file.is_file())
    invocation.output.note(counted(rooms, "room") + " written to " + safe_text(file.path()) + "\n");
  return exit_ok;
}

Outcome run_room_import(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  api::ImportRequest request;
  request.match = arguments.value("match");
  request.template_name = arguments.value("template");
  OutputFile file(invocation.output, arguments.value("output"));
  if (arguments.has("json")) {
    api::ImportReply all;
    const auto done = each_page<api::ImportReply>(
        invocation.backend, api::Verb::room_import, request, [&](const api::ImportReply& page) {
          all.streams.insert(all.streams.end(), page.streams.begin(), page.streams.end());
          all.total = page.total;
          return true;
        });
    if (!done) return tl::unexpected<api::ApiError>(done.error());
    print_json(invocation.output, api::encode(all));
    return exit_ok;
  }
  Imported imported;
  bool begun = false;
  const auto done = each_page<api::ImportReply>(
      invocation.backend, api::Verb::room_import, request, [&](const api::ImportReply& page) {
        if (!std::exchange(begun, true) && !file.write(import_head(request.template_name)))
          return false;
        take_streams(page, file, imported);
        return true;
      });
  if (!done) return tl::unexpected<api::ApiError>(done.error());
  if (imported.rooms == 0) file.write("rooms: []\n");
  if (!imported.left_out.empty()) file.write("# Left out:\n" + imported.left_out);
  if (auto finished = file.finish(); !finished)
    return tl::unexpected<api::ApiError>(std::move(finished).error());
  invocation.output.note(counted(imported.rooms, "room") + " written, " +
                         counted(imported.left_out_count, "stream") + " left out\n");
  return exit_ok;
}

}  // namespace roomkeeper::cli
