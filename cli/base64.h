// RFC 4648 base64 with padding, for messages that are not text. Pure; thread: any.
#ifndef ROOMKEEPER_CLI_BASE64_H_
#define ROOMKEEPER_CLI_BASE64_H_

#include <string>
#include <string_view>

namespace roomkeeper::cli {

std::string base64(std::string_view bytes);

}  // namespace roomkeeper::cli

#endif  // ROOMKEEPER_CLI_BASE64_H_
