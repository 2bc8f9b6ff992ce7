#include "sidecar/state_line.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "api/json_fields.h"
#include "api/state.h"
#include "policies/field_text.h"
#include "policies/rfc3339.h"
#include "sidecar/nats/json_reply.h"

namespace roomkeeper::sidecar {
namespace {

using policies::ErrorCode;
using policies::fail;
using policies::pass;
using policies::Result;
using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, state_kind_count> kind_names{
    "room", "removal", "ban", "job", "limits", "removals", "move", "pool", "hold", "raw", "end"};
constexpr std::string_view format_key = "roomkeeper_state";
constexpr std::size_t version_max = 64;
constexpr std::size_t instance_max = 128;

std::string to_line(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<Json> parse_object(std::string_view text) {
  const auto parsed = api::JsonText::parse(text, api::state_line_bytes);
  if (!parsed) return fail(ErrorCode::invalid, parsed.error().message);
  return parsed->object();
}

std::optional<std::uint64_t> number_of(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end()) return std::nullopt;
  const auto* number = found->get_ptr<const Json::number_unsigned_t*>();
  return number == nullptr ? std::nullopt : std::optional<std::uint64_t>(*number);
}

std::optional<std::string> text_of(const Json& object, std::string_view key, std::size_t most) {
  const auto found = object.find(key);
  if (found == object.end()) return std::nullopt;
  const auto* text = found->get_ptr<const Json::string_t*>();
  return text == nullptr || text->size() > most ? std::nullopt : std::optional(*text);
}

bool has_no_other(const Json& object, std::initializer_list<std::string_view> keys) {
  for (const auto& [key, value] : object.items()) {
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) return false;
  }
  return true;
}

std::optional<StateKind> parse_kind(std::string_view name) {
  const auto found = std::find(kind_names.begin(), kind_names.end(), name);
  if (found == kind_names.end()) return std::nullopt;
  return static_cast<StateKind>(found - kind_names.begin());
}

bool has_id(StateKind kind) {
  return kind != StateKind::limits && kind != StateKind::removals && kind != StateKind::end;
}

}  // namespace

std::string_view to_string(StateKind kind) {
  const auto index = static_cast<std::size_t>(kind);
  return index < kind_names.size() ? kind_names[index] : std::string_view("?");
}

std::string encode_state_header(const StateHeader& header) {
  const Json known = Json::parse(encode_provenance(header.known), nullptr, false);
  return to_line(Json{{std::string(format_key), api::state_format},
                      {"instance", header.instance},
                      {"version", header.version},
                      {"exported_at", policies::format_rfc3339(header.exported_at)},
                      {"sequence", header.sequence},
                      {"known", known["known"]}});
}

Result<StateHeader> decode_state_header(std::string_view text) {
  const Result<Json> object = parse_object(text);
  if (!object) return pass(object.error());
  const auto format = number_of(*object, std::string(format_key).c_str());
  if (!format) {
    return fail(ErrorCode::invalid,
                "the first line of an exported state begins {\"roomkeeper_state\":1,...}");
  }
  if (*format != api::state_format) {
    return fail(ErrorCode::unsupported, "the file has format " + std::to_string(*format) +
                                            ", this Roomkeeper reads format " +
                                            std::to_string(api::state_format));
  }
  const auto instance = text_of(*object, "instance", instance_max);
  const auto version = text_of(*object, "version", version_max);
  const auto at = text_of(*object, "exported_at", version_max);
  const auto sequence = number_of(*object, "sequence");
  if (!instance || !version || !at || !sequence || !object->contains("known"))
    return fail(ErrorCode::invalid,
                "expected instance, version, exported_at, sequence and known in the first line");
  const auto exported_at = policies::parse_rfc3339(*at);
  if (!exported_at) return fail(ErrorCode::invalid, "exported_at: expected an RFC 3339 time");
  auto known = decode_provenance(to_line(Json{{"known", (*object)["known"]}}));
  if (!known) return pass(std::move(known).error());
  // Nothing can be known of what came later.
  for (const KnownSpan& span : *known) {
    if (span.to > *exported_at)
      return fail(ErrorCode::invalid, "known: expected times up to exported_at");
  }
  return StateHeader{.instance = *instance,
                     .version = *version,
                     .exported_at = *exported_at,
                     .sequence = *sequence,
                     .known = *std::move(known)};
}

std::string encode_state_line(const StateLine& line) {
  const std::string kind(to_string(line.kind));
  Json object{{"kind", kind}};
  if (has_id(line.kind)) object["id"] = line.id;
  Json value = Json::parse(line.value, nullptr, false);
  object[kind] = value.is_object() ? std::move(value) : Json::object();
  return to_line(object);
}

Result<StateLine> decode_state_line(std::string_view text) {
  const Result<Json> object = parse_object(text);
  if (!object) return pass(object.error());
  const auto name = text_of(*object, "kind", instance_max);
  if (!name) return fail(ErrorCode::invalid, "kind: expected a text such as room");
  const auto kind = parse_kind(*name);
  if (!kind) return fail(ErrorCode::invalid, "kind: not known: " + policies::quoted(*name));
  StateLine line{.kind = *kind, .id = {}, .value = {}};
  if (has_id(*kind)) {
    constexpr std::size_t id_max = 1024;  // a key of the bucket
    const auto id = text_of(*object, "id", id_max);
    if (!id || id->empty()) return fail(ErrorCode::invalid, "id: expected a text");
    line.id = *id;
  }
  const auto value = object->find(*name);
  if (value == object->end() || !value->is_object())
    return fail(ErrorCode::invalid, *name + ": expected an object");
  const bool known = has_id(*kind) ? has_no_other(*object, {"kind", "id", *name})
                                   : has_no_other(*object, {"kind", *name});
  if (!known) return fail(ErrorCode::invalid, "expected nothing but kind, id and " + *name);
  line.value = to_line(*value);
  return line;
}

std::string encode_state_end(const StateEnd& end) {
  const Json value{{"records", end.records},
                   {"sequence_before", end.sequence_before},
                   {"sequence", end.sequence}};
  return encode_state_line({.kind = StateKind::end, .id = {}, .value = to_line(value)});
}

Result<StateEnd> decode_state_end(std::string_view value) {
  const Result<Json> object = parse_object(value);
  if (!object) return pass(object.error());
  const auto records = number_of(*object, "records");
  const auto before = number_of(*object, "sequence_before");
  const auto sequence = number_of(*object, "sequence");
  if (!records || !before || !sequence)
    return fail(ErrorCode::invalid, "end: expected records, sequence_before and sequence");
  return StateEnd{.records = *records, .sequence_before = *before, .sequence = *sequence};
}

}  // namespace roomkeeper::sidecar
