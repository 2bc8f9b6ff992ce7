// `--print-config`: every effective value with where it came from, as aligned text. Pure; thread:
// any.
#ifndef ROOMKEEPER_CONFIG_PRINT_H_
#define ROOMKEEPER_CONFIG_PRINT_H_

#include <string>

#include "config/config.h"

namespace roomkeeper::config {

/// Settings, templates, and how many rooms there are. Secrets are `***`.
std::string print_config(const Config& config);
/// The settings of one room or template, a line each: `retention  until midnight ...  template
/// default, rk.yaml:3:5`.
std::string print_room_settings(const policies::RoomSettings& settings, const std::string& indent);

}  // namespace roomkeeper::config

#endif  // ROOMKEEPER_CONFIG_PRINT_H_
