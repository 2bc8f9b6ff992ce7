// What a plan must know about retention rules, each answer worked out once.
//
// A backstop is the longest span of local days since 1970: too dear to be computed per room when
// 10,000 rooms share a handful of rules. Thread: one; lives for one plan.
#ifndef ROOMKEEPER_POLICIES_RETENTION_JUDGE_H_
#define ROOMKEEPER_POLICIES_RETENTION_JUDGE_H_

#include <map>
#include <string>
#include <utility>

#include "policies/observed.h"
#include "policies/retention.h"

namespace roomkeeper::policies {

class RetentionJudge {
 public:
  /// `zones` must outlive the judge. It may be empty when no text is parsed.
  explicit RetentionJudge(const ZoneLookup& zones) : zones_(zones) {}

  /// The rule that a stream's configuration stands for: the one recorded in its mark; where there
  /// is no mark or its text is unreadable, what its max_age does.
  RetentionRule rule_of(const StreamConfig& config);
  /// backstop_max_age, remembered.
  Nanoseconds backstop(const RetentionRule& rule);
  /// may_shorten, remembered. A rule never shortens itself.
  bool shortens(const RetentionRule& from, const RetentionRule& to);

 private:
  const ZoneLookup& zones_;
  std::map<std::string, Result<RetentionRule>, std::less<>> parsed_;
  std::map<std::string, Nanoseconds, std::less<>> backstops_;
  std::map<std::pair<std::string, std::string>, bool> shortens_;
};

/// True when `to` ends a message earlier than `from`. 0 is unlimited.
bool is_shorter_age(Nanoseconds from, Nanoseconds to);

}  // namespace roomkeeper::policies

#endif  // ROOMKEEPER_POLICIES_RETENTION_JUDGE_H_
