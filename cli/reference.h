// The generated part of docs/cli.md, from the same table as the help. Pure; thread: any.
#ifndef ROOMKEEPER_CLI_REFERENCE_H_
#define ROOMKEEPER_CLI_REFERENCE_H_

#include <string>

namespace roomkeeper::cli {

/// Markdown between the markers `<!-- begin commands -->` and `<!-- end commands -->`.
std::string cli_markdown();

}  // namespace roomkeeper::cli

#endif  // ROOMKEEPER_CLI_REFERENCE_H_
