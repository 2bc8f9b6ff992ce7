// Holds as text for people. Pure; texts of strangers are made safe. Thread: any.
#ifndef ROOMKEEPER_CLI_RENDER_HOLDS_H_
#define ROOMKEEPER_CLI_RENDER_HOLDS_H_

#include <string>

#include "api/holds.h"
#include "policies/time.h"

namespace roomkeeper::cli {

std::string render_holds(const api::HoldListReply& list, policies::WallTime now, int width);
/// `general is held: 512 messages in HOLD_general`.
std::string render_hold(const api::HoldView& hold);
/// `copying: 4,200 of 100,000 messages`.
std::string render_hold_progress(const api::HoldView& hold);
/// What ending the hold removes.
std::string render_unhold(const api::UnholdReply& reply);

}  // namespace roomkeeper::cli

#endif  // ROOMKEEPER_CLI_RENDER_HOLDS_H_
