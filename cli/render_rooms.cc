#include "cli/format.h"
#include "cli/render.h"
#include "cli/safe_text.h"
#include "cli/table.h"

namespace roomkeeper::cli {
namespace {

std::string safe_list(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? "" : ", ") + safe_text(text);
  return out;
}

std::string state_text(const api::RoomView& room) {
  if (room.reason.empty() || room.reason == "ok") return room.state;
  return room.state + ": " + room.reason;
}

}  // namespace

std::string render_room_list(const api::RoomListReply& list, policies::WallTime now, int width) {
  Table table({{.header = "ROOM", .shrinks = true},
               {.header = "TITLE", .shrinks = true},
               {.header = "TEMPLATE", .shrinks = true},
               {.header = "OWNER"},
               {.header = "STATE", .shrinks = true},
               {.header = "MESSAGES", .align = Align::right},
               {.header = "SIZE", .align = Align::right},
               {.header = "LAST", .align = Align::right}});
  for (const api::RoomView& room : list.rooms) {
    table.add({room.id, room.title, room.template_name, room.owner.empty() ? "-" : room.owner,
               state_text(room), format_count(room.messages), format_size(room.bytes),
               format_age(room.last_message, now)});
  }
  std::string out = table.render(width);
  if (list.total > list.rooms.size()) {
    out += format_count(list.rooms.size()) + " of " + counted(list.total, "room") + "\n";
  }
  return out;
}

std::string render_room(const api::RoomView& room, policies::WallTime now) {
  std::string out = labelled("Room", safe_text(room.id));
  if (!room.title.empty()) out += labelled("Title", safe_text(room.title));
  if (!room.topic.empty()) out += labelled("Topic", safe_text(room.topic));
  if (!room.tags.empty()) out += labelled("Tags", safe_list(room.tags));
  out += labelled("State", safe_text(state_text(room)));
  if (!room.detail.empty()) out += labelled("", safe_text(room.detail));
  out += labelled("Owner", room.owner.empty() ? "nobody any more" : safe_text(room.owner));
  out += labelled("Template", safe_text(room.template_name));
  out += labelled("Layout", safe_text(room.layout));
  out += labelled("Stream", safe_text(room.stream));
  out += labelled("Messages", format_count(room.messages) + " (" + format_size(room.bytes) + ")");
  out += labelled("First message", format_when(room.first_message));
  out += labelled("Last message", format_when(room.last_message));
  out += labelled("Consumers", format_count(room.consumers));
  out += labelled("Retention", safe_text(room.retention));
  if (room.next_deadline) {
    out += labelled("Next deadline", format_when(room.next_deadline) + " (" +
                                         format_age(room.next_deadline, now) + ")");
  }
  out += labelled("Publish", safe_text(room.publish_subject));
  out += labelled("Subscribe", safe_text(room.subscribe_subject));
  return out;
}

std::string render_explained(const api::ExplainReply& explained, int width) {
  std::string out =
      "Room " + safe_text(explained.room.id) + ": " + safe_text(state_text(explained.room));
  if (!explained.source.empty()) out += " (" + safe_text(explained.source) + ")";
  out += "\n";
  if (!explained.sentence.empty()) out += safe_text(explained.sentence) + "\n";
  Table table({{.header = "KEY"},
               {.header = "VALUE", .shrinks = true},
               {.header = "FROM", .shrinks = true},
               {.header = "ON THE SERVER", .shrinks = true}});
  for (const api::ExplainedValue& value : explained.values) {
    table.add(
        {value.key, value.value, value.origin, value.on_server.empty() ? "same" : value.on_server});
  }
  return table.empty() ? out : out + "\n" + table.render(width);
}

}  // namespace roomkeeper::cli
