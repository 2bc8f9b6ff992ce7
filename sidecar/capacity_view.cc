#include "sidecar/capacity_view.h"

#include <string>
#include <utility>

namespace roomkeeper::sidecar {
namespace {

using api::Finding;
using api::Severity;
using policies::CapacityLevel;
using policies::CapacityReport;
using policies::CapacityResource;

/// Of a limit: from here on it is worth a look.
constexpr std::uint64_t warning_percent = 90;

bool is_near(const CapacityLevel& level) {
  if (!level.limit) return false;
  // Neither side can overflow: a hundredth of the limit is compared.
  const std::uint64_t most =
      *level.limit / 100 * warning_percent + *level.limit % 100 * warning_percent / 100;
  return level.used >= most || level.wanted >= most - level.used;
}

Severity severity_of(const CapacityLevel& level) {
  if (level.missing > 0) return level.binding() ? Severity::error : Severity::warning;
  const bool empty = level.used == 0 && level.wanted == 0;
  return is_near(level) && !empty ? Severity::warning : Severity::ok;
}

std::string used_text(const CapacityLevel& level) {
  std::string text = limit_name(level) + ": " + amount_text(level.resource, level.used);
  if (level.limit) text += " of " + amount_text(level.resource, *level.limit);
  text += " used";
  if (level.wanted > 0) text += ", " + amount_text(level.resource, level.wanted) + " more wanted";
  if (level.missing > 0) text += ", " + amount_text(level.resource, level.missing) + " missing";
  return text;
}

std::string hint_of(CapacityResource resource) {
  switch (resource) {
    case CapacityResource::streams:
      return "roomctl plan says what would fit; layout: pooled needs one stream for all rooms of a "
             "template";
    case CapacityResource::storage:
    case CapacityResource::memory:
      return "roomctl plan says what would fit: smaller max_bytes, layout: pooled, or more room";
    case CapacityResource::ha_assets:
      return "fewer replicas, layout: pooled, or more servers";
    case CapacityResource::file_handles:
      return "layout: pooled, or more file handles for nats-server";
  }
  return {};
}

/// Why the limit of a resource is not known; empty: at least one is.
std::string unknown(const CapacityReport& report, CapacityResource resource) {
  switch (resource) {
    case CapacityResource::streams:
      return report.account_known ? "" : "the limits of the account are not known";
    case CapacityResource::storage:
    case CapacityResource::memory:
      return report.account_known || report.servers_known
                 ? ""
                 : "the limits of the account and of the servers are not known";
    case CapacityResource::ha_assets:
      return report.servers_known ? "" : "the limits of the servers are not known";
    case CapacityResource::file_handles:
      return {};
  }
  return {};
}

std::string handles_text(const CapacityLevel& level) {
  return "about " + std::to_string(level.used) + " of a server, and " +
         policies::size_text(level.used * policies::stream_memory_bytes) +
         " of its memory, for streams; how many it may open is not known "
         "(capacity.file_handles)";
}

Finding finding_of(const CapacityReport& report, CapacityResource resource) {
  Finding worst{.check = "capacity." + std::string(to_string(resource)),
                .severity = Severity::ok,
                .text = unknown(report, resource),
                .hint = {}};
  if (!worst.text.empty()) {
    worst.severity = Severity::info;
    return worst;
  }
  for (const CapacityLevel& level : report.levels) {
    if (level.resource != resource) continue;
    const bool handles = resource == CapacityResource::file_handles && !level.limit;
    const Severity severity = handles ? Severity::info : severity_of(level);
    if (!worst.text.empty() && severity <= worst.severity) continue;
    worst.severity = severity;
    worst.text = handles ? handles_text(level) : used_text(level);
  }
  if (worst.severity > Severity::info) worst.hint = hint_of(resource);
  return worst;
}

}  // namespace

api::CapacityView capacity_view(const CapacityKeeper& capacity) {
  const CapacityReport& report = capacity.report();
  api::CapacityView view;
  view.checked = capacity.checks();
  view.account_known = report.account_known;
  view.servers_known = report.servers_known;
  if (view.checked) view.doubts = capacity.doubts();
  view.creates = report.creates;
  view.fitting = report.fitting;
  view.held = report.held.size();
  view.advice = report.advice;
  for (const CapacityLevel& level : report.levels) {
    view.levels.push_back({.resource = std::string(to_string(level.resource)),
                           .owner = std::string(to_string(level.owner)),
                           .whose = level.whose,
                           .limit = level.limit,
                           .used = level.used,
                           .wanted = level.wanted,
                           .missing = level.missing,
                           .binding = level.binding(),
                           .text = used_text(level)});
  }
  return view;
}

std::vector<Finding> capacity_findings(const CapacityKeeper& capacity) {
  if (!capacity.checks()) {
    return {{.check = "capacity",
             .severity = Severity::info,
             .text = "not checked: capacity.check is false",
             .hint = {}}};
  }
  std::vector<Finding> findings;
  for (std::size_t i = 0; i < policies::capacity_resource_count; ++i)
    findings.push_back(finding_of(capacity.report(), static_cast<CapacityResource>(i)));
  for (const std::string& doubt : capacity.doubts()) {
    findings.push_back({.check = "capacity.known",
                        .severity = Severity::info,
                        .text = "unknown: " + doubt,
                        .hint = "nothing is held back on a doubt: the server refuses what does "
                                "not fit"});
  }
  return findings;
}

}  // namespace roomkeeper::sidecar
