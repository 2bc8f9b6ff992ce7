#include "policies/wanted.h"

#include <algorithm>

#include "policies/plan.h"

namespace roomkeeper::policies {
namespace {

/// JetStream's own default; it takes it for 0, which would look like drift for ever.
constexpr Nanoseconds default_duplicate_window = std::chrono::minutes(2);

/// The server refuses a window that is longer than max_age.
Nanoseconds fitting_window(Nanoseconds window, Nanoseconds max_age) {
  if (window <= Nanoseconds::zero()) window = default_duplicate_window;
  return max_age > Nanoseconds::zero() ? std::min(window, max_age) : window;
}

}  // namespace

StreamConfig WantedStreams::shared_part(const RoomSettings& settings) {
  StreamConfig config;
  config.subjects.resize(1);
  config.settings = settings.stream;
  config.max_age = judge_.backstop(settings.retention);
  config.settings.duplicate_window =
      fitting_window(settings.stream.duplicate_window, config.max_age);
  config.mark.emplace();
  config.mark->instance = instance_;
  config.mark->template_name = settings.template_name;
  config.mark->retention = to_text(settings.retention);
  return config;
}

StreamConfig& WantedStreams::shared_by(const RoomSettings* settings) {
  auto found = by_settings_.find(settings);
  if (found == by_settings_.end()) {
    found = by_settings_.emplace(settings, shared_part(*settings)).first;
  }
  return found->second;
}

/// The templates' own: whoever of its rooms came first, the file or the API, is all the same.
const StreamConfig& WantedStreams::of_pool(const RoomSpec& pool) {
  StreamConfig& config = shared_by(pool.settings.get());
  config.subjects.front() = names_.pool_subject(pool.id.text());
  config.mark->room = all_rooms_mark;
  config.mark->owner = to_string(RoomOwner::file);
  return config;
}

const StreamConfig& WantedStreams::of(const RoomSpec& room) {
  StreamConfig& config = shared_by(room.settings.get());
  config.subjects.front() = names_.stream_subject(room.id);
  config.mark->room = room.id.text();
  config.mark->owner = to_string(room.owner);
  return config;
}

StreamConfig wanted_stream(const RoomSpec& room, const Names& names, std::string_view instance) {
  const ZoneLookup no_zones;
  RetentionJudge judge(no_zones);
  return WantedStreams(names, instance, judge).of(room);
}

}  // namespace roomkeeper::policies
