// IANA zones by name: only what the machine's database lists, never a path of a stranger's
// choosing.
#ifndef ROOMKEEPER_CONFIG_ZONES_H_
#define ROOMKEEPER_CONFIG_ZONES_H_

#include <string>
#include <string_view>

#include <date/tz.h>

namespace roomkeeper::config {

/// Also declared in config/load.h, for callers outside this folder. nullptr when unknown. Never
/// throws.
const date::time_zone* find_zone(std::string_view name);

/// The nearest zone: by spelling, or by the last part of its name (`Seoul`). Empty when none is
/// near.
std::string nearest_zone(std::string_view name);

}  // namespace roomkeeper::config

#endif  // ROOMKEEPER_CONFIG_ZONES_H_
