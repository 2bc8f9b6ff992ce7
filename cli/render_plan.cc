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
  return entry.kind == "remove";
}

std::string loss_line(const api::PlanEntry& entry) {
  if (!is_lossy(entry)) return {};
  if (!entry.would_go)
    return "    how many of " + counted(entry.messages, "message") + " would go is not known\n";
  return "    " + format_count(*entry.would_go) + " of " + counted(entry.messages, "message") +
         " would go\n";
}

std::string entry_text(const api::PlanEntry& entry) {
  std::string out(1, sign_of(entry.kind));
  out += " " + safe_text(entry.kind) + " room " + safe_text(entry.room);
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
         " to remove, " + format_count(plan.held) + " held.\n";
}

std::string render_progress(const api::PassReply& pass) {
  std::string out = "pass " + std::to_string(pass.pass) + ": " + format_count(pass.applied) +
                    " of " + counted(pass.total, "change") + " made";
  if (pass.failed > 0) out += ", " + format_count(pass.failed) + " failed";
  return out;
}

}  // namespace roomkeeper::cli
