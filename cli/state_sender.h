// Sends the lines of an exported state to the daemon: one bounded request at a time, again where
// that may help, until all have an outcome or the user has enough.
//
// What was taken in stays: sent again it is `unchanged`, so that a run that ended early is gone on
// with by running it again. Thread: the program's only one.
#ifndef ROOMKEEPER_CLI_STATE_SENDER_H_
#define ROOMKEEPER_CLI_STATE_SENDER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "api/state.h"
#include "api/types.h"
#include "cli/command.h"

namespace roomkeeper::cli {

/// A file of an exported state, not understood any further.
struct StateFile {
  std::string name;  ///< for messages
  std::string header;
  struct Line {
    std::uint64_t number = 0;  ///< 1-based
    std::string text;
  };
  std::vector<Line> lines;  ///< without the header and blank ones
};

/// Errors: bad_request, it has no records, or a line that is too long.
api::ApiResult<StateFile> parse_state_file(std::string_view text, std::string name);

class StateSender {
 public:
  /// `wanted`: all but the lines and where they stand.
  StateSender(const Invocation& invocation, api::StateImportRequest wanted)
      : invocation_(invocation), wanted_(std::move(wanted)) {}

  /// The outcomes of all lines as if it had been one request. Errors: the daemon's, of a request
  /// that was not taken even when tried again; then all requests before it were.
  api::ApiResult<api::StateImportReply> send(const StateFile& file);

 private:
  std::size_t fill(api::StateImportRequest& request, const StateFile& file, std::size_t from);
  api::ApiResult<api::StateImportReply> ask(const api::StateImportRequest& request);

  const Invocation& invocation_;
  api::StateImportRequest wanted_;
};

}  // namespace roomkeeper::cli

#endif  // ROOMKEEPER_CLI_STATE_SENDER_H_
