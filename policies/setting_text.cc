#include "policies/setting_text.h"

#include "policies/field_text.h"

namespace roomkeeper::policies {

namespace {

std::string tags_text(const std::vector<std::string>& tags) {
  std::string text;
  for (const std::string& tag : tags) text += (text.empty() ? "" : ", ") + tag;
  return text.empty() ? "none" : text;
}

/// 0 is a maximum here: it blocks.
std::string connections_text(const ConnectionLimit& limit) {
  return limit.limited() ? std::to_string(*limit.max) : std::string("unlimited");
}

}  // namespace

std::vector<SettingText> describe_settings(const RoomSettings& settings) {
  const StreamSettings& stream = settings.stream;
  const ConnectionLimit& connections = settings.connections;
  return {
      {"template", settings.template_name},
      {"layout", std::string(to_string(settings.layout))},
      {"storage", std::string(to_string(stream.storage))},
      {"replicas", std::to_string(stream.replicas)},
      {"retention", describe(settings.retention)},
      {"stream.max_messages", count_text(stream.max_messages)},
      {"stream.max_bytes", bytes_text(stream.max_bytes)},
      {"stream.max_message_size", bytes_text(stream.max_message_size)},
      {"stream.max_messages_per_subject", count_text(stream.max_messages_per_subject)},
      {"stream.max_consumers", count_text(stream.max_consumers)},
      {"stream.on_full", std::string(to_string(stream.on_full))},
      {"stream.retention", std::string(to_string(stream.retention))},
      {"stream.duplicate_window", duration_text(stream.duplicate_window)},
      {"stream.compression", std::string(to_string(stream.compression))},
      {"stream.placement.cluster",
       stream.placement.cluster.empty() ? "any" : stream.placement.cluster},
      {"stream.placement.tags", tags_text(stream.placement.tags)},
      {"room_connections.max", connections_text(connections)},
      {"room_connections.on_limit", std::string(to_string(connections.on_limit))},
      {"room_connections.reserved_for_admins", std::to_string(connections.reserved_for_admins)},
      {"room_connections.enforce_now", connections.enforce_now ? "true" : "false"},
  };
}

}  // namespace roomkeeper::policies
