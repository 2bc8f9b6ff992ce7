#include "policies/kick_plan.h"

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

#include "policies/saturate.h"
#include "policies/surplus.h"

namespace roomkeeper::policies {
namespace {

constexpr Nanoseconds one_second = std::chrono::seconds(1);

// The wait after an identity's round number `rounds` (>= 1).
Nanoseconds interval_after(int rounds, const KickBounds& bounds) {
  Nanoseconds wait = std::min(bounds.first_interval, bounds.longest_interval);
  for (int i = 1; i < std::min(rounds, 64) && wait < bounds.longest_interval; ++i) {
    wait = wait > bounds.longest_interval / 2 ? bounds.longest_interval : wait * 2;
  }
  return wait;
}

// What all connections of one identity that have to go wait for together.
struct Turn {
  int rank = 0;  // the banned first
  int rounds = 0;
  MonoTime last_kick{};
  const Identity* identity = nullptr;
  bool remembered = true;  // false: intervals do not apply
  std::vector<std::size_t> kicks;

  auto order() const { return std::tie(rank, rounds, last_kick, *identity); }
};

class Spending {
 public:
  Spending(std::vector<Kick> wanted, const ConnectionLimits& limits, const KickBounds& bounds,
           MonoTime now, KickHistory& history, KickPlan& plan)
      : wanted_(std::move(wanted)),
        limits_(limits),
        bounds_(bounds),
        now_(now),
        history_(history),
        plan_(plan) {}

  void spend();

 private:
  std::vector<Turn> turns() const;
  void forget();
  void note_behaviour(const std::vector<Turn>& turns);
  int budget() const;
  bool is_due(const Turn& turn);
  int take(const Turn& turn, int most);
  int take_remembered(const Turn& turn, int most);
  void kick(const Turn& turn, int count, Nanoseconds retry_after);
  void look_again(Nanoseconds after);
  Offender* known(const Identity& identity) const;

