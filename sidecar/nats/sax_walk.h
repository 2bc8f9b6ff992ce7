// Reading big JSON replies by SAX: the walk over the nesting, so that a reader says only what it
// wants to keep.
//
// Containers that a reader does not know are skipped whole. Any input ends in success or in one
// error text, whatever its nesting, types, sizes and bytes. Thread: any; a reader reads one text.
#ifndef ROOMKEEPER_SIDECAR_NATS_SAX_WALK_H_
#define ROOMKEEPER_SIDECAR_NATS_SAX_WALK_H_

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "policies/result.h"

namespace roomkeeper::sidecar::nats {

/// A number of JSON, still without a type.
struct SaxNumber {
  bool is_integer = false;  ///< false: a fraction, or too large for 64 bits
  bool is_negative = false;
  std::int64_t signed_value = 0;     ///< when negative
  std::uint64_t unsigned_value = 0;  ///< when not
};

/// Base of a reader. `place` is the reader's own enum of the containers that it knows; 0 is the
/// text's top.
class SaxWalk {
 public:
  virtual ~SaxWalk() = default;
  /// Runs over the whole text. Errors: internal (not JSON, or something the reader refused).
  policies::Result<> read(std::string_view json);

 protected:
  static constexpr int skip = -1;

  /// A container begins: at `key` of the object `place`, or as an element of the array `place`
  /// (then key is empty). Returns its place, or `skip`. The outermost one is asked for with place 0
  /// and an empty key.
  virtual int enter(int place, std::string_view key, bool is_array) = 0;
  virtual bool leave(int place) = 0;
  virtual bool text(int place, std::string_view key, std::string& value) = 0;
  virtual bool number(int place, std::string_view key, const SaxNumber& value) = 0;
  virtual bool flag(int place, std::string_view key, bool value) = 0;

  /// Ends the walk with an error: `return refuse(...)`.
  bool refuse(std::string error) {
    if (error_.empty()) error_ = std::move(error);
    return false;
  }

  /// Puts a number where it fits, refuses it where it does not.
  template <class T>
  bool store(std::string_view key, const SaxNumber& value, T& target) {
    using Limits = std::numeric_limits<T>;
    if (value.is_integer && value.is_negative && std::is_signed_v<T> &&
        value.signed_value >= static_cast<std::int64_t>(Limits::min())) {
      target = static_cast<T>(value.signed_value);
      return true;
    }
    if (value.is_integer && !value.is_negative &&
        value.unsigned_value <= static_cast<std::uint64_t>(Limits::max())) {
      target = static_cast<T>(value.unsigned_value);
      return true;
    }
    return refuse("the number at '" + std::string(key) + "' is out of range");
  }

 private:
  friend class SaxEvents;  ///< the parser's side of it, sax_walk.cc
  std::string error_;
};

}  // namespace roomkeeper::sidecar::nats

#endif  // ROOMKEEPER_SIDECAR_NATS_SAX_WALK_H_
