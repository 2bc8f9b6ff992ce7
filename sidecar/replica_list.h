// The Roomkeepers of this instance: each says once a second on `roomkeeper.replica.<name>` that it
// is there, and listens to the others.
//
// Only for showing who is there, and for not counting their connections: who acts is decided by the
// lease. What comes in is bounded and taken for a stranger's. Thread: the loop's.
#ifndef ROOMKEEPER_SIDECAR_REPLICA_LIST_H_
#define ROOMKEEPER_SIDECAR_REPLICA_LIST_H_

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "api/types.h"
#include "policies/connection.h"
#include "sidecar/lifetime.h"
#include "sidecar/message_bus.h"
#include "sidecar/runtime.h"

namespace roomkeeper::sidecar {

/// What a replica says of itself.
struct ReplicaSaying {
  std::string name;
  std::string process;  ///< of one run of it
  bool leader = false;
  std::string note;  ///< why it does not lead
  std::string version;
  std::string configuration;  ///< hash
  policies::WallTime started{};
  policies::ConnectionKey connection{};  ///< its connection to the account of the rooms
  bool gone = false;                     ///< its last word
};

std::string encode_saying(const ReplicaSaying& saying);
/// Errors: invalid.
policies::Result<ReplicaSaying> decode_saying(std::string_view text);

class ReplicaList {
 public:
  using Self = std::function<ReplicaSaying()>;

  /// The bus must outlive this.
  ReplicaList(Runtime& runtime, MessageBus& app, Self self);

  /// Listens, and speaks once a second while there is a connection. Errors: invalid, unavailable.
  policies::Result<> start();
  /// Says that it goes.
  void stop();
  /// Something of ours has changed: says so at once.
  void say();

  /// All that were heard of lately and this one, by name.
  std::vector<api::ReplicaStatus> replicas() const;
  /// Another replica said within the last two seconds and a half that it leads.
  bool other_leads() const;
  /// It has listened for as long as a leader is ever silent: who was not heard is not there.
  bool has_listened() const;
  /// The connection is new: who is there is to be heard anew.
  void listen_anew() { listens_since_ = runtime_.clock.mono(); }
  bool has_connection(const policies::ConnectionKey& key) const;

  static constexpr std::size_t heard_max = 16;
  static constexpr std::size_t saying_max = 4096;  ///< bytes of what is read at all

 private:
  struct Heard {
    ReplicaSaying saying;
    policies::MonoTime at{};
  };
  void hear(const Message& message);
  void forget_old();
  void beat();

  Runtime& runtime_;
  MessageBus& app_;
  Self self_;
  std::map<std::string, Heard> heard_;  ///< by process
  std::string told_twin_;               ///< process of another replica of our name that was logged
  policies::MonoTime listens_since_{};
  TimerId timer_ = 0;
  Lifetime lifetime_;
};

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_REPLICA_LIST_H_
