// Which nats-server versions Roomkeeper works with: 2.10 and newer (design.md, "Dependencies").
#ifndef ROOMKEEPER_SIDECAR_SERVER_VERSION_H_
#define ROOMKEEPER_SIDECAR_SERVER_VERSION_H_

#include <optional>
#include <string_view>
#include <utility>

namespace roomkeeper::sidecar {

/// Major and minor of `2.10.29`, `2.15.0-RC.1`; nullopt when it is none.
std::optional<std::pair<int, int>> parse_server_version(std::string_view version);
/// True for 2.10 and newer. An unreadable version is not supported; an empty one is not known.
bool is_supported(std::string_view version);

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_SERVER_VERSION_H_
