#include "cli/output.h"

#include <cstdio>

#include <sys/ioctl.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "cli/command.h"

namespace roomkeeper::cli {

ProcessOutput::ProcessOutput(int columns) : columns_(columns) {}

bool ProcessOutput::print(std::string_view text) {
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  return std::fflush(stdout) == 0 && written;
}

void ProcessOutput::note(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

bool ProcessOutput::prints_to_terminal() const {
  return ::isatty(STDOUT_FILENO) == 1;
}
bool ProcessOutput::notes_to_terminal() const {
  return ::isatty(STDERR_FILENO) == 1;
}
bool ProcessOutput::can_ask() const {
  return ::isatty(STDIN_FILENO) == 1 && notes_to_terminal();
}

int ProcessOutput::width() const {
  if (!prints_to_terminal()) return 0;
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return columns_;
}

std::optional<std::string> ProcessOutput::read_line() {
  std::string line;
  for (int c = std::fgetc(stdin); c != EOF; c = std::fgetc(stdin)) {
    if (c == '\n') return line;
    if (line.size() < 4096) line += static_cast<char>(c);
  }
  return line.empty() ? std::nullopt : std::optional(line);
}

api::ApiResult<std::string> ProcessOutput::read_all(std::size_t most) {
  std::string text;
  std::string block(65536, '\0');
  for (;;) {
    const std::size_t size = std::fread(block.data(), 1, block.size(), stdin);
    if (size == 0) return text;
    text.append(block, 0, size);
    if (text.size() > most)
      return usage_error("standard input is longer than " + std::to_string(most) + " bytes");
  }
}

void print_json(Output& output, std::string_view json) {
  using Json = nlohmann::ordered_json;
  const Json value = Json::parse(json, nullptr, /*allow_exceptions=*/false);
  const int indent = output.prints_to_terminal() ? 2 : -1;
  output.print(value.dump(indent, ' ', false, Json::error_handler_t::replace) + "\n");
}

bool confirmed(Output& output, std::string_view question) {
  if (!output.can_ask()) return false;
  output.note(std::string(question) + " Type \"yes\" to go on: ");
  return output.read_line() == "yes";
}

}  // namespace roomkeeper::cli
