#include "sidecar/rule_book.h"

#include <algorithm>
#include <utility>

#include "policies/purge_limit.h"

namespace roomkeeper::sidecar {
namespace {

using policies::ObservedStream;
using policies::Result;
using policies::RetentionRule;
using policies::WallTime;

constexpr std::size_t rules_remembered = 10'000;

}  // namespace

RuleBook::RuleBook(Runtime& runtime, const RoomDirectory& rooms)
    : runtime_(runtime), rooms_(rooms) {}

bool RuleBook::is_ours(const ObservedStream& stream) const {
  const auto& mark = stream.config.mark;
  return mark && mark->instance == runtime_.config->instance;
}

const RetentionRule* RuleBook::rule_of(const ObservedStream& stream) {
  if (!is_ours(stream)) return nullptr;
  const std::string& text = stream.config.mark->retention;
  auto found = rules_.find(text);
  if (found == rules_.end()) {
    if (rules_.size() >= rules_remembered) rules_.clear();
    Result<RetentionRule> rule = policies::parse_retention(text, runtime_.zones);
    if (!rule) {
      runtime_.log.error("retention.unreadable",
                         {{"stream", stream.name}, {"error", rule.error()}});
    }
    found = rules_.emplace(text, rule ? std::optional(*rule) : std::nullopt).first;
  }
  return found->second ? &*found->second : nullptr;
}

const RetentionRule* RuleBook::wanted_of(const ObservedStream& stream) const {
  if (!is_ours(stream)) return nullptr;
  if (stream.config.mark->is_pool()) return wanted_of_pool(stream);
  const Result<policies::RoomId> id = policies::RoomId::parse(stream.config.mark->room);
  const policies::RoomSpec* room = id ? rooms_.desired().find(*id) : nullptr;
  return room == nullptr ? nullptr : &room->settings->retention;
}

/// The template's, as long as it is that of a pool.
const RetentionRule* RuleBook::wanted_of_pool(const ObservedStream& stream) const {
  const auto found = runtime_.config->templates.find(stream.config.mark->template_name);
  if (found == runtime_.config->templates.end()) return nullptr;
  const policies::RoomSettings& settings = *found->second;
  return settings.layout == policies::Layout::pooled ? &settings.retention : nullptr;
}

/// Rules come from the configuration and from marks; a new configuration begins with an empty
/// memory, so that it stays small.
bool RuleBook::shortens(const RetentionRule& from, const RetentionRule& to) {
  if (!judge_ || judged_ != runtime_.config) {
    judge_.emplace(runtime_.zones);
    judged_ = runtime_.config;
  }
  return judge_->shortens(from, to);
}

bool RuleBook::waits_for_consent(const ObservedStream& stream) {
  const RetentionRule* applied = rule_of(stream);
  const RetentionRule* wanted = wanted_of(stream);
  if (applied == nullptr || wanted == nullptr || *applied == *wanted) return false;
  return !runtime_.config->reconcile.allow_lossy && shortens(*applied, *wanted);
}

const RetentionRule* RuleBook::protecting(const ObservedStream& stream,
                                          const RetentionRule& applied) {
  const RetentionRule* wanted = wanted_of(stream);
  if (wanted == nullptr || *wanted == applied) return nullptr;
  // With standing consent any rule is on its way to the stream.
  if (!runtime_.config->reconcile.allow_lossy && shortens(applied, *wanted)) return nullptr;
  return wanted;
}

std::optional<WallTime> RuleBook::limit_of(const ObservedStream& stream, WallTime now) {
  const RetentionRule* applied = rule_of(stream);
  if (applied == nullptr) return std::nullopt;
  return policies::purge_limit(*applied, protecting(stream, *applied), now);
}

std::optional<WallTime> RuleBook::due_at(const ObservedStream& stream, WallTime at) {
  const RetentionRule* applied = rule_of(stream);
  if (applied == nullptr) return std::nullopt;
  const std::optional<WallTime> due = policies::gone_at(*applied, at);
  const RetentionRule* protects = protecting(stream, *applied);
  if (!due || protects == nullptr) return due;
  const std::optional<WallTime> later = policies::gone_at(*protects, at);
  return later ? std::optional(std::max(*due, *later)) : std::nullopt;
}

}  // namespace roomkeeper::sidecar
