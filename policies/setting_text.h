// A room's effective settings as text, key by key: for `room explain` and for tests. Pure.
#ifndef ROOMKEEPER_POLICIES_SETTING_TEXT_H_
#define ROOMKEEPER_POLICIES_SETTING_TEXT_H_

#include <string>
#include <vector>

#include "policies/room.h"

namespace roomkeeper::policies {

struct SettingText {
  std::string key;  ///< as in the configuration: "stream.max_bytes"
  std::string text;
};

/// All of them, in the order of docs/configuration.md.
std::vector<SettingText> describe_settings(const RoomSettings& settings);

}  // namespace roomkeeper::policies

#endif  // ROOMKEEPER_POLICIES_SETTING_TEXT_H_
