// Texts as YAML and JSON have them on one line. Pure; thread: any.
#ifndef ROOMKEEPER_CONFIG_TEXT_QUOTING_H_
#define ROOMKEEPER_CONFIG_TEXT_QUOTING_H_

#include <string>
#include <string_view>

namespace roomkeeper::config {

/// In double quotes, for JSON and YAML alike. Bytes that are not UTF-8 become U+FFFD; control
/// characters, and what an editor or a reader of YAML may take for a line break, are escaped.
std::string quoted_json(std::string_view text);

/// Plain where no reader of YAML can take it for anything but this text, else quoted_json().
std::string yaml_text(std::string_view text);

}  // namespace roomkeeper::config

#endif  // ROOMKEEPER_CONFIG_TEXT_QUOTING_H_
