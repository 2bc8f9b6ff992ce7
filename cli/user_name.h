// The user of a message, from its subject. Pure; thread: any.
#ifndef ROOMKEEPER_CLI_USER_NAME_H_
#define ROOMKEEPER_CLI_USER_NAME_H_

#include <string>
#include <string_view>

namespace roomkeeper::cli {

/// The last token: `bob` of `chat.general.bob`.
std::string_view user_of_subject(std::string_view subject);

/// The NATS user name behind a user id: `=` + base32 is decoded, everything else is itself.
std::string user_name(std::string_view user_id);

}  // namespace roomkeeper::cli

#endif  // ROOMKEEPER_CLI_USER_NAME_H_
