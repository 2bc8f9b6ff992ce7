// A file of rooms for `apply -f`: YAML with a `rooms:` list (or the list alone), or JSON lines.
//
// Templates are the daemon's to know; here it is seen that entries can be read, have an id, and are
// named once. Thread: any; reads the file.
#ifndef ROOMKEEPER_CLI_ROOM_FILE_H_
#define ROOMKEEPER_CLI_ROOM_FILE_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "api/types.h"
#include "cli/output.h"

namespace roomkeeper::cli {

inline constexpr std::size_t file_rooms_max = 100'000;
inline constexpr std::size_t file_room_bytes = std::size_t{64} * 1024;  ///< of one entry as JSON

struct FileRoom {
  int line = 0;  ///< 1-based
  std::string id;
  std::string json;  ///< an object in the shape of an entry of `rooms:`
};
/// A room that is not defined, and why.
struct RefusedRoom {
  int line = 0;
  std::string id;       ///< empty: it has none
  std::string code;     ///< of api/types.h
  std::string message;  ///< bytes of strangers
};
struct RoomFile {
  std::string name;  ///< for messages
  std::vector<FileRoom> rooms;
  std::vector<RefusedRoom> refused;
  std::size_t size() const { return rooms.size() + refused.size(); }
};

/// `path`: - is standard input. Errors: bad_request with `file:line:column` among the details, when
/// it cannot be read as a whole: then nothing of it may be used.
api::ApiResult<RoomFile> read_room_file(const std::string& path, Output& output);
/// The same of a text.
api::ApiResult<RoomFile> parse_room_file(std::string_view text, const std::string& name);

}  // namespace roomkeeper::cli

#endif  // ROOMKEEPER_CLI_ROOM_FILE_H_
