// A context of the nats CLI: the same file serves `nats --context` and `roomctl --context`. Reads
// files; thread: any.
#ifndef ROOMKEEPER_CLI_CONTEXT_H_
#define ROOMKEEPER_CLI_CONTEXT_H_

#include <string>
#include <string_view>

#include "api/types.h"
#include "cli/command.h"

namespace roomkeeper::cli {

/// The fields that roomctl uses; empty where the file has none. Paths begin with no `~`.
struct Context {
  std::string url;
  std::string user;
  std::string password;
  std::string creds;
  std::string nkey;
  std::string token;
  std::string cert;
  std::string key;
  std::string ca;
  std::string inbox_prefix;
};

/// Where a context lies: `text` itself when it holds a '/' or ends in ".json", else
/// `$XDG_CONFIG_HOME/nats/context/<text>.json` (default `~/.config`).
std::string context_path(std::string_view text, const Environment& environment);

/// Errors: bad_request (no such file, not JSON, a field that is no text), with the path.
api::ApiResult<Context> load_context(std::string_view text, const Environment& environment);

}  // namespace roomkeeper::cli

#endif  // ROOMKEEPER_CLI_CONTEXT_H_
