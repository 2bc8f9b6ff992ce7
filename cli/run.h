// The whole program apart from its streams: takes the command line apart, runs the command, reports
// its error.
#ifndef ROOMKEEPER_CLI_RUN_H_
#define ROOMKEEPER_CLI_RUN_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cli/arguments.h"
#include "cli/backend.h"
#include "cli/command.h"
#include "cli/output.h"

namespace roomkeeper::cli {

using MakeBackend = std::function<std::unique_ptr<Backend>(const Arguments& arguments,
                                                           const Environment& environment)>;

/// Exit code: 0, 1 or 2 (command.h). `words`: argv without the program's name.
int run(const std::vector<std::string>& words, const Environment& environment, Output& output,
        const MakeBackend& make_backend);

}  // namespace roomkeeper::cli

#endif  // ROOMKEEPER_CLI_RUN_H_
