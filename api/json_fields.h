// The one place of api/ that touches JSON values: a writer and a reader of an object's fields,
// range-checked.
//
// Each type is described once, by a function template `describe(fields, value)` that names its
// members (found by argument-dependent lookup, so it stands in namespace api); JsonWriter and
// JsonReader both go through it, so that what is written is what is read. Thread: any; never
// throws.
#ifndef ROOMKEEPER_API_JSON_FIELDS_H_
#define ROOMKEEPER_API_JSON_FIELDS_H_

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "api/codec.h"
#include "api/types.h"

namespace roomkeeper::api {

/// Whole numbers a field may hold; both ends included.
struct Range {
  std::uint64_t low = 0;
  std::uint64_t high = std::numeric_limits<std::uint64_t>::max();
};

/// A type whose members `describe` names.
template <class T>
concept Described = std::is_class_v<T> && !std::same_as<T, std::string>;

class JsonWriter {
 public:
  static constexpr bool reading = false;

  JsonWriter();
  ~JsonWriter();
  JsonWriter(JsonWriter&&) noexcept;
  JsonWriter& operator=(JsonWriter&&) = delete;

  void field(std::string_view name, const std::string& value);
  void field(std::string_view name, bool value);
  void field(std::string_view name, int value);
  void field(std::string_view name, std::uint64_t value, Range range = {});
  void field(std::string_view name, double value);
  void field(std::string_view name, policies::WallTime value);
  void field(std::string_view name, Severity value);
  void field(std::string_view name, ApiCode value);
  void field(std::string_view name, const std::vector<std::string>& value);
  void field(std::string_view name, const std::optional<policies::WallTime>& value);
  void field(std::string_view name, const std::optional<int>& value);
  void field(std::string_view name, const std::optional<std::uint64_t>& value, Range range = {});
  /// `value` is the text of a JSON object and is embedded as such.
  void embedded(std::string_view name, const std::string& value);
  void embedded_list(std::string_view name, const std::vector<std::string>& values);
  void required(std::string_view name, const auto& value, auto... range) {
    field(name, value, range...);
  }
  template <Described T>
  void field(std::string_view name, const T& value) {
    JsonWriter inner;
    describe(inner, value);
    put(name, std::move(inner));
  }
  template <Described T>
  void field(std::string_view name, const std::vector<T>& values) {
    begin_list(name);
    for (const T& value : values) {
      JsonWriter inner;
      describe(inner, value);
      append(name, std::move(inner));
    }
  }
  std::string text() const;

 private:
  void put(std::string_view name, JsonWriter inner);
  void begin_list(std::string_view name);
  void append(std::string_view name, JsonWriter inner);

  std::unique_ptr<nlohmann::ordered_json> object_;
};

/// Shared by the readers of one text: the first problem found, and how strict to be.
struct ReadState {
  bool strict = true;
  std::string problem;  ///< empty: none
};

class JsonReader {
 public:
  static constexpr bool reading = true;

  /// `object` and `state` must outlive the reader. `path`: "" or "entries[3].".
  JsonReader(const nlohmann::ordered_json& object, ReadState& state, std::string path);

