// Bytes of a binary protocol as numbers, and back, for clients that a test writes by hand.
#ifndef ROOMKEEPER_TESTS_SUPPORT_WIRE_BYTES_H_
#define ROOMKEEPER_TESTS_SUPPORT_WIRE_BYTES_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace roomkeeper::testing {

/// The lowest eight bits.
inline char byte(std::uint64_t value) {
  return static_cast<char>(value & 0xFFU);
}

inline unsigned byte_at(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes[at]);
}

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_SUPPORT_WIRE_BYTES_H_
