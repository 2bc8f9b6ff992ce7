// How far a long piece of work is: one line that is overwritten on a terminal, elsewhere a line now
// and then. On standard error. Thread: the program's only one.
#ifndef ROOMKEEPER_CLI_PROGRESS_H_
#define ROOMKEEPER_CLI_PROGRESS_H_

#include <chrono>
#include <string>

#include "cli/output.h"
#include "sidecar/clock.h"

namespace roomkeeper::cli {

class Progress {
 public:
  Progress(Output& output, const sidecar::Clock& clock) : output_(output), clock_(clock) {}

  void show(const std::string& text) {
    if (output_.notes_to_terminal()) {
      output_.note("\r" + text + "\x1b[K");
      open_line_ = true;
    } else if (clock_.mono() >= next_line_) {
      output_.note(text + "\n");
      next_line_ = clock_.mono() + line_interval;
    }
  }
  void end() {
    if (open_line_) output_.note("\r\x1b[K");
    open_line_ = false;
  }

 private:
  static constexpr auto line_interval = std::chrono::seconds(5);

  Output& output_;
  const sidecar::Clock& clock_;
  policies::MonoTime next_line_{};
  bool open_line_ = false;
};

}  // namespace roomkeeper::cli

#endif  // ROOMKEEPER_CLI_PROGRESS_H_
