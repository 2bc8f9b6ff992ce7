#include "policies/stream_diff.h"

#include <algorithm>
#include <string>
#include <utility>

#include "policies/field_copy.h"
#include "policies/field_text.h"
#include "policies/stream_traits.h"

namespace roomkeeper::policies {
namespace {

constexpr bool is_unlimited(std::int64_t limit) {
  return limit <= 0;
}

constexpr bool same_limit(std::int64_t a, std::int64_t b) {
  return a == b || (is_unlimited(a) && is_unlimited(b));
}

constexpr bool is_smaller_limit(std::int64_t from, std::int64_t to) {
  return !is_unlimited(to) && (is_unlimited(from) || to < from);
}

/// Would a message that is stored and still in force go earlier if the stream's max_age became
/// `max_age`? Under a midnight rule everything beyond the rule's backstop is overdue anyway, so
/// bringing a max_age that somebody lengthened back to it takes nothing away.
bool age_is_lossy(const ObservedStream& observed, Nanoseconds max_age, RetentionJudge& judge) {
  if (observed.stored.messages == 0) return false;
  if (!is_shorter_age(observed.config.max_age, max_age)) return false;
  const RetentionRule applied = judge.rule_of(observed.config);
  return !(std::holds_alternative<UntilMidnight>(applied) && max_age >= judge.backstop(applied));
}

/// Collects the differences of one stream.
class Differ {
 public:
  Differ(const ObservedStream& observed, const StreamConfig& wanted, RetentionJudge& judge)
      : observed_(observed), from_(observed.config), to_(wanted), judge_(judge) {}

  std::vector<FieldChange> run() {
    if (from_.subjects != to_.subjects) {
      add(Field::subjects, subjects_text(from_.subjects), subjects_text(to_.subjects));
    }
    kept_where();
    max_age();
    limits();
    behaviour();
    rule_and_mark();
    traits();
    if (is_frozen(observed_.traits)) {
      for (FieldChange& change : changes_) change.impossible = true;
    }
    std::stable_sort(changes_.begin(), changes_.end(),
                     [](const FieldChange& a, const FieldChange& b) { return a.field < b.field; });
    return std::move(changes_);
  }

 private:
  bool holds_messages() const { return observed_.stored.messages > 0; }

  FieldChange& add(Field field, std::string from, std::string to) {
    return changes_.emplace_back(FieldChange{field, std::move(from), std::move(to)});
  }

  void kept_where() {
    const StreamSettings& from = from_.settings;
    const StreamSettings& to = to_.settings;
    if (from.storage != to.storage) {
      add(Field::storage, std::string(to_string(from.storage)), std::string(to_string(to.storage)))
          .impossible = true;
    }
    if (from.replicas != to.replicas) {
      add(Field::replicas, std::to_string(from.replicas), std::to_string(to.replicas));
    }
    if (from.compression != to.compression) {
      add(Field::compression, std::string(to_string(from.compression)),
          std::string(to_string(to.compression)));
    }
    if (from.placement != to.placement) {
      add(Field::placement, placement_text(from.placement), placement_text(to.placement));
    }
  }

  void max_age() {
    if (from_.max_age == to_.max_age) return;
    add(Field::max_age, age_text(from_.max_age), age_text(to_.max_age)).lossy =
        age_is_lossy(observed_, to_.max_age, judge_);
  }

  /// Limits that throw stored messages away are lossy as soon as one is stored: a later message
  /// pushes it out.
  void limits() {
    const StreamSettings& from = from_.settings;
    const StreamSettings& to = to_.settings;
    limit(Field::max_messages, from.max_messages, to.max_messages, count_text);
    limit(Field::max_bytes, from.max_bytes, to.max_bytes, bytes_text);
    limit(Field::max_messages_per_subject, from.max_messages_per_subject,
          to.max_messages_per_subject, count_text);
    if (!same_limit(from.max_message_size, to.max_message_size)) {
      add(Field::max_message_size, bytes_text(from.max_message_size),
          bytes_text(to.max_message_size));
    }
    if (!same_limit(from.max_consumers, to.max_consumers)) {
      // nats-server 2.10 refuses it; newer ones do not, but one rule for all is easier to live
      // with.
      add(Field::max_consumers, count_text(from.max_consumers), count_text(to.max_consumers))
          .impossible = true;
    }
  }

  void limit(Field field, std::int64_t from, std::int64_t to, std::string (*text)(std::int64_t)) {
    if (same_limit(from, to)) return;
    add(field, text(from), text(to)).lossy = holds_messages() && is_smaller_limit(from, to);
  }

  void behaviour() {
    const StreamSettings& from = from_.settings;
    const StreamSettings& to = to_.settings;
    if (from.on_full != to.on_full) {
      add(Field::on_full, std::string(to_string(from.on_full)), std::string(to_string(to.on_full)))
          .lossy = holds_messages() && to.on_full == OnFull::drop_old;
    }
    if (from.retention != to.retention) {
      FieldChange& change = add(Field::retention, std::string(to_string(from.retention)),
                                std::string(to_string(to.retention)));
      change.lossy = holds_messages() && to.retention != StreamRetention::limits;
      change.impossible = from.retention == StreamRetention::workqueue ||
                          to.retention == StreamRetention::workqueue;
    }
    if (from.duplicate_window != to.duplicate_window) {
      add(Field::duplicate_window, duration_text(from.duplicate_window),
          duration_text(to.duplicate_window));
    }
  }

