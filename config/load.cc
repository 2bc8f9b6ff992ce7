#include "config/load.h"

#include <algorithm>
#include <exception>
#include <memory>
#include <set>
#include <utility>

#include "config/content_hash.h"
#include "config/cross_check.h"
#include "config/document.h"
#include "config/room_files.h"
#include "config/rooms.h"
#include "config/setting_values.h"
#include "config/source.h"
#include "config/templates.h"
#include "config/units.h"
#include "config/user_rules.h"

namespace roomkeeper::config {
namespace {

/// Forgets the nodes of problems and rooms as it goes; what stays is the configuration.
class Loader {
 public:
  Loader(const std::string& path, const Overrides& overrides, const Config* previous)
      : overrides_(overrides),
        previous_(previous),
        name_(std::make_shared<const std::string>(path)),
        path_(absolute_from_here(path)),
        rooms_(problems_) {}

  Loaded<Config> run() {
    problems_.note_file(*name_);
    if (!read_main()) return tl::unexpected(problems_.take());
    read_room_files();
    config_.rooms.rooms = rooms_.finish(config_.templates);
    cross_check(config_, problems_);
    if (!problems_.empty()) return tl::unexpected(problems_.take());
    add_overrides();
    config_.content_hash = hash_.text();
    return std::move(config_);
  }

 private:
  /// What two replicas of one configuration may differ in.
  static bool is_of_one_replica(std::string_view key) {
    static constexpr std::string_view prefixes[] = {"nats.", "http.", "log.", "replica.name"};
    return std::any_of(std::begin(prefixes), std::end(prefixes),
                       [key](std::string_view prefix) { return key.starts_with(prefix); });
  }

  void add_overrides() {
    for (const EffectiveValue& value : config_.effective) {
      const bool overridden = value.file == "flag" || value.file == "environment";
      if (!overridden || is_of_one_replica(value.key)) continue;
      hash_.add(value.key);
      hash_.add(value.value);
    }
  }

  void problem(const std::string& file, std::string text) {
    Problem one;
    one.file = file;
    one.text = std::move(text);
    problems_.add(std::move(one));
  }

  /// The document of one file; nullopt after noting why not.
  std::optional<Document> parse(const std::shared_ptr<const std::string>& name,
                                const std::string& path, EntryPlace place) {
    const auto text = read_source(path, max_file_bytes);
    if (!text) {
      problem(*name, text.error().text);
      return std::nullopt;
    }
    hash_.add(*text);
    rooms_.begin_file(name, "rooms");
    auto document = parse_document(*text, *name, &rooms_, place);
    if (!document) {
      problems_.add(document.error());
      return std::nullopt;
    }
    if (document->empty()) {
      Problem nothing;
      nothing.file = *name;
      nothing.line = 1;
      nothing.column = 1;
      // A file that is just being written is empty too: then nothing must go.
      nothing.text = place == EntryPlace::rooms_key
                         ? "expected a mapping of settings, not an empty file"
                         : "expected rooms, not an empty file (`rooms: []` for none)";
      problems_.add(std::move(nothing));
      return std::nullopt;
    }
    return *std::move(document);
  }

  bool read_main() {
    config_.files.push_back(path_);
    const auto document = parse(name_, path_, EntryPlace::rooms_key);
    if (!document) return false;
    Reader reader(*document, *name_, problems_);
    SettingValues values(config_, problems_);
    const auto lists = values.take_file(reader, directory_of(path_));
    const std::string here = directory_of(absolute_from_here("x"));
    values.take_environment(overrides_.environment, here);
    values.take_flags(overrides_.flags, here);
    values.finish();
    read_user_rules(reader, lists.limit_users, config_);
    config_.templates = read_templates(reader, lists.templates);
    check_room_list(reader, lists.rooms);
    return true;
  }

  /// The entries were handed out; what is left to see is that there was a list.
  static void check_room_list(Reader& reader, NodeId id) {
    const bool fine = id == no_node || reader.at(id).kind == NodeKind::null;
    if (!fine) reader.list(id, Path{nullptr, "rooms", std::nullopt}, "a list of rooms", false);
  }

  void read_room_files() {
    std::set<std::string> files;
    for (const std::string& pattern : config_.globs) {
      GlobResult found = expand_glob(pattern);
      if (!found.error.empty()) {
        add_at(config_, "room_files", found.error + ": " + quote(pattern), problems_);
      } else if (found.files.empty()) {
        nothing_found(pattern);
      }
      files.insert(found.files.begin(), found.files.end());
    }
    for (const std::string& file : files) {
      if (!same_file(file, path_)) read_room_file(file);
    }
  }

