// What nats.c and nats-server say of a connection that failed, as a sentence for the person who has
// to correct it: what is wrong, and which setting or file to look at.
//
// nats.c has texts and few codes, and they name none of our settings; nats-server says as little as
// it can of a wrong login. So the words are sorted here, and all else stays as it was said.
// Thread: any but the loop's (it reads the files of the settings, to tell until when they are
// good).
#ifndef ROOMKEEPER_SIDECAR_NATS_CONNECT_ERROR_H_
#define ROOMKEEPER_SIDECAR_NATS_CONNECT_ERROR_H_

#include <string>
#include <string_view>

#include "policies/result.h"
#include "sidecar/nats/connection.h"

namespace roomkeeper::sidecar::nats {

/// Of a try to connect to `url`. Errors: denied (the server refused the login), unavailable (all
/// else). No secret stands in them.
policies::Error connect_error(std::string_view words, const ConnectionOptions& options,
                              const std::string& url);

/// Of a connection that was there and has ended. Codes as above.
policies::Error lost_error(std::string_view words, const ConnectionOptions& options);

/// Of a file that a setting names: `what` happened to it.
policies::Error setting_error(std::string what, const std::string& setting);

/// nats.c begins with the place in its own source: `(conn.c:2088): No server available`.
std::string without_place(std::string_view words);

/// An error's text in two: what is wrong, and `check ...`, which is empty where nobody knows.
struct ToldError {
  std::string what;
  std::string check;
};
ToldError told_error(const std::string& text);

}  // namespace roomkeeper::sidecar::nats

#endif  // ROOMKEEPER_SIDECAR_NATS_CONNECT_ERROR_H_