  void rule_and_mark() {
    const RetentionRule applied = judge_.rule_of(from_);
    const RetentionRule rule = judge_.rule_of(to_);
    // By text: a zone of a reloaded database is another object and yet the same zone.
    const std::string applied_text = from_.mark ? from_.mark->retention : to_text(applied);
    const std::string text = to_.mark ? to_.mark->retention : to_text(rule);
    if (applied_text != text) {
      add(Field::retention_rule, describe(applied), describe(rule)).lossy =
          holds_messages() && judge_.shortens(applied, rule);
    }
    if (!same_mark()) add(Field::mark, mark_text(from_.mark), mark_text(to_.mark));
  }

  /// Apart from the rule, which is a field of its own.
  bool same_mark() const {
    if (!from_.mark || !to_.mark) return from_.mark.has_value() == to_.mark.has_value();
    return from_.mark->instance == to_.mark->instance && from_.mark->room == to_.mark->room &&
           from_.mark->owner == to_.mark->owner &&
           from_.mark->template_name == to_.mark->template_name;
  }

  void traits() {
    const StreamTraits& traits = observed_.traits;
    trait(traits.sealed, "sealed", true);
    trait(traits.mirror, "mirror", true);
    trait(traits.deny_purge, "deny_purge", true);
    trait(traits.deny_delete, "deny_delete", true);
    trait(traits.allow_msg_ttl, "allow_msg_ttl", true);
    trait(traits.allow_msg_schedules, "allow_msg_schedules", true);
    // The server turns rollups on again for as long as schedules, which cannot be turned off, are
    // on.
    trait(traits.allow_rollup, "allow_rollup_hdrs", traits.allow_msg_schedules);
    trait(traits.delete_markers, "subject_delete_marker_ttl", false);
  }

  void trait(bool is_on, std::string_view name, bool for_ever) {
    if (is_on) add(Field::traits, std::string(name), "off").impossible = for_ever;
  }

  const ObservedStream& observed_;
  const StreamConfig& from_;
  const StreamConfig& to_;
  RetentionJudge& judge_;
  std::vector<FieldChange> changes_;
};

/// Leaves the rule last applied in force: its text in the mark, and the max_age that belongs to it.
void keep_rule(const ObservedStream& observed, StreamConfig& target, RetentionJudge& judge) {
  const RetentionRule applied = judge.rule_of(observed.config);
  if (target.mark) target.mark->retention = to_text(applied);
  target.max_age = judge.backstop(applied);
}

}  // namespace

std::vector<FieldChange> diff_stream(const ObservedStream& observed, const StreamConfig& wanted,
                                     RetentionJudge& judge) {
  return Differ(observed, wanted, judge).run();
}

std::vector<FieldChange> diff_stream(const ObservedStream& observed, const StreamConfig& wanted,
                                     const ZoneLookup& zones) {
  RetentionJudge judge(zones);
  return diff_stream(observed, wanted, judge);
}

bool is_compatible(const std::vector<FieldChange>& differences) {
  return std::none_of(differences.begin(), differences.end(), [](const FieldChange& change) {
    return change.lossy || change.impossible || change.field == Field::subjects;
  });
}

Split split_changes(const ObservedStream& observed, const StreamConfig& wanted,
                    const std::vector<FieldChange>& differences, bool consent,
                    RetentionJudge& judge) {
  const auto waits = [&](const FieldChange& change) {
    return change.impossible || (change.lossy && !consent);
  };
  Split split;
  split.target = wanted;
  StreamConfig& target = split.target;
  for (const FieldChange& change : differences) {
    if (!waits(change)) continue;
    if (change.field == Field::retention_rule && !change.impossible) {
      split.keeps_retention = true;
      keep_rule(observed, target, judge);
    } else {
      copy_field(change.field, observed.config, target);
    }
  }
  // Looked at anew, because a rule that stays has brought the max_age that belongs to it.
  if (!consent && age_is_lossy(observed, target.max_age, judge)) {
    target.max_age = observed.config.max_age;
  }
  // The server refuses a window that is longer than max_age.
  if (target.max_age > Nanoseconds::zero()) {
    target.settings.duplicate_window = std::min(target.settings.duplicate_window, target.max_age);
  }
  for (const FieldChange& change : differences) {
    const bool age_waits = change.field == Field::max_age && target.max_age != wanted.max_age;
    if (waits(change) || age_waits) split.stays.push_back(change);
  }
  split.applied = diff_stream(observed, target, judge);
  std::erase_if(split.applied, [](const FieldChange& change) { return change.impossible; });
  return split;
}

StreamConfig without_lossy(const ObservedStream& observed, const StreamConfig& wanted,
                           const ZoneLookup& zones) {
  RetentionJudge judge(zones);
  return split_changes(observed, wanted, diff_stream(observed, wanted, judge), false, judge).target;
}

}  // namespace roomkeeper::policies
