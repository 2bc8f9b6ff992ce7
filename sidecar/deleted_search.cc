#include "sidecar/deleted_search.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace roomkeeper::sidecar {
namespace {

using policies::Result;
using Sequences = std::vector<std::uint64_t>;

/// Parts that are searched side by side.
constexpr std::size_t parts_max = 16;
constexpr std::size_t part_min = 64;

struct Search {
  nats::JetStream& js;
  nats::Priority priority;
  SearchedCopy copy;
  Sequences all;     ///< what was asked for
  Sequences stored;  ///< what was known of it at the beginning: another search may forget it
  Sequences open;    ///< what was not
  nats::Done<std::optional<std::uint64_t>> done;
  std::size_t parts_open = 0;
  std::uint64_t asked = 0;
  Sequences found{};
  bool ended = false;
};
using SharedSearch = std::shared_ptr<Search>;

void end(const SharedSearch& search, Result<std::optional<std::uint64_t>> result) {
  if (std::exchange(search->ended, true)) return;
  search->done(std::move(result));
}

void found_all(const SharedSearch& search) {
  Sequences& found = search->found;
  std::sort(found.begin(), found.end());
  const std::shared_ptr<KnownSequences>& known = search->copy.known;
  if (known == nullptr) return end(search, std::optional<std::uint64_t>(found.size()));
  Sequences both;
  std::set_union(search->stored.begin(), search->stored.end(), found.begin(), found.end(),
                 std::back_inserter(both));
  const auto count = static_cast<std::uint64_t>(both.size());
  // What lies behind its end may still come.
  const auto settled = [&](Sequences& sequences) {
    sequences.erase(std::upper_bound(sequences.begin(), sequences.end(), search->copy.last_seq),
                    sequences.end());
  };
  settled(search->all);
  settled(both);
  known->looked = std::move(search->all);
  known->stored = std::move(both);
  end(search, std::optional<std::uint64_t>(count));
}

/// Looks from `at` on, up to `to`, both indexes.
void ask(const SharedSearch& search, std::size_t at, std::size_t to) {
  if (search->ended) return;
  if (at >= to) {
    if (--search->parts_open == 0) found_all(search);
    return;
  }
  if (++search->asked > deleted_asked_max)
    return end(search, std::optional<std::uint64_t>(std::nullopt));
  search->js.message_from(
      search->priority, search->copy.stream, search->open[at],
      [search, at, to](const Result<std::optional<nats::StoredMessage>>& message) {
        if (!message) return end(search, policies::pass(message.error()));
        if (!*message) return ask(search, to, to);  // nothing is stored from there on
        const auto begin = search->open.begin();
        const auto next =
            std::lower_bound(begin + static_cast<std::ptrdiff_t>(at),
                             begin + static_cast<std::ptrdiff_t>(to), (*message)->seq);
        auto index = static_cast<std::size_t>(next - begin);
        if (index < to && search->open[index] == (*message)->seq) {
          search->found.push_back((*message)->seq);
          ++index;
        }
        ask(search, index, to);
      });
}

}  // namespace

void count_stored(nats::JetStream& js, nats::Priority priority, const SearchedCopy& copy,
                  std::vector<std::uint64_t> sequences,
                  nats::Done<std::optional<std::uint64_t>> done) {
  if (sequences.empty()) return done(std::optional<std::uint64_t>(0));
  const auto search = std::make_shared<Search>(Search{.js = js,
                                                      .priority = priority,
                                                      .copy = copy,
                                                      .all = std::move(sequences),
                                                      .stored = {},
                                                      .open = {},
                                                      .done = std::move(done)});
  if (copy.known != nullptr && copy.known->created != copy.created)
    *copy.known = {.created = copy.created};
  const KnownSequences nothing;
  const KnownSequences& known = copy.known != nullptr ? *copy.known : nothing;
  std::set_difference(search->all.begin(), search->all.end(), known.looked.begin(),
                      known.looked.end(), std::back_inserter(search->open));
  std::set_intersection(known.stored.begin(), known.stored.end(), search->all.begin(),
                        search->all.end(), std::back_inserter(search->stored));
  const std::size_t size = search->open.size();
  if (size == 0) return found_all(search);
  const std::size_t parts = std::min(parts_max, (size + part_min - 1) / part_min);
  search->parts_open = parts;
  for (std::size_t i = 0; i < parts; ++i) ask(search, size * i / parts, size * (i + 1) / parts);
}

}  // namespace roomkeeper::sidecar
