// The manual page roomctl(1), made from the table of commands. Pure; thread: any.
#ifndef ROOMKEEPER_CLI_MANUAL_H_
#define ROOMKEEPER_CLI_MANUAL_H_

#include <string>
#include <string_view>

namespace roomkeeper::cli {

std::string roomctl_manual(std::string_view version);

}  // namespace roomkeeper::cli

#endif  // ROOMKEEPER_CLI_MANUAL_H_
