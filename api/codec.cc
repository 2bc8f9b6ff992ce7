// Errors, and requests that say nothing. The other types stand in codec_<noun>.cc.
#include "api/codec.h"

#include "api/json_fields.h"

namespace roomkeeper::api {

template <class Fields>
void describe(Fields& /*fields*/, Subject<Fields, NoRequest>& /*value*/) {}

std::string encode(const NoRequest& value) {
  return write_json(value);
}

std::string encode(const ApiError& value) {
  JsonWriter inner;
  inner.field("code", value.code);
  inner.field("message", value.message);
  inner.field("details", value.details);
  return "{\"error\":" + inner.text() + "}";
}

/// The value is the error that `json` carries; the error is that it carries none.
template <>
ApiResult<ApiError> decode<ApiError>(std::string_view json) {
  ApiResult<JsonText> parsed = JsonText::parse(json, max_reply_bytes);
  if (!parsed) return tl::unexpected<ApiError>(std::move(parsed).error());
  if (std::optional<ApiError> error = parsed->error()) return *std::move(error);
  return tl::unexpected<ApiError>(ApiError{ApiCode::bad_request, "field \"error\" is missing", {}});
}

template ApiResult<NoRequest> decode<NoRequest>(std::string_view json);

}  // namespace roomkeeper::api
