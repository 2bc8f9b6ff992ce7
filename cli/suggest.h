// "did you mean": the nearest of the words that would have been right. Pure; thread: any.
#ifndef ROOMKEEPER_CLI_SUGGEST_H_
#define ROOMKEEPER_CLI_SUGGEST_H_

#include <string>
#include <string_view>
#include <vector>

namespace roomkeeper::cli {

/// Empty when nothing is near: more than a third of the letters (at least two) would have to
/// change.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

/// ` (did you mean "x"?)`, or nothing.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace roomkeeper::cli

#endif  // ROOMKEEPER_CLI_SUGGEST_H_