  /// A pattern that matched in the configuration in force and matches nothing now: a directory that
  /// is not mounted looks the same as one that was emptied, so nothing may be concluded from it.
  void nothing_found(const std::string& pattern) {
    std::vector<std::string> before;
    if (previous_ != nullptr) {
      std::copy_if(previous_->files.begin(), previous_->files.end(), std::back_inserter(before),
                   [&](const std::string& file) { return path_matches(pattern, file); });
    }
    if (!before.empty()) {
      config_.rooms.complete = false;
      config_.rooms.doubts.push_back(
          "room_files " + quote(pattern) + " matched " + std::to_string(before.size()) +
          (before.size() == 1 ? " file" : " files") + " before and matches nothing now");
      config_.files.insert(config_.files.end(), before.begin(), before.end());
    } else if (!is_glob(pattern)) {
      add_at(config_, "room_files", "there is no file " + quote(pattern), problems_);
    }
  }

  /// As the user would name it: beside the main file where it stands below the main file's
  /// directory.
  std::string shown(const std::string& file) const {
    const std::string base = directory_of(path_) + "/";
    if (!file.starts_with(base)) return file;
    const std::size_t slash = name_->rfind('/');
    return (slash == std::string::npos ? std::string() : name_->substr(0, slash + 1)) +
           file.substr(base.size());
  }

  void read_room_file(const std::string& file) {
    config_.files.push_back(file);
    const auto name = std::make_shared<const std::string>(shown(file));
    problems_.note_file(*name);
    const auto document = parse(name, file, EntryPlace::rooms_key_or_top);
    if (!document) return;
    Reader reader(*document, *name, problems_);
    if (reader.at(document->root()).kind == NodeKind::sequence) return;
    static const std::vector<std::string_view> keys = {"rooms"};
    const MapReader map(reader, document->root(), Path{}, keys);
    if (!map.ok()) return;
    const NodeId rooms = map.find("rooms");
    if (rooms == no_node) {
      reader.problem(document->root(), Path{nullptr, "rooms", std::nullopt},
                     "expected a list of rooms");
    }
    check_room_list(reader, rooms);
  }

  const Overrides& overrides_;
  const Config* previous_;
  std::shared_ptr<const std::string> name_;
  std::string path_;
  Problems problems_;
  RoomCollector rooms_;
  ContentHash hash_;
  Config config_;
};

/// The first setting that keeps places for admins, though nobody is one; empty: none.
std::string places_nobody_takes(const Config& config) {
  const policies::ConnectionLimits& limits = config.limits.connections;
  if (!limits.admins.empty()) return {};
  std::string key;
  if (limits.server.reserved_for_admins > 0) key = "limits.server_connections";
  if (limits.account.reserved_for_admins > 0) key = "limits.account_connections";
  if (limits.per_user.reserved_for_admins > 0) key = "limits.connections_per_user";
  for (const auto& [name, settings] : config.templates) {
    if (key.empty() && settings->connections.reserved_for_admins > 0)
      key = "templates." + name + ".room_connections";
  }
  for (const policies::RoomSpec& room : config.rooms.rooms) {
    if (!key.empty()) break;
    if (room.settings->connections.reserved_for_admins > 0)
      key = "room " + room.id.text() + ": room_connections";
  }
  if (key.empty()) return {};
  return key + ".reserved_for_admins: nobody takes these places, since limits.admin_users is empty";
}

}  // namespace

Loaded<Config> load(const std::string& path, const Overrides& overrides, const Config* previous,
                    std::vector<std::string>* warnings) {
  try {
    if (warnings != nullptr) {
      const auto unknown = unknown_variables(overrides.environment);
      warnings->insert(warnings->end(), unknown.begin(), unknown.end());
    }
    auto loaded = Loader(path, overrides, previous).run();
    if (loaded && warnings != nullptr) {
      auto doubtful = places_nobody_takes(*loaded);
      if (!doubtful.empty()) warnings->push_back(std::move(doubtful));
    }
    return loaded;
  } catch (const std::exception& error) {
    Problem problem;
    problem.file = path;
    problem.text = std::string("cannot be loaded: ") + error.what();
    return tl::unexpected(std::vector<Problem>{problem});
  }
}

}  // namespace roomkeeper::config
