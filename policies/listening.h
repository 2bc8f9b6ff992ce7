// What a subscription hears of the rooms (design.md, "Connection limits"): one room that it names
// literally, several, or none. Pure; thread: any; immutable.
#ifndef ROOMKEEPER_POLICIES_LISTENING_H_
#define ROOMKEEPER_POLICIES_LISTENING_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "policies/ids.h"
#include "policies/subjects.h"

namespace roomkeeper::policies {

class Listening {
 public:
  enum class Hears : std::uint8_t { nothing, one_room, several_rooms };
  struct Heard {
    Hears hears = Hears::nothing;
    std::optional<RoomId> room;  ///< with one_room
  };

  /// `pools`: names of the pools; in `chat.<pool>.>` the second token is no room. `exists`: whether
  /// a room of that id is wanted, because a stranger may subscribe to any name; must outlive this.
  Listening(const Names& names, std::set<std::string, std::less<>> pools,
            std::function<bool(const RoomId&)> exists);

  /// `chat.general.*`, `chat.general.bob`, `chat.general.>`, `chat.lobby.general.*` and so on:
  /// one_room. `chat.*.*`, `chat.lobby.>`, `>`: several_rooms. All else: nothing.
  Heard of(std::string_view subject) const;

 private:
  Heard behind_prefix(std::string_view rest) const;
  Heard room(std::string_view token) const;

  std::string prefix_;  ///< "chat."
  std::set<std::string, std::less<>> pools_;
  std::function<bool(const RoomId&)> exists_;
};

}  // namespace roomkeeper::policies

#endif  // ROOMKEEPER_POLICIES_LISTENING_H_
