#include "cli/render_holds.h"

#include "cli/format.h"
#include "cli/safe_text.h"
#include "cli/table.h"

namespace roomkeeper::cli {

namespace {

std::string in_the_copy(const api::HoldView& hold) {
  return counted(hold.messages, "message") + " (" + format_size(hold.bytes) + ") in " +
         safe_text(hold.stream);
}

}  // namespace

std::string render_holds(const api::HoldListReply& list, policies::WallTime now, int width) {
  if (list.holds.empty()) return "No room is held.\n";
  Table table({{"ROOM"},
               {"STATE"},
               {"MESSAGES", Align::right},
               {"SIZE", Align::right},
               {"MISSING", Align::right},
               {"SINCE", Align::right},
               {"BY", Align::left, true},
               {"NOTE", Align::left, true}});
  for (const api::HoldView& hold : list.holds) {
    table.add({safe_text(hold.room), safe_text(hold.state), format_count(hold.messages),
               format_size(hold.bytes), format_count(hold.missing), format_age(hold.since, now),
               safe_text(hold.by), safe_text(hold.note)});
  }
  std::string text = table.render(width);
  for (const api::HoldView& hold : list.holds) {
    if (!hold.why.empty()) text += safe_text(hold.room) + ": " + safe_text(hold.why) + "\n";
  }
  for (const std::string& room : list.blocked)
    text += safe_text(room) + ": a deletion waits for the copy\n";
  return text;
}

std::string render_hold(const api::HoldView& hold) {
  std::string text =
      safe_text(hold.room) + (hold.acknowledged ? " is held: " : " is being copied: ");
  text += in_the_copy(hold);
  if (hold.state != "held") text += ", " + safe_text(hold.state);
  if (!hold.why.empty()) text += ": " + safe_text(hold.why);
  return text + "\n";
}

std::string render_hold_progress(const api::HoldView& hold) {
  if (hold.looked == std::nullopt) return safe_text(hold.why);
  std::string text = "copying: " + format_count(hold.messages) + " of " +
                     counted(hold.messages + hold.missing, "message");
  if (hold.missing > 0 && !hold.why.empty()) text += "; " + safe_text(hold.why);
  return text;
}

std::string render_unhold(const api::UnholdReply& reply) {
  const api::HoldView& hold = reply.hold;
  std::string text = "hold of " + safe_text(hold.room) +
                     (reply.removed ? " ended: " : " would end: ") + in_the_copy(hold) +
                     (reply.removed ? " are gone" : " would go");
  if (hold.only_here > 0)
    text += ", " + format_count(hold.only_here) + " of them stored nowhere else";
  return text + "\n";
}

}  // namespace roomkeeper::cli
