// Purges one stream: from what a listing said of it to the server's answer.
//
// Every purge of Roomkeeper goes through here, so that none is sent without the evidence of
// policies::check_cut, none against a stream that was recreated since it was listed, and none past
// a closed gate (design.md, "Retention"). Thread: the loop's.
#ifndef ROOMKEEPER_SIDECAR_STREAM_PURGER_H_
#define ROOMKEEPER_SIDECAR_STREAM_PURGER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>

#include "policies/observed.h"
#include "sidecar/inventory.h"
#include "sidecar/lifetime.h"
#include "sidecar/nats/jetstream.h"
#include "sidecar/purge_gate.h"
#include "sidecar/runtime.h"

namespace roomkeeper::sidecar {

/// What is to go. Messages that came in at or after `limit` never do.
struct PurgeOrder {
  policies::ObservedStream stream;  ///< as it was listed
  policies::WallTime limit{};       ///< server time, exclusive
  std::uint64_t before_seq = 0;     ///< exclusive; 0: no such bound
  std::string filter;               ///< a subject; empty: everybody's messages
  policies::Reason reason{};        ///< why: midnight, made_up, manual
  nats::Priority priority = nats::Priority::purge;
  std::uint64_t listed_at = 0;  ///< StreamPurger::event_mark() from before the listing
  /// Asked at the last moment, which may be seconds later: whether what was decided still holds
  /// (the rule may have become longer meanwhile). Empty: it does. False: settings_changed.
  std::function<bool()> still_due{};
};

struct PurgeOutcome {
  policies::Reason reason = policies::Reason::ok;  ///< else why it was not done
  std::string detail;                              ///< the server's text, where there is one
  std::uint64_t messages = 0;                      ///< deleted, as the server counted them
  std::uint64_t before = 0;                        ///< stored before
  std::uint64_t cut = 0;                           ///< deleted below this sequence
  bool ok() const { return reason == policies::Reason::ok; }
};

class StreamPurger {
 public:
  using Done = std::function<void(const PurgeOutcome&)>;

  StreamPurger(Runtime& runtime, nats::JetStream& js, Inventory& inventory, PurgeGate& gate);
  ~StreamPurger();
  StreamPurger(const StreamPurger&) = delete;
  StreamPurger& operator=(const StreamPurger&) = delete;

  /// The server said that a stream was made or deleted: what was listed before no longer holds.
  void note_stream_event(const std::string& stream);
  /// To be taken before a listing is asked for.
  std::uint64_t event_mark() const { return events_; }

  /// Exactly one completion, possibly inside this call. Counts and logs what it does.
  void purge(PurgeOrder order, Done done);
  /// Told of every outcome, before its completion.
  using Observer = std::function<void(const PurgeOrder&, const PurgeOutcome&)>;
  void on_outcome(Observer observer) { observer_ = std::move(observer); }
  /// Asked before every purge: why it must not be done now, or ok.
  using Objection = std::function<policies::Reason(const PurgeOrder&)>;
  void on_objection(Objection objection) { objection_ = std::move(objection); }

 private:
  struct Work;
  using Shared = std::shared_ptr<Work>;
  void look_up(const Shared& work);
  void verify(const Shared& work, const nats::Cut& cut);
  void ask_for_tail(const Shared& work, policies::CutEvidence evidence);
  void check(const Shared& work, const policies::CutEvidence& evidence);
  policies::Reason last_objection(const PurgeOrder& order) const;
  void enter(const Shared& work, const policies::CutEvidence& evidence);
  void send(const Shared& work, const policies::CutEvidence& evidence);
  void purged(const Shared& work, const policies::CutEvidence& evidence,
              policies::Result<std::uint64_t> count);
  void failed(const Shared& work, std::string_view event, const policies::Error& error);
  void declined(const Shared& work, policies::Reason reason);
  void finish(const Shared& work, const PurgeOutcome& outcome);
  bool recreated_since(const std::string& stream, std::uint64_t mark) const;

  Runtime& runtime_;
  nats::JetStream& js_;
  Inventory& inventory_;
  PurgeGate& gate_;
  Observer observer_ = [](const PurgeOrder&, const PurgeOutcome&) {};
  Objection objection_ = [](const PurgeOrder&) { return policies::Reason::ok; };
  std::uint64_t events_ = 1;
  std::uint64_t forgotten_ = 0;  ///< events up to this one are not in last_event_ any more
  std::unordered_map<std::string, std::uint64_t> last_event_;  ///< by stream
  Lifetime lifetime_;
};

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_STREAM_PURGER_H_
