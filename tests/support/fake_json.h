// How the fakes read and write JSON: nothing throws, nothing is assumed about what a client sent.
#ifndef ROOMKEEPER_TESTS_SUPPORT_FAKE_JSON_H_
#define ROOMKEEPER_TESTS_SUPPORT_FAKE_JSON_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace roomkeeper::testing {

using Json = nlohmann::ordered_json;

/// nullopt: not JSON.
std::optional<Json> parse_json(std::string_view text);
/// An empty body is an empty object, as nats-server takes it for most requests.
std::optional<Json> parse_json_object(std::string_view text);
/// Bytes that are not UTF-8 become U+FFFD.
std::string dump_json(const Json& value);
/// One string, quoted and escaped.
std::string quote_json(std::string_view text);

/// Fields of an object. Absent or null: the fallback. A wrong type or range: `ok` becomes false.
class JsonFields {
 public:
  explicit JsonFields(const Json& object) : object_(object) {}
  std::int64_t integer(std::string_view key, std::int64_t fallback = 0);
  std::uint64_t counter(std::string_view key, std::uint64_t fallback = 0);  ///< never negative
  bool boolean(std::string_view key, bool fallback = false);
  std::string text(std::string_view key, std::string_view fallback = {});
  std::vector<std::string> texts(std::string_view key);
  const Json* member(std::string_view key) const;  ///< null when absent or JSON null
  bool ok() const { return ok_; }

 private:
  const Json& object_;
  bool ok_ = true;
};

std::string base64_encode(std::string_view bytes);

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_SUPPORT_FAKE_JSON_H_
