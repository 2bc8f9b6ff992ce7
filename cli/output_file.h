// Where `-o FILE` goes: collected, and put in its place in one step at the end, so that a run that
// ends early leaves what was there. Without a file it is standard output, piece by piece. Thread:
// the program's only one.
#ifndef ROOMKEEPER_CLI_OUTPUT_FILE_H_
#define ROOMKEEPER_CLI_OUTPUT_FILE_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "api/types.h"
#include "cli/output.h"

namespace roomkeeper::cli {

enum class FileAccess : std::uint8_t {
  as_usual,    ///< as the umask says
  owner_only,  ///< 0600
};

class OutputFile {
 public:
  /// `path` empty or -: standard output.
  OutputFile(Output& output, std::string path, FileAccess access = FileAccess::as_usual);

  bool is_file() const { return !path_.empty(); }
  const std::string& path() const { return path_; }
  /// False when nobody reads it any more.
  bool write(std::string_view text);
  /// Errors: bad_request, the file cannot be written; what was there is unchanged.
  api::ApiResult<void> finish();

 private:
  Output& output_;
  std::string path_;
  FileAccess access_;
  std::string text_;
};

}  // namespace roomkeeper::cli

#endif  // ROOMKEEPER_CLI_OUTPUT_FILE_H_
