#include "sidecar/ban_keeper.h"

#include <algorithm>
#include <utility>

#include "policies/rfc3339.h"
#include "policies/saturate.h"
#include "sidecar/ban_record.h"

namespace roomkeeper::sidecar {
namespace {

using api::BanView;
using policies::ErrorCode;
using policies::fail;
using policies::Nanoseconds;
using policies::Reason;
using policies::Result;
using policies::WallTime;

using namespace std::chrono_literals;

constexpr Nanoseconds upkeep_interval = 1min;
/// A write has failed: by then the bucket was read again.
constexpr Nanoseconds after_trouble = 2s;
/// What is over is erased so many at a time.
constexpr std::size_t erased_at_once = 500;
/// Records that cannot be read are told one by one up to here.
constexpr std::size_t told_max = 5;

WallTime end_of(WallTime since, std::uint64_t seconds) {
  const auto length = std::chrono::seconds(
      static_cast<std::int64_t>(std::min<std::uint64_t>(seconds, api::ban_seconds_max)));
  return policies::saturated_add(since, length);
}

}  // namespace

BanKeeper::BanKeeper(Runtime& runtime, StateKeeper& state, AuditLog& audit)
    : runtime_(runtime), state_(state), audit_(audit) {}

void BanKeeper::start() {
  running_ = true;
  take();
  housekeep();
}

void BanKeeper::stop() {
  running_ = false;
  runtime_.loop.cancel(timer_);
  timer_ = 0;
}

/// The bucket decides, whatever was known before; how many were kicked is nowhere else.
void BanKeeper::take() {
  taken_ = state_.loads();
  std::map<std::string, BanView, std::less<>> found;
  std::size_t bad = 0;
  const auto& entries = state_.others();
  for (auto at = entries.lower_bound(ban_prefix);
       at != entries.end() && at->first.starts_with(ban_prefix); ++at) {
    Result<BanView> ban = decode_ban(at->first, at->second);
    if (ban && found.size() >= api::bans_max)
      ban = fail(ErrorCode::limit, "there are more bans than are kept");
    if (!ban) {
      if (++bad <= told_max)
        runtime_.log.warn("bans.bad_record", {{"key", at->first}, {"error", ban.error()}});
      continue;
    }
    if (const auto known = bans_.find(ban->user); known != bans_.end())
      ban->kicks = known->second.kicks;
    std::string user = ban->user;
    found.emplace(std::move(user), *std::move(ban));
  }
  if (bad > told_max) runtime_.log.warn("bans.bad_records", {{"count", bad}});
  bans_ = std::move(found);
  changed();
}

void BanKeeper::changed() {
  publish_metrics();
  if (changed_) changed_();
}

bool BanKeeper::in_force(const BanView& ban) const {
  return ban.until > runtime_.clock.wall();
}

bool BanKeeper::banned(std::string_view user) const {
  const auto found = bans_.find(user);
  return found != bans_.end() && in_force(found->second);
}

std::vector<BanView> BanKeeper::all() const {
  std::vector<BanView> bans;
  for (const auto& [user, ban] : bans_) {
    if (in_force(ban)) bans.push_back(ban);
  }
  return bans;
}

std::size_t BanKeeper::size() const {
  return static_cast<std::size_t>(std::count_if(
      bans_.begin(), bans_.end(), [this](const auto& entry) { return in_force(entry.second); }));
}

void BanKeeper::count_kick(std::string_view user) {
  if (const auto found = bans_.find(user); found != bans_.end()) ++found->second.kicks;
}

// ---- changes

void BanKeeper::add(const api::BanAddRequest& request, const api::Actor& actor, Done done) {
  const WallTime now = runtime_.clock.wall();
  BanView asked{.user = request.user,
                .since = now,
                .until = end_of(now, request.seconds),
                .by = actor.claimed,
                .reason = request.reason,
                .kicks = 0};
  const std::string key = ban_key(asked.user);
  const std::string value = encode_ban(asked);
  // What could not be read back is not written.
  Result<BanView> ban = decode_ban(key, value);
  if (!ban) return done(fail(ErrorCode::invalid, "the ban: " + ban.error().text));
  if (writing_.contains(ban->user))
    return done(fail(ErrorCode::conflict, "another change of this ban is under way"));
  // Those that are being made count, and those that are over until their keys are erased.
  if (!bans_.contains(ban->user) && bans_.size() + writing_.size() >= api::bans_max) {
    return done(fail(ErrorCode::limit,
                     std::to_string(api::bans_max) + " users are banned: no more are kept"));
  }
  writing_.insert(ban->user);
  state_.put_entry(key, value,
                   lifetime_.guard([this, ban = *std::move(ban), actor,
                                    done = std::move(done)](const Result<>& outcome) {
                     writing_.erase(ban.user);
                     arm();
                     if (!outcome) return done(policies::pass(outcome.error()));
                     bans_.insert_or_assign(ban.user, ban);
                     tell_audit(ban, Reason::ban_asked, actor);
                     changed();
                     done(ban);
                   }));
}

void BanKeeper::remove(const std::string& user, const api::Actor& actor, Done done) {
  if (writing_.contains(user))
    return done(fail(ErrorCode::conflict, "another change of this ban is under way"));
  if (!banned(user)) return done(fail(ErrorCode::not_found, "this user is not banned"));
  writing_.insert(user);
  state_.erase_entry(
      ban_key(user),
      lifetime_.guard([this, user, actor, done = std::move(done)](const Result<>& outcome) {
        writing_.erase(user);
        arm();
        if (!outcome) return done(policies::pass(outcome.error()));
        const auto found = bans_.find(user);
        // Read anew meanwhile, and gone by then.
        BanView ban = found == bans_.end() ? BanView{.user = user} : found->second;
        if (found != bans_.end()) bans_.erase(found);
        tell_audit(ban, Reason::ban_ended, actor);
        changed();
        done(std::move(ban));
      }));
}

// ---- upkeep

void BanKeeper::arm() {
  if (!running_) return;
  const bool stale = taken_ != state_.loads() || !state_.loaded();
  if (timer_ != 0 && !stale) return;
  runtime_.loop.cancel(timer_);
  timer_ = runtime_.loop.run_after(stale ? after_trouble : upkeep_interval, lifetime_.guard([this] {
    timer_ = 0;
    housekeep();
  }));
}

void BanKeeper::housekeep() {
  if (state_.loaded() && taken_ != state_.loads()) take();
  if (state_.loaded()) erase_over();
  publish_metrics();
  arm();
}

void BanKeeper::erase_over() {
  std::vector<std::pair<std::string, WallTime>> over;
  for (const auto& [user, ban] : bans_) {
    if (over.size() >= erased_at_once) break;
    if (!in_force(ban) && !writing_.contains(user)) over.emplace_back(user, ban.until);
  }
  for (const auto& [user, until] : over) {
    writing_.insert(user);
    state_.erase_entry(ban_key(user),
                       lifetime_.guard([this, name = user, end = until](const Result<>& outcome) {
                         erased(name, end, outcome);
                       }));
  }
}

void BanKeeper::erased(const std::string& user, WallTime until, const Result<>& outcome) {
  writing_.erase(user);
  if (!outcome) {
    runtime_.log.debug("bans.not_erased", {{"user", user}, {"error", outcome.error()}});
    return;  // tried again in a minute
  }
  const auto found = bans_.find(user);
  if (found == bans_.end() || found->second.until != until) return;
  const BanView ban = std::move(found->second);
  bans_.erase(found);
  tell_audit(ban, Reason::ban_expired, {});
  publish_metrics();
  if (writing_.empty()) erase_over();  // more than one batch
}

void BanKeeper::tell_audit(const BanView& ban, Reason reason, const api::Actor& actor) {
  const bool begins = reason == Reason::ban_asked;
  api::AuditRecord entry;
  entry.kind = begins ? api::AuditKind::ban : api::AuditKind::unban;
  entry.reason = reason;
  entry.actor = actor;
  entry.user = ban.user;
  if (begins) {
    entry.text = "until " + policies::format_rfc3339(ban.until);
    if (!ban.reason.empty()) entry.text += ": " + ban.reason;
  } else if (ban.kicks > 0) {
    entry.text = std::to_string(ban.kicks) + " connections were ended by it";
  }
  if (begins) {
    runtime_.log.info("bans.added", {{"user", ban.user}, {"reason", reason}});
  } else {
    runtime_.log.info("bans.ended", {{"user", ban.user}, {"reason", reason}});
  }
  audit_.record(std::move(entry));
}

void BanKeeper::publish_metrics() {
  runtime_.metrics.set(metrics::MetricId::bans, static_cast<double>(size()));
}

}  // namespace roomkeeper::sidecar
