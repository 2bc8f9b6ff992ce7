#include "policies/capacity.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "policies/capacity_advice.h"
#include "policies/capacity_book.h"

namespace roomkeeper::policies {
namespace {

std::vector<PlannedWish> wishes_of(const Plan& plan, const ObservedStreams& observed) {
  std::vector<PlannedWish> wishes;
  for (std::size_t i = 0; i < plan.changes.size(); ++i) {
    const Change& change = plan.changes[i];
    if (!change.wanted || change.target == ChangeTarget::pooled_room ||
        change.kind == ChangeKind::remove)
      continue;
    PlannedWish planned{.change = i,
                        .wish = {.need = need_of(*change.wanted)},
                        .is_pool = change.target == ChangeTarget::pool_stream};
    if (change.wanted->mark) planned.template_name = change.wanted->mark->template_name;
    if (change.kind != ChangeKind::create) {
      const ObservedStream* now = observed.find(change.stream);
      if (now == nullptr) continue;
      planned.wish.before = need_of(now->config);
    }
    wishes.push_back(std::move(planned));
  }
  return wishes;
}

/// Why a creation is held: what is missing of each limit that it would exceed, and what would fit.
std::string reason_of(const CapacityReport& report, CapacityBook::Levels failed) {
  std::string text;
  std::size_t sentence = 0;
  for (std::size_t i = 0; i < report.levels.size(); ++i) {
    if (report.levels[i].missing == 0) continue;
    const std::size_t at = sentence++;
    if ((failed >> std::min<std::size_t>(i, 63) & 1U) == 0 || at >= report.advice.size()) continue;
    text += (text.empty() ? "" : ". ") + report.advice[at];
  }
  return text;
}

void block(RoomVerdict& verdict, const std::string& why) {
  verdict.state = RoomState::blocked;
  verdict.reason = Reason::no_capacity;
  verdict.detail = why;
}

RoomVerdict* find(std::vector<RoomVerdict>& verdicts, const RoomId& room) {
  const auto at =
      std::lower_bound(verdicts.begin(), verdicts.end(), room,
                       [](const RoomVerdict& a, const RoomId& b) { return a.room < b; });
  return at == verdicts.end() || at->room != room ? nullptr : &*at;
}

/// The rooms that live, or would live, in a pool that is not made.
void block_rooms_of(Plan& plan, const Change& pool, const std::string& why) {
  const auto enters = [&](const RosterChange& change) {
    return change.pool && *change.pool == pool.room.text();
  };
  for (const RosterChange& change : plan.roster) {
    if (!enters(change)) continue;
    if (RoomVerdict* verdict = find(plan.verdicts, change.room)) {
      block(*verdict, why);
      verdict->as_pool = true;
    }
  }
  std::erase_if(plan.roster, enters);
  // Those of a pool that was lost say what the pool says, with its stream.
  for (RoomVerdict& verdict : plan.verdicts) {
    if (verdict.as_pool && verdict.state == RoomState::pending && verdict.detail == pool.stream)
      block(verdict, why);
  }
}

}  // namespace

std::string_view to_string(CapacityResource resource) {
  constexpr std::array<std::string_view, capacity_resource_count> names{
      "streams", "storage", "memory", "ha_assets", "file_handles"};
  return names.at(static_cast<std::size_t>(resource));
}

std::string_view to_string(LimitOwner owner) {
  constexpr std::array<std::string_view, limit_owner_count> names{
      "account", "tier", "server", "servers", "configuration", "recommendation"};
  return names.at(static_cast<std::size_t>(owner));
}

CapacityReport check_capacity(const Plan& plan, const ObservedStreams& observed,
                              const CapacityLimits& limits) {
  CapacityReport report;
  report.account_known = !limits.tiers.empty();
  report.servers_known = !limits.servers.empty();
  const std::vector<PlannedWish> wishes = wishes_of(plan, observed);
  CapacityBook book(limits, observed);
  std::vector<std::pair<std::size_t, CapacityBook::Levels>> held;
  for (const PlannedWish& planned : wishes) {
    const CapacityBook::Levels failed = book.book(planned.wish);
    // A change of a stream that is there is tried: the server refuses what does not fit.
    if (planned.wish.before) continue;
    ++report.creates;
    if (failed == 0) {
      ++report.fitting;
    } else {
      held.emplace_back(planned.change, failed);
    }
  }
  report.levels = book.levels();
  // Advice asks whether anything is held.
  for (const auto& [change, failed] : held) report.held.push_back({.change = change});
  report.advice = advise(report, wishes, limits, observed);
  std::map<CapacityBook::Levels, std::size_t> reasons;
  for (std::size_t i = 0; i < held.size(); ++i) {
    const auto [at, fresh] = reasons.emplace(held[i].second, report.reasons.size());
    if (fresh) report.reasons.push_back(reason_of(report, held[i].second));
    report.held[i].reason = at->second;
  }
  return report;
}

void hold_back(Plan& plan, const CapacityReport& report) {
  std::set<std::size_t> gone;
  for (const HeldCreate& held : report.held) {
    if (held.change >= plan.changes.size()) continue;
    const Change& change = plan.changes[held.change];
    const std::string& why = report.reasons[held.reason];
    const bool is_pool = change.target == ChangeTarget::pool_stream;
    if (RoomVerdict* verdict = find(is_pool ? plan.pools : plan.verdicts, change.room))
      block(*verdict, why);
    if (is_pool) block_rooms_of(plan, change, why);
    gone.insert(held.change);
  }
  if (gone.empty()) return;
  std::vector<Change> kept;
  kept.reserve(plan.changes.size() - gone.size());
  for (std::size_t i = 0; i < plan.changes.size(); ++i) {
    if (!gone.contains(i)) kept.push_back(std::move(plan.changes[i]));
  }
  plan.changes = std::move(kept);
}

}  // namespace roomkeeper::policies
