// The generated part of docs/api.md: verbs with examples, and error codes. Pure; thread: any.
#ifndef ROOMKEEPER_API_REFERENCE_H_
#define ROOMKEEPER_API_REFERENCE_H_

#include <string>

namespace roomkeeper::api {

/// Markdown between the markers `<!-- begin verbs -->` and `<!-- end verbs -->`.
std::string api_markdown();

}  // namespace roomkeeper::api

#endif  // ROOMKEEPER_API_REFERENCE_H_
