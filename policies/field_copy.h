// One field of a stream's configuration put to what another configuration has.
#ifndef ROOMKEEPER_POLICIES_FIELD_COPY_H_
#define ROOMKEEPER_POLICIES_FIELD_COPY_H_

#include "policies/plan.h"

namespace roomkeeper::policies {

/// Gives `target` the field as `stream` has it. Traits are no part of a configuration: nothing
/// happens. The mark and the rule in it are two fields; where one of the two has no mark, nothing
/// happens.
void copy_field(Field field, const StreamConfig& stream, StreamConfig& target);

}  // namespace roomkeeper::policies

#endif  // ROOMKEEPER_POLICIES_FIELD_COPY_H_
