// How a change of a plan ended.
#ifndef ROOMKEEPER_SIDECAR_APPLIED_H_
#define ROOMKEEPER_SIDECAR_APPLIED_H_

#include <string>

#include "policies/reason.h"

namespace roomkeeper::sidecar {

struct Applied {
  bool done = false;   ///< the server was seen to hold it (or, for remove, that it is gone)
  bool retry = false;  ///< not done for want of an answer, or the world moved: plan again soon
  policies::Reason reason{};  ///< why it is not done; the change's own reason when it is
  std::string detail;
};

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_APPLIED_H_
