// JSON of the admin API. Strict: unknown fields, wrong types and out-of-range numbers are refused
// with the field's name; bounded size and depth; dumping replaces invalid UTF-8. Never throws.
// Thread: any.
#ifndef ROOMKEEPER_API_CODEC_H_
#define ROOMKEEPER_API_CODEC_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "api/types.h"

namespace roomkeeper::api {

/// Requests longer than max_request_bytes and anything nested deeper than max_depth is refused
/// unread.
inline constexpr std::size_t max_request_bytes = 1U << 20U;
inline constexpr std::size_t max_reply_bytes = 16U << 20U;
inline constexpr int max_depth = 16;

std::string encode(const ApiError& value);
std::string encode(const NoRequest& value);
std::string encode(const StatusReply& value);
std::string encode(const DoctorReply& value);
std::string encode(const StepDownReply& value);
std::string encode(const RoomView& value);
std::string encode(const RoomListRequest& value);
std::string encode(const RoomListReply& value);
std::string encode(const RoomRequest& value);
std::string encode(const ExplainReply& value);
std::string encode(const RoomWriteRequest& value);
std::string encode(const PlanRequest& value);
std::string encode(const PlanReply& value);
std::string encode(const ApplyRequest& value);
std::string encode(const PassRequest& value);
std::string encode(const PassReply& value);
std::string encode(const DeadlineRequest& value);
std::string encode(const DeadlineReply& value);

/// `room_json` of a RoomWriteRequest that is not a JSON object is sent as a text, which the other
/// side refuses.

/// decode<T>(json), for every type above: ApiError{bad_request} with the field when it is not a T.
/// An empty text is `{}`. Replies are decoded leniently (unknown fields of a newer daemon are
/// ignored); `{"error":...}` becomes its ApiError.
template <class T>
ApiResult<T> decode(std::string_view json);

}  // namespace roomkeeper::api

#endif  // ROOMKEEPER_API_CODEC_H_
