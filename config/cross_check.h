// Checks across settings: credentials that exclude each other, names that would overlap. Pure;
// thread: any.
#ifndef ROOMKEEPER_CONFIG_CROSS_CHECK_H_
#define ROOMKEEPER_CONFIG_CROSS_CHECK_H_

#include "config/config.h"
#include "config/problems.h"

namespace roomkeeper::config {

/// REQUIRES: Config::effective is filled; problems stand where the values do.
void cross_check(const Config& config, Problems& problems);
/// Part of it: no subject of Roomkeeper's own under a pattern granted to users, no stream of its
/// own under a room's.
void check_names(const Config& config, Problems& problems);
/// A problem at the place where `key` was given its value.
void add_at(const Config& config, const std::string& key, std::string text, Problems& problems);

}  // namespace roomkeeper::config

#endif  // ROOMKEEPER_CONFIG_CROSS_CHECK_H_