  void field(std::string_view name, std::string& out);
  void field(std::string_view name, bool& out);
  void field(std::string_view name, int& out);
  void field(std::string_view name, std::uint64_t& out, Range range = {});
  void field(std::string_view name, double& out);
  void field(std::string_view name, policies::WallTime& out);
  void field(std::string_view name, Severity& out);
  void field(std::string_view name, ApiCode& out);
  void field(std::string_view name, std::vector<std::string>& out);
  void field(std::string_view name, std::optional<policies::WallTime>& out);
  void field(std::string_view name, std::optional<int>& out);
  void field(std::string_view name, std::optional<std::uint64_t>& out, Range range = {});
  void embedded(std::string_view name, std::string& out);
  void embedded_list(std::string_view name, std::vector<std::string>& out);
  void required(std::string_view name, auto& out, auto... range) {
    if (find(name) == nullptr) missing(name);
    field(name, out, range...);
  }
  template <Described T>
  void field(std::string_view name, T& out) {
    if (const nlohmann::ordered_json* value = object_field(name)) {
      read_into(JsonReader(*value, state_, path_ + std::string(name) + "."), out);
    }
  }
  template <Described T>
  void field(std::string_view name, std::vector<T>& out) {
    const std::size_t size = list_size(name);
    out.clear();
    out.reserve(size);
    for (std::size_t i = 0; i < size && state_.problem.empty(); ++i) {
      if (const nlohmann::ordered_json* item = list_item(name, i)) {
        read_into(JsonReader(*item, state_, item_path(name, i)), out.emplace_back());
      }
    }
  }
  /// Every field was named: in a strict text anything else is a problem.
  void finish();

 private:
  template <class T>
  static void read_into(JsonReader reader, T& out) {
    describe(reader, out);
    reader.finish();
  }
  const nlohmann::ordered_json* find(std::string_view name);
  const nlohmann::ordered_json* object_field(std::string_view name);
  std::size_t list_size(std::string_view name);
  const nlohmann::ordered_json* list_item(std::string_view name, std::size_t index);
  std::string item_path(std::string_view name, std::size_t index) const;
  void missing(std::string_view name);
  void wrong(std::string_view name, std::string_view expected);

  const nlohmann::ordered_json& object_;
  ReadState& state_;
  std::string path_;
  std::vector<std::string_view> known_;
};

/// One parsed text. Refuses what is too long, too deep, not an object, or names a key twice.
class JsonText {
 public:
  static ApiResult<JsonText> parse(std::string_view text, std::size_t max_bytes);
  JsonText(JsonText&&) noexcept;
  JsonText& operator=(JsonText&&) = delete;
  ~JsonText();

  const nlohmann::ordered_json& object() const { return *object_; }
  /// What an `{"error":{...}}` says; nullopt when the text is none.
  std::optional<ApiError> error() const;

 private:
  explicit JsonText(std::unique_ptr<nlohmann::ordered_json> object);
  std::unique_ptr<nlohmann::ordered_json> object_;
};

template <class T, class... Others>
inline constexpr bool is_one_of = (std::same_as<T, Others> || ...);

/// Requests are read strictly; what is not a request is a reply.
template <class T>
inline constexpr bool is_request =
    is_one_of<T, NoRequest, RoomListRequest, RoomRequest, RoomWriteRequest, PlanRequest,
              ApplyRequest, PassRequest, DeadlineRequest>;

/// `Value` as `Fields` needs it: the reader fills it, the writer only looks.
template <class Fields, class Value>
using Subject = std::conditional_t<Fields::reading, Value, const Value>;

template <class T>
std::string write_json(const T& value) {
  JsonWriter writer;
  describe(writer, value);
  return writer.text();
}

template <class T>
ApiResult<T> read_json(std::string_view text) {
  ApiResult<JsonText> parsed =
      JsonText::parse(text, is_request<T> ? max_request_bytes : max_reply_bytes);
  if (!parsed) return tl::unexpected<ApiError>(std::move(parsed).error());
  if constexpr (!is_request<T>) {
    if (std::optional<ApiError> error = parsed->error())
      return tl::unexpected<ApiError>(std::move(*error));
  }
  T value;
  ReadState state{.strict = is_request<T>, .problem = {}};
  JsonReader reader(parsed->object(), state, "");
  describe(reader, value);
  reader.finish();
  if (!state.problem.empty()) {
    return tl::unexpected<ApiError>(ApiError{ApiCode::bad_request, std::move(state.problem), {}});
  }
  return value;
}

template <class T>
ApiResult<T> decode(std::string_view json) {
  return read_json<T>(json);
}

}  // namespace roomkeeper::api

#endif  // ROOMKEEPER_API_JSON_FIELDS_H_
