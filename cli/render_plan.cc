#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "cli/format.h"
#include "cli/render.h"
#include "cli/safe_text.h"

namespace roomkeeper::cli {
namespace {

char sign_of(const std::string& kind) {
  if (kind == "create") return '+';
  if (kind == "update") return '~';
  if (kind == "adopt") return '>';
  if (kind == "remove") return '-';
  return '!';
}

std::string field_line(const api::PlanField& field) {
  std::string line =
      "    " + safe_text(field.field) + ": " + safe_text(field.from) + " -> " + safe_text(field.to);
  if (field.lossy) line += "  (lossy)";
  if (field.impossible) line += "  (impossible: the server cannot change it)";
  return line + "\n";
}

bool is_lossy(const api::PlanEntry& entry) {
  for (const api::PlanField& field : entry.fields) {
    if (field.lossy) return true;
  }
  return entry.kind == "remove" || entry.would_go.has_value();
}

/// `7`, `about 7`, `at most 7`.
std::string number_of(const api::PlanEntry& entry) {
  std::string text;
  if (entry.would_go_is == "estimate") text = "about ";
  if (entry.would_go_is == "at_most") text = "at most ";
  return text + format_count(entry.would_go.value_or(0));
}

std::string loss_text(const api::PlanEntry& entry) {
  std::string text =
      entry.would_go
          ? number_of(entry) + " of " + counted(entry.messages, "message") + " would go"
          : "how many of " + counted(entry.messages, "message") + " would go is not known";
  if (!entry.loss_note.empty()) text += ": " + safe_text(entry.loss_note);
  return text;
}

std::string loss_line(const api::PlanEntry& entry) {
  return is_lossy(entry) ? "    " + loss_text(entry) + "\n" : std::string();
}

/// `Would be deleted: 12,841 messages of 22 rooms (not all counted exactly).` Empty when nothing is
/// lossy.
std::string sum_line(const api::PlanReply& plan, bool held) {
  std::uint64_t messages = 0;
  std::uint64_t rooms = 0;
  std::uint64_t unknown = 0;
  bool all_exact = true;
  for (const api::PlanEntry& entry : plan.entries) {
    if ((entry.kind == "held") != held || !is_lossy(entry)) continue;
    ++rooms;
    unknown += entry.would_go ? 0U : 1U;
    messages += entry.would_go.value_or(0);
    all_exact = all_exact && entry.would_go_is != "estimate" && entry.would_go_is != "at_most";
  }
  if (rooms == 0) return {};
  std::string text = held ? "Held back, and would go with consent: " : "Would be deleted: ";
  text +=
      (all_exact ? "" : "about ") + counted(messages, "message") + " of " + counted(rooms, "room");
  if (unknown > 0) text += ", without " + counted(unknown, "room") + " that could not be counted";
  return text + ".\n";
}

/// `room general`, or of all its rooms `pool lobby`.
std::string subject_of(const api::PlanEntry& entry) {
  return entry.room.empty() ? "pool " + safe_text(entry.pool) : "room " + safe_text(entry.room);
}

/// `Held: 300 unmarked_stream, 12 lossy_change.` Empty where one line says it all.
std::string held_line(const api::PlanReply& plan) {
  std::map<std::string, std::uint64_t> counts;
  std::uint64_t held = 0;
  for (const api::PlanEntry& entry : plan.entries) {
    if (entry.kind != "held") continue;
    ++counts[entry.reason];
    ++held;
  }
  if (held < 2) return {};
  std::vector<std::pair<std::uint64_t, std::string>> reasons;
  for (const auto& [reason, rooms] : counts) reasons.emplace_back(rooms, reason);
  std::stable_sort(reasons.begin(), reasons.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::string text = "Held: ";
  for (std::size_t i = 0; i < reasons.size(); ++i)
    text +=
        (i == 0 ? "" : ", ") + format_count(reasons[i].first) + " " + safe_text(reasons[i].second);
  return text + ".\n";
}

std::string entry_text(const api::PlanEntry& entry) {
  std::string out(1, sign_of(entry.kind));
  out += " " + safe_text(entry.kind) + " " + subject_of(entry);
  if (!entry.stream.empty()) out += " (stream " + safe_text(entry.stream) + ")";
  out += ": ";
  if (!entry.state.empty()) out += safe_text(entry.state) + ", ";
  out += safe_text(entry.reason) + "\n";
  if (!entry.detail.empty()) out += "    " + safe_text(entry.detail) + "\n";
  for (const api::PlanField& field : entry.fields) out += field_line(field);
  return out + loss_line(entry);
}

}  // namespace

std::string render_plan(const api::PlanReply& plan) {
  std::string out;
  for (const api::PlanEntry& entry : plan.entries) out += entry_text(entry);
  if (plan.total > plan.entries.size()) {
    out += "... and " + format_count(plan.total - plan.entries.size()) + " more\n";
  }
  for (const std::string& doubt : plan.doubts) out += "Doubt: " + safe_text(doubt) + "\n";
  if (!plan.complete) out += "The view is not complete: nothing is removed.\n";
  return out + "Plan: " + format_count(plan.creates) + " to create, " + format_count(plan.updates) +
         " to update, " + format_count(plan.adopts) + " to adopt, " + format_count(plan.removes) +
         " to remove, " + format_count(plan.held) + " held.\n" + held_line(plan) +
         sum_line(plan, false) + sum_line(plan, true) + render_capacity(plan.capacity);
}

std::string render_held_losses(const api::PlanReply& plan, std::size_t most) {
  std::string out;
  std::size_t shown = 0;
  std::size_t left = 0;
  for (const api::PlanEntry& entry : plan.entries) {
    if (entry.kind != "held" || !is_lossy(entry)) continue;
    if (shown >= most) {
      ++left;
      continue;
    }
    ++shown;
    out += "  " + (entry.room.empty() ? subject_of(entry) : safe_text(entry.room)) + ": " +
           loss_text(entry) + "\n";
  }
  if (left > 0) out += "  ... and " + counted(left, "room") + " more; see roomctl plan\n";
  return out + sum_line(plan, true);
}

std::string render_progress(const api::PassReply& pass) {
  std::string out = "pass " + std::to_string(pass.pass) + ": " + format_count(pass.applied) +
                    " of " + counted(pass.total, "change") + " made";
  if (pass.failed > 0) out += ", " + format_count(pass.failed) + " failed";
  return out;
}

}  // namespace roomkeeper::cli
