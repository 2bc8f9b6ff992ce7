#include "config/rooms.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "config/range.h"
#include "config/units.h"

namespace roomkeeper::config {

using policies::RoomId;
using policies::RoomSettings;
using policies::RoomSpec;

void RoomCollector::begin_file(std::shared_ptr<const std::string> file, std::string_view prefix) {
  files_.push_back(File{std::move(file), std::string(prefix)});
  plain_choices_.clear();
}

void RoomCollector::on_entry(const Document& document, NodeId entry, std::size_t index) {
  const File& file = files_.back();
  Reader reader(document, *file.name, problems_);
  const Path top{nullptr, file.prefix, std::nullopt};
  const Path path{&top, {}, index};
  const MapReader map(reader, entry, path, room_keys(true));
  if (!map.ok()) return;
  RoomEntry read = read_room_entry(reader, map, path, entry);
  const NodeId range = map.find("range");
  if (range != no_node) {
    if (map.find("id") != no_node) {
      reader.problem(range, Path{&path, "range", std::nullopt},
                     "expected either id or range, not both");
      return;
    }
    const std::uint32_t choice = choice_for(read, index);
    add_range(reader, range, path, read, choice);
    return;
  }
  auto id = read_room_id(reader, map, path, entry);
  if (!id) return;
  const std::uint32_t choice = choice_for(read, index);
  add_room(*std::move(id), reader.at(map.find("id")), read, choice);
}

/// Entries with nothing but a template share one choice, so that the common entry leaves nothing
/// behind.
std::uint32_t RoomCollector::choice_for(RoomEntry& entry, std::size_t index) {
  const bool plain = entry.patch.empty();
  if (plain) {
    const auto found = plain_choices_.find(entry.template_name);
    if (found != plain_choices_.end()) {
      std::vector<Mention>& others = choices_[found->second].others;
      const bool worth_it = !entry.template_name.empty() && others.size() < Problems::reported;
      if (worth_it) others.push_back(Mention{index, entry.template_line, entry.template_column});
      return found->second;
    }
  }
  const auto number = static_cast<std::uint32_t>(choices_.size());
  Choice choice;
  choice.file = static_cast<std::uint32_t>(files_.size() - 1);
  choice.index = index;
  choice.entry.template_name = entry.template_name;
  choice.entry.template_line = entry.template_line;
  choice.entry.template_column = entry.template_column;
  choice.entry.line = entry.line;
  choice.entry.column = entry.column;
  choice.entry.patch = std::move(entry.patch);
  choices_.push_back(std::move(choice));
  if (plain) plain_choices_.emplace(entry.template_name, number);
  return number;
}

void RoomCollector::add_range(Reader& reader, NodeId at, const Path& path, const RoomEntry& entry,
                              std::uint32_t choice) {
  const Path here{&path, "range", std::nullopt};
  const auto text = reader.scalar(at, here, "ids such as game-{1..20}");
  if (!text) return;
  const auto range = parse_range(*text);
  if (!range) {
    reader.problem(at, here, range.error().text);
    return;
  }
  for (std::uint32_t number = range->low;; ++number) {
    auto id = RoomId::parse(range->id(number));
    if (!id) {
      reader.problem(
          at, here,
          "expected ids of 1 to 64 letters, digits, _ and -, not " + quote(range->id(number)));
      return;
    }
    add_room(*std::move(id), reader.at(at), entry, choice);
    if (number == range->high || too_many_) return;
  }
}

void RoomCollector::add_room(RoomId id, const Node& at, const RoomEntry& entry,
                             std::uint32_t choice) {
  if (rooms_.size() >= max_rooms) {
    if (!too_many_) {
      Problem problem;
      problem.file = *files_.back().name;
      problem.line = static_cast<int>(at.line);
      problem.column = static_cast<int>(at.column);
      problem.key = files_.back().prefix;
      problem.text = "expected at most 1000000 rooms; this is one more";
      problems_.add(std::move(problem));
    }
    too_many_ = true;
    return;
  }
  RoomSpec room{
      std::move(id), policies::RoomOwner::file, entry.title, entry.topic, entry.tags, nullptr, {}};
  room.place.file = files_.back().name;
  room.place.line = static_cast<int>(at.line);
  rooms_.push_back(std::move(room));
  pending_.push_back(Pending{static_cast<std::uint32_t>(files_.size() - 1), at.column, choice});
}

void RoomCollector::note_duplicates() const {
  std::vector<std::uint32_t> order(rooms_.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(), [this](std::uint32_t a, std::uint32_t b) {
    const int order_of_ids = rooms_[a].id.text().compare(rooms_[b].id.text());
    return order_of_ids != 0 ? order_of_ids < 0 : a < b;
  });
  std::uint32_t first = 0;  // of rooms with the same id
  for (std::size_t i = 1; i < order.size(); ++i) {
    const RoomSpec& before = rooms_[order[first]];
    const RoomSpec& room = rooms_[order[i]];
    if (before.id != room.id) {
      first = static_cast<std::uint32_t>(i);
      continue;
    }
    const Pending& pending = pending_[order[i]];
    Problem problem;
    problem.file = *room.place.file;
    problem.line = room.place.line;
    problem.column = static_cast<int>(pending.column);
    problem.key = files_[pending.file].prefix;
    problem.text = "room " + quote(room.id.text()) + " is defined at " + *before.place.file + ":" +
                   std::to_string(before.place.line) + ":" +
                   std::to_string(pending_[order[first]].column) + " already";
    problems_.add(std::move(problem));
  }
}

std::vector<std::shared_ptr<const RoomSettings>> RoomCollector::choose_all(
    const TemplateMap& templates) const {
  SettingsChooser chooser(templates, problems_);
  std::vector<std::shared_ptr<const RoomSettings>> chosen;
  chosen.reserve(choices_.size());
  for (const Choice& choice : choices_) {
    const File& file = files_[choice.file];
    const Path top{nullptr, file.prefix, std::nullopt};
    chosen.push_back(
        chooser.choose(choice.entry, *file.name, *file.name, Path{&top, {}, choice.index}));
    const std::string& name = choice.entry.template_name;
    if (name.empty() || templates.contains(name)) continue;
    for (const Mention& mention : choice.others) {
      RoomEntry same = choice.entry;
      same.template_line = mention.line;
      same.template_column = mention.column;
      static_cast<void>(
          chooser.choose(same, *file.name, *file.name, Path{&top, {}, mention.index}));
    }
  }
  return chosen;
}

std::vector<RoomSpec> RoomCollector::finish(const TemplateMap& templates) {
  if (!too_many_) note_duplicates();
  const auto chosen = choose_all(templates);
  if (!problems_.empty()) return {};
  for (std::size_t i = 0; i < rooms_.size(); ++i) rooms_[i].settings = chosen[pending_[i].choice];
  pending_ = {};
  choices_ = {};
  std::sort(rooms_.begin(), rooms_.end(),
            [](const RoomSpec& a, const RoomSpec& b) { return a.id < b.id; });
  return std::exchange(rooms_, {});
}

}  // namespace roomkeeper::config
