// The manual pages roomkeeper(8) and roomkeeper.yaml(5), made from the tables that the program
// reads by. Pure; thread: any.
#ifndef ROOMKEEPER_CONFIG_MANUALS_H_
#define ROOMKEEPER_CONFIG_MANUALS_H_

#include <string>
#include <string_view>

namespace roomkeeper::config {

/// Every flag and environment variable, signals, exit codes, files.
std::string roomkeeper_manual(std::string_view version);
/// Every key of the file, of templates and of rooms; `example` is a whole file.
std::string roomkeeper_yaml_manual(std::string_view version, std::string_view example);

}  // namespace roomkeeper::config

#endif  // ROOMKEEPER_CONFIG_MANUALS_H_
