// Ids of rooms that a test knows to be valid.
#ifndef ROOMKEEPER_TESTS_SIDECAR_ROOM_IDS_H_
#define ROOMKEEPER_TESTS_SIDECAR_ROOM_IDS_H_

#include <string>

#include "policies/ids.h"

namespace roomkeeper::sidecar {

inline policies::RoomId id(const std::string& text) {
  return *policies::RoomId::parse(text);
}

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_TESTS_SIDECAR_ROOM_IDS_H_
