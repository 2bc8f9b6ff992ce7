// The settings of rooms: one table makes what templates and rooms may say, how it is merged, shown
// and documented.
//
// What a template or a room says is read into a SettingsPatch at once, so that the text need not be
// kept.
#ifndef ROOMKEEPER_CONFIG_ROOM_FIELDS_H_
#define ROOMKEEPER_CONFIG_ROOM_FIELDS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/reader.h"
#include "policies/retention.h"
#include "policies/room.h"

namespace roomkeeper::config {

/// Numbers, durations (ns) and choices (their index) are integers.
using FieldValue =
    std::variant<std::int64_t, policies::RetentionRule, std::string, std::vector<std::string>>;

struct RoomField {
  std::string_view key;   ///< "stream.max_bytes"
  std::string_view type;  ///< for the reference
  std::string_view help;
  bool template_only = false;
  std::optional<FieldValue> (*read)(Reader& reader, NodeId id, const Path& path) = nullptr;
  void (*apply)(policies::RoomSettings& settings, const FieldValue& value) = nullptr;
  std::string (*show)(const policies::RoomSettings& settings) = nullptr;
  /// The items of a list, which `show` joins; null for any other type.
  const std::vector<std::string>& (*items)(const policies::RoomSettings& settings) = nullptr;
  /// A room of a pool may say it of itself: it is no part of the stream that the rooms share.
  bool in_pools = false;
};

/// In the order of the reference. Immutable; thread: any.
const std::vector<RoomField>& room_fields();
/// The rows under `stream:` and `room_connections:`, and the reader of `retention:`; parts of the
/// table.
std::vector<RoomField> stream_fields();
std::vector<RoomField> room_connection_fields();
std::optional<FieldValue> read_retention(Reader& reader, NodeId id, const Path& path);

struct FieldPatch {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::uint8_t field = 0;  ///< index into room_fields()
  FieldValue value;
};

struct SettingsPatch {
  std::vector<FieldPatch> fields;
  bool empty() const { return fields.empty(); }
};

/// The keys at the top of a template or room that are settings.
const std::vector<std::string_view>& template_setting_keys();
const std::vector<std::string_view>& room_setting_keys();

/// Reads the settings among the keys of `map`, a template or a room.
SettingsPatch read_patch(Reader& reader, const MapReader& map, const Path& path, bool is_template);

/// Lays the patch over the settings; origins become `<whose>, <file>:<line>:<column>`, or `whose`
/// alone where `file` is empty.
void apply_patch(const SettingsPatch& patch, const std::string& whose, const std::string& file,
                 policies::RoomSettings& settings);

/// The built-in settings, every origin `built-in`.
policies::RoomSettings built_in_settings();

/// What is wrong with values that are well each by itself: the key that has to change, and the
/// text.
struct Contradiction {
  std::string key;
  std::string text;
  bool at_value = false;  ///< the value is wrong by itself here; false: together with another one
};
/// Fits what nobody chose to the rest: a duplicate window is lowered where messages are kept for
/// less, and a pool refuses new messages when it is full and has a short window. Returns what was
/// chosen and does not fit.
std::vector<Contradiction> settle(policies::RoomSettings& settings);

}  // namespace roomkeeper::config

#endif  // ROOMKEEPER_CONFIG_ROOM_FIELDS_H_
