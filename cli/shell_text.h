// Command lines that a person may copy into a shell. Thread: any.
#ifndef ROOMKEEPER_CLI_SHELL_TEXT_H_
#define ROOMKEEPER_CLI_SHELL_TEXT_H_

#include <string>

namespace roomkeeper::cli {

struct Arguments;

/// A word as a POSIX shell takes it.
std::string shell_word(const std::string& text);
/// `roomctl`, with the context that this call was given.
std::string roomctl_again(const Arguments& arguments);

}  // namespace roomkeeper::cli

#endif  // ROOMKEEPER_CLI_SHELL_TEXT_H_
