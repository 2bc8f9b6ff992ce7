// The rooms made through the API, as the state bucket has them and as the configuration in force
// reads them.
//
// A change costs the parsing of the one room that changed: what was changed since the last look is
// merged in at the next one, so that a bulk of thousands is no square of it. Thread: the loop's.
#ifndef ROOMKEEPER_SIDECAR_API_ROOMS_H_
#define ROOMKEEPER_SIDECAR_API_ROOMS_H_

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "policies/ids.h"
#include "policies/room.h"
#include "sidecar/runtime.h"

namespace roomkeeper::sidecar {

class ApiRooms {
 public:
  using Entries = std::map<std::string, std::string, std::less<>>;  ///< room id -> value of its key

  explicit ApiRooms(const Runtime& runtime) : runtime_(runtime) {}

  /// What was read, in place of everything.
  void assign(Entries entries);
  /// What was written. `parsed`: the room in it, if `config` had read it already.
  void set(const std::string& room, std::string value, std::optional<policies::RoomSpec> parsed,
           const std::shared_ptr<const config::Config>& config);
  void erase(const std::string& room);
  /// The configuration is another one: everything is parsed again.
  void reparse();

  /// Sorted by id; those that fit the configuration in force.
  const std::vector<policies::RoomSpec>& rooms() const;
  const std::vector<policies::RoomId>& removed() const;
  /// Why the others do not.
  const std::vector<std::string>& doubts() const;
  /// Null: there is no such room, its removal is recorded, or it does not fit.
  const policies::RoomSpec* find(const policies::RoomId& id) const;
  /// The room as it was given; nullopt when there is none or its removal is recorded.
  std::optional<std::string> room_json(const policies::RoomId& id) const;
  /// There is a record, of a room or of its removal.
  bool has(const policies::RoomId& id) const { return entries_.contains(id.text()); }
  /// As the bucket has them, also those that are not understood.
  const Entries& entries() const { return entries_; }

 private:
  using Fresh = std::map<std::string, std::optional<policies::RoomSpec>, std::less<>>;

  void settle() const;
  void read_entry(const std::string& room, const std::string& value,
                  std::optional<policies::RoomSpec> parsed,
                  std::vector<policies::RoomSpec>& rooms) const;

  const Runtime& runtime_;
  Entries entries_;
  mutable Fresh fresh_;  ///< changed since settle(): the room where it is known
  mutable bool all_fresh_ = false;
  mutable std::vector<policies::RoomSpec> rooms_;
  mutable std::vector<policies::RoomId> removed_;
  mutable std::map<std::string, std::string, std::less<>> doubt_of_;  ///< by room
  mutable std::vector<std::string> doubts_;
};

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_API_ROOMS_H_
