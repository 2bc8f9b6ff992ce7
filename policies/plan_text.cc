// The names of the plan's enums: stable, read by scripts, labels and people.
#include <array>

#include "policies/plan.h"

namespace roomkeeper::policies {
namespace {

constexpr std::array<std::string_view, room_state_count> room_state_names = {
    "ready", "pending", "pending_consent", "blocked", "failed", "orphaned", "removing", "unknown"};

/// Key paths of the configuration, where there is one.
constexpr std::array<std::string_view, field_count> field_names = {
    "subjects",
    "storage",
    "replicas",
    "max_age",
    "stream.max_messages",
    "stream.max_bytes",
    "stream.max_message_size",
    "stream.max_messages_per_subject",
    "stream.on_full",
    "stream.retention",
    "stream.max_consumers",
    "stream.duplicate_window",
    "stream.compression",
    "stream.placement",
    "retention",
    "mark",
    "traits"};

}  // namespace

std::string_view to_string(OnRemoval value) {
  switch (value) {
    case OnRemoval::orphan:
      return "orphan";
    case OnRemoval::remove:
      return "delete";
    case OnRemoval::remove_if_empty:
      return "delete_if_empty";
  }
  return "orphan";
}

std::string_view to_string(Adopt value) {
  switch (value) {
    case Adopt::never:
      return "never";
    case Adopt::if_compatible:
      return "if_compatible";
    case Adopt::always:
      return "always";
  }
  return "never";
}

std::string_view to_string(Field field) {
  return field_names.at(static_cast<std::size_t>(field));
}

std::string_view to_string(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::create:
      return "create";
    case ChangeKind::update:
      return "update";
    case ChangeKind::adopt:
      return "adopt";
    case ChangeKind::remove:
      return "remove";
  }
  return "update";
}

std::string_view to_string(RoomState state) {
  return room_state_names.at(static_cast<std::size_t>(state));
}

std::optional<RoomState> parse_room_state(std::string_view name) {
  for (std::size_t i = 0; i < room_state_names.size(); ++i) {
    if (room_state_names[i] == name) return static_cast<RoomState>(i);
  }
  return std::nullopt;
}

}  // namespace roomkeeper::policies
