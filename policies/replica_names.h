// Where replicas find each other and their lease on the wire. Pure; thread: any.
#ifndef ROOMKEEPER_POLICIES_REPLICA_NAMES_H_
#define ROOMKEEPER_POLICIES_REPLICA_NAMES_H_

#include <string>
#include <string_view>

namespace roomkeeper::policies {

/// `roomkeeper.replica.<name>`: once a second each replica says here that it is there. Fixed.
inline constexpr std::string_view replica_prefix = "roomkeeper.replica";
inline constexpr std::string_view replica_subjects = "roomkeeper.replica.*";
/// The lease's bucket is the state's with this behind it: `roomkeeper_lease`.
inline constexpr std::string_view lease_suffix = "_lease";
inline constexpr std::string_view lease_key = "leader";
/// `<admin prefix>.replica.<name>.<verb>`: a verb of one replica, whoever leads.
inline constexpr std::string_view replica_verbs = "replica.";

}  // namespace roomkeeper::policies

#endif  // ROOMKEEPER_POLICIES_REPLICA_NAMES_H_
