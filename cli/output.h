// Port: where a command writes and what it may ask. Implementations: ProcessOutput, and the tests'
// recorder.
//
// Thread: the program's only one.
#ifndef ROOMKEEPER_CLI_OUTPUT_H_
#define ROOMKEEPER_CLI_OUTPUT_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "api/types.h"

namespace roomkeeper::cli {

class Output {
 public:
  virtual ~Output() = default;
  /// To standard output, as it is; false when nobody reads it any more.
  virtual bool print(std::string_view text) = 0;
  /// To standard error, as it is.
  virtual void note(std::string_view text) = 0;
  virtual bool prints_to_terminal() const = 0;  ///< standard output
  virtual bool notes_to_terminal() const = 0;   ///< standard error
  virtual bool can_ask() const = 0;             ///< standard input and error are a terminal
  virtual int width() const = 0;                ///< columns of the terminal; 0: no limit
  /// One line of standard input without its newline; nullopt at its end.
  virtual std::optional<std::string> read_line() = 0;
  /// Standard input up to its end. Errors: more than `most` bytes.
  virtual api::ApiResult<std::string> read_all(std::size_t most) = 0;
};

/// The program's own streams.
class ProcessOutput final : public Output {
 public:
  /// `columns`: $COLUMNS, where the terminal does not tell; 0: unknown.
  explicit ProcessOutput(int columns);
  bool print(std::string_view text) override;
  void note(std::string_view text) override;
  bool prints_to_terminal() const override;
  bool notes_to_terminal() const override;
  bool can_ask() const override;
  int width() const override;
  std::optional<std::string> read_line() override;
  api::ApiResult<std::string> read_all(std::size_t most) override;

 private:
  int columns_;
};

/// Prints a JSON object: indented on a terminal, else on one line.
void print_json(Output& output, std::string_view json);

/// On a terminal: prints `question` and takes "yes". Otherwise false.
bool confirmed(Output& output, std::string_view question);

}  // namespace roomkeeper::cli

#endif  // ROOMKEEPER_CLI_OUTPUT_H_
