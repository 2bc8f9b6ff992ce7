// `state export` and `state import`: everything that Roomkeeper knows, as lines of JSON.
#include <map>
#include <tuple>
#include <utility>

#include "api/bulk.h"
#include "api/state.h"
#include "cli/arguments.h"
#include "cli/backend.h"
#include "cli/format.h"
#include "cli/output.h"
#include "cli/output_file.h"
#include "cli/progress.h"
#include "cli/run_commands.h"
#include "cli/safe_text.h"
#include "cli/state_sender.h"
#include "cli/table.h"
#include "config/source.h"

namespace roomkeeper::cli {
namespace {

constexpr std::size_t state_file_bytes = std::size_t{1} << 30U;
constexpr std::size_t refusals_shown = 100;
constexpr std::size_t groups_shown = 40;
constexpr auto between_parts = std::chrono::milliseconds(1);

api::ApiResult<StateFile> read_file(const std::string& path, Output& output) {
  if (path == "-") {
    const auto text = output.read_all(state_file_bytes);
    if (!text) return tl::unexpected<api::ApiError>(text.error());
    return parse_state_file(*text, "standard input");
  }
  const auto text = config::read_source(path, state_file_bytes);
  if (!text) return usage_error(path + ": " + text.error().text);
  return parse_state_file(*text, path);
}

/// How many of each kind, by what became of them and why.
std::string outcome_table(const api::StateImportReply& result, int width) {
  std::map<std::tuple<std::string, std::string, std::string>, std::uint64_t> groups;
  for (const api::StateImportOutcome& line : result.lines) {
    if (line.outcome != api::outcome::refused) ++groups[{line.kind, line.outcome, line.reason}];
  }
  Table table({{"KIND"}, {"OUTCOME"}, {"LINES", Align::right}, {"WHY", Align::left, true}});
  std::size_t shown = 0;
  for (const auto& [group, count] : groups) {
    if (++shown > groups_shown) break;
    table.add({std::get<0>(group), std::get<1>(group), format_count(count), std::get<2>(group)});
  }
  std::string text = table.empty() ? std::string() : table.render(width);
  if (groups.size() > groups_shown)
    text += "and " + counted(groups.size() - groups_shown, "more outcome") + "\n";
  return text;
}

/// `state.jsonl:12: room general: bad_request: ...`
std::string refusals(const StateFile& file, const api::StateImportReply& result) {
  std::string text;
  std::size_t shown = 0;
  for (const api::StateImportOutcome& line : result.lines) {
    if (line.outcome != api::outcome::refused || ++shown > refusals_shown) continue;
    text += safe_text(file.name) + ":" + std::to_string(line.line) + ": " +
            (line.kind.empty() ? std::string("(no record)") : safe_text(line.kind)) +
            (line.name.empty() ? "" : " " + safe_text(line.name)) + ": " + safe_text(line.code) +
            ": " + safe_text(line.reason) + "\n";
  }
  if (shown > refusals_shown)
    text += "and " + counted(shown - refusals_shown, "more refused line") + "\n";
  return text;
}

std::string summary(const StateFile& file, const api::StateImportReply& result, bool dry_run) {
  return safe_text(file.name) + ": " + format_count(result.created) +
         (dry_run ? " would be created, " : " created, ") + format_count(result.updated) +
         (dry_run ? " would be updated, " : " updated, ") + format_count(result.unchanged) +
         " unchanged, " + format_count(result.exists) + " kept as they are, " +
         format_count(result.skipped) + " skipped, " + format_count(result.refused) + " refused.\n";
}

Outcome report(const Invocation& invocation, const StateFile& file,
               const api::StateImportReply& result, bool dry_run) {
  Output& output = invocation.output;
  if (invocation.arguments.has("json")) {
    print_json(output, api::encode(result));
  } else {
    output.note(refusals(file, result));
    output.print(outcome_table(result, output.width()) + summary(file, result, dry_run));
    if (dry_run) {
      output.note("Nothing was done: give --yes to do it.\n");
    } else if (!result.complete) {
      output.note(
          "Not everything was taken over: streams of rooms of the API from before the state was "
          "lost stay a doubt, and nothing is removed because of it.\n");
    }
  }
  return result.refused == 0 ? exit_ok : exit_error;
}

}  // namespace

Outcome run_state_export(const Invocation& invocation) {
  const auto& positionals = invocation.arguments.positionals;
  OutputFile file(invocation.output, positionals.empty() ? "-" : positionals[0],
                  FileAccess::owner_only);
  Progress progress(invocation.output, invocation.backend.clock());
  api::StateExportRequest request;
  std::uint64_t lines = 0;
  const auto interrupted = [&progress] {
    progress.end();
    return tl::unexpected<api::ApiError>(api::ApiError{
        api::ApiCode::internal, "interrupted; no file was written, or it has no end", {}});
  };
  for (;;) {
    const auto page =
        call<api::StateExportReply>(invocation.backend, api::Verb::state_export, request);
    if (!page) {
      progress.end();
      return tl::unexpected<api::ApiError>(page.error());
    }
    std::string text;
    for (const std::string& line : page->lines) text += line + "\n";
    lines += page->lines.size();
    if (!file.write(text)) return interrupted();
    if (page->next.empty()) break;
    if (page->next == request.after) {
      return tl::unexpected<api::ApiError>(
          api::ApiError{api::ApiCode::internal, "the daemon gave the same page again", {}});
    }
    request.after = page->next;
    if (file.is_file()) progress.show(counted(lines, "line"));
    if (!invocation.backend.pause(between_parts)) return interrupted();
  }
  progress.end();
  if (auto finished = file.finish(); !finished)
    return tl::unexpected<api::ApiError>(std::move(finished).error());
  // The header and the end are no records.
  invocation.output.note(counted(lines - std::min<std::uint64_t>(lines, 2), "record") +
                         (file.is_file() ? " written to " + safe_text(file.path()) : " written") +
                         "\n");
  return exit_ok;
}

Outcome run_state_import(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  const auto file = read_file(arguments.positionals[0], invocation.output);
  if (!file) return tl::unexpected<api::ApiError>(file.error());
  api::StateImportRequest wanted;
  wanted.replace = arguments.has("replace");
  wanted.removals = arguments.has("removals");
  wanted.partial = arguments.has("partial");
  wanted.instance_from = arguments.value("instance-from");
  const auto checked = StateSender(invocation, wanted).send(*file);
  if (!checked) return tl::unexpected<api::ApiError>(checked.error());
  if (!arguments.has("yes")) return report(invocation, *file, *checked, true);
  if (checked->refused > 0 && !wanted.partial) {
    const Outcome told = report(invocation, *file, *checked, true);
    return told ? usage_error("nothing was done: lines are refused; --partial takes the others")
                : told;
  }
  wanted.dry_run = false;
  const auto done = StateSender(invocation, wanted).send(*file);
  if (!done) return tl::unexpected<api::ApiError>(done.error());
  return report(invocation, *file, *done, false);
}

}  // namespace roomkeeper::cli
