// Label values are bytes of strangers: made fit for the exposition format here.
//
// Prometheus refuses a whole scrape for one invalid UTF-8 sequence, and a long value costs memory
// in every scrape. Thread: any; pure.
#ifndef ROOMKEEPER_METRICS_LABEL_TEXT_H_
#define ROOMKEEPER_METRICS_LABEL_TEXT_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace roomkeeper::metrics {

inline constexpr std::size_t label_bytes_max = 128;

/// True when the value may be used as it is.
bool is_clean_label(std::string_view value);
/// Valid UTF-8 of at most label_bytes_max bytes: each byte that is not part of a valid sequence and
/// each control character except newline and tab becomes U+FFFD; what is too long is cut at a
/// character's end.
std::string clean_label(std::string_view value);

}  // namespace roomkeeper::metrics

#endif  // ROOMKEEPER_METRICS_LABEL_TEXT_H_
