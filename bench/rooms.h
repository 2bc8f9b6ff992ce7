// The configurations that are measured, and the same rooms as bare requests.
#ifndef ROOMKEEPER_BENCH_ROOMS_H_
#define ROOMKEEPER_BENCH_ROOMS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <date/tz.h>

#include "bench/raw_loop.h"
#include "config/config.h"

namespace roomkeeper::bench {

/// Rooms prefix-1 ... prefix-count.
struct Range {
  std::string prefix;
  int count = 0;
  std::string storage = "file";  ///< or "memory"
};

struct HouseOptions {
  std::string url{};
  int http_port = -1;  ///< -1: off
  std::string log_level = "warn";
  std::vector<Range> ranges{};
  /// Rooms of one pool, `lobby-0` and so on, listed one by one with a title and a tag.
  std::size_t pooled = 0;
  /// Lines of `limits:` instead of three connections a user; two spaces in front.
  std::string limits{};
  std::string pool_settings{};  ///< more lines of the pool's template; four spaces in front
};

/// The name of the pool, and the id of one of its rooms.
inline constexpr const char* pool_name = "lobby";
std::string pooled_id(std::size_t room);
/// The lines of these rooms in YAML; `title`: what each title begins with.
std::string pooled_lines(std::size_t first, std::size_t count, const std::string& title);
/// A message for each of these rooms of the pool.
std::vector<RawRequest> pooled_messages(std::size_t first, std::size_t count);

/// A configuration in YAML. `password_file` holds "pw".
std::string house_yaml(const HouseOptions& options);

/// The same configuration, loaded from `path`. Throws std::runtime_error with the first problem.
config::Config load_house(const std::string& path);

/// All rooms until midnight in this zone.
void move_to_zone(config::Config& config, const date::time_zone& zone);

/// The STREAM.CREATE that the daemon sends for each of these rooms, byte for byte.
std::vector<RawRequest> create_requests(const config::Config& config,
                                        const std::string& prefix = {});
/// `count` messages for each room whose id begins with `prefix`.
std::vector<RawRequest> message_requests(const config::Config& config, const std::string& prefix,
                                         int count);
/// The PURGE that the daemon sends for each room whose id begins with `prefix`: up to `seq`,
/// exclusive.
std::vector<RawRequest> purge_requests(const config::Config& config, const std::string& prefix,
                                       std::uint64_t seq);
/// The pages of a listing ("LIST", 256 a page) or of the names ("NAMES", 1,024 a page).
std::vector<RawRequest> page_requests(const std::string& verb, std::uint64_t streams);

/// Messages stored in all streams, as the server lists them. Throws std::runtime_error.
std::uint64_t stored_messages(const std::string& url, std::uint64_t streams);

}  // namespace roomkeeper::bench

#endif  // ROOMKEEPER_BENCH_ROOMS_H_
