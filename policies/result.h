// What a function that can fail returns: a value or one Error.
//
// Errors are values; exceptions end at the edges where libraries throw. An Error carries one of few
// codes, chosen by what the caller can do about it, and one text made for a person. Thread: any.
#ifndef ROOMKEEPER_POLICIES_RESULT_H_
#define ROOMKEEPER_POLICIES_RESULT_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

namespace roomkeeper::policies {

enum class ErrorCode : std::uint8_t {
  invalid,      ///< the input is wrong; the same call will fail again
  not_found,    ///< what it names is not there
  conflict,     ///< somebody else's, or changed meanwhile: read again
  denied,       ///< not allowed, by us or by the server
  limit,        ///< a limit was reached; later may do
  unavailable,  ///< not connected, no responder, no leader: retry with back-off
  timeout,      ///< no answer in time; whether it was done is unknown
  unsupported,  ///< this server cannot do it
  internal,     ///< broken reply, or a bug of ours
};

std::string_view to_string(ErrorCode code);

struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string text;     ///< one sentence, no trailing period, no secrets
  int server_code = 0;  ///< JetStream's err_code (10059, ...) where the server said one, else 0
};

template <class T = void>
using Result = tl::expected<T, Error>;

/// `return fail(ErrorCode::invalid, "...")` from any function that returns a Result.
inline tl::unexpected<Error> fail(ErrorCode code, std::string text, int server_code = 0) {
  return tl::unexpected<Error>(Error{code, std::move(text), server_code});
}

/// Passes an error on: `if (!r) return pass(std::move(r).error());`
inline tl::unexpected<Error> pass(Error error) {
  return tl::unexpected<Error>(std::move(error));
}

}  // namespace roomkeeper::policies

#endif  // ROOMKEEPER_POLICIES_RESULT_H_
