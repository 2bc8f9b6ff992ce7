// What may stand under `room_connections:`. None of it is part of a stream, so that a room of a
// pool may say it too.
#include "config/connection_counts.h"
#include "config/field_readers.h"

namespace roomkeeper::config {
namespace {

using policies::OnLimit;
using policies::RoomSettings;

RoomField max_field() {
  return {.key = "room_connections.max",
          .type = "int",
          .help =
              "connections that name the room in a subscription at most, on all servers "
              "together, or unlimited (0 to 1000000)",
          .read = [](Reader& reader, NodeId id, const Path& path) -> std::optional<FieldValue> {
            const auto value = read_connections(reader, id, path);
            if (!value) return std::nullopt;
            return FieldValue(std::int64_t{*value});
          },
          .apply =
              [](RoomSettings& s, const FieldValue& v) {
                s.connections.max.reset();
                if (number(v) >= 0) s.connections.max = static_cast<int>(number(v));
              },
          .show = [](const RoomSettings& s) { return format_connections(s.connections.max); },
          .in_pools = true};
}

RoomField on_limit_field() {
  return {
      .key = "room_connections.on_limit",
      .type = "choice reject_new|evict_oldest",
      .help = "who has to go when there are too many",
      .read =
          [](Reader& reader, NodeId id, const Path& path) {
            return read_choice(reader, id, path,
                               std::array{OnLimit::reject_new, OnLimit::evict_oldest});
          },
      .apply =
          [](RoomSettings& s, const FieldValue& v) {
            s.connections.on_limit = static_cast<OnLimit>(number(v));
          },
      .show = [](const RoomSettings& s) { return std::string(to_string(s.connections.on_limit)); },
      .in_pools = true};
}

RoomField reserved_field() {
  return {
      .key = "room_connections.reserved_for_admins",
      .type = "int",
      .help = "places on top of max that only users of limits.admin_users take (0 to 10000)",
      .read = [](Reader& reader, NodeId id, const Path& path) -> std::optional<FieldValue> {
        const auto value = reader.typed<std::int64_t>(
            id, path, "a whole number from 0 to 10000",
            [](std::string_view text) { return parse_integer(text, 0, most_reserved); });
        if (!value) return std::nullopt;
        return FieldValue(*value);
      },
      .apply =
          [](RoomSettings& s, const FieldValue& v) {
            s.connections.reserved_for_admins = static_cast<int>(number(v));
          },
      .show =
          [](const RoomSettings& s) { return std::to_string(s.connections.reserved_for_admins); },
      .in_pools = true};
}

RoomField enforce_field() {
  return {.key = "room_connections.enforce_now",
          .type = "bool",
          .help = "whether those inside go when the limit is lowered below their number",
          .read = [](Reader& reader, NodeId id, const Path& path) -> std::optional<FieldValue> {
            const auto value = reader.typed<bool>(id, path, "true or false", parse_bool);
            if (!value) return std::nullopt;
            return FieldValue(std::int64_t{*value ? 1 : 0});
          },
          .apply = [](RoomSettings& s,
                      const FieldValue& v) { s.connections.enforce_now = number(v) != 0; },
          .show =
              [](const RoomSettings& s) {
                return std::string(s.connections.enforce_now ? "true" : "false");
              },
          .in_pools = true};
}

}  // namespace

std::vector<RoomField> room_connection_fields() {
  return {max_field(), on_limit_field(), reserved_field(), enforce_field()};
}

}  // namespace roomkeeper::config
