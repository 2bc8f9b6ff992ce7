#include "config/templates.h"

#include <algorithm>
#include <utility>

#include "config/nearest.h"
#include "config/units.h"
#include "policies/ids.h"

namespace roomkeeper::config {
namespace {

using policies::RoomSettings;

/// Each is a label of metrics, so there must not be many.
constexpr std::size_t most_templates = 256;

struct RawTemplate {
  NodeId key = no_node;
  NodeId extends = no_node;
  std::string_view parent;
  SettingsPatch patch;
  enum class State { fresh, under_way, done } state = State::fresh;
};

class Resolver {
 public:
  explicit Resolver(Reader& reader) : reader_(reader), top_{nullptr, "templates", std::nullopt} {}

  void read(NodeId id) {
    const auto pairs = read_pairs(reader_, id, top_, "a mapping of templates by name");
    if (pairs.size() > most_templates) {
      reader_.problem(id, top_,
                      "expected at most 256 templates, not " + std::to_string(pairs.size()));
      return;
    }
    for (const Pair& pair : pairs) read_one(pair);
  }

  TemplateMap resolve() {
    TemplateMap out;
    for (auto& [name, raw] : raw_) {
      RoomSettings settings = effective(name);
      for (const Contradiction& wrong : settle(settings)) note(raw, name, wrong);
      out.emplace(std::string(name), std::make_shared<const RoomSettings>(std::move(settings)));
    }
    if (!out.contains(std::string(default_template))) {
      out.emplace(std::string(default_template),
                  std::make_shared<const RoomSettings>(built_in_settings()));
    }
    return out;
  }

 private:
  void read_one(const Pair& pair) {
    static const std::vector<std::string_view> keys = [] {
      std::vector<std::string_view> all = {"extends"};
      all.insert(all.end(), template_setting_keys().begin(), template_setting_keys().end());
      return all;
    }();
    const std::string_view name = reader_.document().text(pair.key);
    const Path path{&top_, name, std::nullopt};
    if (!policies::is_name_token(name)) {
      reader_.problem(
          pair.key, path,
          "expected a template's name of 1 to 64 letters, digits, _ and -, not " + quote(name));
      return;
    }
    RawTemplate raw;
    raw.key = pair.key;
    const MapReader map(reader_, pair.value, path, keys);
    if (map.ok()) {
      raw.extends = map.find("extends");
      if (raw.extends != no_node) {
        const auto parent = reader_.scalar(raw.extends, Path{&path, "extends", std::nullopt},
                                           "the name of a template");
        raw.parent = parent.value_or(std::string_view());
        if (!parent) raw.extends = no_node;
      }
      raw.patch = read_patch(reader_, map, path, true);
    }
    raw_.emplace(name, std::move(raw));
  }

  /// Settings before settling, so that what a child inherits is what was written.
  RoomSettings effective(std::string_view name) {
    RawTemplate& raw = raw_.find(name)->second;
    if (raw.state == RawTemplate::State::done) return merged_.find(name)->second;
    raw.state = RawTemplate::State::under_way;
    RoomSettings settings = raw.extends == no_node ? built_in_settings() : inherited(raw, name);
    settings.template_name = std::string(name);
    apply_patch(raw.patch, "template " + std::string(name), reader_.file(), settings);
    raw.state = RawTemplate::State::done;
    return merged_.emplace(name, std::move(settings)).first->second;
  }

  /// Depth is bounded by the number of templates.
  RoomSettings inherited(const RawTemplate& raw, std::string_view name) {
    const Path path{&top_, name, std::nullopt};
    const Path here{&path, "extends", std::nullopt};
    const auto parent = raw_.find(raw.parent);
    if (parent == raw_.end()) {
      if (raw.parent == default_template) return built_in_settings();
      std::vector<std::string_view> names = {default_template};
      for (const auto& entry : raw_) names.push_back(entry.first);
      reader_.problem(raw.extends, here, "there is no template " + quote(raw.parent),
                      nearest(raw.parent, names));
      return built_in_settings();
    }
    if (parent->second.state == RawTemplate::State::under_way) {
      reader_.problem(raw.extends, here, "expected no circle, but " + circle(raw.parent));
      return built_in_settings();
    }
    return effective(raw.parent);
  }

  /// `a extends b extends a`
  std::string circle(std::string_view start) const {
    constexpr int longest = 8;
    std::string out(start);
    std::string_view name = start;
    for (int i = 0; i < longest; ++i) {
      name = raw_.find(name)->second.parent;
      out += " extends " + std::string(name);
      if (name == start) return out;
    }
    return out + " and so on back to " + std::string(start);
  }

  /// At the value where this template says it, else at the name: values may come from different
  /// templates.
  void note(const RawTemplate& raw, std::string_view name, const Contradiction& wrong) {
    const Path path{&top_, name, std::nullopt};
    const Path here{&path, wrong.key, std::nullopt};
    const auto said = std::find_if(
        raw.patch.fields.begin(), raw.patch.fields.end(),
        [&](const FieldPatch& one) { return room_fields()[one.field].key == wrong.key; });
    if (wrong.at_value && said != raw.patch.fields.end()) {
      reader_.problem_at(said->line, said->column, here, wrong.text);
    } else {
      reader_.problem(raw.key, here, wrong.text);
    }
  }

  Reader& reader_;
  Path top_;
  std::map<std::string_view, RawTemplate> raw_;
  std::map<std::string_view, RoomSettings> merged_;
};

}  // namespace

TemplateMap read_templates(Reader& reader, NodeId id) {
  Resolver resolver(reader);
  if (id != no_node) resolver.read(id);
  return resolver.resolve();
}

std::vector<std::string_view> names_of(const TemplateMap& templates) {
  std::vector<std::string_view> names;
  names.reserve(templates.size());
  for (const auto& entry : templates) names.push_back(entry.first);
  return names;
}

}  // namespace roomkeeper::config
