// What one line of an exported state would do to the state that is in force: judged first, written
// later. Thread: the loop's.
#ifndef ROOMKEEPER_SIDECAR_STATE_IMPORT_H_
#define ROOMKEEPER_SIDECAR_STATE_IMPORT_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "api/state.h"
#include "policies/pool.h"
#include "sidecar/admin_context.h"
#include "sidecar/state_line.h"

namespace roomkeeper::sidecar {

/// One line: its outcome, and what has to be written for it.
struct ImportStep {
  api::StateImportOutcome outcome;
  std::function<void(StateKeeper::Done)> write;  ///< empty: nothing in a key of its own
  std::vector<policies::RosterChange> roster;    ///< empty: nothing in the roster
  std::string room;                              ///< that is written, for the audit
};

/// Judges the lines of one request, one after the other. Nothing of it changes anything.
class ImportJudge {
 public:
  /// Both must outlive this.
  ImportJudge(AdminContext& context, const api::StateImportRequest& request);

  ImportStep judge(const StateLine& line);

 private:
  using Outcome = api::StateImportOutcome;

  void room(const StateLine& line, ImportStep& step);
  void removal(const StateLine& line, ImportStep& step);
  void ban(const StateLine& line, ImportStep& step);
  void job(const StateLine& line, ImportStep& step);
  void limits(const StateLine& line, ImportStep& step);
  void removals(const StateLine& line, ImportStep& step);
  void pool(const StateLine& line, ImportStep& step);
  void entry(const std::string& key, std::string value, bool may_replace, ImportStep& step);
  bool stays(const std::string& what, ImportStep& step) const;
  std::string why_not_pooled(const policies::RoomId& room, policies::RoomOwner owner,
                             const std::string& pool) const;

  AdminContext& context_;
  const api::StateImportRequest& request_;
  std::set<std::string> named_;        ///< kind and id of the lines so far
  std::set<policies::RoomId> pooled_;  ///< rooms that lines so far put into a pool
  std::size_t bans_ = 0;               ///< in the bucket, and new ones
};

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_STATE_IMPORT_H_
