// Everything that Roomkeeper knows, as lines of JSON: what `state.export` and `state.import` are
// asked and say (docs/operations.md, "Backing up and restoring the state").
//
// A file of these lines: a header, one record a line, an end that says how many there were. Plain
// values; texts may hold bytes of strangers. Thread: any.
#ifndef ROOMKEEPER_API_STATE_H_
#define ROOMKEEPER_API_STATE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace roomkeeper::api {

inline constexpr std::uint64_t state_format = 1;     ///< `roomkeeper_state`
inline constexpr std::size_t state_lines_max = 500;  ///< of a request or a page
inline constexpr std::size_t state_line_bytes = std::size_t{128} << 10U;  ///< of one line

struct StateExportRequest {
  std::string after;          ///< `next` of the page before; means nothing but the next page
  std::uint64_t limit = 500;  ///< lines; 1..state_lines_max
};
struct StateExportReply {
  std::vector<std::string> lines;  ///< without newlines
  std::string next;                ///< empty: the end
};

/// A part of a file: one after the other, in the file's order.
struct StateImportRequest {
  std::string header;              ///< the file's first line
  std::vector<std::string> lines;  ///< those that follow, without the header; 1 to state_lines_max
  std::uint64_t first_line = 2;    ///< number of the first of them in its file
  std::uint64_t before = 0;        ///< records that earlier requests had
  std::uint64_t refused = 0;       ///< of these, refused
  bool last = false;               ///< the file ends with these lines
  bool dry_run = true;
  bool replace = false;       ///< what is there and differs is overwritten
  bool removals = false;      ///< also what may lead to the removal of a room
  bool partial = false;       ///< also a file without its end
  std::string instance_from;  ///< the header may name this instance instead of ours
};

/// What became of one line, or would become of it (dry run); besides those of api/bulk.h.
namespace outcome {
inline constexpr std::string_view exists = "exists";    ///< it is there, differs, and stays
inline constexpr std::string_view skipped = "skipped";  ///< nothing of it is to be written
}  // namespace outcome

struct StateImportOutcome {
  std::uint64_t line = 0;
  std::string kind;
  std::string name;
  std::string outcome;  ///< created, updated, unchanged, exists, skipped, refused
  std::string code;     ///< of api/types.h; empty unless refused
  std::string reason;   ///< why, where the outcome does not say it
};
struct StateImportReply {
  std::uint64_t created = 0, updated = 0, unchanged = 0, exists = 0, skipped = 0, refused = 0;
  /// The file was whole, and is known to have been: rooms of the API that are not in it were none
  /// when it was written.
  bool complete = false;
  std::vector<StateImportOutcome> lines;  ///< in the order of the request
};

std::string encode(const StateExportRequest& value);
std::string encode(const StateExportReply& value);
std::string encode(const StateImportRequest& value);
std::string encode(const StateImportReply& value);

}  // namespace roomkeeper::api

#endif  // ROOMKEEPER_API_STATE_H_
