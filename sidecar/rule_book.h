// Which retention rule is in force for a stream of ours, which one is wanted, and what follows from
// both.
//
// The rule in force is the one in the stream's mark: the one last applied. A wanted rule that keeps
// every message at least as long will be applied without asking, and protects at once; any other
// waits for consent and changes nothing until then. Thread: the loop's.
#ifndef ROOMKEEPER_SIDECAR_RULE_BOOK_H_
#define ROOMKEEPER_SIDECAR_RULE_BOOK_H_

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "policies/observed.h"
#include "policies/retention.h"
#include "policies/retention_judge.h"
#include "sidecar/room_directory.h"
#include "sidecar/runtime.h"

namespace roomkeeper::sidecar {

class RuleBook {
 public:
  /// Both must outlive it.
  RuleBook(Runtime& runtime, const RoomDirectory& rooms);

  /// True when the stream's mark is of this instance.
  bool is_ours(const policies::ObservedStream& stream) const;
  /// The rule in force; null when the stream is not ours or its mark says none that is understood.
  const policies::RetentionRule* rule_of(const policies::ObservedStream& stream);
  /// The rule that the room's definition asks for; null when nobody defines the room.
  const policies::RetentionRule* wanted_of(const policies::ObservedStream& stream) const;
  /// The wanted rule differs from the one in force and may end a stored message earlier.
  bool waits_for_consent(const policies::ObservedStream& stream);

  /// Up to when the stream's messages must be gone at `now` (server time); nullopt when that is not
  /// Roomkeeper's to do.
  std::optional<policies::WallTime> limit_of(const policies::ObservedStream& stream,
                                             policies::WallTime now);
  /// When a message of time `at` has to be gone, a protecting rule considered; nullopt: never.
  std::optional<policies::WallTime> due_at(const policies::ObservedStream& stream,
                                           policies::WallTime at);

 private:
  const policies::RetentionRule* wanted_of_pool(const policies::ObservedStream& stream) const;
  bool shortens(const policies::RetentionRule& from, const policies::RetentionRule& to);
  const policies::RetentionRule* protecting(const policies::ObservedStream& stream,
                                            const policies::RetentionRule& applied);

  Runtime& runtime_;
  const RoomDirectory& rooms_;
  std::map<std::string, std::optional<policies::RetentionRule>, std::less<>>
      rules_;  ///< by the mark's text
  std::optional<policies::RetentionJudge> judge_;
  std::shared_ptr<const config::Config> judged_;  ///< the configuration that judge_ has seen
};

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_RULE_BOOK_H_
