#include "cli/run.h"

#include <algorithm>

#include "cli/help.h"
#include "cli/render.h"

namespace roomkeeper::cli {
namespace {

bool wants_json(const std::vector<std::string>& words) {
  const auto end = std::find(words.begin(), words.end(), "--");
  return std::find(words.begin(), end, "--json") != end;
}

int report(Output& output, const api::ApiError& error, bool json) {
  if (json) {
    print_json(output, api::encode(error));
  } else {
    output.note(render_error(error));
  }
  return exit_error;
}

}  // namespace

int run(const std::vector<std::string>& words, const Environment& environment, Output& output,
        const MakeBackend& make_backend) {
  const bool json = wants_json(words);
  const auto arguments = parse_arguments(words);
  if (!arguments) {
    const int code = report(output, arguments.error(), json);
    if (!json) output.note("  roomctl help shows all commands and options\n");
    return code;
  }
  if (arguments->command == nullptr || arguments->has("help")) {
    output.print(arguments->command == nullptr ? overview_help()
                                               : command_help(*arguments->command));
    return exit_ok;
  }
  const std::unique_ptr<Backend> backend = make_backend(*arguments, environment);
  const Outcome outcome = arguments->command->run({*arguments, environment, output, *backend});
  return outcome ? *outcome : report(output, outcome.error(), json);
}

}  // namespace roomkeeper::cli
