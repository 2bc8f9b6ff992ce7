// "Did you mean": the nearest of a few known words. Pure; thread: any.
#ifndef ROOMKEEPER_CONFIG_NEAREST_H_
#define ROOMKEEPER_CONFIG_NEAREST_H_

#include <string>
#include <string_view>
#include <vector>

namespace roomkeeper::config {

/// Letters to insert, remove, change or swap with their neighbour to get from one to the other,
/// whatever their case; anything above `most` is most + 1. Texts above 64 bytes are never near.
int edit_distance(std::string_view a, std::string_view b, int most);

/// The known word at a distance of at most 2 (1 for words of up to 3 letters); the first of several
/// equally near. Empty when none is near.
std::string nearest(std::string_view word, const std::vector<std::string_view>& known);

}  // namespace roomkeeper::config

#endif  // ROOMKEEPER_CONFIG_NEAREST_H_
