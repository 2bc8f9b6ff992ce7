#include "tests/simulation/held_rooms.h"

#include <nlohmann/json.hpp>

#include "tests/simulation/operator.h"

namespace roomkeeper::testing {

namespace {

using nlohmann::json;

constexpr std::string_view rooms = R"(
instance: seoul
reconcile: { on_removal: delete }
templates:
  default: { retention: { until: midnight, days: 0, timezone: Asia/Seoul } }
  work: { stream: { retention: workqueue } }
rooms:
  - { id: general }
  - { id: other }
  - { id: tasks, template: work }
)";

Told as_told(const FakeMessage& message) {
  return {message.seq, message.subject, wire_headers(message.headers), message.data, message.time};
}

}  // namespace

HeldRooms::HeldRooms(std::string_view start) : world_(rooms, start) {
  world_.boot();
}

void HeldRooms::tell(const std::string& room, const std::string& user, const std::string& text) {
  world_.nats.publish("chat." + room + "." + user, text, {{"X-Kind", "text"}, {"X-Of", user}});
  const FakeStream* stream = world_.nats.stream("ROOM_" + room);
  ASSERT_NE(stream, nullptr);
  ASSERT_FALSE(stream->messages().empty());
  told_.push_back(as_told(stream->messages().rbegin()->second));
  world_.loop.run_until_idle();
}

std::vector<Told> HeldRooms::copied(const std::string& room) const {
  std::vector<Told> result;
  const FakeStream* copy = world_.nats.stream("HOLD_" + room);
  if (copy == nullptr) return result;
  for (const auto& [seq, message] : copy->messages()) result.push_back(as_told(message));
  return result;
}

std::string HeldRooms::hold(const std::string& room, const std::string& note) {
  const json reply = ask(world_, "room.hold", json{{"room", room}, {"note", note}}.dump());
  if (reply.contains("error")) return reply["error"].value("code", "?");
  return reply.value("state", "?");
}

json HeldRooms::held(const std::string& room) {
  const json reply = ask(world_, "room.holds");
  for (const json& hold : reply.value("holds", json::array())) {
    if (hold.value("room", "") == room) return hold;
  }
  return nullptr;
}

std::string HeldRooms::state(const std::string& room) {
  const json hold = held(room);
  return hold.is_null() ? "none" : hold.value("state", "?");
}

std::string HeldRooms::doctor() {
  std::string text;
  const json reply = ask(world_, "doctor");
  for (const json& finding : reply.value("findings", json::array())) {
    const std::string check = finding.value("check", "");
    if (check.rfind("hold.", 0) == 0)
      text += check + " " + finding.value("severity", "") + ": " + finding.value("text", "") + "\n";
  }
  return text;
}

std::uint64_t HeldRooms::touched(const std::string& room) const {
  std::uint64_t count = 0;
  for (const char* operation : {"UPDATE", "PURGE", "DELETE", "MSG.DELETE"})
    count += world_.nats.count("$JS.API.STREAM." + std::string(operation) + ".HOLD_" + room);
  return count;
}

}  // namespace roomkeeper::testing
