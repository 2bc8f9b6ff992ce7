// Many rooms at once: what `room.put`, `room.export`, `room.import`, `room.adopt` and
// `room.release` are asked and say (docs/operations.md, "Taking over streams that exist", "Moving
// rooms between installations").
//
// Plain values; texts may hold bytes of strangers. Thread: any.
#ifndef ROOMKEEPER_API_BULK_H_
#define ROOMKEEPER_API_BULK_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace roomkeeper::api {

/// Rooms in one request of room.put, room.adopt and room.release.
inline constexpr std::size_t bulk_rooms_max = 500;

/// What became of one room, or would become of it (dry run).
namespace outcome {
inline constexpr std::string_view created = "created";
inline constexpr std::string_view updated = "updated";
inline constexpr std::string_view unchanged = "unchanged";
inline constexpr std::string_view adopted = "adopted";
inline constexpr std::string_view released = "released";
inline constexpr std::string_view refused = "refused";
}  // namespace outcome

/// Defines rooms of the API: those that are there are replaced as a whole.
struct PutRequest {
  std::vector<std::string> rooms;  ///< JSON objects in the shape of entries of `rooms:`
  bool dry_run = false;
};
struct PutOutcome {
  std::string id;       ///< as given; empty when the room has none
  std::string outcome;  ///< created, updated, unchanged, refused
  std::string code;     ///< of api/types.h; empty unless refused
  std::string message;  ///< why; empty unless refused
};
struct PutReply {
  std::uint64_t created = 0, updated = 0, unchanged = 0, refused = 0;
  std::vector<PutOutcome> rooms;  ///< in the order of the request
};

struct ExportRequest {
  std::string match;  ///< glob on the id; empty: all
  std::string tag;
  std::string template_name;
  std::string format = "yaml";  ///< yaml, jsonl
  std::uint64_t limit = 500;    ///< 1..1000
  std::string cursor;           ///< next_cursor of the page before
};
struct ExportReply {
  /// One a room, by id: a line of JSON, or YAML lines that belong under `rooms:`, each with its
  /// newline.
  std::vector<std::string> entries;
  std::uint64_t total = 0;  ///< rooms that match
  std::string next_cursor;  ///< empty: the end
};

struct ImportRequest {
  std::string match;          ///< glob on the stream's name; empty: all with the rooms' prefix
  std::string template_name;  ///< that entries build on; empty: default
  std::uint64_t limit = 500;  ///< 1..1000
  std::string cursor;
};
/// A stream that is not Roomkeeper's.
struct ImportItem {
  std::string stream;
  std::string room;   ///< the id that its name gives; empty when it gives none
  std::string entry;  ///< YAML lines that belong under `rooms:`; empty when it is left out
  std::string why;    ///< it is left out, and what would have to change; else empty
};
struct ImportReply {
  std::vector<ImportItem> streams;  ///< by name
  std::uint64_t total = 0;
  std::string next_cursor;
};

struct AdoptRequest {
  std::vector<std::string> rooms;  ///< at most bulk_rooms_max, or
  std::string match;               ///< glob on the id: all whose stream is there and unmarked
  bool dry_run = true;
  std::uint64_t limit = 500;  ///< 1..1000; of `match`
  std::string cursor;         ///< of `match`
};
struct AdoptOutcome {
  std::string room;
  std::string stream;
  std::string outcome;               ///< adopted, unchanged (it is ours already), refused
  std::string reason;                ///< of policies/reason.h
  std::string detail;                ///< why it is refused, where the reason does not say it all
  std::uint64_t messages = 0;        ///< stored now
  std::vector<std::string> changes;  ///< of the stream: `stream.max_messages: unlimited -> 1000`
  std::vector<std::string> waits;    ///< the same, for what waits for consent or cannot be done
};
struct AdoptReply {
  std::uint64_t pass = 0;  ///< that does it; ask `pass` how far it is. 0: nothing is done
  std::vector<AdoptOutcome> rooms;
  std::uint64_t total = 0;  ///< rooms that were meant
  std::string next_cursor;
};

struct ReleaseRequest {
  std::vector<std::string> rooms;  ///< 1 to bulk_rooms_max
  bool dry_run = true;
};
struct ReleaseOutcome {
  std::string room;
  std::string stream;
  std::string outcome;  ///< released, refused
  std::string code;     ///< of api/types.h; empty unless refused
  std::string message;  ///< why it is refused; else what stays as it is
  std::uint64_t messages = 0;
};
struct ReleaseReply {
  std::uint64_t released = 0, refused = 0;
  std::vector<ReleaseOutcome> rooms;  ///< in the order of the request
};

std::string encode(const PutRequest& value);
std::string encode(const PutReply& value);
std::string encode(const ExportRequest& value);
std::string encode(const ExportReply& value);
std::string encode(const ImportRequest& value);
std::string encode(const ImportReply& value);
std::string encode(const AdoptRequest& value);
std::string encode(const AdoptReply& value);
std::string encode(const ReleaseRequest& value);
std::string encode(const ReleaseReply& value);

}  // namespace roomkeeper::api

#endif  // ROOMKEEPER_API_BULK_H_
