// What Roomkeeper itself remembers, in the KV bucket `roomkeeper`: whose account this is, and the
// rooms made through the API. It is the bucket's only writer: what others keep there (`job.<id>`,
// `removals`) goes through it too.
//
// Keys: `instance` {"instance"}; `room.<id>` {"room":{...}} or, once its removal was asked for,
// {"removed":true}. One writer; every write is fenced by the stream's sequence. Thread: the loop's.
#ifndef ROOMKEEPER_SIDECAR_STATE_KEEPER_H_
#define ROOMKEEPER_SIDECAR_STATE_KEEPER_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policies/ids.h"
#include "policies/room.h"
#include "policies/time.h"
#include "sidecar/api_rooms.h"
#include "sidecar/lifetime.h"
#include "sidecar/nats/key_value.h"
#include "sidecar/runtime.h"

namespace roomkeeper::sidecar {

class StateKeeper {
 public:
  using Done = std::function<void(policies::Result<>)>;

  StateKeeper(Runtime& runtime, nats::KeyValue& bucket);

  /// Makes the bucket if it is missing, claims the account for this instance, reads the rooms.
  /// Errors: conflict when another instance holds the account: then nothing may be done.
  void load(Done done);
  bool loaded() const { return loaded_; }
  /// Empty unless another instance holds the account.
  const std::string& foreign_instance() const { return foreign_instance_; }
  /// When the bucket was made; rooms made through the API before it are not known.
  policies::WallTime bucket_created() const { return created_; }

  /// How often the bucket has been read: what is kept of others() is out of date when it grows.
  std::uint64_t loads() const { return loads_; }

  /// The API's rooms, parsed against the configuration in force; those that no longer fit it are
  /// reported as doubts.
  const std::vector<policies::RoomSpec>& rooms() const { return api_rooms_.rooms(); }
  const std::vector<policies::RoomId>& removed() const { return api_rooms_.removed(); }
  const std::vector<std::string>& doubts() const { return api_rooms_.doubts(); }
  /// After a reload: templates may have changed.
  void reparse() { api_rooms_.reparse(); }
  /// One of rooms(); null: there is none of that id. Good until the next change.
  const policies::RoomSpec* find_room(const policies::RoomId& id) const {
    return api_rooms_.find(id);
  }
  /// The room as it was given, for update; nullopt when the API has no such room.
  std::optional<std::string> room_json(const policies::RoomId& id) const {
    return api_rooms_.room_json(id);
  }
  /// There is a record of the room, or of its removal.
  bool has_record(const policies::RoomId& id) const { return api_rooms_.has(id); }

  /// Errors: conflict (another writer: read again), timeout, unavailable. On an error nothing in
  /// memory has changed.
  void put_room(const policies::RoomId& id, std::string_view room_json, Done done);
  /// The same of a room that was parsed from `room_json` just now. Many may be on their way at
  /// once: the bucket's writes are pipelined.
  void put_room(const policies::RoomSpec& room, std::string_view room_json, Done done);
  /// Records that the room is to be removed: the positive evidence.
  void record_removal(const policies::RoomId& id, Done done);
  /// The room's stream is gone: forgets the record.
  void forget_room(const policies::RoomId& id, Done done);

  /// Every other key and its value, as last read or written: a value is its owner's to understand.
  using Entries = std::map<std::string, std::string, std::less<>>;
  const Entries& others() const { return others_; }
  /// `key`: of its owner's prefix, such as `job.`, or its only one. Errors: as put_room;
  /// unavailable while the bucket is being read.
  void put_entry(const std::string& key, const std::string& value, Done done);
  void erase_entry(const std::string& key, Done done);

 private:
  void take(nats::KeyValueSnapshot snapshot, Done done);
  void write(const policies::RoomId& id, std::string value,
             std::optional<policies::RoomSpec> parsed, Done done);
  void read_again();
  void refuse_unread(const Done& done);

  Runtime& runtime_;
  nats::KeyValue& bucket_;
  bool loaded_ = false;
  std::uint64_t loads_ = 0;
  std::string foreign_instance_;
  policies::WallTime created_{};
  ApiRooms api_rooms_;
  Entries others_;  ///< key -> value
  bool reading_again_ = false;
  Lifetime lifetime_;
};

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_STATE_KEEPER_H_
