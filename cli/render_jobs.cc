#include "cli/render_jobs.h"

#include <algorithm>

#include "cli/format.h"
#include "cli/render.h"
#include "cli/safe_text.h"
#include "cli/table.h"

namespace roomkeeper::cli {
namespace {

constexpr std::uint64_t bar_width = 20;

std::uint64_t rooms_settled(const api::JobView& job) {
  return job.rooms_done + job.rooms_skipped + job.rooms_failed;
}

std::string goes(const api::JobView& job) {
  return job.dry_run ? " would be deleted" : " deleted";
}

std::string bar(const api::JobView& job) {
  const std::uint64_t settled = std::min(rooms_settled(job), job.rooms);
  const std::uint64_t filled = job.rooms == 0 ? 0 : settled * bar_width / job.rooms;
  return "[" + std::string(filled, '#') + std::string(bar_width - filled, '-') + "] ";
}

std::string failed_and_skipped(const api::JobView& job) {
  std::string text;
  if (job.rooms_failed > 0) text += ", " + counted(job.rooms_failed, "room") + " failed";
  if (job.rooms_skipped > 0) text += ", " + format_count(job.rooms_skipped) + " skipped";
  return text;
}

std::string state_text(const api::JobView& job) {
  std::string text = safe_text(job.state);
  if (!job.reason.empty()) text += " (" + safe_text(job.reason) + ")";
  if (!job.detail.empty()) text += ": " + safe_text(job.detail);
  return text;
}

}  // namespace

std::string describe_selection(const api::PurgeSelection& selection) {
  std::string text;
  for (const std::string& room : selection.rooms) text += (text.empty() ? "" : ", ") + room;
  if (!text.empty()) text = (selection.rooms.size() == 1 ? "room " : "rooms ") + text;
  if (!selection.match.empty()) text += "rooms " + selection.match;
  if (!selection.template_name.empty())
    text += (text.empty() ? "rooms of template " : " of template ") + selection.template_name;
  if (!selection.user.empty()) text += "; of user " + selection.user;
  if (selection.before_time) text += "; before " + format_when(selection.before_time);
  if (selection.before_seq) text += "; before sequence " + std::to_string(*selection.before_seq);
  if (selection.keep) text += "; all but the newest " + format_count(*selection.keep);
  return safe_text(text);
}

std::string render_job_progress(const api::JobView& job) {
  if (job.rooms == 0 && job.state == "queued") return "waits for its turn";
  if (job.rooms == 0) return "looking for the rooms";
  std::string text = bar(job) + format_count(rooms_settled(job)) + " of " +
                     counted(job.rooms, "room") + ", " + counted(job.messages, "message") +
                     goes(job);
  if (job.rooms_failed > 0) text += ", " + counted(job.rooms_failed, "room") + " failed";
  if (job.state == "waiting") text += "; waiting before it is tried again";
  return text;
}

std::string render_job_sum(const api::JobView& job) {
  return std::string(job.at_least ? "at least " : "") + format_count(job.messages) + " of " +
         counted(job.stored, "message") + " in " + counted(job.rooms_done, "room") + goes(job) +
         failed_and_skipped(job);
}

std::string render_job_rooms(const api::JobReply& reply, int width) {
  if (reply.rooms.empty()) return {};
  Table table({{"ROOM", Align::left, true},
               {reply.job.dry_run ? "WOULD GO" : "DELETED", Align::right},
               {"OF", Align::right}});
  for (const api::JobRoom& room : reply.rooms)
    table.add({room.room, format_count(room.messages), format_count(room.stored)});
  std::string text = table.render(width);
  if (reply.total > reply.rooms.size())
    text += "... and " + counted(reply.total - reply.rooms.size(), "room") + " more\n";
  return text;
}

std::string render_job(const api::JobReply& reply, policies::WallTime now, int width) {
  const api::JobView& job = reply.job;
  std::string text = labelled("Job", safe_text(job.id) + (job.dry_run ? ", a dry run" : ""));
  text += labelled("State", state_text(job));
  text += labelled("What", describe_selection(job.selection));
  if (!job.who.empty()) text += labelled("Asked by", safe_text(job.who));
  text += labelled("Asked", format_when(job.created) + ", " + format_age(job.created, now));
  if (job.ended) text += labelled("Ended", format_when(job.ended));
  if (job.resumed > 0)
    text += labelled("Went on", counted(job.resumed, "time") + " after a restart");
  text += labelled("So far", job.ended ? render_job_sum(job) : render_job_progress(job));
  const std::string rooms = render_job_rooms(reply, width);
  return rooms.empty() ? text : text + "\n" + rooms;
}

std::string render_job_list(const api::JobListReply& list, policies::WallTime now, int width) {
  if (list.jobs.empty()) return "no jobs\n";
  Table table({{"ID"},
               {"STATE"},
               {"ROOMS", Align::right},
               {"FAILED", Align::right},
               {"MESSAGES", Align::right},
               {"ASKED", Align::right},
               {"BY", Align::left, true},
               {"WHAT", Align::left, true}});
  for (const api::JobView& job : list.jobs) {
    table.add({job.id, job.state + (job.dry_run ? ", dry run" : ""),
               format_count(rooms_settled(job)) + "/" + format_count(job.rooms),
               format_count(job.rooms_failed), format_count(job.messages),
               format_age(job.created, now), job.who, describe_selection(job.selection)});
  }
  return table.render(width);
}

}  // namespace roomkeeper::cli
