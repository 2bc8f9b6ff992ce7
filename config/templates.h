// Templates: read, then resolved along `extends` into effective settings.
#ifndef ROOMKEEPER_CONFIG_TEMPLATES_H_
#define ROOMKEEPER_CONFIG_TEMPLATES_H_

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/room_fields.h"

namespace roomkeeper::config {

inline constexpr std::string_view default_template = "default";

using TemplateMap = std::map<std::string, std::shared_ptr<const policies::RoomSettings>>;

/// Reads `templates:` (no_node: none) and resolves it. Missing parents, cycles and contradictions
/// are noted; what remains is resolved as far as it goes, so that rooms can be checked too.
/// "default" is always in the result.
TemplateMap read_templates(Reader& reader, NodeId id);

/// The names, for "did you mean".
std::vector<std::string_view> names_of(const TemplateMap& templates);

}  // namespace roomkeeper::config

#endif  // ROOMKEEPER_CONFIG_TEMPLATES_H_
