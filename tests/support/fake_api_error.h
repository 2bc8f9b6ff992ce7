// An error of the JetStream API, as nats-server words it.
#ifndef ROOMKEEPER_TESTS_SUPPORT_FAKE_API_ERROR_H_
#define ROOMKEEPER_TESTS_SUPPORT_FAKE_API_ERROR_H_

#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

namespace roomkeeper::testing {

struct ApiError {
  int code = 500;    ///< HTTP-like: 400, 404, 500, 503
  int err_code = 0;  ///< 10003, 10059, ...
  std::string description;
};

template <class T = void>
using ApiResult = tl::expected<T, ApiError>;

inline tl::unexpected<ApiError> api_fail(int code, int err_code, std::string description) {
  return tl::unexpected<ApiError>(ApiError{code, err_code, std::move(description)});
}

namespace api_error {
ApiError stream_not_found();
ApiError consumer_not_found();
ApiError message_not_found();
ApiError bad_request();
ApiError invalid_json(std::string_view detail = {});
ApiError invalid_config(std::string description);
ApiError not_enabled();
ApiError no_meta_leader();
ApiError too_many_requests();
ApiError no_suitable_peers();
}  // namespace api_error

/// `"error":{...}`, to be put into an object.
std::string error_member(const ApiError& error);
/// A whole reply: `{"type":"io.nats.jetstream.api.v1.<kind>_response","error":{...}}`.
std::string error_reply(std::string_view kind, const ApiError& error);
/// `{"type":"...",` + `members` + `}`; `members` is JSON text, never empty.
std::string api_reply(std::string_view kind, std::string_view members);

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_SUPPORT_FAKE_API_ERROR_H_
