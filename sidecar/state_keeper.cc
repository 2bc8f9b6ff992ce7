#include "sidecar/state_keeper.h"

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
constexpr std::string_view room_prefix = "room.";

std::string key_of(std::string_view room) {
  return std::string(room_prefix) + std::string(room);
}

}  // namespace

StateKeeper::StateKeeper(Runtime& runtime, nats::KeyValue& bucket)
    : runtime_(runtime), bucket_(bucket), api_rooms_(runtime) {}

void StateKeeper::load(Done done) {
  loaded_ = false;
  bucket_.ensure(1, lifetime_.guard([this, done = std::move(done)](Result<bool> made) {
    if (!made) {
      done(pass(std::move(made).error()));
      return;
    }
    if (*made) runtime_.log.info("state.created", {{"bucket", runtime_.names().state_bucket}});
    bucket_.load(lifetime_.guard([this, done](Result<nats::KeyValueSnapshot> snapshot) {
      if (!snapshot) {
        done(pass(std::move(snapshot).error()));
        return;
      }
      take(std::move(*snapshot), done);
    }));
  }));
}

void StateKeeper::take(nats::KeyValueSnapshot snapshot, Done done) {
  const std::string& ours = runtime_.config->instance;
  ++loads_;
  created_ = snapshot.created;
  const auto holder = snapshot.entries.find(instance_key);
  if (holder != snapshot.entries.end()) {
    const Result<std::string> name = decode_instance(holder->second);
    foreign_instance_ = !name ? "unknown" : *name == ours ? "" : *name;
    if (!foreign_instance_.empty()) {
      done(fail(ErrorCode::conflict,
                "the account belongs to instance '" + foreign_instance_ + "', this is '" + ours +
                    "': one instance an account; use its name, or another account"));
      return;
    }
  }
  Entries rooms;
  others_.clear();
  for (auto& [key, value] : snapshot.entries) {
    if (key.starts_with(room_prefix)) {
      rooms[key.substr(room_prefix.size())] = std::move(value);
    } else if (key != instance_key) {
      others_[key] = std::move(value);
    }
  }
  api_rooms_.assign(std::move(rooms));
  if (holder != snapshot.entries.end()) {
    loaded_ = true;
    done({});
    return;
  }
  bucket_.put(std::string(instance_key), encode_instance(ours),
              lifetime_.guard([this, done = std::move(done)](Result<std::uint64_t> written) {
                loaded_ = written.has_value();
                done(written ? Result<>{} : pass(std::move(written).error()));
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
  bucket_.put(key_of(id.text()), value,
              lifetime_.guard([this, room = id.text(), value, parsed = std::move(parsed),
                               config = runtime_.config,
                               done = std::move(done)](Result<std::uint64_t> written) mutable {
                if (!written) {
                  read_again();
                  done(pass(std::move(written).error()));
                  return;
                }
                api_rooms_.set(room, std::move(value), std::move(parsed), config);
                done({});
              }));
}

/// Another writer, or unknown whether it was written. A failure is tried again by the next pass.
void StateKeeper::read_again() {
  if (reading_again_) return;
  reading_again_ = true;
  load([this](const Result<>& outcome) {
    reading_again_ = false;
    if (!outcome) runtime_.log.warn("state.not_read", {{"error", outcome.error()}});
  });
}

void StateKeeper::forget_room(const RoomId& id, Done done) {
  bucket_.erase(key_of(id.text()), lifetime_.guard([this, room = id.text(), done = std::move(done)](
                                                       Result<std::uint64_t> written) {
    if (!written) {
      read_again();
      done(pass(std::move(written).error()));
      return;
    }
    api_rooms_.erase(room);
    done({});
  }));
}

/// A reading that failed is begun again by the next one who wants to write.
void StateKeeper::refuse_unread(const Done& done) {
  if (foreign_instance_.empty()) read_again();
  done(fail(ErrorCode::unavailable, "the state bucket is being read"));
}

void StateKeeper::put_entry(const std::string& key, const std::string& value, Done done) {
  if (!loaded_) return refuse_unread(done);
  bucket_.put(
      key, value,
      lifetime_.guard([this, key, value, done = std::move(done)](Result<std::uint64_t> written) {
        if (!written) {
          read_again();
          done(pass(std::move(written).error()));
          return;
        }
        others_[key] = value;
        done({});
      }));
}

void StateKeeper::erase_entry(const std::string& key, Done done) {
  if (!loaded_) return refuse_unread(done);
  bucket_.erase(key,
                lifetime_.guard([this, key, done = std::move(done)](Result<std::uint64_t> written) {
                  if (!written) {
                    read_again();
                    done(pass(std::move(written).error()));
                    return;
                  }
                  others_.erase(key);
                  done({});
                }));
}

}  // namespace roomkeeper::sidecar
