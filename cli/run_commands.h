// The commands themselves; commands.cc gives each its row. Results go to standard output, remarks
// to standard error.
#ifndef ROOMKEEPER_CLI_RUN_COMMANDS_H_
#define ROOMKEEPER_CLI_RUN_COMMANDS_H_

#include "cli/command.h"

namespace roomkeeper::cli {

// run_status.cc
Outcome run_status(const Invocation& invocation);
Outcome run_doctor(const Invocation& invocation);
Outcome run_version(const Invocation& invocation);
// run_doctor_as.cc, run_nats_config.cc
Outcome run_doctor_as(const Invocation& invocation);
Outcome run_nats_config(const Invocation& invocation);
// run_room.cc
Outcome run_room_ls(const Invocation& invocation);
Outcome run_room_show(const Invocation& invocation);
Outcome run_room_explain(const Invocation& invocation);
// run_room_write.cc
Outcome run_room_create(const Invocation& invocation);
Outcome run_room_update(const Invocation& invocation);
Outcome run_room_rm(const Invocation& invocation);
// run_room_export.cc
Outcome run_room_export(const Invocation& invocation);
Outcome run_room_import(const Invocation& invocation);
// run_room_adopt.cc
Outcome run_room_adopt(const Invocation& invocation);
Outcome run_room_release(const Invocation& invocation);
// run_move.cc
Outcome run_room_move(const Invocation& invocation);
Outcome run_room_moves(const Invocation& invocation);
// run_hold.cc
Outcome run_room_hold(const Invocation& invocation);
Outcome run_room_unhold(const Invocation& invocation);
Outcome run_room_holds(const Invocation& invocation);
// run_plan.cc
Outcome run_plan(const Invocation& invocation);
Outcome run_apply(const Invocation& invocation);
// run_completion.cc
Outcome run_completion(const Invocation& invocation);
// run_validate.cc, run_deadline.cc
Outcome run_validate(const Invocation& invocation);
Outcome run_deadline(const Invocation& invocation);
// run_message.cc
Outcome run_send(const Invocation& invocation);
Outcome run_tail(const Invocation& invocation);
// run_audit.cc
Outcome run_audit(const Invocation& invocation);
// run_retention.cc
Outcome run_retention(const Invocation& invocation);
// run_purge.cc
Outcome run_purge(const Invocation& invocation);
// run_job.cc
Outcome run_job_ls(const Invocation& invocation);
Outcome run_job_show(const Invocation& invocation);
Outcome run_job_abort(const Invocation& invocation);
// run_connection.cc
Outcome run_connection_ls(const Invocation& invocation);
Outcome run_connection_kick(const Invocation& invocation);
// run_watch.cc
Outcome run_connection_watch(const Invocation& invocation);
// run_limit.cc
Outcome run_limit_show(const Invocation& invocation);
Outcome run_limit_explain(const Invocation& invocation);
// run_leader.cc
Outcome run_leader_show(const Invocation& invocation);
Outcome run_leader_step_down(const Invocation& invocation);
// run_state.cc
Outcome run_state_export(const Invocation& invocation);
Outcome run_state_import(const Invocation& invocation);
// run_ban.cc
Outcome run_ban_add(const Invocation& invocation);
Outcome run_ban_ls(const Invocation& invocation);
Outcome run_ban_rm(const Invocation& invocation);

}  // namespace roomkeeper::cli

#endif  // ROOMKEEPER_CLI_RUN_COMMANDS_H_
