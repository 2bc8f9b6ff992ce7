// NATS subjects and patterns, as nats-server matches them.
//
// Written apart from policies/subjects.h on purpose: the fake must not share a mistake with the
// program under test.
#ifndef ROOMKEEPER_TESTS_SUPPORT_SUBJECT_PATTERN_H_
#define ROOMKEEPER_TESTS_SUPPORT_SUBJECT_PATTERN_H_

#include <string_view>
#include <vector>

namespace roomkeeper::testing {

/// The dot-separated tokens; views into `subject`.
std::vector<std::string_view> subject_tokens(std::string_view subject);
/// No empty token, no space or control character; `*` and `>` are ordinary wildcards, `>` only
/// last.
bool is_subject_pattern(std::string_view subject);
/// A pattern without wildcards.
bool is_literal_subject(std::string_view subject);
bool pattern_matches(std::string_view pattern, std::string_view literal);
/// Some literal subject matches both.
bool patterns_overlap(std::string_view a, std::string_view b);

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_SUPPORT_SUBJECT_PATTERN_H_
