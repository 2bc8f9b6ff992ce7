// Which streams stand in the way of a room's subjects.
//
// The server lets no two streams take one subject. The rooms' own streams under their own names are
// out of question; only what is left is kept here, by the room that its subject names, so that a
// question costs one look-up whatever the number of streams. Thread: any; refers to the observed
// streams, which must outlive it.
#ifndef ROOMKEEPER_POLICIES_SUBJECT_CLAIMS_H_
#define ROOMKEEPER_POLICIES_SUBJECT_CLAIMS_H_

#include <string_view>
#include <unordered_map>
#include <vector>

#include "policies/ids.h"
#include "policies/observed.h"
#include "policies/subjects.h"

namespace roomkeeper::policies {

class SubjectClaims {
 public:
  SubjectClaims(const ObservedStreams& observed, const Names& names);

  /// A stream other than `own` that holds some or all of the room's subjects; nullptr: there is
  /// none. The same one every time: the first by name among those that name the room, then of the
  /// others.
  const ObservedStream* other_holder(const RoomId& room, std::string_view own) const;

 private:
  using Holders = std::vector<const ObservedStream*>;
  void add(const ObservedStream& stream, std::string_view room);

  std::unordered_map<std::string_view, Holders> of_room_;  ///< by the room token of the subject
  Holders of_all_rooms_;                                   ///< `>`, `chat.>`, `chat.*.bob` ...
};

/// The same for any subject, by a look at every stream.
const ObservedStream* holder_of(const ObservedStreams& observed, std::string_view subject,
                                std::string_view own);

}  // namespace roomkeeper::policies

#endif  // ROOMKEEPER_POLICIES_SUBJECT_CLAIMS_H_
