// Which of many sequences the copy of a hold stores, asked of the server one by one and several at
// a time.
//
// Each answer names the next stored sequence, so that all before it need not be asked for: it costs
// as many requests as there are sequences, or stored messages among them, whichever is less; and
// what was found out once is remembered. Thread: the loop's.
#ifndef ROOMKEEPER_SIDECAR_DELETED_SEARCH_H_
#define ROOMKEEPER_SIDECAR_DELETED_SEARCH_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "policies/time.h"
#include "sidecar/nats/jetstream.h"

namespace roomkeeper::sidecar {

/// The most requests that one search makes.
inline constexpr std::uint64_t deleted_asked_max = 200'000;

/// What is known of a copy. It only grows at its end: that it stores a sequence below its last one,
/// or does not, stays true.
struct KnownSequences {
  policies::WallTime created{};         ///< of the copy
  std::vector<std::uint64_t> looked{};  ///< ascending
  std::vector<std::uint64_t> stored{};  ///< ascending; those of `looked` that it stores
};

/// The copy as it is.
struct SearchedCopy {
  std::string stream;
  policies::WallTime created{};
  std::uint64_t last_seq = 0;
  std::shared_ptr<KnownSequences> known;  ///< null: nothing is known, or remembered
};

/// How many of `sequences` (ascending) it stores; none: it would take too many requests. Errors:
/// those of MSG.GET.
void count_stored(nats::JetStream& js, nats::Priority priority, const SearchedCopy& copy,
                  std::vector<std::uint64_t> sequences,
                  nats::Done<std::optional<std::uint64_t>> done);

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_DELETED_SEARCH_H_
