// Verb state.import: takes lines of an exported state back, request by request. Each is judged as a
// whole before the first of its lines is written.
#include <algorithm>
#include <memory>
#include <utility>

#include "api/bulk.h"
#include "api/codec.h"
#include "api/state.h"
#include "policies/field_text.h"
#include "policies/rfc3339.h"
#include "sidecar/admin_state.h"
#include "sidecar/job_keeper.h"
#include "sidecar/lease_keeper.h"
#include "sidecar/room_definitions.h"
#include "sidecar/state_import.h"

namespace roomkeeper::sidecar {
namespace {

using api::ApiCode;
using api::ApiResult;
using policies::Result;

namespace outcome = api::outcome;

/// One request while its writes are on their way.
struct ImportWork {
  AdminContext& context;
  AdminReply reply;
  api::Actor actor;
  api::StateImportRequest request;
  StateHeader header;
  std::vector<ImportStep> steps;
  bool whole = false;    ///< the end was there, and all records before it
  std::size_t open = 1;  ///< writes on their way, and the one who hands them out
  std::size_t written = 0;
};
using SharedWork = std::shared_ptr<ImportWork>;

void refuse_step(ImportStep& step, ApiCode code, std::string reason) {
  step.outcome.outcome = outcome::refused;
  step.outcome.code = to_string(code);
  step.outcome.reason = std::move(reason);
  step.write = nullptr;
  step.roster.clear();
}

/// The end counts what stood before it, so that a file that was cut off is noticed.
ApiResult<bool> check_end(const api::StateImportRequest& request, const Result<StateLine>& line) {
  const bool is_end = line && line->kind == StateKind::end;
  if (!request.last) return false;
  if (!is_end) {
    if (request.partial) return false;
    return refuse(ApiCode::bad_request,
                  "the file has no end: it was cut off. --partial takes what there is");
  }
  const auto end = decode_state_end(line->value);
  if (!end) return refuse(ApiCode::bad_request, end.error().text);
  const std::uint64_t records = request.before + request.lines.size() - 1;
  if (end->records == records) return true;
  if (request.partial) return false;
  return refuse(ApiCode::bad_request, "the file has " + std::to_string(records) +
                                          " records, and its end says " +
                                          std::to_string(end->records) +
                                          ": some are missing or were put in. --partial "
                                          "takes what there is");
}

ApiResult<bool> check_instance(const AdminContext& context, const api::StateImportRequest& request,
                               const StateHeader& header) {
  const std::string& ours = context.runtime.config->instance;
  if (header.instance == ours || header.instance == request.instance_from) return true;
  return refuse(ApiCode::conflict, "the file is of instance " + policies::quoted(header.instance) +
                                       ", this is " + policies::quoted(ours) +
                                       ": --instance-from " + header.instance +
                                       " says that this is meant");
}

void count(api::StateImportReply& result) {
  for (const api::StateImportOutcome& line : result.lines) {
    result.created += line.outcome == outcome::created ? 1U : 0U;
    result.updated += line.outcome == outcome::updated ? 1U : 0U;
    result.unchanged += line.outcome == outcome::unchanged ? 1U : 0U;
    result.exists += line.outcome == outcome::exists ? 1U : 0U;
    result.skipped += line.outcome == outcome::skipped ? 1U : 0U;
    result.refused += line.outcome == outcome::refused ? 1U : 0U;
  }
}

api::StateImportReply result_of(const ImportWork& work) {
  api::StateImportReply result;
  for (const ImportStep& step : work.steps) result.lines.push_back(step.outcome);
  count(result);
  result.complete = work.whole && result.refused == 0 && work.request.refused == 0 &&
                    work.header.instance == work.context.runtime.config->instance;
  return result;
}

/// What was written, as few entries as may be.
void tell_audit(const ImportWork& work, const api::StateImportReply& result) {
  api::AuditRecord entry;
  entry.kind = api::AuditKind::state_imported;
  entry.reason = policies::Reason::asked_by_admin;
  entry.actor = work.actor;
  entry.ok = result.refused == 0;
  entry.text = "lines " + std::to_string(work.request.first_line) + " to " +
               std::to_string(work.request.first_line + work.request.lines.size() - 1) +
               " of the state of '" + work.header.instance + "' exported " +
               policies::format_rfc3339(work.header.exported_at) + ": " +
               std::to_string(result.created) + " created, " + std::to_string(result.updated) +
               " updated, " + std::to_string(result.unchanged) + " unchanged, " +
               std::to_string(result.exists) + " kept as they were, " +
               std::to_string(result.skipped) + " skipped, " + std::to_string(result.refused) +
               " refused" + (result.complete ? "; the file was whole" : "");
  for (const ImportStep& step : work.steps) {
    if (step.room.empty() || step.outcome.outcome == outcome::refused) continue;
    if (entry.rooms.size() == api::audit_rooms_max) {
      work.context.audit.record(entry);
      entry.rooms.clear();
    }
    entry.rooms.push_back({.room = step.room, .messages = 0, .before = 0, .up_to = 0});
  }
  work.context.audit.record(std::move(entry));
}

/// Who keeps what was written takes it in now.
void take_in(AdminContext& context) {
  if (!context.lease.may_act()) return;  // lost meanwhile: the next leader reads it
  context.reconciler.refresh_desired();
  context.reconciler.mark_dirty();
  context.jobs.start();
  context.bans.start();
  if (context.connections != nullptr) context.connections->restore();
}

void answer(const SharedWork& work, const api::StateImportReply& result) {
  if (work->written > 0) {
    tell_audit(*work, result);
    take_in(work->context);
  }
  work->reply(api::encode(result));
}

/// From now on a stream of the API from the time of the file is no sign that rooms are unknown.
void note_provenance(const SharedWork& work) {
  AdminContext& context = work->context;
  const auto& entries = context.state.others();
  const auto found = entries.find(provenance_key);
  KnownSpans spans = work->header.known;
  if (found != entries.end()) {
    if (const auto earlier = decode_provenance(found->second))
      spans.insert(spans.end(), earlier->begin(), earlier->end());
  }
  const std::string value = encode_provenance(joined(std::move(spans)));
  if (found != entries.end() && found->second == value) return answer(work, result_of(*work));
  context.state.put_entry(std::string(provenance_key), value, [work](const Result<>& written) {
    api::StateImportReply result = result_of(*work);
    if (written) {
      ++work->written;
    } else {
      result.complete = false;
    }
    answer(work, result);
  });
}

void finish_write(const SharedWork& work) {
  if (--work->open > 0) return;
  if (result_of(*work).complete) return note_provenance(work);
  answer(work, result_of(*work));
}

void written(const SharedWork& work, ImportStep& step, const Result<>& outcome) {
  if (outcome) {
    ++work->written;
  } else {
    const api::ApiError error = to_api_error(outcome.error());
    refuse_step(step, error.code, error.message);
  }
}

/// All rooms of pools in one batch: each is a whole reading of the roster.
void write_roster(const SharedWork& work) {
  std::vector<policies::RosterChange> changes;
  for (const ImportStep& step : work->steps)
    changes.insert(changes.end(), step.roster.begin(), step.roster.end());
  if (changes.empty()) return;
  ++work->open;
  work->context.pools.roster().write(std::move(changes), [work](const Result<>& outcome) {
    for (ImportStep& step : work->steps) {
      if (!step.roster.empty()) written(work, step, outcome);
    }
    finish_write(work);
  });
}

void write_all(const SharedWork& work) {
  for (ImportStep& step : work->steps) {
    if (!step.write) continue;
    ++work->open;
    const auto write = std::exchange(step.write, nullptr);
    write([work, &step](const Result<>& outcome) {
      written(work, step, outcome);
      finish_write(work);
    });
  }
  write_roster(work);
  finish_write(work);
}

/// Errors: what makes nothing of the request usable.
ApiResult<bool> judge_all(ImportWork& work) {
  const api::StateImportRequest& request = work.request;
  ImportJudge judge(work.context, request);
  work.steps.reserve(request.lines.size());
  for (std::size_t i = 0; i < request.lines.size(); ++i) {
    const Result<StateLine> line = decode_state_line(request.lines[i]);
    const bool at_end = i + 1 == request.lines.size();
    if (at_end) {
      const ApiResult<bool> whole = check_end(request, line);
      if (!whole) return whole;
      work.whole = *whole;
      if (request.last && line && line->kind == StateKind::end) break;
    }
    ImportStep step;
    if (line) {
      step = judge.judge(*line);
    } else {
      refuse_step(step, ApiCode::bad_request, line.error().text);
    }
    step.outcome.line = request.first_line + i;
    work.steps.push_back(std::move(step));
  }
  return true;
}

}  // namespace

void admin_state_import(AdminContext& context, const AdminRequest& request,
                        const AdminReply& reply) {
  auto wanted = api::decode<api::StateImportRequest>(request.body);
  if (!wanted) return reply(tl::unexpected(wanted.error()));
  if (const auto may = may_write(context); !may) return reply(tl::unexpected(may.error()));
  auto header = decode_state_header(wanted->header);
  if (!header) return reply(refuse(ApiCode::bad_request, "line 1: " + header.error().text));
  if (const auto right = check_instance(context, *wanted, *header); !right)
    return reply(tl::unexpected(right.error()));
  const auto work = std::make_shared<ImportWork>(ImportWork{.context = context,
                                                            .reply = reply,
                                                            .actor = request.actor,
                                                            .request = std::move(*wanted),
                                                            .header = std::move(*header),
                                                            .steps = {}});
  if (const auto judged = judge_all(*work); !judged) return reply(tl::unexpected(judged.error()));
  if (work->request.dry_run) return reply(api::encode(result_of(*work)));
  write_all(work);
}

}  // namespace roomkeeper::sidecar
