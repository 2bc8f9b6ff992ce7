// Replies of the admin API as text for people. Pure: `now` is an argument; texts of strangers are
// made safe. `width`: columns of the terminal, 0 for no limit. Thread: any.
#ifndef ROOMKEEPER_CLI_RENDER_H_
#define ROOMKEEPER_CLI_RENDER_H_

#include <cstddef>
#include <string>

#include "api/types.h"
#include "policies/time.h"

namespace roomkeeper::cli {

std::string render_status(const api::StatusReply& status, policies::WallTime now, int width);
std::string render_doctor(const api::DoctorReply& doctor);

std::string render_room_list(const api::RoomListReply& list, policies::WallTime now, int width);
std::string render_room(const api::RoomView& room, policies::WallTime now);
std::string render_explained(const api::ExplainReply& explained, int width);

/// One line a change, one a field; then how many there are, and how many messages would go.
std::string render_plan(const api::PlanReply& plan);
/// What of the plan does not fit the limits of the account or the servers, and what would. Empty
/// when all of it does.
std::string render_capacity(const api::CapacityView& capacity);
/// What is held back because messages would go: a line for each of the first `most` rooms, and the
/// sum. Empty when nothing is.
std::string render_held_losses(const api::PlanReply& plan, std::size_t most);
/// `62: 120 of 500 changes, 2 failed`.
std::string render_progress(const api::PassReply& pass);

/// `error: ...` with a line for each detail.
std::string render_error(const api::ApiError& error);

/// A label, padded, and its text: the lines of `status` and `room show`.
std::string labelled(const std::string& label, const std::string& text);

}  // namespace roomkeeper::cli

#endif  // ROOMKEEPER_CLI_RENDER_H_
