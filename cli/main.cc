#include <csignal>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include <unistd.h>

#include "cli/backend.h"
#include "cli/output.h"
#include "cli/run.h"
#include "config/units.h"

namespace {

roomkeeper::cli::Environment environment_of(char** variables) {
  roomkeeper::cli::Environment environment;
  for (char** entry = variables; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string text(*entry);
    const std::size_t equals = text.find('=');
    if (equals != std::string::npos)
      environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return environment;
}

int columns_of(const roomkeeper::cli::Environment& environment) {
  const auto found = environment.find("COLUMNS");
  if (found == environment.end()) return 0;
  const auto columns = roomkeeper::config::parse_integer(found->second, 20, 10'000);
  return columns ? static_cast<int>(*columns) : 0;
}

}  // namespace

int main(int argc, char** argv) {
  namespace cli = roomkeeper::cli;
  // A reader that went away shows as a failed write.
  std::signal(SIGPIPE, SIG_IGN);
  const std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
  const cli::Environment environment = environment_of(environ);
  cli::ProcessOutput output(columns_of(environment));
  return cli::run(words, environment, output,
                  [](const cli::Arguments& arguments, const cli::Environment& variables) {
                    return std::make_unique<cli::NatsBackend>(arguments, variables);
                  });
}
