// The query of a request, decoded. It is bytes of a stranger. Thread: any; pure.
#ifndef ROOMKEEPER_METRICS_QUERY_TEXT_H_
#define ROOMKEEPER_METRICS_QUERY_TEXT_H_

#include <cstddef>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>

#include "policies/result.h"

namespace roomkeeper::metrics {

/// `a=b&c=d` with %-escapes. Errors: invalid, with a text for the one who wrote it: a parameter
/// that is not `known`, one that is given twice, a value of more than `value_max` bytes.
policies::Result<std::map<std::string, std::string>> parse_query(
    std::string_view query, std::initializer_list<std::string_view> known, std::size_t value_max);

}  // namespace roomkeeper::metrics

#endif  // ROOMKEEPER_METRICS_QUERY_TEXT_H_
