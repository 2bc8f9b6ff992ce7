// Verb leader.stepdown, and who leads.
#include "sidecar/admin_leader.h"

#include <utility>

#include "api/codec.h"
#include "sidecar/lease_keeper.h"
#include "sidecar/replica_list.h"

namespace roomkeeper::sidecar {
namespace {

std::string holder_of(const LeaseKeeper& lease) {
  return lease.record() && lease.record()->held() ? lease.record()->name : std::string();
}

}  // namespace

std::string leader_note(const AdminContext& context) {
  if (context.lease.may_act()) return {};
  if (context.lease.role() == LeaseKeeper::Role::none) return "it is not known yet who leads";
  std::string note(explain(context.lease.reason()));
  const std::string holder = holder_of(context.lease);
  if (!holder.empty() && holder != context.lease.name()) note += " ('" + holder + "')";
  return note;
}

tl::unexpected<api::ApiError> not_leading(const AdminContext& context) {
  const std::string holder = holder_of(context.lease);
  api::ApiError error{
      api::ApiCode::not_leader,
      "replica '" + context.lease.name() + "' only watches: " + leader_note(context),
      {}};
  if (!holder.empty()) error.details.push_back("leader: " + holder);
  return tl::unexpected(std::move(error));
}

void admin_leader_stepdown(AdminContext& context, const AdminRequest& request,
                           const AdminReply& reply) {
  const api::ApiResult<api::NoRequest> empty = api::decode<api::NoRequest>(request.body);
  if (!empty) return reply(tl::unexpected(empty.error()));
  if (!context.lease.may_act()) return reply(not_leading(context));
  api::StepDownReply done{.replica = context.lease.name(), .others = {}};
  for (const api::ReplicaStatus& replica : context.replicas.replicas()) {
    if (replica.name != context.lease.name()) done.others.push_back(replica.name);
  }
  context.runtime.log.info("lease.step_down",
                           {{"replica", done.replica}, {"asked_by", request.actor.claimed}});
  reply(api::encode(done));
  context.step_down();
}

}  // namespace roomkeeper::sidecar
