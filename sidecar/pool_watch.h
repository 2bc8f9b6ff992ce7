// What each room stores in its pool: counted when the pool has changed, asked of the server.
//
// A count of all rooms is one request a 100,000 subjects. It tells no times: the newest message of
// a room is asked for one by one, after its count has changed, some hundreds a second. Thread: the
// loop's.
#ifndef ROOMKEEPER_SIDECAR_POOL_WATCH_H_
#define ROOMKEEPER_SIDECAR_POOL_WATCH_H_

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "policies/observed.h"
#include "policies/pool.h"
#include "sidecar/inventory.h"
#include "sidecar/lifetime.h"
#include "sidecar/nats/jetstream.h"
#include "sidecar/runtime.h"

namespace roomkeeper::sidecar {

class PoolWatch {
 public:
  /// `contents` is what is kept up to date; all must outlive this.
  PoolWatch(Runtime& runtime, nats::JetStream& js, Inventory& inventory,
            policies::PoolContentsByStream& contents);

  /// Counts the rooms of each pool of ours that differs from what was counted last, at most every
  /// ten seconds; then completes, possibly inside this call. What cannot be counted stays as it
  /// was.
  void look(std::function<void()> done);
  void stop();
  /// The room was seen to store nothing any more.
  void forget(const std::string& stream, const std::string& room) {
    put(stream, {.room = room, .messages = 0, .last_ts = {}, .last_seq = 0});
  }
  /// One room as it is now; also put into the contents. Errors: those of the requests.
  void look_at(const std::string& pool, const policies::RoomId& room,
               nats::Done<policies::PooledStored> done);

 private:
  struct Question {
    std::string stream;
    std::string room;
  };
  bool is_due(const policies::ObservedStream& stream) const;
  struct Round;
  void count(const std::string& stream, const std::shared_ptr<Round>& round);
  static void leave(const std::shared_ptr<Round>& round);
  void take(const std::string& stream, policies::PoolContents fresh);
  void ask_soon();
  void ask_some();
  void put(const std::string& stream, const policies::PooledStored& stored);

  Runtime& runtime_;
  nats::JetStream& js_;
  Inventory& inventory_;
  policies::PoolContentsByStream& contents_;
  /// What the pool was when it was counted, so that one that did not change is left alone.
  struct Counted {
    policies::StoredRange stored;
    policies::MonoTime at{};
  };
  std::map<std::string, Counted, std::less<>> counted_;
  std::deque<Question> questions_;  ///< rooms whose newest message is not known
  TimerId timer_ = 0;
  Lifetime lifetime_;
};

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_POOL_WATCH_H_
