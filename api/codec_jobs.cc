// JSON of `purge` and `job.*`, and of a job's record.
#include <algorithm>
#include <array>

#include "api/codec.h"
#include "api/jobs.h"
#include "api/json_fields.h"

namespace roomkeeper::api {
namespace {

constexpr std::array<std::string_view, job_state_count> state_names{
    "queued", "running", "waiting", "aborting", "done", "done_with_failures", "failed", "aborted"};

}  // namespace

std::string_view to_string(JobState state) {
  const auto index = static_cast<std::size_t>(state);
  return index < state_names.size() ? state_names[index] : state_names.front();
}

std::optional<JobState> parse_job_state(std::string_view name) {
  const auto found = std::find(state_names.begin(), state_names.end(), name);
  if (found == state_names.end()) return std::nullopt;
  return static_cast<JobState>(found - state_names.begin());
}

bool has_ended(JobState state) {
  return state >= JobState::done;
}

template <>
inline constexpr bool is_request<PurgeRequest> = true;
template <>
inline constexpr bool is_request<JobListRequest> = true;
template <>
inline constexpr bool is_request<JobRequest> = true;
template <>
inline constexpr bool is_request<JobShowRequest> = true;
template <>
inline constexpr bool is_request<JobRecord> = true;

template <class Fields>
void describe(Fields& fields, Subject<Fields, PurgeSelection>& value) {
  fields.field("rooms", value.rooms);
  fields.field("match", value.match);
  fields.field("template", value.template_name);
  fields.field("user", value.user);
  fields.field("before_time", value.before_time);
  fields.field("before_seq", value.before_seq, Range{.low = 1});
  fields.field("keep", value.keep, Range{.low = 1});
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, PurgeRequest>& value) {
  describe(fields, value.selection);
  fields.field("all", value.all);
  fields.field("rate", value.rate, Range{.low = 0, .high = purge_rate_max});
  fields.field("dry_run", value.dry_run);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, JobFailure>& value) {
  fields.field("room", value.room);
  fields.field("reason", value.reason);
  fields.field("detail", value.detail);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, JobView>& value) {
  fields.required("id", value.id);
  fields.required("dry_run", value.dry_run);
  fields.required("selection", value.selection);
  fields.field("rate", value.rate, Range{.low = 0, .high = purge_rate_max});
  fields.field("who", value.who);
  fields.required("created", value.created);
  fields.field("ended", value.ended);
  fields.required("state", value.state);
  fields.field("reason", value.reason);
  fields.field("detail", value.detail);
  fields.field("rooms", value.rooms);
  fields.field("rooms_done", value.rooms_done);
  fields.field("rooms_skipped", value.rooms_skipped);
  fields.field("rooms_failed", value.rooms_failed);
  fields.field("messages", value.messages);
  fields.field("stored", value.stored);
  fields.field("at_least", value.at_least);
  fields.field("resumed", value.resumed);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, JobListRequest>& value) {
  fields.field("limit", value.limit, Range{.low = 1, .high = 100});
  fields.field("offset", value.offset);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, JobListReply>& value) {
  fields.required("jobs", value.jobs);
  fields.field("total", value.total);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, JobRequest>& value) {
  fields.required("job", value.job);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, JobShowRequest>& value) {
  fields.required("job", value.job);
  fields.field("limit", value.limit, Range{.low = 1, .high = 1000});
  fields.field("offset", value.offset);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, JobRoom>& value) {
  fields.field("room", value.room);
  fields.field("messages", value.messages);
  fields.field("stored", value.stored);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, JobReply>& value) {
  fields.required("job", value.job);
  fields.field("failures", value.failures);
  fields.field("rooms", value.rooms);
  fields.field("total", value.total);
}

template <class Fields>
void describe(Fields& fields, Subject<Fields, JobRecord>& value) {
  fields.required("job", value.job);
  fields.required("cursor", value.cursor);
  fields.field("failures", value.failures);
}

std::string encode(const PurgeRequest& value) {
  return write_json(value);
}
std::string encode(const JobView& value) {
  return write_json(value);
}
std::string encode(const JobListRequest& value) {
  return write_json(value);
}
std::string encode(const JobListReply& value) {
  return write_json(value);
}
std::string encode(const JobRequest& value) {
  return write_json(value);
}
std::string encode(const JobShowRequest& value) {
  return write_json(value);
}
std::string encode(const JobReply& value) {
  return write_json(value);
}
std::string encode(const JobRecord& value) {
  return write_json(value);
}

template ApiResult<PurgeRequest> decode<PurgeRequest>(std::string_view json);
template ApiResult<JobView> decode<JobView>(std::string_view json);
template ApiResult<JobListRequest> decode<JobListRequest>(std::string_view json);
template ApiResult<JobListReply> decode<JobListReply>(std::string_view json);
template ApiResult<JobRequest> decode<JobRequest>(std::string_view json);
template ApiResult<JobShowRequest> decode<JobShowRequest>(std::string_view json);
template ApiResult<JobReply> decode<JobReply>(std::string_view json);
template ApiResult<JobRecord> decode<JobRecord>(std::string_view json);

}  // namespace roomkeeper::api