  std::vector<Kick> wanted_;
  const ConnectionLimits& limits_;
  const KickBounds& bounds_;
  const MonoTime now_;
  KickHistory& history_;
  KickPlan& plan_;
};

void Spending::spend() {
  forget();
  std::vector<Turn> all = turns();
  note_behaviour(all);
  std::erase_if(all, [this](const Turn& turn) { return !is_due(turn); });
  std::sort(all.begin(), all.end(),
            [](const Turn& a, const Turn& b) { return a.order() < b.order(); });
  const int left = budget();
  int kicked = 0;
  for (const Turn& turn : all) {
    const int done = take(turn, left - kicked);
    kicked += done;
    if (done < saturated_int(turn.kicks.size()) && kicked == left) {
      // The budget grows again when the oldest kicks of the running second leave it.
      look_again(history_.recent.empty() ? one_second
                                         : history_.recent.front().at + one_second - now_);
    }
  }
  if (kicked > 0) history_.recent.push_back({now_, kicked});
  plan_.delayed = saturated_int(wanted_.size()) - kicked;
  if (bounds_.per_second <= 0) plan_.look_again_after.reset();
}

std::vector<Turn> Spending::turns() const {
  std::map<std::pair<int, Identity>, Turn> by_identity;
  for (std::size_t i = 0; i < wanted_.size(); ++i) {
    const Kick& kick = wanted_[i];
    const int rank = kick.limit == LimitKind::ban ? 0 : 1;
    Turn& turn = by_identity[{rank, kick.identity}];
    turn.kicks.push_back(i);
    if (turn.identity != nullptr) continue;
    turn.rank = rank;
    turn.identity = &kick.identity;
    Connection probe;
    probe.identity = kick.identity;
    turn.remembered = rank > 0 && exemption(probe, limits_) == Exemption::none;
    if (!turn.remembered) continue;
    if (const Offender* offender = known(kick.identity)) {
      turn.rounds = offender->rounds;
      turn.last_kick = offender->last_kick;
    }
  }
  std::vector<Turn> all;
  all.reserve(by_identity.size());
  for (auto& [key, turn] : by_identity) all.push_back(std::move(turn));
  return all;
}

void Spending::forget() {
  std::erase_if(history_.offenders, [&](const auto& entry) {
    return now_ - entry.second.last_over >= bounds_.forget_after;
  });
  std::erase_if(history_.recent,
                [&](const RecentKicks& kicks) { return now_ - kicks.at >= one_second; });
}

// Who is within every limit now owes nothing: the round is over.
void Spending::note_behaviour(const std::vector<Turn>& turns) {
  for (const Turn& turn : turns) {
    if (!turn.remembered) continue;
    if (Offender* offender = known(*turn.identity)) offender->last_over = now_;
  }
  for (auto& [identity, offender] : history_.offenders) {
    if (offender.last_over != now_) offender.owed = 0;
  }
}

int Spending::budget() const {
  int used = 0;
  for (const RecentKicks& kicks : history_.recent) used += kicks.count;
  return std::max(bounds_.per_second - used, 0);
}

Offender* Spending::known(const Identity& identity) const {
  const auto found = history_.offenders.find(identity);
  return found == history_.offenders.end() ? nullptr : &found->second;
}

bool Spending::is_due(const Turn& turn) {
  const Offender* offender = turn.remembered ? known(*turn.identity) : nullptr;
  if (offender == nullptr || offender->owed > 0) return true;
  const Nanoseconds waited = now_ - offender->last_kick;
  const Nanoseconds interval = interval_after(offender->rounds, bounds_);
  if (waited >= interval) return true;
  look_again(interval - waited);
  return false;
}

int Spending::take(const Turn& turn, int most) {
  if (most <= 0) return 0;
  if (turn.remembered) return take_remembered(turn, most);
  const int count = std::min(saturated_int(turn.kicks.size()), most);
  kick(turn, count, turn.rank == 0 ? bounds_.longest_interval : bounds_.first_interval);
  return count;
}

// Up to `most` of what the identity has too many, or of what its running round still owes.
int Spending::take_remembered(const Turn& turn, int most) {
  const int surplus = saturated_int(turn.kicks.size());
  Offender& offender = history_.offenders[*turn.identity];
  if (offender.owed == 0) {
    offender.owed = surplus;
    offender.rounds = std::min(offender.rounds, std::numeric_limits<int>::max() - 1) + 1;
  }
  offender.owed = std::min(offender.owed, surplus);
  const int count = std::min(offender.owed, most);
  offender.owed -= count;
  offender.last_kick = now_;
  offender.last_over = now_;
  const Nanoseconds wait = interval_after(offender.rounds, bounds_);
  kick(turn, count, wait);
  if (offender.owed == 0 && count < surplus) look_again(wait);
  return count;
}

void Spending::kick(const Turn& turn, int count, Nanoseconds retry_after) {
  for (int i = 0; i < count; ++i) {
    Kick kick = wanted_[turn.kicks[static_cast<std::size_t>(i)]];
    kick.retry_after = retry_after;
    kick.decided = now_;
    plan_.kicks.push_back(std::move(kick));
  }
}

void Spending::look_again(Nanoseconds after) {
  plan_.look_again_after = std::min(plan_.look_again_after.value_or(after), after);
}

}  // namespace

void note_ended(KickHistory& history, MonoTime decided, MonoTime now) {
  const auto found = std::find_if(history.recent.begin(), history.recent.end(),
                                  [&](const RecentKicks& kicks) { return kicks.at == decided; });
  if (found == history.recent.end() || decided == now) return;
  if (--found->count == 0) history.recent.erase(found);
  // Those of a few milliseconds are one entry: there may be thousands a second.
  if (!history.recent.empty() && history.recent.back().at > decided &&
      now - history.recent.back().at < std::chrono::milliseconds(5)) {
    history.recent.back().at = now;
    ++history.recent.back().count;
  } else {
    history.recent.push_back({now, 1});
  }
}

KickPlan plan_kicks(const std::vector<Connection>& connections, const ConnectionLimits& limits,
                    const KickBounds& bounds, MonoTime now, KickHistory& history,
                    const LimitSources& sources, bool may_kick) {
  KickPlan plan;
  std::vector<Kick> wanted =
      find_surplus(connections, limits, sources, now, !may_kick, history, plan);
  if (may_kick) {
    Spending(std::move(wanted), limits, bounds, now, history, plan).spend();
  } else {
    plan.delayed = saturated_int(wanted.size());
  }
  return plan;
}

}  // namespace roomkeeper::policies
