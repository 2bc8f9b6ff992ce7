// Writes what the package takes from the program's own tables: manual pages and completions.
//
//   roomkeeper_manuals FOLDER EXAMPLE.yaml
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "cli/completion.h"
#include "cli/manual.h"
#include "config/manuals.h"

namespace {

bool write(const std::string& path, const std::string& text) {
  std::ofstream out(path, std::ios::binary);
  out << text;
  out.close();
  if (!out) std::fprintf(stderr, "cannot write %s\n", path.c_str());
  return static_cast<bool>(out);
}

}  // namespace

int main(int argc, char** argv) {
  namespace cli = roomkeeper::cli;
  namespace config = roomkeeper::config;
  if (argc != 3) {
    std::fputs("usage: roomkeeper_manuals FOLDER EXAMPLE.yaml\n", stderr);
    return EXIT_FAILURE;
  }
  std::ifstream in(argv[2], std::ios::binary);
  const std::string example{std::istreambuf_iterator<char>(in), {}};
  if (example.empty()) {
    std::fprintf(stderr, "cannot read %s\n", argv[2]);
    return EXIT_FAILURE;
  }
  const std::string folder = std::string(argv[1]) + "/";
  const bool good = write(folder + "roomkeeper.8", config::roomkeeper_manual(ROOMKEEPER_VERSION)) &&
                    write(folder + "roomkeeper.yaml.5",
                          config::roomkeeper_yaml_manual(ROOMKEEPER_VERSION, example)) &&
                    write(folder + "roomctl.1", cli::roomctl_manual(ROOMKEEPER_VERSION)) &&
                    write(folder + "roomctl.bash", cli::bash_completion()) &&
                    write(folder + "_roomctl", cli::zsh_completion());
  return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
