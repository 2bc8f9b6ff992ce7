// The tables of docs/configuration.md, made from the tables that the program reads by. Pure;
// thread: any.
#ifndef ROOMKEEPER_CONFIG_REFERENCE_H_
#define ROOMKEEPER_CONFIG_REFERENCE_H_

#include <string>

namespace roomkeeper::config {

/// Markdown table of every setting: key, type, default, flag, environment variable, meaning.
std::string settings_markdown();
/// Markdown table of what templates and rooms may say: key, type, built-in value, where, meaning.
std::string room_settings_markdown();

}  // namespace roomkeeper::config

#endif  // ROOMKEEPER_CONFIG_REFERENCE_H_
