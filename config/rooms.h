// Entries of `rooms:`, taken one by one while their file is read.
#ifndef ROOMKEEPER_CONFIG_ROOMS_H_
#define ROOMKEEPER_CONFIG_ROOMS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/document.h"
#include "config/problems.h"
#include "config/room_fields.h"
#include "config/templates.h"
#include "policies/room.h"

namespace roomkeeper::config {

inline constexpr std::size_t max_rooms = 1'000'000;
inline constexpr std::size_t max_range = 100'000;

/// What an entry says, before templates are known.
struct RoomEntry {
  std::string template_name;  ///< empty: not said
  std::uint32_t template_line = 0;
  std::uint32_t template_column = 0;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  SettingsPatch patch;
  std::string title;
  std::string topic;
  std::vector<std::string> tags;
};

/// Settings of a room: the template's own object, or a copy with the patch laid over it. Problems
/// are noted.
class SettingsChooser {
 public:
  SettingsChooser(const TemplateMap& templates, Problems& problems)
      : templates_(templates), problems_(problems) {}

  /// `where`: file name for problems; `origin_file`: for origins, empty for an API room. Never
  /// null.
  std::shared_ptr<const policies::RoomSettings> choose(const RoomEntry& entry,
                                                       const std::string& where,
                                                       const std::string& origin_file,
                                                       const Path& path);

 private:
  const TemplateMap& templates_;
  Problems& problems_;
};

/// Gathers the rooms of all files. Thread: one. Memory: the rooms themselves, and a few bytes a
/// room.
class RoomCollector : public EntrySink {
 public:
  explicit RoomCollector(Problems& problems) : problems_(problems) {}

  /// The entries that follow stand in this file; `prefix` is the key that they stand under, for
  /// messages.
  void begin_file(std::shared_ptr<const std::string> file, std::string_view prefix);
  void on_entry(const Document& document, NodeId entry, std::size_t index) override;

  /// All rooms, sorted by id, with their settings; none when there are problems. Ids named twice
  /// are noted. Call once.
  std::vector<policies::RoomSpec> finish(const TemplateMap& templates);

 private:
  struct File {
    std::shared_ptr<const std::string> name;
    std::string prefix;
  };
  /// Beside each room until templates are known.
  struct Pending {
    std::uint32_t file = 0;
    std::uint32_t column = 0;  ///< of the id
    std::uint32_t choice = 0;  ///< index into choices_
  };
  /// Where a template is named, for when there is none of that name.
  struct Mention {
    std::size_t index = 0;  ///< of the entry
    std::uint32_t line = 0;
    std::uint32_t column = 0;
  };
  /// What settings some rooms have: an entry with settings of its own, or all entries of a file
  /// with one template.
  struct Choice {
    RoomEntry entry;
    std::uint32_t file = 0;
    std::size_t index = 0;  ///< of the first entry, for the key
    std::vector<Mention> others;
  };

  std::uint32_t choice_for(RoomEntry& entry, std::size_t index);
  void add_range(Reader& reader, NodeId at, const Path& path, const RoomEntry& entry,
                 std::uint32_t choice);
  void add_room(policies::RoomId id, const Node& at, const RoomEntry& entry, std::uint32_t choice);
  void note_duplicates() const;
  std::vector<std::shared_ptr<const policies::RoomSettings>> choose_all(
      const TemplateMap& templates) const;

  Problems& problems_;
  std::vector<File> files_;
  std::vector<policies::RoomSpec> rooms_;
  std::vector<Pending> pending_;
  std::vector<Choice> choices_;
  std::map<std::string, std::uint32_t, std::less<>>
      plain_choices_;  ///< by template, of the current file
  bool too_many_ = false;
};

/// The keys of an entry: those of an API room, which has no range.
const std::vector<std::string_view>& room_keys(bool with_range);
/// Reads everything but `id` and `range`.
RoomEntry read_room_entry(Reader& reader, const MapReader& map, const Path& path, NodeId id);
/// The room's id; a problem when it is missing or bad.
std::optional<policies::RoomId> read_room_id(Reader& reader, const MapReader& map, const Path& path,
                                             NodeId entry);

}  // namespace roomkeeper::config

#endif  // ROOMKEEPER_CONFIG_ROOMS_H_
