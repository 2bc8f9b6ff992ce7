// Reading the small files of a connection: secrets, keys, certificates. Thread: any but the loop's
// (it reads files).
#ifndef ROOMKEEPER_SIDECAR_NATS_SECRET_FILE_H_
#define ROOMKEEPER_SIDECAR_NATS_SECRET_FILE_H_

#include <string>
#include <string_view>

#include "policies/result.h"

namespace roomkeeper::sidecar::nats {

/// The first 64 KiB, without white space at the end. Errors: invalid (cannot be read, or is empty);
/// they name the file, never its content.
policies::Result<std::string> read_secret(const std::string& path);

/// The line that is a user's nkey seed: it may stand between others (`nk -pubout` writes two, a
/// creds file has many). Empty: there is none.
std::string_view seed_line(std::string_view text);

/// The line that is a JWT in a creds file. Empty: there is none.
std::string_view jwt_line(std::string_view text);

}  // namespace roomkeeper::sidecar::nats

#endif  // ROOMKEEPER_SIDECAR_NATS_SECRET_FILE_H_
