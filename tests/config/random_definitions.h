// Definitions of rooms at random: titles that no reader of YAML likes, templates, and settings of
// their own. The same on every machine. Thread: any.
#ifndef ROOMKEEPER_TESTS_CONFIG_RANDOM_DEFINITIONS_H_
#define ROOMKEEPER_TESTS_CONFIG_RANDOM_DEFINITIONS_H_

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace roomkeeper::testing {

/// `templates:` that the definitions build on.
inline constexpr std::string_view random_templates = R"(
templates:
  default: { retention: { until: midnight, days: 0, timezone: Asia/Seoul } }
  archive: { retention: { max_age: 90d }, stream: { max_bytes: 64MiB, duplicate_window: 10m } }
  brief: { retention: { max_age: 1m } }
  lobby:
    layout: pooled
    retention: { until: midnight, days: 2, timezone: America/Havana }
    room_connections: { max: 200, reserved_for_admins: 2 }
)";

class RandomDefinitions {
 public:
  /// `pools`: some rooms are of the template lobby.
  RandomDefinitions(std::uint64_t seed, bool pools) : random_(seed), pools_(pools) {}

  /// JSON objects with ids of their own.
  std::vector<std::string> make(std::size_t count);

 private:
  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(random_() % bound); }
  bool one_in(std::size_t times) { return below(times) == 0; }
  std::string id(std::size_t number);
  std::string text(std::size_t most_parts);
  std::string tags();
  std::string own_settings(const std::string& template_name);
  std::string retention();
  std::string stream(bool long_window);
  std::string connections();
  std::string definition(std::size_t number);

  std::mt19937_64 random_;
  bool pools_;
};

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_CONFIG_RANDOM_DEFINITIONS_H_
