#include "policies/listening.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace roomkeeper::policies {
namespace {

constexpr std::size_t tokens_max = 3;  // <pool>.<room>.<user>

bool is_wildcard(std::string_view token) {
  return token == "*" || token == ">";
}

/// The tokens behind the prefix; more than `tokens_max` hear nothing.
struct Tokens {
  std::array<std::string_view, tokens_max> all;
  std::size_t count = 0;
  bool too_many = false;

  explicit Tokens(std::string_view rest) {
    for (;;) {
      const std::size_t dot = rest.find('.');
      if (count == tokens_max) {
        too_many = true;
        return;
      }
      all[count++] = rest.substr(0, dot);
      if (dot == rest.npos) return;
      rest.remove_prefix(dot + 1);
    }
  }
  bool open_end() const { return all[count - 1] == ">"; }
};

}  // namespace

Listening::Listening(const Names& names, std::set<std::string, std::less<>> pools,
                     std::function<bool(const RoomId&)> exists)
    : prefix_(names.chat_prefix + "."), pools_(std::move(pools)), exists_(std::move(exists)) {}

Listening::Heard Listening::of(std::string_view subject) const {
  if (subject.starts_with(prefix_)) return behind_prefix(subject.substr(prefix_.size()));
  // Most subscriptions are inboxes: settled by their first token.
  const std::string_view first = subject.substr(0, subject.find('.'));
  if (!is_wildcard(first) && first != std::string_view(prefix_).substr(0, prefix_.find('.')))
    return {};
  // A wildcard in the prefix itself: no room is named, and several may be heard.
  const std::size_t wild = subject.find_first_of("*>");
  if (wild == subject.npos) return {};
  const bool may_hear = subjects_overlap(subject, prefix_ + "*.*") ||
                        std::any_of(pools_.begin(), pools_.end(), [&](const std::string& pool) {
                          return subjects_overlap(subject, prefix_ + pool + ".*.*");
                        });
  return may_hear ? Heard{Hears::several_rooms, {}} : Heard{};
}

Listening::Heard Listening::behind_prefix(std::string_view rest) const {
  const Tokens tokens(rest);
  if (tokens.too_many) return {};
  const std::string_view first = tokens.all[0];
  const std::size_t count = tokens.count;
  const bool open = tokens.open_end();
  if (is_wildcard(first)) {
    // `chat.>`, `chat.*.*` and `chat.*.bob`, and with pools `chat.*.*.*`.
    const bool dedicated = count == 2 || (count == 1 && open);
    const bool pooled = !pools_.empty() && (open || count == 3);
    // In whatever pool it is, that is one room.
    if (pooled && count == 3 && first == "*" && !is_wildcard(tokens.all[1]))
      return room(tokens.all[1]);
    return dedicated || pooled ? Heard{Hears::several_rooms, {}} : Heard{};
  }
  const bool is_pool = pools_.contains(first);
  if (!is_pool) {
    if (count == 2) return room(first);
    return {};
  }
  if (count == 2 && open) return {Hears::several_rooms, {}};  // chat.lobby.>
  if (count == 2) return room(first);  // a dedicated room may be called as a pool is
  if (count != 3) return {};
  if (is_wildcard(tokens.all[1])) return {Hears::several_rooms, {}};
  return room(tokens.all[1]);
}

Listening::Heard Listening::room(std::string_view token) const {
  auto id = RoomId::parse(token);
  if (!id || !exists_(*id)) return {};
  return {Hears::one_room, *std::move(id)};
}

}  // namespace roomkeeper::policies
