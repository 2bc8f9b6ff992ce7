#include "sidecar/provenance.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include <nlohmann/json.hpp>

#include "policies/rfc3339.h"
#include "sidecar/nats/json_reply.h"

namespace roomkeeper::sidecar {
namespace {

using nlohmann::json;
using policies::ErrorCode;
using policies::fail;
using policies::Result;
using policies::WallTime;

bool read_time(const json& object, const char* key, WallTime& out) {
  const auto text = nats::read_string(object, key);
  if (!text) return false;
  const Result<WallTime> time = policies::parse_rfc3339(*text);
  if (!time) return false;
  out = *time;
  return true;
}

}  // namespace

std::string encode_provenance(const KnownSpans& spans) {
  json list = json::array();
  for (const KnownSpan& span : spans) {
    list.push_back(
        {{"from", policies::format_rfc3339(span.from)}, {"to", policies::format_rfc3339(span.to)}});
  }
  return json{{"known", std::move(list)}}.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<KnownSpans> decode_provenance(std::string_view value) {
  const json record = json::parse(value, nullptr, false);
  if (!record.is_object() || !record.contains("known") || !record["known"].is_array() ||
      record["known"].size() > known_spans_max)
    return fail(ErrorCode::invalid, "known: expected a list of {\"from\", \"to\"}");
  KnownSpans spans;
  for (const json& entry : record["known"]) {
    KnownSpan span;
    if (!entry.is_object() || !read_time(entry, "from", span.from) ||
        !read_time(entry, "to", span.to) || span.to < span.from)
      return fail(ErrorCode::invalid, "known: expected from and to, RFC 3339, in that order");
    spans.push_back(span);
  }
  return spans;
}

KnownSpans joined(KnownSpans spans) {
  std::sort(spans.begin(), spans.end(),
            [](const KnownSpan& a, const KnownSpan& b) { return a.from < b.from; });
  KnownSpans together;
  for (const KnownSpan& span : spans) {
    if (!together.empty() && span.from <= together.back().to) {
      together.back().to = std::max(together.back().to, span.to);
    } else {
      together.push_back(span);
    }
  }
  if (together.size() > known_spans_max) {
    together.erase(together.begin(), together.end() - static_cast<std::ptrdiff_t>(known_spans_max));
  }
  return together;
}

bool covers(const KnownSpans& spans, WallTime time) {
  return std::any_of(spans.begin(), spans.end(), [time](const KnownSpan& span) {
    return span.from <= time && time <= span.to;
  });
}

}  // namespace roomkeeper::sidecar
