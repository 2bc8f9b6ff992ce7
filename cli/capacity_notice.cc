#include "cli/capacity_notice.h"

#include "cli/arguments.h"
#include "cli/backend.h"
#include "cli/output.h"
#include "cli/render.h"

namespace roomkeeper::cli {
namespace {

/// Capacity is of the whole plan, whatever page is asked for.
api::CapacityView capacity_of(const Invocation& invocation) {
  api::PlanRequest request;
  request.limit = 1;
  const auto plan = call<api::PlanReply>(invocation.backend, api::Verb::plan, request);
  return plan ? plan->capacity : api::CapacityView();
}

}  // namespace

std::uint64_t held_for_capacity(const Invocation& invocation) {
  return capacity_of(invocation).held;
}

std::uint64_t note_capacity(const Invocation& invocation) {
  const api::CapacityView capacity = capacity_of(invocation);
  invocation.output.note(render_capacity(capacity));
  return capacity.held;
}

}  // namespace roomkeeper::cli
