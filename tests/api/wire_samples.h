// What the tests of the codecs share: values at the edges, and both directions of a type.
#ifndef ROOMKEEPER_TESTS_API_WIRE_SAMPLES_H_
#define ROOMKEEPER_TESTS_API_WIRE_SAMPLES_H_

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "api/codec.h"
#include "policies/time.h"

namespace roomkeeper::api {

/// A text that strangers may choose. Valid UTF-8, since the wire replaces the rest.
inline const std::string hostile =
    std::string(1, '\0') + "\x1b[2J\"\\\n{}[]\x7f\xc2\x9b자유\xf0\x9f\x98\x80\xe2\x80\xae";
inline constexpr std::uint64_t huge = std::numeric_limits<std::uint64_t>::max();
inline const policies::WallTime some_time{policies::Nanoseconds(1'795'273'200'123'456'789)};

/// `value` written and read; what was read is written the same.
template <class T>
T round_trip(const T& value) {
  const auto read = decode<T>(encode(value));
  EXPECT_TRUE(read) << (read ? "" : read.error().message) << "\n" << encode(value);
  if (!read) return {};
  EXPECT_EQ(encode(*read), encode(value));
  return *read;
}

/// Why it cannot be read; `accepted` when it can.
template <class T>
std::string refusal(std::string_view json) {
  const auto decoded = decode<T>(json);
  if (decoded) return "accepted";
  EXPECT_EQ(decoded.error().code, ApiCode::bad_request);
  return decoded.error().message;
}

}  // namespace roomkeeper::api

#endif  // ROOMKEEPER_TESTS_API_WIRE_SAMPLES_H_
