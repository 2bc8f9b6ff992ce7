#include "policies/retention_judge.h"

namespace roomkeeper::policies {

RetentionRule RetentionJudge::rule_of(const StreamConfig& config) {
  if (config.mark) {
    const std::string& text = config.mark->retention;
    auto found = parsed_.find(text);
    if (found == parsed_.end()) found = parsed_.emplace(text, parse_retention(text, zones_)).first;
    if (found->second) return *found->second;
  }
  if (config.max_age > Nanoseconds::zero()) return KeepFor{config.max_age};
  return KeepForever{};
}

Nanoseconds RetentionJudge::backstop(const RetentionRule& rule) {
  std::string text = to_text(rule);
  const auto found = backstops_.find(text);
  if (found != backstops_.end()) return found->second;
  return backstops_.emplace(std::move(text), backstop_max_age(rule)).first->second;
}

bool RetentionJudge::shortens(const RetentionRule& from, const RetentionRule& to) {
  std::pair<std::string, std::string> texts{to_text(from), to_text(to)};
  if (texts.first == texts.second) return false;
  const auto found = shortens_.find(texts);
  if (found != shortens_.end()) return found->second;
  return shortens_.emplace(std::move(texts), may_shorten(from, to)).first->second;
}

bool is_shorter_age(Nanoseconds from, Nanoseconds to) {
  if (to <= Nanoseconds::zero()) return false;
  return from <= Nanoseconds::zero() || to < from;
}

}  // namespace roomkeeper::policies
