#include "sidecar/job_keeper.h"

#include <algorithm>
#include <utility>

#include "api/codec.h"
#include "policies/rfc3339.h"
#include "sidecar/admin_context.h"

namespace roomkeeper::sidecar {
namespace {

using api::ApiCode;
using api::ApiResult;
using api::JobState;
using metrics::MetricId;
using nats::Priority;
using policies::Reason;
using policies::Result;

using namespace std::chrono_literals;

constexpr std::string_view job_key_prefix = "job.";
constexpr policies::Nanoseconds save_interval = 1s;

std::string job_key(const std::string& id) {
  return std::string(job_key_prefix) + id;
}

/// `20261122-155301` of 2026-11-22T15:53:01Z.
std::string id_stem(policies::WallTime created) {
  std::string stem;
  for (const char c : policies::format_rfc3339(created)) {
    if (c == '.' || c == 'Z') break;
    if (c == 'T') stem += '-';
    if (c >= '0' && c <= '9') stem += c;
  }
  return stem;
}

}  // namespace

JobKeeper::JobKeeper(Runtime& runtime, nats::JetStream& js, Inventory& inventory,
                     StreamPurger& purger, AuditLog& audit, StateKeeper& state,
                     const PoolKeeper& pools)
    : runtime_(runtime),
      js_(js),
      inventory_(inventory),
      purger_(purger),
      audit_(audit),
      state_(state),
      pools_(pools),
      pace_(static_cast<std::uint64_t>(runtime.config->jobs.rooms_per_second)) {}

void JobKeeper::start() {
  running_ = true;
  take_records();
  schedule();
}

void JobKeeper::stop() {
  running_ = false;
  runtime_.loop.cancel(timer_);
  timer_ = 0;
  for (auto& [id, entry] : jobs_) entry.job->suspend();
}

void JobKeeper::forget() {
  std::erase_if(jobs_, [](const auto& job) { return !job.second.job->is_dry(); });
  unreadable_.clear();
}

void JobKeeper::look_again() {
  pace_.set(static_cast<std::uint64_t>(runtime_.config->jobs.rooms_per_second));
  if (running_) schedule();
}

// --- records

void JobKeeper::take_records() {
  unreadable_.clear();
  for (const auto& [key, value] : state_.others()) {
    if (key.starts_with(job_key_prefix)) take_record(key.substr(job_key_prefix.size()), value);
  }
}

/// What this process knows of a job is newer than its record.
void JobKeeper::take_record(const std::string& id, const std::string& value) {
  const auto known = jobs_.find(id);
  if (known != jobs_.end()) {
    known->second.written = value;
    return;
  }
  ApiResult<api::JobRecord> record = api::decode<api::JobRecord>(value);
  const bool readable =
      record && record->job.id == id && api::parse_job_state(record->job.state) &&
      (record->job.ended.has_value() || !api::has_ended(*api::parse_job_state(record->job.state)));
  if (!readable) {
    unreadable_[id] = record ? "the record contradicts itself" : record.error().message;
    runtime_.log.error("job.unreadable", {{"job", id}, {"error", unreadable_[id]}});
    return;
  }
  const bool ended = api::has_ended(*api::parse_job_state(record->job.state));
  if (!ended) {
    ++record->job.resumed;
    record->job.at_least = record->job.at_least || record->job.rooms > 0;
  }
  PurgeJob& job = add(*record);
  Entry& entry = jobs_[id];
  entry.recorded = true;
  entry.told_end = entry.end_written = ended;
  entry.written = value;
  if (ended) return;
  runtime_.log.info("job.resumed", {{"job", id}, {"cursor", record->cursor}});
  tell_audit(job.view(), Reason::job_resumed, {}, "goes on behind room '" + record->cursor + "'",
             true);
}

PurgeJob& JobKeeper::add(const api::JobRecord& record) {
  Entry& entry = jobs_[record.job.id];
  entry.job = std::make_unique<PurgeJob>(JobParts{.runtime = runtime_,
                                                  .js = js_,
                                                  .inventory = inventory_,
                                                  .purger = purger_,
                                                  .audit = audit_,
                                                  .pools = pools_,
                                                  .pace = pace_},
                                         record, [this] { changed(); });
  return *entry.job;
}

/// Only what has changed is written. A write that failed is tried again by the next round.
void JobKeeper::save(const std::string& id, Entry& entry) {
  if (entry.job->is_dry() || entry.writing || entry.end_written || !running_) return;
  std::string record = api::encode(entry.job->record());
  const bool ended = entry.job->ended();
  if (record == entry.written) return;
  entry.writing = true;
  state_.put_entry(
      job_key(id), record, lifetime_.guard([this, id, record, ended](const Result<>& written) {
        const auto found = jobs_.find(id);
        if (found == jobs_.end()) return;  // forgotten meanwhile
        Entry& of = found->second;
        of.writing = false;
        if (written) {
          of.written = record;
          of.end_written = ended;
          return;
        }
        runtime_.log.warn("job.not_recorded", {{"job", id}, {"error", written.error()}});
      }));
}

void JobKeeper::save_all() {
  timer_ = 0;
  if (!running_) return;
  for (auto& [id, entry] : jobs_) save(id, entry);
  forget_old();
  const bool more = std::any_of(jobs_.begin(), jobs_.end(), [](const auto& job) {
    const Entry& entry = job.second;
    return entry.writing || !entry.job->ended() || !(entry.job->is_dry() || entry.end_written);
  });
  if (!more) return;
  timer_ = runtime_.loop.run_after(save_interval, lifetime_.guard([this] { save_all(); }));
}

/// The oldest of those that have ended and are recorded as such.
void JobKeeper::forget_old() {
  std::size_t ended = 0;
  std::size_t dry = 0;
  std::vector<std::string> old;
  for (auto it = jobs_.rbegin(); it != jobs_.rend(); ++it) {
    const Entry& entry = it->second;
    if (!entry.job->ended() || entry.writing || !entry.told_end) continue;
    if (entry.job->is_dry()) {
      if (++dry > dry_jobs_ended_max) old.push_back(it->first);
    } else if (++ended > jobs_ended_max) {
      old.push_back(it->first);
    }
  }
  for (const std::string& id : old) {
    if (jobs_[id].job->is_dry()) {
      jobs_.erase(id);
      continue;
    }
    jobs_[id].writing = true;
    state_.erase_entry(job_key(id), lifetime_.guard([this, id](const Result<>& erased) {
      const auto found = jobs_.find(id);
      if (found == jobs_.end()) return;
      found->second.writing = false;
      if (erased) jobs_.erase(found);
    }));
  }
}

// --- asking

void JobKeeper::ask(const api::PurgeRequest& request, const api::Actor& actor, const Asked& done) {
  if (!running_) return done(refuse(ApiCode::not_ready, "Roomkeeper does not act at the moment"));
  if (not_ended() + being_asked_ >= jobs_not_ended_max) {
    return done(refuse(ApiCode::busy, std::to_string(jobs_not_ended_max) +
                                          " jobs have not ended: see roomctl job ls"));
  }
  ++being_asked_;
  // The server's own time: what it has stored until now is meant, and nothing that comes later.
  js_.info(Priority::admin, runtime_.names().state_stream(),
           lifetime_.guard([this, request, actor, done](const Result<nats::StreamInfo>& info) {
             --being_asked_;
             if (!info) return done(tl::unexpected(to_api_error(info.error())));
             const bool told = info->server_time != policies::WallTime{};
             asked(request, actor, told ? info->server_time : inventory_.server_now(), done);
           }));
}

void JobKeeper::asked(const api::PurgeRequest& request, const api::Actor& actor,
                      policies::WallTime created, const Asked& done) {
  const bool skewed =
      policies::judge_skew(runtime_.clock.wall(), created) == policies::Skew::too_far;
  if (skewed && request.selection.before_time && !request.dry_run) {
    return done(refuse(ApiCode::unsafe,
                       "the clocks of Roomkeeper and nats-server are more than 60 s apart: no "
                       "purge by time"));
  }
  api::JobRecord record;
  record.job.id = new_id(created);
  record.job.dry_run = request.dry_run;
  record.job.selection = request.selection;
  record.job.rate = request.rate;
  record.job.who = actor.claimed;
  record.job.created = created;
  record.job.state = std::string(to_string(JobState::queued));
  const std::string id = record.job.id;
  PurgeJob& job = add(record);
  if (request.dry_run) {
    jobs_[id].recorded = true;
    schedule();
    return done(job.view());
  }
  std::string text = api::encode(job.record());
  jobs_[id].writing = true;
  jobs_[id].written = text;
  state_.put_entry(job_key(id), text, lifetime_.guard([this, id, done](const Result<>& written) {
    recorded(id, written, done);
  }));
}

/// A job that could not be recorded is not begun: whoever asked is told so. It may be in the bucket
/// all the same, so that its end is written there.
void JobKeeper::recorded(const std::string& id, const Result<>& written, const Asked& done) {
  const auto found = jobs_.find(id);
  if (found == jobs_.end())
    return done(refuse(ApiCode::conflict, "another replica leads since: see roomctl job ls"));
  Entry& entry = found->second;
  entry.writing = false;
  entry.recorded = true;
  PurgeJob& job = *entry.job;
  if (!written) {
    entry.written.clear();
    entry.told_end = true;
    job.give_up("it could not be recorded: " + written.error().text);
    runtime_.log.warn("job.not_recorded", {{"job", id}, {"error", written.error()}});
    return done(tl::unexpected(to_api_error(written.error())));
  }
  const api::JobView view = job.view();
  runtime_.log.info("job.asked", {{"job", id}, {"who", view.who}});
  tell_audit(view, Reason::asked_by_admin, {.origin = api::Origin::admin_api, .claimed = view.who},
             "asked for", true);
  schedule();
  done(job.view());
}

/// Sortable, and another one than all that are known.
std::string JobKeeper::new_id(policies::WallTime created) const {
  const std::string stem = id_stem(created);
  for (std::size_t i = 1;; ++i) {
    std::string id = stem + (i < 10 ? "-0" : "-") + std::to_string(i);
    if (!jobs_.contains(id) && !unreadable_.contains(id)) return id;
  }
}

// --- the ones at work

std::size_t JobKeeper::not_ended() const {
  return static_cast<std::size_t>(std::count_if(
      jobs_.begin(), jobs_.end(), [](const auto& job) { return !job.second.job->ended(); }));
}

/// A job tells a change in the middle of its own work: what follows is done after it.
void JobKeeper::changed() {
  if (change_posted_) return;
  change_posted_ = true;
  runtime_.loop.run_after(policies::Nanoseconds::zero(), lifetime_.guard([this] {
    change_posted_ = false;
    tell_ends();
    schedule();
  }));
}

void JobKeeper::schedule() {
  std::size_t at_work = 0;
  for (const auto& [id, entry] : jobs_) at_work += entry.job->at_work() ? 1U : 0U;
  std::vector<PurgeJob*> beginning;
  for (auto& [id, entry] : jobs_) {
    if (!running_ || at_work >= jobs_at_work_max) break;
    if (entry.job->ended() || entry.job->at_work() || !entry.recorded) continue;
    beginning.push_back(entry.job.get());
    ++at_work;
  }
  const std::size_t all = static_cast<std::size_t>(runtime_.config->jobs.in_flight);
  for (auto& [id, entry] : jobs_)
    entry.job->set_window(std::max<std::size_t>(1, all / std::max<std::size_t>(1, at_work)));
  for (PurgeJob* job : beginning) job->run();
  if (running_ && timer_ == 0 && !jobs_.empty())
    timer_ = runtime_.loop.run_after(save_interval, lifetime_.guard([this] { save_all(); }));
  publish_metrics();
}

void JobKeeper::tell_ends() {
  for (auto& [id, entry] : jobs_) {
    if (!entry.job->ended() || entry.told_end) continue;
    entry.told_end = true;
    save(id, entry);
    if (!entry.job->is_dry()) tell_end(*entry.job);
  }
}

void JobKeeper::tell_end(const PurgeJob& job) {
  const api::JobView view = job.view();
  runtime_.log.info("job.ended", {{"job", view.id},
                                  {"state", view.state},
                                  {"rooms", view.rooms_done},
                                  {"failed", view.rooms_failed},
                                  {"messages", view.messages},
                                  {"detail", view.detail}});
  const Reason reason = policies::parse_reason(view.reason).value_or(Reason::manual);
  tell_audit(view, reason, {.origin = api::Origin::admin_api, .claimed = view.who},
             view.state + "; rooms: " + std::to_string(view.rooms_done) + " done, " +
                 std::to_string(view.rooms_failed) + " failed",
             job.state() == JobState::done || job.state() == JobState::aborted);
  on_purged_();
}

void JobKeeper::tell_audit(const api::JobView& job, Reason reason, const api::Actor& actor,
                           std::string text, bool ok) {
  api::AuditRecord entry;
  entry.kind = api::AuditKind::job;
  entry.reason = reason;
  entry.actor = actor;
  entry.job = job.id;
  entry.user = job.selection.user;
  entry.text = std::move(text);
  if (job.ended) entry.messages = job.messages;
  entry.ok = ok;
  audit_.record(std::move(entry));
}

void JobKeeper::publish_metrics() {
  std::map<JobState, double> counts{
      {JobState::queued, 0}, {JobState::running, 0}, {JobState::waiting, 0}};
  for (const auto& [id, entry] : jobs_) {
    const JobState state = entry.job->state();
    if (entry.job->is_dry() || api::has_ended(state)) continue;
    ++counts[state == JobState::aborting ? JobState::running : state];
  }
  std::vector<std::pair<metrics::LabelValues, double>> series;
  for (const auto& [state, count] : counts)
    series.push_back({{std::string(to_string(state))}, count});
  runtime_.metrics.replace(MetricId::purge_jobs, series);
}

// --- looking

api::JobListReply JobKeeper::list(std::uint64_t limit, std::uint64_t offset) const {
  std::vector<api::JobView> all;
  for (const auto& [id, entry] : jobs_) all.push_back(entry.job->view());
  for (const auto& [id, problem] : unreadable_) {
    api::JobView view;
    view.id = id;
    view.dry_run = false;
    view.state = "unreadable";
    view.detail = problem;
    all.push_back(std::move(view));
  }
  std::sort(all.begin(), all.end(),
            [](const api::JobView& a, const api::JobView& b) { return a.id > b.id; });
  api::JobListReply reply{.jobs = {}, .total = all.size()};
  for (std::uint64_t i = offset; i < all.size() && reply.jobs.size() < limit; ++i)
    reply.jobs.push_back(std::move(all[i]));
  return reply;
}

PurgeJob* JobKeeper::find(const std::string& id) const {
  const auto found = jobs_.find(id);
  return found == jobs_.end() ? nullptr : found->second.job.get();
}

ApiResult<api::JobView> JobKeeper::abort(const std::string& id, const api::Actor& actor) {
  PurgeJob* job = find(id);
  if (job == nullptr) return refuse(ApiCode::job_not_found, "no job '" + id.substr(0, 64) + "'");
  if (job->ended())
    return refuse(ApiCode::conflict, "job " + id + " has ended: " + job->view().state);
  runtime_.log.info("job.abort", {{"job", id}, {"who", actor.claimed}});
  if (!job->is_dry())
    tell_audit(job->view(), Reason::job_aborted, actor, "its end was asked for", true);
  job->abort();
  return job->view();
}

}  // namespace roomkeeper::sidecar
