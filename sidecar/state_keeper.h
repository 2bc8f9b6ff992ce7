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

  /// Who leads: each leader writes this first, so that what an earlier one still writes fails.
  struct Fence {
    std::string replica;
    std::uint64_t generation = 0;
  };
  /// Makes the bucket if it is missing, claims the account for this instance and for this leader,
  /// reads the rooms. Errors: conflict when another instance holds the account, or a later leader
  /// has it: then nothing may be done.
  void load(Fence fence, Done done);
  /// Whose account this is, without reading all of it: the name of another instance, or empty.
  void ask_holder(nats::JetStream& js, std::function<void(policies::Result<std::string>)> done);
  /// Only reads, for a replica that does not lead; writes are refused. A bucket that is missing is
  /// no error: then nothing is known of the API's rooms.
  void look(Done done);
  /// Reads once more in the way that it was read last.
  void read_again();
  /// Called when a write has failed because somebody else has written.
  void on_conflict(std::function<void()> handler) { on_conflict_ = std::move(handler); }
  bool loaded() const { return loaded_; }
  /// Empty unless another instance holds the account.
  const std::string& foreign_instance() const { return foreign_instance_; }
  /// Of the leader whose fence load() has found above ours; 0: there was none.
  std::uint64_t later_generation() const { return later_generation_; }
  std::string foreign_text() const;  ///< for a person; REQUIRES: another instance holds it
  /// When the bucket was made; rooms made through the API before it are not known.
  policies::WallTime bucket_created() const { return created_; }

  /// Grows with every change of the bucket that is known here.
  std::uint64_t sequence() const { return sequence_; }

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

  /// Room id -> value of its key, also what is not understood.
  const ApiRooms::Entries& room_records() const { return api_rooms_.entries(); }

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
  void begin(Done done);
  void read(Done done);
  void take(nats::KeyValueSnapshot snapshot, Done done);
  void claim(bool new_account, Done done);
  std::string foreign_holder(std::string_view value) const;
  bool has_our_fence(const nats::KeyValueSnapshot& snapshot) const;
  std::string later_leader(const nats::KeyValueSnapshot& snapshot);
  void failed(const policies::Error& error);
  void write(const policies::RoomId& id, std::string value,
             std::optional<policies::RoomSpec> parsed, Done done);
  void store(std::string key, std::optional<std::string> value, std::function<void()> kept,
             Done done);
  void refuse_unread(const Done& done);

  Runtime& runtime_;
  nats::KeyValue& bucket_;
  bool loaded_ = false;
  std::uint64_t loads_ = 0;
  std::uint64_t sequence_ = 0;
  std::string foreign_instance_;
  policies::WallTime created_{};
  ApiRooms api_rooms_;
  Entries others_;  ///< key -> value
  bool reading_again_ = false;
  std::optional<Fence> fence_;  ///< empty: only reads
  std::uint64_t later_generation_ = 0;
  std::uint64_t epoch_ = 0;  ///< of the last reading; an earlier one that ends later is nothing
  std::function<void()> on_conflict_ = [] {};
  Lifetime lifetime_;
};

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_STATE_KEEPER_H_
