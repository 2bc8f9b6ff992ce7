#include "policies/subject_claims.h"

#include <algorithm>
#include <cstddef>

namespace roomkeeper::policies {
namespace {

/// True for `ROOM_x` that holds exactly `chat.x.*`. Compared piece by piece: it is asked for every
/// stream.
bool is_plain_room_stream(const ObservedStream& stream, const Names& names) {
  if (stream.config.subjects.size() != 1 || !stream.name.starts_with(names.stream_prefix)) {
    return false;
  }
  const std::string_view room = std::string_view(stream.name).substr(names.stream_prefix.size());
  std::string_view subject = stream.config.subjects.front();
  const auto take = [&subject](std::string_view part) {
    const bool matches = subject.starts_with(part);
    if (matches) subject.remove_prefix(part.size());
    return matches;
  };
  return take(names.chat_prefix) && take(".") && take(room) && subject == ".*";
}

/// The token at `index`, or `>` when the subject ends in one before it.
std::string_view token_at(std::string_view subject, std::size_t index) {
  for (;;) {
    const std::string_view token = subject.substr(0, subject.find('.'));
    if (index == 0 || token.size() == subject.size()) return token;
    subject.remove_prefix(token.size() + 1);
    --index;
  }
}

const ObservedStream* first_but(const std::vector<const ObservedStream*>& holders,
                                std::string_view own) {
  const auto found =
      std::find_if(holders.begin(), holders.end(),
                   [&](const ObservedStream* holder) { return holder->name != own; });
  return found == holders.end() ? nullptr : *found;
}

}  // namespace

SubjectClaims::SubjectClaims(const ObservedStreams& observed, const Names& names) {
  const std::string any_message = names.chat_prefix + ".*.*";
  const auto prefix_dots = std::count(names.chat_prefix.begin(), names.chat_prefix.end(), '.');
  const auto room_index = static_cast<std::size_t>(prefix_dots) + 1;
  for (const ObservedStream& stream : observed.streams) {
    if (is_plain_room_stream(stream, names)) continue;
    for (const std::string& subject : stream.config.subjects) {
      if (subjects_overlap(subject, any_message)) add(stream, token_at(subject, room_index));
    }
  }
}

void SubjectClaims::add(const ObservedStream& stream, std::string_view room) {
  // The subject matches some `chat.<room>.<user>`, so its room token alone says which rooms: one,
  // or all.
  Holders& holders = room == "*" || room == ">" ? of_all_rooms_ : of_room_[room];
  // Two of a stream's subjects may name one room; the stream counts once.
  if (holders.empty() || holders.back() != &stream) holders.push_back(&stream);
}

const ObservedStream* SubjectClaims::other_holder(const RoomId& room, std::string_view own) const {
  const auto found = of_room_.find(room.text());
  if (found != of_room_.end()) {
    if (const ObservedStream* holder = first_but(found->second, own)) return holder;
  }
  return first_but(of_all_rooms_, own);
}

const ObservedStream* holder_of(const ObservedStreams& observed, std::string_view subject,
                                std::string_view own) {
  const auto holds = [&](const ObservedStream& stream) {
    return stream.name != own &&
           std::any_of(stream.config.subjects.begin(), stream.config.subjects.end(),
                       [&](const std::string& held) { return subjects_overlap(held, subject); });
  };
  const auto found = std::find_if(observed.streams.begin(), observed.streams.end(), holds);
  return found == observed.streams.end() ? nullptr : &*found;
}

}  // namespace roomkeeper::policies
