#include "api/json_fields.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <set>

#include <nlohmann/json.hpp>

#include "policies/rfc3339.h"

namespace roomkeeper::api {
namespace {

using Json = nlohmann::ordered_json;

std::string dump(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

tl::unexpected<ApiError> bad(std::string message) {
  return tl::unexpected<ApiError>(ApiError{ApiCode::bad_request, std::move(message), {}});
}

/// The deepest nesting of a JSON text, found without building anything.
int depth_of(std::string_view text) {
  int depth = 0;
  int deepest = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      deepest = std::max(deepest, ++depth);
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return deepest;
}

/// Notices a key that is written twice in one object, which the parser itself would let pass.
class DuplicateKeys {
 public:
  bool operator()(int /*depth*/, Json::parse_event_t event, Json& parsed) {
    if (event == Json::parse_event_t::object_start) {
      seen_.emplace_back();
    } else if (event == Json::parse_event_t::object_end) {
      seen_.pop_back();
    } else if (event == Json::parse_event_t::key) {
      const auto& key = parsed.get_ref<const std::string&>();
      if (!seen_.back().insert(key).second && first_.empty())
        first_ = key.empty() ? "(empty)" : key;
    }
    return true;
  }
  const std::string& first() const { return first_; }

 private:
  std::vector<std::set<std::string>> seen_;
  std::string first_;
};

/// A whole number within [low, high], or nullopt.
std::optional<std::uint64_t> whole(const Json& value, Range range) {
  if (!value.is_number_integer()) return std::nullopt;
  std::uint64_t number = 0;
  if (value.is_number_unsigned()) {
    number = *value.get_ptr<const Json::number_unsigned_t*>();
  } else {
    const std::int64_t given = *value.get_ptr<const Json::number_integer_t*>();
    if (given < 0) return std::nullopt;
    number = static_cast<std::uint64_t>(given);
  }
  if (number < range.low || number > range.high) return std::nullopt;
  return number;
}

std::optional<int> small(const Json& value) {
  if (!value.is_number_integer()) return std::nullopt;
  if (value.is_number_unsigned()) {
    const std::uint64_t given = *value.get_ptr<const Json::number_unsigned_t*>();
    if (given > static_cast<std::uint64_t>(std::numeric_limits<int>::max())) return std::nullopt;
    return static_cast<int>(given);
  }
  const std::int64_t given = *value.get_ptr<const Json::number_integer_t*>();
  if (given < std::numeric_limits<int>::min() || given > std::numeric_limits<int>::max())
    return std::nullopt;
  return static_cast<int>(given);
}

std::optional<policies::WallTime> time_of(const Json& value) {
  if (!value.is_string()) return std::nullopt;
  const auto time = policies::parse_rfc3339(value.get_ref<const std::string&>());
  if (!time) return std::nullopt;
  return *time;
}

std::string whole_expected(Range range) {
  const bool open = range.high == std::numeric_limits<std::uint64_t>::max();
  if (open && range.low == 0) return "a whole number, not negative";
  if (open) return "a whole number of at least " + std::to_string(range.low);
  return "a whole number from " + std::to_string(range.low) + " to " + std::to_string(range.high);
}

constexpr std::string_view time_expected = "a time such as \"2026-11-22T00:00:00Z\"";

}  // namespace

// ---- writing

JsonWriter::JsonWriter() : object_(std::make_unique<Json>(Json::object())) {}
JsonWriter::~JsonWriter() = default;
JsonWriter::JsonWriter(JsonWriter&&) noexcept = default;

void JsonWriter::field(std::string_view name, const std::string& value) {
  (*object_)[std::string(name)] = value;
}
void JsonWriter::field(std::string_view name, bool value) {
  (*object_)[std::string(name)] = value;
}
void JsonWriter::field(std::string_view name, int value) {
  (*object_)[std::string(name)] = value;
}
void JsonWriter::field(std::string_view name, std::uint64_t value, Range /*range*/) {
  (*object_)[std::string(name)] = value;
}
void JsonWriter::field(std::string_view name, double value) {
  (*object_)[std::string(name)] = std::isfinite(value) ? value : 0.0;
}
void JsonWriter::field(std::string_view name, policies::WallTime value) {
  (*object_)[std::string(name)] = policies::format_rfc3339(value);
}
void JsonWriter::field(std::string_view name, Severity value) {
  (*object_)[std::string(name)] = to_string(value);
}
void JsonWriter::field(std::string_view name, ApiCode value) {
  (*object_)[std::string(name)] = to_string(value);
}
void JsonWriter::field(std::string_view name, const std::vector<std::string>& value) {
  (*object_)[std::string(name)] = value;
}
void JsonWriter::field(std::string_view name, const std::optional<policies::WallTime>& value) {
  if (value) field(name, *value);
}
void JsonWriter::field(std::string_view name, const std::optional<int>& value) {
  if (value) field(name, *value);
}
void JsonWriter::field(std::string_view name, const std::optional<std::uint64_t>& value,
                       Range /*range*/) {
  if (value) field(name, *value);
}

void JsonWriter::embedded(std::string_view name, const std::string& value) {
  Json inner = Json::parse(value, nullptr, /*allow_exceptions=*/false);
  (*object_)[std::string(name)] = inner.is_object() ? std::move(inner) : Json(value);
}

void JsonWriter::embedded_list(std::string_view name, const std::vector<std::string>& values) {
  Json list = Json::array();
  for (const std::string& value : values) {
    Json inner = Json::parse(value, nullptr, /*allow_exceptions=*/false);
    list.push_back(inner.is_object() ? std::move(inner) : Json(value));
  }
  (*object_)[std::string(name)] = std::move(list);
}

void JsonWriter::put(std::string_view name, JsonWriter inner) {
  (*object_)[std::string(name)] = std::move(*inner.object_);
}
void JsonWriter::begin_list(std::string_view name) {
  (*object_)[std::string(name)] = Json::array();
}
void JsonWriter::append(std::string_view name, JsonWriter inner) {
  (*object_)[std::string(name)].push_back(std::move(*inner.object_));
}
std::string JsonWriter::text() const {
  return dump(*object_);
}

// ---- reading

JsonReader::JsonReader(const Json& object, ReadState& state, std::string path)
    : object_(object), state_(state), path_(std::move(path)) {}

const Json* JsonReader::find(std::string_view name) {
  known_.push_back(name);
  const auto it = object_.find(std::string(name));
  if (it == object_.end()) return nullptr;
  // A newer daemon may say null for "none"; a request may not.
  if (it->is_null() && !state_.strict) return nullptr;
  return &*it;
}

void JsonReader::missing(std::string_view name) {
  if (state_.problem.empty())
    state_.problem = "field \"" + path_ + std::string(name) + "\" is missing";
}

void JsonReader::wrong(std::string_view name, std::string_view expected) {
  if (!state_.problem.empty()) return;
  state_.problem = "field \"" + path_ + std::string(name) + "\": expected " + std::string(expected);
}

void JsonReader::field(std::string_view name, std::string& out) {
  const Json* value = find(name);
  if (value == nullptr) return;
  if (!value->is_string()) return wrong(name, "a text");
  out = value->get_ref<const std::string&>();
}

void JsonReader::field(std::string_view name, bool& out) {
  const Json* value = find(name);
  if (value == nullptr) return;
  if (!value->is_boolean()) return wrong(name, "true or false");
  out = *value->get_ptr<const Json::boolean_t*>();
}

void JsonReader::field(std::string_view name, int& out) {
  std::optional<int> number;
  field(name, number);
  if (number) out = *number;
}

void JsonReader::field(std::string_view name, std::uint64_t& out, Range range) {
  std::optional<std::uint64_t> number;
  field(name, number, range);
  if (number) out = *number;
}

void JsonReader::field(std::string_view name, double& out) {
  const Json* value = find(name);
  if (value == nullptr) return;
  if (!value->is_number()) return wrong(name, "a number");
  if (const auto* real = value->get_ptr<const Json::number_float_t*>()) {
    out = *real;
  } else if (const auto* count = value->get_ptr<const Json::number_unsigned_t*>()) {
    out = static_cast<double>(*count);
  } else {
    out = static_cast<double>(*value->get_ptr<const Json::number_integer_t*>());
  }
}

void JsonReader::field(std::string_view name, policies::WallTime& out) {
  std::optional<policies::WallTime> time;
  field(name, time);
  if (time) out = *time;
}

void JsonReader::field(std::string_view name, Severity& out) {
  std::string text;
  field(name, text);
  // A severity that a newer daemon invented still deserves to be seen.
  if (!text.empty()) out = parse_severity(text).value_or(Severity::warning);
}

void JsonReader::field(std::string_view name, ApiCode& out) {
  std::string text;
  field(name, text);
  out = parse_api_code(text).value_or(ApiCode::internal);
}

void JsonReader::field(std::string_view name, std::vector<std::string>& out) {
  const Json* value = find(name);
  if (value == nullptr) return;
  const bool texts =
      value->is_array() &&
      std::all_of(value->begin(), value->end(), [](const Json& item) { return item.is_string(); });
  if (!texts) return wrong(name, "a list of texts");
  out.clear();
  for (const Json& item : *value) out.push_back(item.get_ref<const std::string&>());
}

void JsonReader::field(std::string_view name, std::optional<policies::WallTime>& out) {
  const Json* value = find(name);
  if (value == nullptr) return;
  out = time_of(*value);
  if (!out) wrong(name, time_expected);
}

void JsonReader::field(std::string_view name, std::optional<int>& out) {
  const Json* value = find(name);
  if (value == nullptr) return;
  out = small(*value);
  if (!out) wrong(name, "a whole number of 32 bits");
}

void JsonReader::field(std::string_view name, std::optional<std::uint64_t>& out, Range range) {
  const Json* value = find(name);
  if (value == nullptr) return;
  out = whole(*value, range);
  if (!out) wrong(name, whole_expected(range));
}

void JsonReader::embedded(std::string_view name, std::string& out) {
  if (const Json* value = object_field(name)) out = dump(*value);
}

void JsonReader::embedded_list(std::string_view name, std::vector<std::string>& out) {
  const std::size_t size = list_size(name);
  out.clear();
  out.reserve(size);
  for (std::size_t i = 0; i < size && state_.problem.empty(); ++i) {
    if (const Json* item = list_item(name, i)) out.push_back(dump(*item));
  }
}

const Json* JsonReader::object_field(std::string_view name) {
  const Json* value = find(name);
  if (value == nullptr) return nullptr;
  if (value->is_object()) return value;
  wrong(name, "an object");
  return nullptr;
}

std::size_t JsonReader::list_size(std::string_view name) {
  const Json* value = find(name);
  if (value == nullptr) return 0;
  if (value->is_array()) return value->size();
  wrong(name, "a list");
  return 0;
}

const Json* JsonReader::list_item(std::string_view name, std::size_t index) {
  const Json& item = (*object_.find(std::string(name)))[index];
  if (item.is_object()) return &item;
  wrong(std::string(name) + "[" + std::to_string(index) + "]", "an object");
  return nullptr;
}

std::string JsonReader::item_path(std::string_view name, std::size_t index) const {
  return path_ + std::string(name) + "[" + std::to_string(index) + "].";
}

void JsonReader::finish() {
  if (!state_.strict || !state_.problem.empty()) return;
  for (const auto& [key, value] : object_.items()) {
    if (std::find(known_.begin(), known_.end(), key) != known_.end()) continue;
    // Cut: the name is a stranger's and goes into a message and a log line.
    state_.problem = "unknown field \"" + path_ + key.substr(0, 64) + "\"";
    return;
  }
}

// ---- texts

JsonText::JsonText(std::unique_ptr<Json> object) : object_(std::move(object)) {}
JsonText::JsonText(JsonText&&) noexcept = default;
JsonText::~JsonText() = default;

ApiResult<JsonText> JsonText::parse(std::string_view text, std::size_t max_bytes) {
  if (text.empty()) return JsonText(std::make_unique<Json>(Json::object()));
  if (text.size() > max_bytes) return bad("longer than " + std::to_string(max_bytes) + " bytes");
  if (depth_of(text) > max_depth) return bad("nested deeper than " + std::to_string(max_depth));
  try {
    DuplicateKeys duplicates;
    auto value = std::make_unique<Json>(Json::parse(
        text,
        [&](int depth, Json::parse_event_t event, Json& parsed) {
          return duplicates(depth, event, parsed);
        },
        /*allow_exceptions=*/false));
    if (value->is_discarded()) return bad("not valid JSON");
    if (!value->is_object()) return bad("expected a JSON object");
    if (!duplicates.first().empty())
      return bad("field \"" + duplicates.first().substr(0, 64) + "\" is given twice");
    return JsonText(std::move(value));
  } catch (const std::exception&) {
    return bad("not valid JSON");
  }
}

std::optional<ApiError> JsonText::error() const {
  const auto it = object_->find("error");
  if (it == object_->end() || !it->is_object()) return std::nullopt;
  ApiError error;
  ReadState state{.strict = false, .problem = {}};
  JsonReader reader(*it, state, "error.");
  reader.field("code", error.code);
  reader.field("message", error.message);
  reader.field("details", error.details);
  return error;
}

}  // namespace roomkeeper::api
