#include <nlohmann/json.hpp>

#include "cli/arguments.h"
#include "cli/format.h"
#include "cli/output.h"
#include "cli/run_commands.h"
#include "cli/safe_text.h"
#include "config/load.h"

namespace roomkeeper::cli {
namespace {

using Json = nlohmann::ordered_json;

Json to_json(const config::Problem& problem) {
  return {{"file", problem.file}, {"line", problem.line}, {"column", problem.column},
          {"key", problem.key},   {"text", problem.text}, {"did_you_mean", problem.did_you_mean}};
}

Outcome print_problems(const Invocation& invocation, const std::vector<config::Problem>& problems) {
  if (invocation.arguments.has("json")) {
    Json list = Json::array();
    for (const config::Problem& problem : problems) list.push_back(to_json(problem));
    const Json report{{"valid", false}, {"problems", std::move(list)}};
    print_json(invocation.output, report.dump(-1, ' ', false, Json::error_handler_t::replace));
    return exit_error;
  }
  for (const config::Problem& problem : problems) {
    invocation.output.print(safe_text(config::to_string(problem)) + "\n");
  }
  invocation.output.note(counted(problems.size(), "problem") + "\n");
  return exit_error;
}

}  // namespace

Outcome run_validate(const Invocation& invocation) {
  std::vector<std::string> warnings;
  const config::Overrides overrides{.flags = {}, .environment = invocation.environment};
  const auto loaded =
      config::load(invocation.arguments.positionals[0], overrides, nullptr, &warnings);
  for (const std::string& warning : warnings)
    invocation.output.note("warning: " + safe_text(warning) + "\n");
  if (!loaded) return print_problems(invocation, loaded.error());
  if (invocation.arguments.has("json")) {
    const Json report{{"valid", true},
                      {"problems", Json::array()},
                      {"instance", loaded->instance},
                      {"rooms", loaded->rooms.rooms.size()},
                      {"templates", loaded->templates.size()}};
    print_json(invocation.output, report.dump(-1, ' ', false, Json::error_handler_t::replace));
    return exit_ok;
  }
  invocation.output.print("valid: " + counted(loaded->rooms.rooms.size(), "room") + ", " +
                          counted(loaded->templates.size(), "template") + "\n");
  for (const std::string& doubt : loaded->rooms.doubts)
    invocation.output.note("doubt: " + safe_text(doubt) + "\n");
  return exit_ok;
}

}  // namespace roomkeeper::cli
