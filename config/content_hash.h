// A short number that differs when a text differs, for noticing changes. Pure; thread: any.
#ifndef ROOMKEEPER_CONFIG_CONTENT_HASH_H_
#define ROOMKEEPER_CONFIG_CONTENT_HASH_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace roomkeeper::config {

/// FNV-1a: the files are the operator's own, who gains nothing by a collision.
class ContentHash {
 public:
  void add(std::string_view text);
  std::string text() const;  ///< 16 hexadecimal digits

 private:
  std::uint64_t value_ = 14695981039346656037ULL;
};

}  // namespace roomkeeper::config

#endif  // ROOMKEEPER_CONFIG_CONTENT_HASH_H_
