#include "metrics/family.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "metrics/label_text.h"

namespace roomkeeper::metrics {
namespace {

/// Calls `use` with the labels, made clean first only when they need it: nearly all are clean, and
/// add() is hot.
template <class Use>
auto with_clean(const LabelValues& labels, Use use) {
  if (std::all_of(labels.begin(), labels.end(),
                  [](const std::string& value) { return is_clean_label(value); })) {
    return use(labels);
  }
  LabelValues clean;
  clean.reserve(labels.size());
  for (const std::string& value : labels) clean.push_back(clean_label(value));
  return use(clean);
}

double merged(Merge merge, double there, double value) {
  switch (merge) {
    case Merge::max:
      return std::max(there, value);
    case Merge::min:
      return std::min(there, value);
    case Merge::none:
      return value;
    case Merge::sum:
      break;
  }
  return there + value;
}

}  // namespace

Family::Family(const MetricInfo& info) : info_(&info) {
  // A series without labels is there from the start, so that rate() sees the first increment.
  // Gauges have no value before somebody knows one.
  if (info.labels.empty() && info.kind != Kind::gauge) insert({}, true);
}

bool Family::fits(const LabelValues& labels) const {
  return labels.size() == info_->labels.size();
}

const Series* Family::find(const LabelValues& labels) const {
  return with_clean(labels, [this](const LabelValues& clean) -> const Series* {
    const auto found = series_.find(clean);
    return found == series_.end() ? nullptr : &found->second;
  });
}

Series& Family::insert(const LabelValues& clean, bool direct) {
  Series& series = series_[clean];
  if (info_->kind == Kind::histogram) series.buckets.resize(info_->buckets.size() + 1);
  if (direct) {
    ++direct_;
    if (!clean.empty()) ++values_[clean[info_->folding.label]];
  }
  return series;
}

Series* Family::admit(const LabelValues& clean, bool may_fold) {
  const auto found = series_.find(clean);
  if (found != series_.end()) return &found->second;
  const Folding& folding = info_->folding;
  if (clean.empty()) return &insert(clean, true);
  const std::string& value = clean[folding.label];
  const bool is_other = folding.reserve > 0 && value == other_value;
  const bool value_fits = values_.contains(value) || values_.size() < folding.values_max;
  if (!is_other && value_fits && direct_ + folding.reserve < info_->series_max)
    return &insert(clean, true);
  if (folding.reserve == 0 || (!is_other && !may_fold)) return nullptr;
  LabelValues folded = clean;
  folded[folding.label] = other_value;
  const auto other = series_.find(folded);
  if (other != series_.end()) return &other->second;
  return series_.size() < info_->series_max ? &insert(folded, false) : nullptr;
}

bool Family::add(const LabelValues& labels, double by) {
  if (!fits(labels) || info_->kind == Kind::histogram || !std::isfinite(by)) return false;
  if (info_->kind == Kind::counter && by < 0) return false;
  return with_clean(labels, [&](const LabelValues& clean) {
    Series* const series = admit(clean, info_->merge == Merge::sum);
    if (series != nullptr) series->value += by;
    return series != nullptr;
  });
}

bool Family::set(const LabelValues& labels, double value) {
  if (!fits(labels) || info_->kind != Kind::gauge) return false;
  return with_clean(labels, [&](const LabelValues& clean) {
    // Not folded: the last of many writers would stand for all of them.
    Series* const series = admit(clean, false);
    if (series != nullptr) series->value = value;
    return series != nullptr;
  });
}

bool Family::advance_to(const LabelValues& labels, double total) {
  if (!fits(labels) || info_->kind != Kind::counter || !std::isfinite(total) || total < 0)
    return false;
  return with_clean(labels, [&](const LabelValues& clean) {
    // Not folded: one `other` cannot remember what each of many last said.
    Series* const series = admit(clean, false);
    if (series == nullptr) return false;
    // A smaller total is a restart: that much has happened since.
    series->value += total >= series->last_total ? total - series->last_total : total;
    series->last_total = total;
    return true;
  });
}

bool Family::observe(const LabelValues& labels, double value) {
  if (!fits(labels) || info_->kind != Kind::histogram || !std::isfinite(value)) return false;
  return with_clean(labels, [&](const LabelValues& clean) {
    Series* const series = admit(clean, true);
    if (series == nullptr) return false;
    const auto& bounds = info_->buckets;
    const auto bucket = std::lower_bound(bounds.begin(), bounds.end(), value) - bounds.begin();
    ++series->buckets[static_cast<std::size_t>(bucket)];
    series->sum += value;
    return true;
  });
}

bool Family::merge(const LabelValues& clean, double value) {
  const std::size_t before = series_.size();
  Series* const series = admit(clean, info_->merge != Merge::none);
  if (series == nullptr) return false;
  series->value = series_.size() > before ? value : merged(info_->merge, series->value, value);
  return true;
}

std::size_t Family::replace(const std::vector<std::pair<LabelValues, double>>& series) {
  if (info_->kind != Kind::gauge) return series.size();
  std::vector<std::pair<LabelValues, double>> wanted;
  wanted.reserve(series.size());
  std::size_t dropped = 0;
  for (const auto& [labels, value] : series) {
    if (!fits(labels)) {
      ++dropped;
      continue;
    }
    with_clean(labels, [&, number = value](const LabelValues& clean) {
      wanted.emplace_back(clean, number);
    });
  }
  const auto was_there = [this](const LabelValues& labels) {
    return labels.empty() || values_.contains(labels[info_->folding.label]);
  };
  std::stable_sort(wanted.begin(), wanted.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  const auto newcomers = std::stable_partition(
      wanted.begin(), wanted.end(), [&](const auto& one) { return was_there(one.first); });
  Family next(*info_);
  for (auto one = wanted.begin(); one != newcomers; ++one)
    dropped += next.merge(one->first, one->second) ? 0U : 1U;
  for (auto one = newcomers; one != wanted.end(); ++one)
    dropped += next.merge(one->first, one->second) ? 0U : 1U;
  *this = std::move(next);
  return dropped;
}

void Family::retain(const std::vector<LabelValues>& present) {
  std::set<LabelValues> keep;
  for (const LabelValues& labels : present) {
    with_clean(labels, [&keep](const LabelValues& clean) { keep.insert(clean); });
  }
  for (auto one = series_.begin(); one != series_.end();) {
    if (one->first.empty() || keep.contains(one->first)) {
      ++one;
      continue;
    }
    const std::string& value = one->first[info_->folding.label];
    const auto counted = values_.find(value);
    if (counted != values_.end()) {
      --direct_;
      if (--counted->second == 0) values_.erase(counted);
    }
    one = series_.erase(one);
  }
}

}  // namespace roomkeeper::metrics
