// Copies a room's messages from its old home into its new one, in their order.
//
// Read one after the other (MSG.GET), published through the normal path with a bounded window of
// acknowledgements outstanding. A copy has the headers of its original, except `Nats-*`, and
// `Roomkeeper-Moved: <stream> <seq>`, `Roomkeeper-Time: <server time of the original>`. Nothing is
// remembered here but what is under way: the owner is told of each copy that was acknowledged, in
// order. Thread: the loop's.
#ifndef ROOMKEEPER_SIDECAR_MOVE_COPIER_H_
#define ROOMKEEPER_SIDECAR_MOVE_COPIER_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "policies/time.h"
#include "sidecar/lifetime.h"
#include "sidecar/message_bus.h"
#include "sidecar/nats/whole_message.h"
#include "sidecar/pace.h"
#include "sidecar/runtime.h"

namespace roomkeeper::sidecar {

inline constexpr std::string_view moved_header = "Roomkeeper-Moved";
inline constexpr std::string_view moved_time_header = "Roomkeeper-Time";
inline constexpr std::size_t copy_window_max = 64;                 ///< messages outstanding
inline constexpr std::size_t copy_window_bytes = 4U << 20U;        ///< or so many bytes
inline constexpr std::uint64_t moved_messages_per_second = 2'000;  ///< of all moves together

/// What `Roomkeeper-Moved` says.
struct MovedFrom {
  std::string stream;
  std::uint64_t seq = 0;
};
std::optional<MovedFrom> parse_moved(std::string_view value);
/// The headers of a copy. `original`: when the message was stored first.
Headers copy_headers(const Headers& headers, const MovedFrom& from, policies::WallTime original);

/// A message that was dealt with.
struct Copied {
  std::uint64_t origin_seq = 0;
  policies::WallTime original{};  ///< when it was stored first
  std::uint64_t copy_seq = 0;     ///< in the new home; 0: it was not copied
  std::size_t content = 0;        ///< content_of() a copy that was found
};
/// User and data, so that a header alone makes no message the copy of another: users may publish
/// into the new home too.
std::size_t content_of(const nats::WholeMessage& message);
/// The user, which is the last token of a room's subject.
std::string_view user_of(std::string_view subject);

struct CopyRoute {
  std::string from_stream;
  std::string from_filter;  ///< the room's subject, with a wildcard for its users
  std::string to_stream;
  std::string to_prefix;  ///< the room's publish subject without the user: `chat.lobby.general.`
};

class MoveCopier {
 public:
  struct Tellers {
    /// When the message was stored first: its own time, or an earlier one for a copy of a copy.
    std::function<policies::WallTime(const nats::WholeMessage&)> original_of;
    /// True: the new home's rule would have taken it already, so it is not copied.
    std::function<bool(policies::WallTime original)> is_gone;
    std::function<void(const Copied&)> copied;
    /// Nothing is stored behind what was dealt with, and nothing is outstanding.
    std::function<void()> caught_up;
    /// It stands still: nothing is outstanding any more, but what was sent last may be stored all
    /// the same. `gap`: a message that was to come before others is missing.
    std::function<void(const policies::Error&, bool gap)> trouble;
  };

  MoveCopier(Runtime& runtime, MessageBus& bus, nats::JetStream& js, Pace& pace, CopyRoute route,
             Tellers tellers);
  MoveCopier(const MoveCopier&) = delete;
  MoveCopier& operator=(const MoveCopier&) = delete;

  /// Copies what lies behind `cursor`, until it has caught up or stands still. `known`: copies that
  /// are in the new home already, in order; they are told of, not made again. `last_copy`: no copy
  /// may get a sequence up to this one. `window`: 1 for one after the other, then each with an id
  /// that begins with `id_stem`, so that one that is sent twice is stored once. REQUIRES: idle().
  void run(std::uint64_t cursor, std::deque<Copied> known, std::uint64_t last_copy,
           std::size_t window, std::string id_stem);
  bool idle() const { return !running_ && pending_.empty(); }
  /// Sends nothing more; what is outstanding is still told of. `caught_up` and `trouble` are not.
  void stop();

 private:
  struct Pending {
    Copied copied;
    std::size_t bytes = 0;
    bool answered = false;
  };
  void read_next();
  void took(policies::Result<std::optional<nats::WholeMessage>> read);
  bool is_known(const nats::WholeMessage& message);
  void publish_read();
  void acknowledged(std::uint64_t origin_seq, const policies::Result<Message>& reply);
  void settle();
  void stand_still(policies::Error error, bool gap);
  void end_if_idle();
  bool has_room(std::size_t bytes) const;

  Runtime& runtime_;
  MessageBus& bus_;
  nats::JetStream& js_;
  Pace& pace_;
  CopyRoute route_;
  Tellers tellers_;
  bool running_ = false;
  bool reading_ = false;
  bool at_end_ = false;
  bool silent_ = false;  ///< stop() was called
  std::uint64_t cursor_ = 0;
  std::uint64_t last_copy_ = 0;
  std::size_t window_ = copy_window_max;
  std::string id_stem_;
  std::deque<Copied> known_;
  std::optional<nats::WholeMessage> read_;  ///< waits for room in the window
  std::deque<Pending> pending_;             ///< in order of the origin
  std::size_t pending_bytes_ = 0;
  std::optional<policies::Error> error_;
  bool gap_ = false;
  TimerId timer_ = 0;
  std::uint64_t run_ = 0;
  Lifetime lifetime_;
};

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_MOVE_COPIER_H_
