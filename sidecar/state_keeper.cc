#include "sidecar/state_keeper.h"

#include <algorithm>
#include <utility>

#include "sidecar/state_record.h"

namespace roomkeeper::sidecar {
namespace {

using policies::ErrorCode;
using policies::fail;
using policies::pass;
using policies::Result;
using policies::RoomId;

constexpr std::string_view instance_key = "instance";
constexpr std::string_view fence_key = "leader";
constexpr std::string_view room_prefix = "room.";

std::string key_of(std::string_view room) {
  return std::string(room_prefix) + std::string(room);
}

}  // namespace

StateKeeper::StateKeeper(Runtime& runtime, nats::KeyValue& bucket)
    : runtime_(runtime), bucket_(bucket), api_rooms_(runtime) {}

void StateKeeper::load(Fence fence, Done done) {
  fence_ = std::move(fence);
  begin(std::move(done));
}

void StateKeeper::ask_holder(nats::JetStream& js, std::function<void(Result<std::string>)> done) {
  const std::string subject =
      "$KV." + runtime_.names().state_bucket + "." + std::string(instance_key);
  js.last_of_subject(nats::Priority::lease, runtime_.names().state_stream(), subject,
                     lifetime_.guard([this, done = std::move(done)](
                                         const Result<std::optional<nats::StoredMessage>>& stored) {
                       if (!stored && stored.error().code != ErrorCode::not_found)
                         return done(pass(stored.error()));
                       const bool nobody = !stored || !*stored || (*stored)->data.empty();
                       foreign_instance_ = nobody ? std::string() : foreign_holder((*stored)->data);
                       done(foreign_instance_);
                     }));
}

/// The other instance's name in the value of `instance`; empty: it is ours.
std::string StateKeeper::foreign_holder(std::string_view value) const {
  const Result<std::string> name = decode_instance(value);
  if (!name) return "unknown";
  return *name == runtime_.config->instance ? std::string() : *name;
}

std::string StateKeeper::foreign_text() const {
  return "the account belongs to instance '" + foreign_instance_ + "', this is '" +
         runtime_.config->instance + "': one instance an account; use its name, or another account";
}

void StateKeeper::look(Done done) {
  fence_.reset();
  begin(std::move(done));
}

void StateKeeper::begin(Done done) {
  loaded_ = false;
  if (!fence_) return read(std::move(done));
  bucket_.ensure(runtime_.config->state.replicas,
                 lifetime_.guard([this, done = std::move(done)](Result<bool> made) {
                   if (!made) return done(pass(std::move(made).error()));
                   if (*made)
                     runtime_.log.info("state.created",
                                       {{"bucket", runtime_.names().state_bucket}});
                   read(done);
                 }));
}

void StateKeeper::read(Done done) {
  bucket_.load(lifetime_.guard(
      [this, epoch = ++epoch_, done = std::move(done)](Result<nats::KeyValueSnapshot> snapshot) {
        if (epoch != epoch_)
          return done(fail(ErrorCode::conflict, "the bucket is being read anew"));
        if (snapshot) return take(std::move(*snapshot), done);
        const bool missing = snapshot.error().code == ErrorCode::not_found;
        if (!fence_ && missing) return take({}, done);
        done(pass(std::move(snapshot).error()));
      }));
}

/// Who has written the fence of a later leader; empty: nobody.
std::string StateKeeper::later_leader(const nats::KeyValueSnapshot& snapshot) {
  later_generation_ = 0;
  const auto found = snapshot.entries.find(fence_key);
  if (!fence_ || found == snapshot.entries.end()) return {};
  const Result<FenceRecord> record = decode_fence(found->second);
  if (!record || record->generation <= fence_->generation) return {};
  later_generation_ = record->generation;
  return record->replica;
}

void StateKeeper::take(nats::KeyValueSnapshot snapshot, Done done) {
  ++loads_;
  created_ = snapshot.created;
  sequence_ = snapshot.last_seq;
  const auto holder = snapshot.entries.find(instance_key);
  if (holder != snapshot.entries.end()) {
    foreign_instance_ = foreign_holder(holder->second);
    if (!foreign_instance_.empty()) {
      done(fail(ErrorCode::conflict, foreign_text()));
      return;
    }
  }
  if (const std::string later = later_leader(snapshot); !later.empty()) {
    done(fail(ErrorCode::conflict, "replica '" + later + "' leads now"));
    return;
  }
  Entries rooms;
  others_.clear();
  for (auto& [key, value] : snapshot.entries) {
    if (key.starts_with(room_prefix)) {
      rooms[key.substr(room_prefix.size())] = std::move(value);
    } else if (key != instance_key && key != fence_key) {
      others_[key] = std::move(value);
    }
  }
  api_rooms_.assign(std::move(rooms));
  if (!fence_) {
    loaded_ = true;
    done({});
    return;
  }
  const bool new_account = holder == snapshot.entries.end();
  if (!new_account && has_our_fence(snapshot)) {
    loaded_ = true;
    done({});
    return;
  }
  claim(new_account, std::move(done));
}

bool StateKeeper::has_our_fence(const nats::KeyValueSnapshot& snapshot) const {
  const auto found = snapshot.entries.find(fence_key);
  if (found == snapshot.entries.end()) return false;
  const Result<FenceRecord> record = decode_fence(found->second);
  return record && record->generation == fence_->generation && record->replica == fence_->replica;
}

/// After it nothing that an earlier leader still has on its way is stored: each of its writes
/// expects the sequence that this one takes.
void StateKeeper::claim(bool new_account, Done done) {
  const auto written = lifetime_.guard([this, done](const Result<std::uint64_t>& outcome) {
    loaded_ = outcome.has_value();
    if (outcome) sequence_ = *outcome;
    done(outcome ? Result<>{} : pass(outcome.error()));
  });
  const auto fence =
      [this, written,
       value = encode_fence({.replica = fence_->replica, .generation = fence_->generation})] {
        bucket_.put(std::string(fence_key), value, written);
      };
  if (!new_account) return fence();
  bucket_.put(std::string(instance_key), encode_instance(runtime_.config->instance),
              lifetime_.guard([fence, done](const Result<std::uint64_t>& outcome) {
                if (!outcome) return done(pass(outcome.error()));
                fence();
              }));
}

void StateKeeper::put_room(const RoomId& id, std::string_view room_json, Done done) {
  Result<std::string> value = encode_room(room_json);
  if (!value) {
    done(pass(std::move(value).error()));
    return;
  }
  write(id, std::move(*value), std::nullopt, std::move(done));
}

void StateKeeper::put_room(const policies::RoomSpec& room, std::string_view room_json, Done done) {
  Result<std::string> value = encode_room(room_json);
  if (!value) {
    done(pass(std::move(value).error()));
    return;
  }
  write(room.id, std::move(*value), room, std::move(done));
}

void StateKeeper::record_removal(const RoomId& id, Done done) {
  write(id, encode_removal(), std::nullopt, std::move(done));
}

void StateKeeper::write(const RoomId& id, std::string value,
                        std::optional<policies::RoomSpec> parsed, Done done) {
  std::string room = id.text();
  std::string key = key_of(room);
  auto kept = [this, room = std::move(room), value, parsed = std::move(parsed),
               config = runtime_.config]() mutable {
    api_rooms_.set(room, std::move(value), std::move(parsed), config);
  };
  store(std::move(key), std::move(value), std::move(kept), std::move(done));
}

/// `kept`: what changes in memory once the bucket has it. Without a value the key is erased.
void StateKeeper::store(std::string key, std::optional<std::string> value,
                        std::function<void()> kept, Done done) {
  if (!fence_) {
    done(fail(ErrorCode::unavailable, "this replica does not lead"));
    return;
  }
  auto written = lifetime_.guard(
      [this, kept = std::move(kept), done = std::move(done)](const Result<std::uint64_t>& outcome) {
        if (!outcome) {
          failed(outcome.error());
          done(pass(outcome.error()));
          return;
        }
        sequence_ = std::max(sequence_, *outcome);
        kept();
        done({});
      });
  if (value) {
    bucket_.put(key, *value, std::move(written));
  } else {
    bucket_.erase(key, std::move(written));
  }
}

/// Another writer, or unknown whether it was written. A failure is tried again by the next pass.
void StateKeeper::failed(const policies::Error& error) {
  if (error.code == ErrorCode::conflict) on_conflict_();
  read_again();
}

void StateKeeper::read_again() {
  if (reading_again_) return;
  reading_again_ = true;
  begin([this](const Result<>& outcome) {
    reading_again_ = false;
    if (!outcome) runtime_.log.warn("state.not_read", {{"error", outcome.error()}});
  });
}

void StateKeeper::forget_room(const RoomId& id, Done done) {
  store(
      key_of(id.text()), std::nullopt, [this, room = id.text()] { api_rooms_.erase(room); },
      std::move(done));
}

/// A reading that failed is begun again by the next one who wants to write.
void StateKeeper::refuse_unread(const Done& done) {
  if (foreign_instance_.empty()) read_again();
  done(fail(ErrorCode::unavailable, "the state bucket is being read"));
}

void StateKeeper::put_entry(const std::string& key, const std::string& value, Done done) {
  if (!loaded_) return refuse_unread(done);
  store(key, value, [this, key, value] { others_[key] = value; }, std::move(done));
}

void StateKeeper::erase_entry(const std::string& key, Done done) {
  if (!loaded_) return refuse_unread(done);
  store(key, std::nullopt, [this, key] { others_.erase(key); }, std::move(done));
}

}  // namespace roomkeeper::sidecar
